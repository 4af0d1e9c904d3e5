from odoo import api, models

from ..batch import KEY, Batch


class XbStockDue(models.Model):
    _inherit = "xb.stock.due"

    @api.model
    def _reserve(self, moves):
        """Override of `xb_inventory`: the shelf is read and written once for all of them."""
        batch = Batch()
        batch.learn_reordered(moves.product_id)
        return super()._reserve(moves.with_context(**{KEY: batch}))
