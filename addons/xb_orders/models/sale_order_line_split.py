from odoo import models

from ..core.allocation import Item


class SaleOrderLine(models.Model):
    """What of a line leaves from where, and what of it later; see ``sale_order_split.py``."""

    _inherit = "sale.order.line"

    # === BUSINESS METHODS - PLAN === #

    def _xb_is_planned(self):
        """Whether the line's goods come from our shelf, and no person has chosen a route.

        :rtype: bool
        """
        self.ensure_one()
        return (not self.display_type and self.product_id.type == "consu"
                and self.product_uom_qty > 0 and not self.route_ids
                and not self._xb_has_own_supply())

    def _xb_get_item(self, units, step):
        """These lines as one thing that leaves together.

        :param float units: how many were sold
        :param float step: see :class:`~..core.allocation.Item`
        :rtype: Item
        """
        per_unit = {}
        for (product, _place), qty in self._xb_get_needs().items():
            per_unit[product] = per_unit.get(product, 0.0) + qty / units
        return Item(self, units, per_unit, step)

    def _xb_get_step(self):
        """What part of the line may leave alone: any quantity of the product; of what is taken
        apart on its way (a kit) the whole or nothing.

        :rtype: float
        """
        made_of = {product for product, _place in self._xb_get_needs()}
        return self.product_uom_id.rounding if made_of <= {self.product_id.id} else 0.0

    def _xb_get_later_qty(self):
        """Override of `xb_inventory`: what is planned for later and not demanded yet."""
        demanded = self.xb_later_qty and self.move_ids.filtered(lambda move: move.state != "cancel")
        return 0.0 if demanded else self.xb_later_qty or super()._xb_get_later_qty()

    def _xb_say(self, qty):
        return f"{qty:g} × {self.xb_sku or self.product_id.default_code or self.product_id.name}"

    # === BUSINESS METHODS - PROCUREMENT === #

    def _create_procurements(self, product_qty, procurement_uom, values):
        """Override of `sale_stock`: what leaves later is demanded by itself; and what is not
        wanted any more is taken off that first."""
        part = self._xb_get_later_part(product_qty, procurement_uom)
        if not part:
            return super()._create_procurements(product_qty, procurement_uom, values)
        procurements = super()._create_procurements(
            part, procurement_uom, {**values, "xb_leaves_later": True})
        if procurement_uom.is_zero(product_qty - part):
            return procurements
        return super()._create_procurements(
            product_qty - part, procurement_uom, values) + procurements

    def _xb_get_later_part(self, product_qty, unit):
        """What of a demand is for later, in its unit; below zero where demand is taken back."""
        if product_qty >= 0:
            later = self.product_uom_id._compute_quantity(self._xb_get_later_qty(), unit)
            return min(product_qty, later)
        open_moves = self.move_ids.filtered(
            lambda move: move.xb_leaves_later and move.state not in ("done", "cancel")
            and not move.move_orig_ids)
        return -min(-product_qty, sum(
            move.product_uom._compute_quantity(move.product_uom_qty, unit)
            for move in open_moves))

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        """Override of `sale_stock`: what leaves later is the back order of what leaves now."""
        result = super()._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty)
        for order in self.order_id.filtered("xb_is_split"):
            pickings = order.picking_ids.filtered(lambda picking: picking.state != "cancel")
            later = pickings.filtered(lambda picking: picking.move_ids[:1].xb_leaves_later)
            for picking in later.filtered(lambda picking: not picking.backorder_id):
                picking.backorder_id = (pickings - later).filtered(
                    lambda first, picking=picking: (
                        first.picking_type_id == picking.picking_type_id))[:1]
        return result
