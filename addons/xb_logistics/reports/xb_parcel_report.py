from odoo import fields, models
from odoo.tools import SQL

from ..const import DIRECTIONS, ISSUES, STATUSES


class XbParcelReport(models.Model):
    """Parcels as figures: punctuality, days in transit, what a kilogram costs."""

    _name = "xb.parcel.report"
    _description = "Logistics Figures"
    _auto = False
    _order = "shipped_at desc, id desc"
    _rec_name = "number"

    number = fields.Char(string="Tracking Number", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    carrier_id = fields.Many2one("xb.carrier", readonly=True)
    country_id = fields.Many2one("res.country", string="To Country", readonly=True)
    direction = fields.Selection(DIRECTIONS, readonly=True)
    status = fields.Selection(STATUSES, readonly=True)
    issue = fields.Selection(ISSUES, string="Problem", readonly=True)
    shipped_at = fields.Datetime(string="Shipped", readonly=True)
    delivered_at = fields.Datetime(string="Delivered", readonly=True)
    transit_days = fields.Float(
        string="Days in Transit", readonly=True, aggregator="avg", digits=(8, 1)
    )
    transit_class = fields.Selection(
        [
            ("a", "Up to 3 days"),
            ("b", "4 to 7 days"),
            ("c", "8 to 14 days"),
            ("d", "15 to 30 days"),
            ("e", "More than 30 days"),
            ("f", "Not arrived yet"),
        ],
        string="Days in Transit (Classes)",
        readonly=True,
    )
    on_time = fields.Float(
        string="On Time (%)",
        readonly=True,
        aggregator="avg",
        digits=(5, 1),
        help="Of the parcels that were promised: delivered by the promised day. One that is late"
        " and still under way counts as not on time.",
    )
    is_judged = fields.Boolean(
        string="Promise Due",
        readonly=True,
        help="Whether it counts in *On Time*: delivered, or late.",
    )
    weight = fields.Float(string="Weight (kg)", readonly=True)
    cost = fields.Monetary(readonly=True, currency_field="company_currency_id")
    cost_per_kg = fields.Monetary(
        readonly=True, aggregator="avg", currency_field="company_currency_id"
    )

    @property
    def _table_query(self):
        """Costs are in the company's currency, at the rate of the day the parcel was shipped."""
        return SQL(
            """
            SELECT p.id, p.number, p.company_id, c.currency_id AS company_currency_id,
                   p.carrier_id, p.country_id, p.direction, p.status, p.issue, p.shipped_at,
                   p.delivered_at, p.weight,
                   CASE WHEN p.delivered_at IS NOT NULL THEN p.transit_days END AS transit_days,
                   CASE WHEN p.delivered_at IS NULL OR p.shipped_at IS NULL THEN 'f'
                        WHEN p.transit_days <= 3 THEN 'a' WHEN p.transit_days <= 7 THEN 'b'
                        WHEN p.transit_days <= 14 THEN 'c' WHEN p.transit_days <= 30 THEN 'd'
                        ELSE 'e' END AS transit_class,
                   CASE WHEN p.due_on IS NULL THEN NULL
                        WHEN p.delivered_at IS NOT NULL
                        THEN CASE WHEN p.delivered_at::date <= p.due_on THEN 100 ELSE 0 END
                        WHEN p.due_on < (now() AT TIME ZONE 'UTC')::date THEN 0 END AS on_time,
                   p.due_on IS NOT NULL AND (p.delivered_at IS NOT NULL
                        OR p.due_on < (now() AT TIME ZONE 'UTC')::date) AS is_judged,
                   p.cost * r.rate AS cost,
                   p.cost * r.rate / NULLIF(p.weight, 0) AS cost_per_kg
              FROM xb_parcel p
              JOIN res_company c ON c.id = p.company_id
              LEFT JOIN LATERAL (
                   SELECT COALESCE(%(home)s, 1) / COALESCE(%(own)s, 1) AS rate) r ON TRUE
             WHERE p.active
            """,
            home=self._rate_query(SQL("c.currency_id")),
            own=self._rate_query(SQL("p.currency_id")),
        )

    def _rate_query(self, currency):
        return SQL(
            """(SELECT rate FROM res_currency_rate
                 WHERE currency_id = %s AND (company_id IS NULL OR company_id = p.company_id)
                   AND name <= COALESCE(p.shipped_at, now() AT TIME ZONE 'UTC')::date
                 ORDER BY name DESC, company_id LIMIT 1)""",
            currency,
        )

    def _read_group_select(self, aggregate_spec, query):
        """Override of `base`: a kilogram's cost is all cost by all weight, not a mean of means."""
        if aggregate_spec != "cost_per_kg:avg":
            return super()._read_group_select(aggregate_spec, query)
        cost = self._field_to_sql(self._table, "cost", query)
        weight = self._field_to_sql(self._table, "weight", query)
        return SQL(
            "SUM(%(cost)s) FILTER (WHERE %(weight)s > 0 AND %(cost)s > 0)"
            " / NULLIF(SUM(%(weight)s) FILTER (WHERE %(cost)s > 0), 0)",
            cost=cost,
            weight=weight,
        )
