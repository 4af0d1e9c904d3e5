from odoo import fields, models
from odoo.tools import SQL


class XbPaymentReport(models.Model):
    """One row per payment, in its own currency: paid, pending, refunded, disputed, fees."""

    _name = "xb.payment.report"
    _description = "Payment Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "reference"

    reference = fields.Char(readonly=True)
    date = fields.Date(string="Day", readonly=True)
    provider_id = fields.Many2one("payment.provider", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    state = fields.Selection(
        [
            ("paid", "Paid"),
            ("pending", "Pending"),
            ("authorized", "Authorized"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
            ("held", "Held"),
        ],
        readonly=True,
    )
    amount = fields.Monetary(readonly=True)
    paid = fields.Monetary(readonly=True)
    pending = fields.Monetary(readonly=True)
    refunded = fields.Monetary(readonly=True)
    disputed = fields.Monetary(readonly=True)
    fee = fields.Monetary(
        string="Fees", readonly=True, help="Where it is in the currency of the payment."
    )
    fee_rate = fields.Float(
        string="Fee Rate (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="Fees by what was paid, of payments whose fee is known.",
    )
    count = fields.Integer(string="Payments", readonly=True, aggregator="sum")

    def _read_group_select(self, aggregate_spec, query):
        """Override of `base`: a rate of sums, which no average of rates is."""
        if aggregate_spec.startswith("fee_rate:"):
            fee, paid = SQL.identifier(self._table, "fee"), SQL.identifier(self._table, "paid")
            return SQL(
                "ROUND(100.0 * SUM(%s) / NULLIF(SUM(CASE WHEN %s > 0 THEN %s END), 0), 2)",
                fee,
                fee,
                paid,
            )
        return super()._read_group_select(aggregate_spec, query)

    @property
    def _table_query(self):
        """One row per payment; refunds and disputes are summed onto the payment they are about."""
        return SQL(
            """
            SELECT tx.id, tx.reference, tx.create_date::date AS date, tx.provider_id,
                   tx.company_id, tx.partner_id, tx.currency_id, tx.amount, 1 AS count,
                   CASE WHEN tx.xb_hold_reason IS NOT NULL THEN 'held'
                        WHEN tx.state = 'done' THEN 'paid'
                        WHEN tx.state IN ('draft', 'pending') THEN 'pending'
                        WHEN tx.state = 'authorized' THEN 'authorized'
                        WHEN tx.state = 'cancel' THEN 'cancelled'
                        ELSE 'failed' END AS state,
                   CASE WHEN tx.state = 'done' THEN tx.amount ELSE 0 END AS paid,
                   CASE WHEN tx.state IN ('draft', 'pending', 'authorized')
                        THEN tx.amount ELSE 0 END AS pending,
                   COALESCE(refund.amount, 0) AS refunded,
                   COALESCE(dispute.amount, 0) AS disputed,
                   CASE WHEN tx.xb_fee_currency_id = tx.currency_id AND tx.state = 'done'
                        THEN COALESCE(tx.xb_fee, 0) ELSE 0 END AS fee,
                   CASE WHEN tx.xb_fee_currency_id = tx.currency_id AND tx.state = 'done'
                        THEN 100.0 * tx.xb_fee / NULLIF(tx.amount, 0) END AS fee_rate
              FROM payment_transaction tx
              LEFT JOIN LATERAL (
                       SELECT SUM(-child.amount) AS amount FROM payment_transaction child
                        WHERE child.source_transaction_id = tx.id
                          AND child.operation = 'refund' AND child.state = 'done') refund ON TRUE
              LEFT JOIN LATERAL (
                       SELECT SUM(open.amount) AS amount FROM xb_payment_dispute open
                        WHERE open.transaction_id = tx.id
                          AND open.state IN ('needs_response', 'under_review', 'lost'))
                   dispute ON TRUE
             WHERE tx.source_transaction_id IS NULL
               AND tx.operation IS DISTINCT FROM 'validation'
            """
        )
