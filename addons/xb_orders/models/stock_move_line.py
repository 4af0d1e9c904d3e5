from odoo import api, models

from ..batch import Batch


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `stock`: with the lines that core creates at the end of a reservation, even
        if there are none of its own, come those the batch has collected."""
        batch = Batch.of(self.env)
        if batch is None or not batch.lines:
            return super().create(vals_list)
        collected, batch.lines = batch.lines, []
        return super().create(collected + vals_list)[len(collected):]
