from odoo import models
from odoo.tools import SQL


class XbSettlement(models.Model):
    """A payment provider's statement names our attempts and its own numbers, never our orders."""

    _inherit = "xb.settlement"

    def _match_lines(self):
        """Override of `xb_finance`: what the lines say of fees belongs to the payments as well."""
        result = super()._match_lines()
        self._tell_payment_fees()
        return result

    def _get_match_queries(self):
        """Override of `xb_finance`: by the payment first, which is exact."""
        yield self._query_payments()
        yield from super()._get_match_queries()

    def _query_payments(self):
        """Tie lines to the one order that was paid with the payment they name."""
        return SQL(
            """
            UPDATE xb_settlement_line l
               SET order_id = p.order_id, match = 'order', matched_by = 'rule', reason = NULL
              FROM (SELECT tx.xb_attempt, tx.provider_reference, tx.company_id,
                           MIN(link.order_id) AS order_id
                      FROM payment_transaction tx
                      JOIN (SELECT transaction_id, sale_order_id AS order_id
                              FROM sale_order_transaction_rel
                            UNION
                            -- paid with the invoice
                            SELECT paid.transaction_id, line.order_id
                              FROM account_invoice_transaction_rel paid
                              JOIN account_move_line item ON item.move_id = paid.invoice_id
                              JOIN sale_order_line_invoice_rel made
                                ON made.invoice_line_id = item.id
                              JOIN sale_order_line line ON line.id = made.order_line_id
                           ) link ON link.transaction_id = tx.id
                     WHERE tx.xb_attempt IS NOT NULL
                     GROUP BY tx.id HAVING COUNT(*) = 1) p
             WHERE l.settlement_id = %s AND l.match = 'open' AND p.company_id = l.company_id
               AND (l.order_ref = p.xb_attempt OR l.reference = p.provider_reference)
               AND l.kind NOT IN ('payout', 'unclassified')
            """,
            self.id,
        )

    def _tell_payment_fees(self):
        """Write what a provider kept of each payment, as its statements say in the end.

        Fees that were given back with a refund count. A payment stands in statements of several
        kinds (trades and funds); those of one kind are added up, over as many days as it takes.
        """
        self.env["payment.transaction"].flush_model(["xb_attempt", "provider_reference"])
        for settlement in self.filtered(lambda row: not row.is_summary):
            self.env.cr.execute(
                SQL(
                    """
                    WITH named AS (
                        SELECT DISTINCT tx.id
                          FROM payment_transaction tx
                          JOIN xb_settlement_line l
                            ON l.company_id = tx.company_id
                           AND (l.order_ref = tx.xb_attempt OR l.reference = tx.provider_reference)
                         WHERE l.settlement_id = %(settlement)s AND l.kind_group = 'fees'
                           AND tx.xb_attempt IS NOT NULL AND tx.source_transaction_id IS NULL
                    ), kept AS (
                        SELECT tx.id, -SUM(l.amount) AS fee
                          FROM named
                          JOIN payment_transaction tx ON tx.id = named.id
                          JOIN xb_settlement_line l
                            ON l.company_id = tx.company_id
                           AND (l.order_ref = tx.xb_attempt OR l.reference = tx.provider_reference)
                          JOIN xb_settlement s ON s.id = l.settlement_id
                         WHERE l.kind_group = 'fees' AND s.state != 'cancelled'
                           AND s.format_code = %(format)s AND NOT COALESCE(s.is_summary, FALSE)
                           AND l.currency_id = %(currency)s
                         GROUP BY tx.id
                    )
                    UPDATE payment_transaction tx
                       SET xb_fee = kept.fee, xb_fee_currency_id = %(currency)s
                      FROM kept WHERE tx.id = kept.id
                    """,
                    settlement=settlement.id,
                    format=settlement.format_code,
                    currency=settlement.currency_id.id,
                )
            )
        self.env["payment.transaction"].invalidate_model(["xb_fee", "xb_fee_currency_id"])
