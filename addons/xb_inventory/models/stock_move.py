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

    # === BUSINESS METHODS === #

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """Override of `stock`: who was left for later is noted down for it."""
        moves = super()._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc)
        self.env["xb.stock.due"]._note(moves)
        return moves

    def _should_assign_at_confirm(self):
        """Override of `stock`: not while others are at the same shelf (``xb.stock.due``)."""
        later = self.env["xb.stock.due"]._get_later()
        if later and not self.env.context.get("xb_stock_due") and self.product_id.id in later:
            return False
        return super()._should_assign_at_confirm()
