from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestImportStock(OrdersCommon):
    """An import claims stock before it confirms: nothing is sold that is not there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cup = cls.env["product.product"].create(
            {"name": "Cup", "default_code": "T-CUP", "type": "consu", "is_storable": True})
        cls.stock(cls.cup, 5)

    @classmethod
    def stock(cls, product, units):
        cls.env["stock.quant"]._update_available_quantity(
            product, cls.warehouse.lot_stock_id, units)

    def cups(self, ref, qty, **changes):
        line = {"ref": "L1", "sku": "T-CUP", "qty": str(qty), "unit_price": "3.00"}
        return self.order_value(ref, lines=[{**line, **changes.pop("line", {})}],
                                shipping=None, total=None, **changes)

    def available(self):
        [row] = self.env["xb.availability"].available([self.cup.id], False, self.warehouse.id)
        return row["available"]

    def order_of(self, verdict):
        return self.env["sale.order"].browse(verdict["order_id"])

    def test_short_order_is_held_and_its_neighbours_are_not(self):
        verdicts = self.shop.import_orders(
            [self.cups("1", 3), self.cups("2", 4), self.cups("3", 2)])
        self.assertEqual([verdict["state"] for verdict in verdicts],
                         ["created", "held", "created"])
        [problem] = verdicts[1]["problems"]
        self.assertEqual((problem["code"], problem["line"]), ("stock_short", "L1"))
        self.assertEqual(problem["message"], "T-CUP: 4 wanted, 2 available.")
        self.assertEqual(self.order_of(verdicts[1]).state, "draft")
        self.assertEqual(self.available(), 0)
        self.assertTrue(self.intake("2").remedy)

    def test_held_order_goes_on_when_goods_arrive(self):
        verdict = self.import_one(self.cups("1", 7))
        again = self.import_one(self.cups("1", 7))
        self.assertEqual(again["state"], "unchanged")
        self.stock(self.cup, 4)
        self.env["xb.order.intake"]._job_retry_short()
        self.assertEqual(self.order_of(verdict).state, "sale")
        self.assertEqual((self.intake("1").state, self.intake("1").problems), ("imported", False))
        self.assertEqual(self.available(), 2)

    def test_the_oldest_goes_first(self):
        new = self.import_one(self.cups("new", 6, placed_at="2026-05-04T10:00:00Z"))
        old = self.import_one(self.cups("old", 7, placed_at="2026-05-03T10:00:00Z"))
        self.stock(self.cup, 2)
        self.env["xb.order.intake"]._job_retry_short()
        self.assertEqual((self.order_of(old).state, self.order_of(new).state), ("sale", "draft"))

    def test_arriving_goods_wake_the_job(self):
        self.import_one(self.cups("1", 7))
        jobs = [("method_name", "=", "_job_retry_short")]
        self.env["queue.job"].search(jobs).unlink()  # of the demo data, say
        self.stock(self.cup, 4)
        self.env["xb.stock.level"]._follow()
        self.assertEqual(self.env["queue.job"].search_count(jobs), 1)

    def test_same_value_again_goes_on(self):
        self.import_one(self.cups("1", 7))
        self.stock(self.cup, 4)
        verdict = self.import_one(self.cups("1", 7))
        self.assertEqual(self.order_of(verdict).state, "sale")
        self.assertEqual(verdict["problems"], [])

    def test_platform_fulfilled_lines_need_no_stock(self):
        verdict = self.import_one(self.cups("1", 50, line={"fulfilled_by": "platform"}))
        self.assertState(verdict, "created")

    def test_products_sold_beyond_their_stock(self):
        self.cup.xb_sell_beyond = True
        self.assertState(self.import_one(self.cups("1", 50)), "created")

    def test_untracked_products(self):
        self.cup.is_storable = False
        self.assertState(self.import_one(self.cups("1", 50)), "created")

    def test_a_larger_quantity_passes_the_gate(self):
        order = self.imported(self.cups("1", 3))
        verdict = self.import_one(self.cups("1", 6, updated_at="2026-06-01T00:00:00Z"))
        self.assertState(verdict, "held", "stock_short")
        self.assertEqual(order.order_line.product_uom_qty, 3)
        verdict = self.import_one(self.cups("1", 5, updated_at="2026-06-02T00:00:00Z"))
        self.assertState(verdict, "updated")
        self.assertEqual(self.available(), 0)

    def test_refused_confirmation_gives_the_goods_back(self):
        with patch.object(type(self.env["sale.order"]), "action_confirm",
                          side_effect=UserError("No.")):
            verdict = self.import_one(self.cups("1", 5))
        self.assertState(verdict, "held", "confirm_failed")
        self.env.cr.execute("SELECT count(*) FROM xb_stock_claim_use WHERE order_id = %s",
                            [verdict["order_id"]])
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_refused_neighbour_does_not_cost_goods_twice(self):
        """The batch is rolled back and halved: what the first attempt claimed is free at once."""
        Order, availability = type(self.env["sale.order"]), type(self.env["xb.availability"])
        confirm, free = Order.action_confirm, availability._free_unused
        freed = []

        def refused(orders):
            if "bad" in orders.mapped("xb_ref"):
                raise UserError("No.")  # pylint: disable=translation-required
            return confirm(orders)

        def counted(model, claim_ids):
            freed.append(len(claim_ids))
            return free(model, claim_ids)

        with patch.object(Order, "action_confirm", refused), \
                patch.object(availability, "_free_unused", counted):
            good, bad, last = self.shop.import_orders(
                [self.cups("good", 3), self.cups("bad", 1), self.cups("last", 1)])
            # all three, then halves of them; none waits for the commit
            self.assertEqual(freed[0], 3)
        self.assertState(good, "created")
        self.assertState(bad, "held", "confirm_failed")
        self.assertState(last, "created")
        used = self.env["xb.stock.claim.use"].search([])
        self.assertEqual(
            set(used.mapped("order_id")), {good["order_id"], last["order_id"]})

    def test_dry_run_claims_nothing(self):
        verdict = self.import_one(self.cups("1", 5), dry_run=True)
        self.assertState(verdict, "created")
        self.assertEqual(self.env["xb.stock.claim.use"].search_count([]), 0)
        self.assertState(self.import_one(self.cups("1", 5)), "created")

    def test_one_round_to_the_gate_for_a_batch(self):
        values = [self.cups(str(number), 1) for number in range(4)]
        self.shop.import_orders(values[:1])
        calls = []
        availability = type(self.env["xb.availability"])
        decide = availability._decide_bound

        def counted(model, *args):
            calls.append(len(args[0]))
            return decide(model, *args)

        with patch.object(availability, "_decide_bound", counted):
            self.shop.import_orders(values[1:])
        self.assertEqual(calls, [3])

    def test_bundle_claims_what_is_in_it(self):
        """A listing that sells two cups and a saucer: as many sets as there are saucers."""
        saucer = self.env["product.product"].create(
            {"name": "Saucer", "default_code": "T-SAUCER", "type": "consu", "is_storable": True})
        self.stock(saucer, 2)
        self.env["xb.listing"].create({
            "shop_id": self.shop.id, "sku": "T-SET",
            "line_ids": [
                Command.create({"product_id": self.cup.id, "quantity": 2}),
                Command.create({"product_id": saucer.id, "quantity": 1}),
            ]})
        sets = {"sku": "T-SET", "unit_price": "9.00"}
        first = self.import_one(self.cups("1", 1, line=sets))
        order = self.order_of(first)
        self.assertEqual(order.state, "sale")
        self.assertEqual(
            {line.product_id: line.product_uom_qty for line in order.order_line},
            {self.cup: 2, saucer: 1})
        self.assertEqual(self.available(), 3)
        second = self.import_one(self.cups("2", 2, line=sets))
        self.assertEqual(self.order_of(second).state, "draft")
        self.assertEqual(
            {problem["message"] for problem in second["problems"]},
            {"T-SET: 4 wanted, 3 available.", "T-SET: 2 wanted, 1 available."})
        self.assertEqual(self.available(), 3, "all of the set or nothing of it")
        third = self.import_one(self.cups("3", 1, line=sets))
        self.assertEqual(self.order_of(third).state, "sale")
        self.assertEqual(self.available(), 1)
