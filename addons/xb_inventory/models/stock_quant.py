from odoo import api, models

FIGURES = frozenset({"quantity", "reserved_quantity", "location_id", "product_id"})


class StockQuant(models.Model):
    _inherit = "stock.quant"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `stock`: the levels follow."""
        quants = super().create(vals_list)
        self.env["xb.stock.level"]._touch(quants.product_id.ids)
        return quants

    def write(self, vals):
        """Override of `stock`: the levels follow."""
        if not FIGURES.isdisjoint(vals):
            self.env["xb.stock.level"]._touch(self.product_id.ids)
        return super().write(vals)

    def unlink(self):
        """Override of `stock`: the levels follow."""
        self.env["xb.stock.level"]._touch(self.product_id.ids)
        return super().unlink()
