from prometheus_client.core import GaugeMetricFamily

from odoo import api, models


class XbMetrics(models.AbstractModel):
    _inherit = "xb.metrics"

    @api.model
    def _collect(self):
        """Override of `xb_base`: stock levels, claims and their drift."""
        return [*super()._collect(), *self._collect_stock()]

    @api.model
    def _collect_stock(self):
        """Whether the levels are right, how far they are behind, and what claims hold."""
        cr = self.env.cr
        cr.execute("SELECT drift, claims_wrong FROM xb_stock_check ORDER BY id DESC LIMIT 1")
        drift, claims = cr.fetchone() or (0, 0)
        cr.execute("SELECT COALESCE(SUM(drift + claims_wrong), 0) FROM xb_stock_check")
        ever = cr.fetchone()[0]
        cr.execute(
            "SELECT COUNT(DISTINCT product_id), COALESCE(EXTRACT(epoch FROM"
            " (now() AT TIME ZONE 'UTC') - MIN(marked_at)), 0)::float8 FROM xb_stock_touch"
        )
        marked, age = cr.fetchone()
        cr.execute("SELECT COUNT(*) FROM xb_stock_level WHERE free < -0.000001")
        oversold = cr.fetchone()[0]
        held = GaugeMetricFamily("xb_stock_claims", "Stock claims by state", labels=["state"])
        for state, number in self.env["xb.stock.claim"]._read_group([], ["state"], ["__count"]):
            held.add_metric([state], number)
        return [
            held,
            GaugeMetricFamily(
                "xb_stock_drift", "Wrong levels and claims the last check found",
                value=drift + claims,
            ),
            GaugeMetricFamily(
                "xb_stock_drift_kept", "The same, over all checks on record", value=ever
            ),
            GaugeMetricFamily(
                "xb_stock_marked_products", "Products whose levels are to follow", value=marked
            ),
            GaugeMetricFamily(
                "xb_stock_oldest_mark_seconds", "Age of the oldest mark", value=max(0.0, age)
            ),
            GaugeMetricFamily(
                "xb_stock_oversold_levels", "Levels with less than nothing free", value=oversold
            ),
        ]
