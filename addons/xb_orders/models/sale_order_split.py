from odoo import api, fields, models
from odoo.tools import format_list

from ..batch import Batch
from ..core.allocation import Shelves, plan

SPLITS = [
    ("stock", "What is there now, the rest later"),
    ("warehouse", "By warehouse"),
    ("both", "By warehouse, the rest later"),
]


class SaleOrder(models.Model):
    """Orders that leave from several warehouses or in parts; see docs/decisions/0045."""

    _inherit = "sale.order"

    _xb_split_idx = models.Index("(xb_ship_by, id) WHERE xb_is_split")

    xb_split = fields.Selection(
        SPLITS, "May Be Split", copy=False, readonly=True,
        help="What a rule allows when no warehouse has all of it.")
    xb_split_rule_id = fields.Many2one(
        "xb.order.rule", "Split by Rule", copy=False, readonly=True, ondelete="set null",
        index="btree_not_null")
    xb_is_split = fields.Boolean(
        "Split", copy=False, readonly=True,
        help="Leaves from several warehouses or in parts.")
    xb_split_note = fields.Text("How It Is Split", compute="_compute_xb_split_note")

    # === COMPUTE METHODS === #

    @api.depends("xb_is_split", "xb_split_rule_id.name", "order_line.xb_warehouse_id",
                 "order_line.xb_later_qty", "order_line.product_uom_qty", "warehouse_id.name")
    @api.depends_context("lang")
    def _compute_xb_split_note(self):
        for order in self:
            order.xb_split_note = order.xb_is_split and order._xb_get_split_note()

    def _xb_get_split_note(self):
        """Say to a person what leaves from where, what later, and why."""
        # In sudo mode: who may read the order may know where it comes from.
        order = self.sudo()
        goods = order.order_line.filtered(lambda line: line._xb_is_planned())
        texts = []
        if rule := order.xb_split_rule_id:
            texts.append(self.env._("Split by rule “%(rule)s”.", rule=rule.name))
        for warehouse, lines in goods.grouped("warehouse_id").items():
            now = [line._xb_say(line.product_uom_qty - line.xb_later_qty) for line in lines
                   if line.product_uom_qty > line.xb_later_qty]
            later = [line._xb_say(line.xb_later_qty) for line in lines if line.xb_later_qty]
            if now:
                texts.append(self.env._(
                    "From %(warehouse)s: %(goods)s.", warehouse=warehouse.name,
                    goods=format_list(self.env, now)))
            if later:
                texts.append(self.env._(
                    "Later from %(warehouse)s, was not in stock: %(goods)s.",
                    warehouse=warehouse.name, goods=format_list(self.env, later)))
        return "\n".join(texts)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Override of `sale`: an order that may be split is planned before it is confirmed. The
        import has planned the orders of its batches when it claimed for them."""
        if Batch.of(self.env) is None:
            self.filtered(lambda order: order.state in ("draft", "sent"))._xb_plan_delivery()
        return super().action_confirm()

    def action_draft(self):
        """Override of `sale`: what is confirmed again is planned again."""
        result = super().action_draft()
        self._xb_forget_plan()
        return result

    # === BUSINESS METHODS === #

    def _xb_get_due_deliveries(self):
        """Override of `xb_logistics`: what is there of a split order does not wait for the rest."""
        pickings = super()._xb_get_due_deliveries()
        if not self.xb_is_split:
            return pickings
        return pickings.filtered(
            lambda picking: not picking._xb_get_unready_reason()) or pickings

    def _xb_leave_later_out(self, pickings):
        """What waits for goods does not keep back what is there: the transfers without it, as
        long as others are open.

        :param stock.picking pickings: of a split order
        """
        later = pickings.filtered(lambda picking: (
            picking.state in ("confirmed", "waiting") and picking.move_ids[:1].xb_leaves_later))
        now = pickings - later
        return now if any(picking.state != "done" for picking in now) else pickings

    def _xb_plan_delivery(self):
        """Decide where the lines of quotations leave from and what of them later, by what is free
        at this moment. No locks: the claim that follows decides.

        :return: the orders that may be split of which something can leave now
        :rtype: sale.order
        """
        if not any(order.xb_split for order in self):
            return self.browse()
        self._xb_forget_plan()
        fitting, same = self.browse(), {}
        for order, lines in self._xb_plan().items():
            if not lines:
                continue
            fitting += order
            for line, (place, later) in lines.items():
                other = place if place != order.warehouse_id.id else False
                if other or later:
                    same[other, later] = same.get((other, later), line) | line
            if len({place for place, _later in lines.values()}) > 1 or any(
                    later for _place, later in lines.values()):
                order.xb_is_split = True
        for (place, later), lines in same.items():
            lines.write({"xb_warehouse_id": place, "xb_later_qty": later})
        return fitting

    def _xb_forget_plan(self):
        """Take back the plan of orders that are not confirmed."""
        planned = self.order_line.filtered(lambda line: line.xb_warehouse_id or line.xb_later_qty)
        if planned:
            planned.write({"xb_warehouse_id": False, "xb_later_qty": 0.0})
        split = self.filtered("xb_is_split")
        if split:
            split.xb_is_split = False

    def _xb_plan(self):
        """Plan orders one after the other, in the order given: each takes its goods off what the
        next one finds.

        :return: by order: ``(warehouse id, quantity that leaves later)`` by line, nothing for one
            that leaves as it is, None for one that must wait. Nothing is written.
        :rtype: dict
        """
        needs = {order: order.order_line._xb_get_needs() for order in self}
        places = {order: order._xb_get_places() for order in self}
        taken, shelves = {}, {}
        for shop, orders in self.grouped("xb_shop_id").items():
            wanted = {item for order in orders for item in needs[order]} | {
                (product, place) for order in orders for place in places[order]
                for product, _own in needs[order]}
            shelves[shop] = Shelves(self._xb_read_free(shop, wanted), taken)
        return {order: order._xb_plan_one(needs[order], places[order], shelves[order.xb_shop_id])
                for order in self}

    def _xb_plan_one(self, needs, places, shelves):
        items = self._xb_get_items() if self.xb_split else []
        if not items:
            return {} if shelves.grant(needs) else None
        found = plan(items, places, shelves, in_parts=self.xb_split in ("stock", "both"))
        if found is None:
            return None
        result = {}
        for item in items:
            place, units = found[item.key]
            for line in item.key:
                later = line.product_uom_qty * (1 - units / item.units)
                result[line] = place, line.product_uom_id.round(later)
        return result

    def _xb_get_items(self):
        """What leaves together: the lines of a bundle, every other line by itself.

        :rtype: list[Item]
        """
        self.ensure_one()
        items = []
        for ref, lines in self.order_line.filtered(
                lambda line: line._xb_is_planned()).grouped("xb_of_ref").items():
            units = {round(line.product_uom_qty / (line.xb_per_unit or 1.0), 6) for line in lines}
            if ref and len(lines) > 1 and len(units) == 1:
                items.append(lines._xb_get_item(units.pop(), 1.0))
                continue
            items += [line._xb_get_item(line.product_uom_qty, line._xb_get_step())
                      for line in lines]
        return [item for item in items if item.per_unit]

    def _xb_get_places(self):
        """Ids of the warehouses that the order may leave from, the first choice first."""
        self.ensure_one()
        own = self.warehouse_id
        if self.xb_split not in ("warehouse", "both"):
            return own.ids if self.xb_split else []
        # In sudo mode: the rule decides, whoever confirms.
        return (own | self.sudo().xb_shop_id.other_warehouse_ids.sorted("sequence")).ids

    @api.model
    def _xb_read_free(self, shop, wanted):
        """What a shop may still sell of products at warehouses, as the gate sees it now.

        :param list wanted: (product id, warehouse id)
        :return: quantity by (product id, warehouse id); without products that are never short
        :rtype: dict
        """
        Availability = self.env["xb.availability"]
        limited = Availability._only_limited(dict.fromkeys(wanted, 1.0))
        by_place = {}
        for product, place in limited:
            by_place.setdefault(place, set()).add(product)
        return {
            (product, place): qty for place, products in by_place.items()
            for product, qty in Availability._claimable_now(
                shop.sudo(), sorted(products), place).items()
        }
