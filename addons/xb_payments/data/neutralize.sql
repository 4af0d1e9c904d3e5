-- payments of a copied database are not asked about, and no provider takes money
UPDATE payment_transaction SET xb_next_poll = NULL WHERE xb_next_poll IS NOT NULL;
UPDATE payment_provider SET state = 'disabled' WHERE xb_connection_id IS NOT NULL;
