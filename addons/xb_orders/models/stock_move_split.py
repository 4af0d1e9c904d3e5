from odoo import api, fields, models


class StockMove(models.Model):
    """Goods of an order that were not there when it was confirmed have transfers of their own."""

    _inherit = "stock.move"

    xb_leaves_later = fields.Boolean(
        "Leaves Later", readonly=True,
        help="Was not in stock when its order was confirmed; the rest of the order left before.")

    # === BUSINESS METHODS === #

    def _key_assign_picking(self):
        """Override of `stock`: what leaves later does not keep back what leaves now."""
        return (*super()._key_assign_picking(), self.xb_leaves_later)

    def _search_picking_for_assignation_domain(self):
        """Override of `stock`: likewise, of an order that was split."""
        domain = super()._search_picking_for_assignation_domain()
        if self.xb_leaves_later or self.sale_line_id.order_id.xb_is_split:
            has_later = "any" if self.xb_leaves_later else "not any"
            domain += [("move_ids", has_later, [("xb_leaves_later", "=", True)])]
        return domain

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        """Override of `stock`: likewise."""
        return [*super()._prepare_merge_moves_distinct_fields(), "xb_leaves_later"]

    def _prepare_procurement_values(self):
        """Override of `stock`: likewise, where one step demands the one before it."""
        values = super()._prepare_procurement_values()
        if self.xb_leaves_later:
            values["xb_leaves_later"] = True
        return values

    def _should_assign_at_confirm(self):
        """Override of `stock`: nothing was claimed for what leaves later. What is on the shelf all
        the same is another order's; it is reserved when goods arrive."""
        if self.xb_leaves_later and not self._should_bypass_reservation():
            return False
        return super()._should_assign_at_confirm()
