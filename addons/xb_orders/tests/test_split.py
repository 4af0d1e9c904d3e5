from odoo.fields import Command
from odoo.tests import tagged

from .common import OrdersCommon


class SplitCommon(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.east = cls.env["stock.warehouse"].create({"name": "East", "code": "EA"})
        cls.shop.other_warehouse_ids = cls.east
        cls.cup, cls.pot = cls.env["product.product"].create([
            {"name": name, "default_code": code, "type": "consu", "is_storable": True}
            for name, code in (("Cup", "T-CUP"), ("Pot", "T-POT"))])

    @classmethod
    def stock(cls, product, units, warehouse=None):
        cls.env["stock.quant"]._update_available_quantity(
            product, (warehouse or cls.warehouse).lot_stock_id, units)

    def rule(self, split, domain="[]", **vals):
        return self.env["xb.order.rule"].create({
            "name": "Do not wait", "active": True, "domain": domain, "split": split, **vals})

    def value(self, ref="1", cups=0, pots=0, **changes):
        lines = [{"ref": ref, "sku": sku, "qty": str(qty), "unit_price": "3.00"}
                 for ref, sku, qty in (("L1", "T-CUP", cups), ("L2", "T-POT", pots)) if qty]
        return self.order_value(ref, lines=lines, shipping=None, total=None, **changes)

    def available(self, product=None, warehouse=None):
        [row] = self.env["xb.availability"].available(
            [(product or self.cup).id], False, (warehouse or self.warehouse).id)
        return row["available"]

    def order_of(self, verdict):
        return self.env["sale.order"].browse(verdict["order_id"])

    def transfers(self, order):
        """(warehouse, later, state, wanted, reserved) of each transfer."""
        return sorted((
            picking.picking_type_id.warehouse_id.name, bool(picking.move_ids[:1].xb_leaves_later),
            picking.state, sum(picking.move_ids.mapped("product_uom_qty")),
            sum(picking.move_ids.mapped("quantity"))) for picking in order.picking_ids)

    def next_step(self, order):
        """The stop of the timeline at which something is to be done."""
        order.invalidate_recordset(["xb_timeline"])
        return next(stop["key"] for stop in order.xb_timeline["stops"]
                    if stop["state"] == "current")

    def receive(self, product, units, warehouse=None):
        """Goods arrive by a receipt, as they do in life."""
        warehouse = warehouse or self.warehouse
        picking = self.env["stock.picking"].create({
            "picking_type_id": warehouse.in_type_id.id,
            "location_id": self.env.ref("stock.stock_location_suppliers").id,
            "location_dest_id": warehouse.lot_stock_id.id,
            "move_ids": [Command.create({
                "product_id": product.id, "product_uom_qty": units,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": warehouse.lot_stock_id.id})]})
        picking.action_confirm()
        picking.move_ids.write({"quantity": units, "picked": True})
        picking.button_validate()
        self.assertEqual(picking.state, "done")


@tagged("post_install", "-at_install")
class TestSplitByStock(SplitCommon):
    """What is there leaves now, the rest when it comes; one sale all the way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock(cls.cup, 5)

    def test_from_import_to_the_last_parcel(self):
        rule = self.rule("stock")
        order = self.imported(self.value(cups=8))
        name = self.warehouse.name
        self.assertEqual(self.transfers(order), [
            (name, False, "assigned", 5, 5), (name, True, "confirmed", 3, 0)])
        first, later = order.picking_ids.sorted(lambda one: one.move_ids.xb_leaves_later)
        self.assertEqual(later.backorder_id, first)
        self.assertEqual((order.xb_is_split, order.xb_split_rule_id), (True, rule))
        self.assertEqual(
            order.xb_split_note,
            f"Split by rule “Do not wait”.\nFrom {name}: 5 × T-CUP.\n"
            f"Later from {name}, was not in stock: 3 × T-CUP.")
        self.assertEqual(order.xb_state, "to_pick", "the rest does not keep back what is there")
        self.assertEqual(self.available(), -3, "the rest is sold")
        self.assertEqual(self.next_step(order), "picked")
        [result] = order.xb_bulk("deliver")
        self.assertEqual(result["state"], "done", result)
        self.assertEqual((order.xb_state, order.delivery_status), ("to_allocate", "partial"))
        self.assertEqual(self.next_step(order), "allocated")
        self.receive(self.cup, 4)
        self.assertEqual((later.state, order.xb_state), ("assigned", "to_pick"))
        self.assertEqual(self.available(), 1)
        order.xb_bulk("deliver")
        self.assertEqual((order.delivery_status, order.xb_state), ("full", "shipped"))
        self.assertEqual(order.order_line.qty_delivered, 8)
        self.assertEqual(self.available(), 1)

    def test_enough_is_not_split(self):
        self.rule("stock")
        order = self.imported(self.value(cups=5))
        self.assertEqual(len(order.picking_ids), 1)
        self.assertFalse(order.xb_is_split or order.xb_split_note)

    def test_a_batch_shares_what_is_there(self):
        """One after the other; and only the orders that the rule is true of are split."""
        self.rule("stock", "[('xb_note', '=', 'part')]")
        verdicts = self.shop.import_orders([
            self.value("1", cups=2), self.value("2", cups=4, note="part"),
            self.value("3", cups=1), self.value("4", cups=1, note="part")])
        self.assertEqual([verdict["state"] for verdict in verdicts],
                         ["created", "created", "held", "held"])
        self.assertEqual(self.order_of(verdicts[1]).order_line.xb_later_qty, 1)
        self.assertFalse(self.order_of(verdicts[2]).xb_is_split)
        self.assertEqual(self.available(), -1)

    def test_nothing_there_waits_until_something_comes(self):
        self.rule("stock")
        self.imported(self.value("1", cups=5))
        verdict = self.import_one(self.value("2", cups=4))
        self.assertState(verdict, "held", "stock_short")
        order = self.order_of(verdict)
        self.env["xb.order.intake"]._job_retry_short()
        self.assertEqual((order.state, order.xb_is_split), ("draft", False))
        self.stock(self.cup, 1)
        self.env["xb.order.intake"]._job_retry_short()
        self.assertEqual((order.state, order.order_line.xb_later_qty), ("sale", 3))
        self.assertFalse(order.xb_problem_count)

    def test_the_rest_takes_nothing_that_others_hold(self):
        """Two cups are claimed by somebody else, but still on the shelf."""
        self.rule("stock")
        claim = self.env["xb.availability"].claim(
            [{"product_id": self.cup.id, "qty": 2, "warehouse_id": self.warehouse.id}], "basket")
        order = self.imported(self.value(cups=8))
        self.assertEqual([row[3:] for row in self.transfers(order)], [(3, 3), (5, 0)])
        mine = self.env["sale.order"].create({
            "partner_id": order.partner_id.id, "warehouse_id": self.warehouse.id,
            "order_line": [Command.create({"product_id": self.cup.id, "product_uom_qty": 2})]})
        self.env["xb.availability"].consume(claim["token"], mine.id)
        self.assertEqual(mine.picking_ids.state, "assigned")
        self.assertEqual(self.available(), -5)

    def test_shops_that_take_everything(self):
        self.shop.claim_mode = "backorder"
        self.rule("stock")
        order = self.imported(self.value(cups=8))
        self.assertEqual([row[3:] for row in self.transfers(order)], [(5, 5), (3, 0)])

    def test_sets_stay_together(self):
        self.rule("stock")
        self.stock(self.pot, 9)
        self.env["xb.listing"].create({"shop_id": self.shop.id, "sku": "T-SET", "line_ids": [
            Command.create({"product_id": self.cup.id, "quantity": 2}),
            Command.create({"product_id": self.pot.id, "quantity": 1})]})
        order = self.imported(self.order_value("1", shipping=None, total=None, lines=[
            {"ref": "L1", "sku": "T-SET", "qty": "3", "unit_price": "9.00"}]))
        self.assertEqual({line.product_id: line.xb_later_qty for line in order.order_line},
                         {self.cup: 2, self.pot: 1})
        self.assertEqual((self.available(), self.available(self.pot)), (-1, 6))

    def test_changes_after_the_confirmation(self):
        """Fewer: off the rest first. More: through the gate like any larger quantity."""
        self.rule("stock")
        order = self.imported(self.value(cups=8))
        verdict = self.import_one(self.value(cups=6, updated_at="2026-06-01T00:00:00Z"))
        self.assertState(verdict, "updated")
        self.assertEqual([row[3:] for row in self.transfers(order) if row[2] != "cancel"],
                         [(5, 5), (1, 0)])
        verdict = self.import_one(self.value(cups=4, updated_at="2026-06-02T00:00:00Z"))
        self.assertState(verdict, "updated")
        self.assertEqual([row[3:] for row in self.transfers(order) if row[2] != "cancel"],
                         [(4, 4)])
        self.assertEqual(self.available(), 1)
        verdict = self.import_one(self.value(cups=7, updated_at="2026-06-03T00:00:00Z"))
        self.assertState(verdict, "held", "stock_short")
        verdict = self.import_one(self.value(cups=5, updated_at="2026-06-04T00:00:00Z"))
        self.assertState(verdict, "updated")
        self.assertEqual(self.available(), 0)

    def test_cancelled_gives_all_of_it_back(self):
        self.rule("stock")
        order = self.imported(self.value(cups=8))
        self.import_one(self.value(cups=8, status="cancelled", updated_at="2026-06-01T00:00:00Z"))
        self.assertEqual((order.state, self.available()), ("cancel", 5))
        order.action_draft()
        self.assertFalse(order.xb_is_split or order.order_line.xb_later_qty)

    def test_three_steps(self):
        """The parts stay apart to the last step."""
        self.warehouse.delivery_steps = "pick_pack_ship"
        self.rule("stock")
        order = self.imported(self.value(cups=8))
        for _step in range(3):
            ready = order.picking_ids.filtered(lambda picking: picking.state == "assigned")
            self.assertEqual(sum(ready.move_ids.mapped("product_uom_qty")), 5)
            ready.move_ids.picked = True
            ready.button_validate()
        self.assertEqual(order.order_line.qty_delivered, 5)
        self.receive(self.cup, 3)
        for _step in range(3):
            ready = order.picking_ids.filtered(lambda picking: picking.state == "assigned")
            self.assertEqual(sum(ready.move_ids.mapped("product_uom_qty")), 3)
            ready.move_ids.picked = True
            ready.button_validate()
        self.assertEqual((order.order_line.qty_delivered, self.available()), (8, 0))

    def test_confirmed_by_hand(self):
        self.rule("stock")
        self.shop.auto_confirm = False
        order = self.imported(self.value(cups=8))
        self.assertEqual((order.state, order.xb_is_split), ("draft", False))
        order.action_confirm()
        self.assertEqual([row[3:] for row in self.transfers(order)], [(5, 5), (3, 0)])

    def test_past_orders(self):
        rule = self.rule("stock", "[('amount_total', '>', 20)]", active=False, test_days=36500)
        self.stock(self.cup, 5)
        order = self.imported(self.value("1", cups=8))
        found = self.env["sale.order"].search(rule.action_test()["domain"])
        self.assertIn(order, found)
        self.assertFalse(order.xb_split)


@tagged("post_install", "-at_install")
class TestSplitByWarehouse(SplitCommon):
    """Each line from a warehouse of the shop's list that has it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock(cls.cup, 5)
        cls.stock(cls.pot, 5, cls.east)

    def test_each_line_from_where_it_is(self):
        self.rule("warehouse")
        order = self.imported(self.value(cups=2, pots=3))
        name = self.warehouse.name
        self.assertEqual(self.transfers(order), sorted([
            ("East", False, "assigned", 3, 3), (name, False, "assigned", 2, 2)]))
        self.assertEqual((self.available(), self.available(self.pot, self.east)), (3, 2))
        self.assertEqual(self.available(self.pot), 0)
        self.assertEqual(order.xb_split_note.splitlines()[1:],
                         [f"From {name}: 2 × T-CUP.", "From East: 3 × T-POT."])
        self.assertEqual(order.xb_state, "to_pick")
        order.xb_bulk("deliver")
        self.assertEqual(order.delivery_status, "full")

    def test_one_parcel_where_one_warehouse_has_all(self):
        self.rule("warehouse")
        self.stock(self.cup, 5, self.east)
        order = self.imported(self.value(cups=2, pots=3))
        self.assertEqual(self.transfers(order), [("East", False, "assigned", 5, 5)])
        self.assertFalse(order.xb_is_split)
        self.assertEqual(self.available(), 5)

    def test_its_own_first(self):
        self.rule("warehouse")
        self.stock(self.pot, 5)
        order = self.imported(self.value(cups=2, pots=3))
        self.assertEqual(order.order_line.warehouse_id, self.warehouse)

    def test_nobody_has_it(self):
        self.rule("warehouse")
        verdict = self.import_one(self.value(cups=2, pots=6))
        self.assertState(verdict, "held", "stock_short")
        self.assertEqual((self.available(), self.available(self.pot, self.east)), (5, 5))
        self.stock(self.pot, 1, self.east)
        self.env["xb.order.intake"]._job_retry_short()
        order = self.order_of(verdict)
        self.assertEqual((order.state, order.xb_is_split), ("sale", True))

    def test_by_warehouse_and_the_rest_later(self):
        self.rule("both")
        order = self.imported(self.value(cups=2, pots=8))
        name = self.warehouse.name
        self.assertEqual(self.transfers(order), sorted([
            ("East", False, "assigned", 5, 5), ("East", True, "confirmed", 3, 0),
            (name, False, "assigned", 2, 2)]))
        self.assertEqual(self.available(self.pot, self.east), -3)
        self.receive(self.pot, 3, self.east)
        order.xb_bulk("deliver")
        self.assertEqual((order.delivery_status, order.xb_state), ("full", "shipped"))

    def test_without_the_rule_one_warehouse_only(self):
        self.assertState(self.import_one(self.value(cups=2, pots=3)), "held", "stock_short")


@tagged("post_install", "-at_install")
class TestReleased(SplitCommon):
    """What a person lets go on passes the gate, too."""

    def test_released_order_is_held_where_goods_are_short(self):
        self.stock(self.cup, 5)
        self.env["xb.order.rule"].create({
            "name": "Look", "active": True, "domain": "[('xb_note', '=', 'look')]",
            "do_hold": True})
        order = self.imported(self.value("1", cups=4, note="look"))
        self.imported(self.value("2", cups=3))
        order.action_xb_release()
        self.assertEqual((order.state, order.xb_problem_code), ("draft", "stock_short"))
        self.assertEqual((order.xb_state, self.available()), ("to_review", 2))
        self.stock(self.cup, 2)
        self.env["xb.order.intake"]._job_retry_short()
        self.assertEqual((order.state, self.available()), ("sale", 0))

    def test_a_person_may_insist(self):
        verdict = self.import_one(self.value("1", cups=4))
        order = self.order_of(verdict)
        order.xb_problem_ids.action_waive("comes tomorrow")
        self.assertEqual((order.state, self.available()), ("sale", -4))


@tagged("post_install", "-at_install")
class TestSplitSpeed(SplitCommon):
    """Splitting costs the batch something, the order hardly anything."""

    def queries(self, prefix, count):
        values = [self.value(f"{prefix}{number}", cups=1, pots=1) for number in range(count)]
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        verdicts = self.shop.import_orders(values)
        self.env.flush_all()
        self.assertEqual({verdict["state"] for verdict in verdicts}, {"created"})
        return self.env.cr.sql_log_count - before

    def test_queries_per_order(self):
        self.stock(self.cup, 500)
        self.stock(self.pot, 500, self.east)
        self.rule("both")
        self.queries("warm-up", 2)
        small, large = self.queries("S", 10), self.queries("L", 60)
        self.assertLessEqual((large - small) / 50, 3)
