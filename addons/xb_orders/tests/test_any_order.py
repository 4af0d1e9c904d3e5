import contextlib
import os
import random

from odoo.tests import tagged

from .common import OrdersCommon

# (orders, events, orders of them); the full size is run by XB_TEST_FULL=1, with `-- -o timeout=0`:
# it takes longer than one test may.
FULL = bool(os.environ.get("XB_TEST_FULL"))
ORDERS, EVENTS, PERMUTATIONS = (50, 200, 100) if FULL else (10, 40, 4)


@tagged("post_install", "-at_install")
class TestAnyOrder(OrdersCommon):
    """Events may come late, twice and in any order: the database ends the same."""

    def events(self, pick):
        """The history of some orders: each version newer than the one before."""
        events = []
        for number in range(ORDERS):
            value = self.order_value(
                f"E{number}", status=pick.choice(("pending", "paid")), total=None,
                buyer={"id": f"B{number % 7}", "name": f"Buyer {number % 7}"})
            for version in range(EVENTS // ORDERS):
                value = {**value, "updated_at": f"2026-05-0{5 + version}T10:00:00Z"}
                if version:
                    value = self.next_version(pick, value)
                events.append(value)
        return events

    def next_version(self, pick, value):
        change = pick.choice(("paid", "quantity", "address", "note", "cancelled", "line"))
        if value["status"] == "cancelled" or change == "cancelled":
            return {**value, "status": "cancelled"}
        if change == "paid":
            return {**value, "status": "paid"}
        if change == "note":
            return {**value, "note": f"note {pick.randrange(9)}"}
        if change == "address":
            return {**value, "ship_to": {
                **value["ship_to"], "street": f"New way {pick.randrange(9)}"}}
        lines = [dict(line) for line in value["lines"]]
        if change == "line" and len(lines) > 1:
            lines.pop()
        else:
            lines[0]["qty"] = str(pick.randrange(1, 5))
        return {**value, "lines": lines}

    def play(self, events):
        """What the database says after these events; all is undone."""
        with contextlib.closing(self.env.cr.savepoint()):
            for start in range(0, len(events), 7):
                self.shop.import_orders(events[start:start + 7])
            self.env.flush_all()
            result = self.picture()
        self.env.invalidate_all()
        return result

    def picture(self):
        orders = self.env["sale.order"].search([("xb_shop_id", "=", self.shop.id)], order="xb_ref")
        quants = self.env["stock.quant"].search([
            ("product_id", "in", (self.mug + self.lid).ids),
            ("location_id.usage", "=", "internal")])
        used = self.env["xb.stock.claim.use"].search([])
        return {
            "orders": [self.picture_of(order) for order in orders],
            "reserved": sorted((quant.product_id.default_code, quant.quantity,
                                quant.reserved_quantity) for quant in quants),
            # what a confirmation has used up counts as demand, and no longer as a claim
            "claims": sorted(
                (line.claim_id.key, line.product_id.default_code, line.quantity)
                for line in self.env["xb.stock.claim.line"].search([
                    ("is_open", "=", True), ("claim_id", "not in", used.mapped("claim_id"))])),
            "available": self.env["xb.availability"].available(
                (self.mug + self.lid).ids, False, self.shop.warehouse_id.id),
            "buyers": self.env["xb.shop.buyer"].search_count([("shop_id", "=", self.shop.id)]),
            "intakes": sorted(self.env["xb.order.intake"].search(
                [("shop_id", "=", self.shop.id)]).mapped(lambda row: (row.ref, row.state))),
        }

    def picture_of(self, order):
        ship = order.partner_shipping_id
        moves = order.picking_ids.move_ids.filtered(lambda move: move.state != "cancel")
        return (
            order.xb_ref, order.state, order.xb_state, order.xb_status, order.xb_note,
            ship.street, ship.city, order.amount_total, order.xb_paid_amount,
            sorted((line.xb_line_ref, line.product_uom_qty, line.price_unit)
                   for line in order.order_line if line.product_uom_qty),
            sorted((move.product_id.default_code, move.product_uom_qty, move.quantity, move.state)
                   for move in moves),
        )

    def test_any_order_and_repetition(self):
        pick = random.Random(5)
        events = self.events(pick)
        self.assertEqual(len(events), EVENTS)
        expected = self.play(events)
        self.assertEqual(len(expected["orders"]), ORDERS)
        self.assertIn("cancelled", {order[2] for order in expected["orders"]})
        for number in range(PERMUTATIONS):
            shuffled = events + pick.sample(events, len(events) // 4)
            pick.shuffle(shuffled)
            with self.subTest(number):
                found = self.play(shuffled)
                for name in expected:
                    self.assertEqual(found[name], expected[name], name)
