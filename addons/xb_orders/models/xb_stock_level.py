from odoo import api, models


class XbStockLevel(models.Model):
    _inherit = "xb.stock.level"

    @api.model
    def _on_changed(self, product_ids):
        """Override of `xb_inventory`: orders that wait for goods are tried again."""
        result = super()._on_changed(product_ids)
        self.env["xb.order.intake"]._wake_short()
        return result
