from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === BUSINESS METHODS === #

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        """Override of `sale_stock`: sales pass the gate before they create demand.

        This is where every sale becomes demand: by confirmation, by a line added to a confirmed
        order, by a larger quantity. ``xb_stock_guard`` in the context decides; where it says
        nothing, the company's setting does.
        """
        wish = self.env.context.get("xb_stock_guard")
        guarded = self.filtered(
            lambda line: (line.company_id.xb_guard_sales if wish is None else wish)
            # core launches nothing for the others
            and line.state == "sale" and not line.order_id.locked
        )
        if guarded and not self.env.context.get("skip_procurement"):
            self.env["xb.availability"]._guard(guarded, previous_product_uom_qty)
        return super()._action_launch_stock_rule(previous_product_uom_qty=previous_product_uom_qty)

    def _xb_get_needs(self, previous=False):
        """Return what the lines will demand of the shelf once they are launched.

        :param previous: as in core's ``_action_launch_stock_rule``
        :return: quantity in the product's unit by (product id, warehouse id)
        :rtype: dict
        """
        needs = {}
        for line in self:
            if line.display_type or line.product_id.type != "consu" or line._xb_has_own_supply():
                continue
            place = line.warehouse_id or line.order_id.warehouse_id
            missing = line.product_uom_qty - line._get_qty_procurement(previous)
            missing -= line._xb_get_later_qty()
            if not place or line.product_uom_id.compare(missing, 0) <= 0:
                continue
            unit = line.product_id.uom_id
            qty = line.product_uom_id._compute_quantity(missing, unit, rounding_method="HALF-UP")
            availability = self.env["xb.availability"].with_company(line.company_id)
            for product_id, part in availability._explode_line(line.product_id.id, qty):
                item = product_id, place.id
                needs[item] = needs.get(item, 0.0) + part
        return needs

    # === HOOKS === #

    def _xb_has_own_supply(self):
        """Hook: whether the line's goods do not come from the shelf (make to order, dropshipping).

        :rtype: bool
        """
        return self.is_mto

    def _xb_get_later_qty(self):
        """Hook: what of the line will be confirmed although nothing is there for it, because a
        person or a rule has decided so; not claimed, and counted as waiting from then on.

        :return: quantity in the line's unit
        :rtype: float
        """
        return 0.0
