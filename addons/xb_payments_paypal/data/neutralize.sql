-- core blanks its client id and secret; its cached token and webhook id would stay
UPDATE payment_provider SET paypal_access_token = NULL, paypal_webhook_id = NULL;
