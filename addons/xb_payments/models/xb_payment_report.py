from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

SUMS = ("paid", "pending", "refunded", "disputed", "fee")
MOST_DAYS = 366


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

    # === BUSINESS METHODS === #

    @api.model
    def get_dashboard(self, days=30):
        """Return what the dashboard shows. RPC-callable by finance.

        :param int days: how many days back, today included; 1 to 366
        :return: ``{"tiles": [{"key", "count", "amounts"}], "rows": [{"provider", "currency",
            "count", "paid", …, "fee_rate"}], "days": [{"day", "count", "share"}], "held",
            "approvals", "answers"}``; amounts are formatted in their own currency, ``share`` is of
            the best day
        """
        self.check_access("read")
        days = max(1, min(int(days), MOST_DAYS))
        today = fields.Date.context_today(self)
        domain = [("date", ">", today - timedelta(days=days))]
        rows = self._read_group(
            domain,
            ["provider_id", "currency_id"],
            ["__count", *(f"{name}:sum" for name in SUMS), "fee_rate:avg"],
        )
        return {
            "tiles": self._prepare_tiles(domain, rows),
            "rows": [self._prepare_row(*row) for row in rows],
            "days": self._prepare_days(domain, today, days),
            "held": self.search_count([("state", "=", "held")]),
            "approvals": self.env["payment.transaction"]._xb_count_to_approve(),
            "answers": self.env["xb.payment.dispute"].search_count(
                [("state", "=", "needs_response")]
            ),
        }

    def _prepare_tiles(self, domain, rows):
        """Sum up per currency: amounts of different ones are never added."""
        tiles = []
        for position, name in enumerate(SUMS[:4]):
            totals = {}
            for _provider, currency, _count, *sums in rows:
                totals[currency] = totals.get(currency, 0) + (sums[position] or 0)
            amounts = [c.format(total) for c, total in totals.items() if not c.is_zero(total)]
            count = self.search_count([*domain, (name, ">", 0)])
            tiles.append({"key": name, "count": count, "amounts": amounts})
        return tiles

    def _prepare_row(self, provider, currency, count, *sums):
        *amounts, rate = sums
        row = {
            name: currency.format(amount or 0) if not currency.is_zero(amount or 0) else ""
            for name, amount in zip(SUMS, amounts, strict=True)
        }
        rate = f"{rate:.2f} %" if rate else ""
        return {
            **row,
            "id": f"{provider.id}-{currency.id}",
            "provider": provider.display_name,
            "currency": currency.name,
            "count": count,
            "fee_rate": rate,
        }

    def _prepare_days(self, domain, today, days):
        counts = dict(
            self._read_group([*domain, ("state", "=", "paid")], ["date:day"], ["__count"])
        )
        most = max(counts.values(), default=0)
        dates = [today - timedelta(days=back) for back in reversed(range(days))]
        return [
            {
                "day": fields.Date.to_string(date),
                "count": counts.get(date, 0),
                "share": round(100 * counts.get(date, 0) / most) if most else 0,
            }
            for date in dates
        ]

    # === QUERY === #

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
