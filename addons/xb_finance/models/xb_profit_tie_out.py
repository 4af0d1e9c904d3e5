from odoo import fields, models
from odoo.tools import SQL


class XbProfitTieOut(models.Model):
    """Proof that the profit rows of a settlement are what its journal entries say, to the cent:
    their sum against the income and expense accounts of the entries, and against what they
    pay of customers' invoices."""

    _name = "xb.profit.tie.out"
    _description = "Profit against Ledger"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "settlement_id"

    settlement_id = fields.Many2one("xb.settlement", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    shop_id = fields.Many2one("xb.shop", readonly=True)
    day = fields.Date("Period Ends", readonly=True)
    profit = fields.Monetary("Profit Rows", currency_field="company_currency_id", readonly=True)
    ledger = fields.Monetary("Journal Entries", currency_field="company_currency_id",
                             readonly=True)
    difference = fields.Monetary(currency_field="company_currency_id", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT s.id, s.id AS settlement_id, s.company_id, s.shop_id, s.date_end AS day,
                   COALESCE(p.amount, 0) AS profit, COALESCE(j.amount, 0) AS ledger,
                   COALESCE(p.amount, 0) - COALESCE(j.amount, 0) AS difference
              FROM xb_settlement s
              LEFT JOIN LATERAL (
                   SELECT SUM(actual) AS amount FROM xb_order_profit
                    WHERE settlement_id = s.id) p ON TRUE
              LEFT JOIN LATERAL (
                   -- What pays an invoice is revenue there; the buyer's tax in it is nobody's.
                   SELECT -SUM(l.balance) - (
                              SELECT COALESCE(SUM(i.value), 0) FROM xb_settlement_line i
                               WHERE i.settlement_id = s.id AND i.settles_invoice
                                 AND i.kind IN ('tax', 'tax_withheld')) AS amount
                     FROM account_move_line l
                     JOIN account_account a ON a.id = l.account_id
                    WHERE l.move_id IN (s.move_id, s.payout_move_id)
                      AND (a.account_type LIKE 'income%%' OR a.account_type LIKE 'expense%%'
                           OR a.account_type = 'asset_receivable')
                   ) j ON TRUE
             WHERE s.state = 'posted'
            """)
