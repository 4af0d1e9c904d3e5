from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        """Override of `stock_account`: a receipt that is worth something else may move prices
        computed from the last receipt."""
        result = super().write(vals)
        if vals.get("value"):
            moves = self.filtered(lambda move: move.is_in)
            if moves:
                self.env["xb.shop"]._touch_prices(
                    [("company_id", "in", moves.company_id.ids)], set(moves.product_id.ids))
        return result
