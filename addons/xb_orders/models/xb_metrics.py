from prometheus_client.core import GaugeMetricFamily

from odoo import api, models


class XbMetrics(models.AbstractModel):
    """The figures of the order import."""

    _inherit = "xb.metrics"

    @api.model
    def _collect(self):
        """Override of `xb_base`: adds what needs a person and what file imports still do."""
        return [*super()._collect(), self._collect_intake(), self._collect_imports()]

    @api.model
    def _collect_intake(self):
        held = GaugeMetricFamily(
            "xb_orders_attention", "Incoming documents that need a person",
            labels=["shop", "state"],
        )
        for shop, state, count in self.env["xb.order.intake"]._read_group(
                [("state", "in", ("held", "rejected"))], ["shop_id", "state"], ["__count"]):
            held.add_metric([str(shop.id), state], count)
        return held

    @api.model
    def _collect_imports(self):
        waiting = GaugeMetricFamily(
            "xb_import_documents_waiting", "Documents of file imports without a verdict yet")
        waiting.add_metric([], self.env["xb.import.line"].search_count(
            [("state", "=", "pending")]))
        return waiting
