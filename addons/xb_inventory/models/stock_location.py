from odoo import models

# What of a place decides which warehouse's stock lies in it, or none's.
PLACE = frozenset({"usage", "location_id"})


class StockLocation(models.Model):
    _inherit = "stock.location"

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `stock`: what lies there is somewhere else now, and the levels follow."""
        if not PLACE.isdisjoint(vals):
            inside = [("location_id", "child_of", self.ids)]
            everything = self.with_context(active_test=False).sudo().env
            quants = everything["stock.quant"].search(inside)
            moves = everything["stock.move"].search(
                [*inside, ("state", "not in", ("draft", "done", "cancel"))]
            )
            self.env["xb.stock.level"]._touch((quants.product_id | moves.product_id).ids)
        return super().write(vals)
