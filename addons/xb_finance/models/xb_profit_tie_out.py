from odoo import fields, models
from odoo.tools import SQL


class XbProfitTieOut(models.Model):
    """Proof that the profit rows of a settlement, or of a carrier's bill, are what its journal
    entries say, to the cent: their sum against the income and expense accounts of the entries, and
    against what a settlement pays of customers' invoices."""

    _name = "xb.profit.tie.out"
    _description = "Profit against Ledger"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "document"

    document = fields.Char(readonly=True)
    settlement_id = fields.Many2one("xb.settlement", readonly=True)
    move_id = fields.Many2one("account.move", "Carrier's Bill", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    shop_id = fields.Many2one("xb.shop", readonly=True)
    day = fields.Date("Period Ends", readonly=True)
    profit = fields.Monetary("Profit Rows", currency_field="company_currency_id", readonly=True)
    ledger = fields.Monetary("Journal Entries", currency_field="company_currency_id",
                             readonly=True)
    difference = fields.Monetary(currency_field="company_currency_id", readonly=True)

    # === ACTION METHODS === #

    def action_open_document(self):
        """Open the settlement or the bill."""
        self.ensure_one()
        return (self.settlement_id or self.move_id).get_formview_action()

    # === QUERY === #

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT d.id, d.document, d.settlement_id, d.move_id, d.company_id, d.shop_id, d.day,
                   COALESCE(p.amount, 0) AS profit, COALESCE(j.amount, 0) AS ledger,
                   COALESCE(p.amount, 0) - COALESCE(j.amount, 0) AS difference
              FROM (SELECT s.id, s.name AS document, s.id AS settlement_id, NULL::int AS move_id,
                           s.company_id, s.shop_id, s.date_end AS day,
                           ARRAY[s.move_id, s.payout_move_id] || ARRAY(
                               SELECT id FROM account_move
                                WHERE xb_settlement_id = s.id AND state = 'posted') AS moves
                      FROM xb_settlement s WHERE s.state = 'posted'
                    UNION ALL
                    -- ids of two tables: a bill's are below zero
                    SELECT -m.id, COALESCE(NULLIF(m.ref, ''), m.name), NULL, m.id, m.company_id,
                           NULL, m.date, ARRAY[m.id]
                      FROM account_move m
                     WHERE m.state = 'posted' AND m.xb_carrier_id IS NOT NULL) d
              LEFT JOIN LATERAL (
                   SELECT SUM(actual) AS amount FROM xb_order_profit
                    WHERE settlement_id = d.settlement_id OR move_id = d.move_id) p ON TRUE
              LEFT JOIN LATERAL (
                   -- What pays an invoice is revenue there; the buyer's tax in it is nobody's.
                   SELECT -SUM(l.balance) - (
                              SELECT COALESCE(SUM(i.value), 0) FROM xb_settlement_line i
                               WHERE i.settlement_id = d.settlement_id AND i.settles_invoice
                                 AND i.kind IN ('tax', 'tax_withheld')) AS amount
                     FROM account_move_line l
                     JOIN account_account a ON a.id = l.account_id
                    WHERE l.move_id = ANY(d.moves)
                      AND (a.account_type LIKE 'income%%' OR a.account_type LIKE 'expense%%'
                           OR a.account_type = 'asset_receivable')
                   ) j ON TRUE
            """)
