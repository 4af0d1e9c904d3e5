from odoo import api, models

from ..batch import Batch, default_get, unchecked


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

    # === BATCHES === #

    @api.model
    def default_get(self, fields):
        """Override of `base`: asked once per batch."""
        return default_get(self, fields, super().default_get)

    def _check_company(self, fnames=None):
        """Override of `base`: what is the same in many records of a batch is checked once."""
        return super(StockMoveLine, unchecked(self, fnames))._check_company(fnames)
