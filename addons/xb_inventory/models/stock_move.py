from odoo import api, models

# What of a transfer's line decides how much it demands.
DEMAND = frozenset(
    {
        "state",
        "product_id",
        "product_uom",
        "product_uom_qty",
        "quantity",
        "location_id",
        "location_dest_id",
        "location_final_id",
        "procure_method",
        "move_orig_ids",
        "move_dest_ids",
    }
)


class StockMove(models.Model):
    _inherit = "stock.move"

    # The same words as in xb_stock_truth: what has less reserved than it wants is rare.
    _xb_waiting = models.Index(
        "(product_id) WHERE state IN ('waiting', 'confirmed', 'partially_available', 'assigned')"
        " AND COALESCE(quantity, 0) < product_uom_qty"
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `stock`: the levels follow."""
        moves = super().create(vals_list)
        self.env["xb.stock.level"]._touch(moves.product_id.ids)
        return moves

    def write(self, vals):
        """Override of `stock`: the levels follow."""
        if not DEMAND.isdisjoint(vals):
            self.env["xb.stock.level"]._touch(self.product_id.ids)
        return super().write(vals)

    def unlink(self):
        """Override of `stock`: the levels follow."""
        self.env["xb.stock.level"]._touch(self.product_id.ids)
        return super().unlink()
