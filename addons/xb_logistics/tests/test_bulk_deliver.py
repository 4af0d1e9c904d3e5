from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LogisticsCase


@tagged("post_install", "-at_install")
class TestBulkDeliver(LogisticsCase):
    def run_deliver(self, orders):
        action = orders.action_xb_deliver()
        result = self.env[action["res_model"]].browse(action["res_id"])
        return {line.order_id: (line.state, line.message) for line in result.line_ids}, result

    def states(self, orders):
        verdicts, _result = self.run_deliver(orders)
        return [verdicts[order][0] for order in orders]

    def test_goods_tracked_and_not(self):
        orders = self.make_order() | self.make_order((self.lid, 3))
        self.assertEqual(self.states(orders), ["done", "done"])
        self.assertEqual(orders.mapped("delivery_status"), ["full", "full"])
        self.assertEqual(self.states(orders), ["unchanged", "unchanged"])

    def test_what_is_short_is_told_and_left_alone(self):
        rare = self.make_product("Rare Mug")
        self.stock(rare, 2)
        good, partial = self.make_order(), self.make_order((rare, 5), (self.lid, 1))
        verdicts, result = self.run_deliver(good | partial)
        self.assertEqual(verdicts[good][0], "done")
        state, message = verdicts[partial]
        self.assertEqual(state, "refused")
        self.assertIn("2 of 5 Rare Mug", message)
        self.assertTrue(result.has_refused)
        self.assertEqual(result.line_ids[0].order_id, partial, "what needs a person comes first")
        self.assertEqual(partial.picking_ids.mapped("state"), ["assigned"])
        self.assertEqual(sum(partial.order_line.mapped("qty_delivered")), 0)
        # Goods arrived meanwhile: reserved and delivered without another click.
        self.stock(rare, 10)
        self.assertEqual(self.states(partial), ["done"])

    def test_states_that_cannot_be_delivered(self):
        quotation = self.make_order(confirm=False)
        cancelled = self.make_order()
        cancelled._action_cancel()
        advice = self.make_order((self.help, 1))
        self.assertEqual(
            self.states(quotation | cancelled | advice), ["refused", "refused", "unchanged"]
        )

    def test_all_of_an_order_or_nothing(self):
        order = self.make_order((self.mug, 2))
        picking = order.picking_ids
        rare = self.make_product("Rare Mug")
        order.write({"order_line": [(0, 0, {"product_id": rare.id, "product_uom_qty": 1})]})
        later = picking.copy({"move_ids": []})
        picking.move_ids.filtered(lambda m: m.product_id == rare).picking_id = later
        self.assertEqual(len(order.picking_ids), 2)
        self.assertEqual(self.states(order), ["refused"])
        self.assertNotIn("done", order.picking_ids.mapped("state"))

    def test_one_that_refuses_does_not_stop_the_others(self):
        orders = self.env["sale.order"]
        for _i in range(5):
            orders |= self.make_order()
        stubborn = orders[2]
        original = type(self.env["stock.picking"])._action_done
        batches, reason = [], "the lock is stuck"

        def _action_done(self):
            batches.append(len(self))
            result = original(self)
            if stubborn in self.sale_id:
                raise UserError(reason)
            return result

        self.patch(type(self.env["stock.picking"]), "_action_done", _action_done)
        verdicts, _result = self.run_deliver(orders)
        self.assertEqual(
            [verdicts[o][0] for o in orders], ["done", "done", "refused", "done", "done"]
        )
        self.assertIn(reason, verdicts[stubborn][1])
        self.assertEqual(stubborn.picking_ids.state, "assigned")
        self.assertEqual(sum(stubborn.order_line.mapped("qty_delivered")), 0)
        self.assertEqual(batches[0], 5, "first all together")

    def test_lot_that_is_missing(self):
        serial = self.make_product("Serial Mug", tracking="serial")
        order = self.make_order((serial, 1))
        order.picking_ids.move_ids.quantity = 1
        order.picking_ids.move_line_ids.lot_id = False
        good = self.make_order()
        verdicts, _result = self.run_deliver(order | good)
        self.assertEqual((verdicts[order][0], verdicts[good][0]), ("refused", "done"))
        self.assertIn("Serial Mug", verdicts[order][1])

    def test_pick_before_ship(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self.make_order()
        verdicts, _result = self.run_deliver(order)
        self.assertNotEqual(verdicts[order][0], "done")
        self.assertFalse(order.picking_ids.filtered(lambda p: p.state == "done"))

    def test_queries_per_order(self):
        orders = self.env["sale.order"]
        for _i in range(20):
            orders |= self.make_order()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(300 + 20 * 15):
            orders.action_xb_deliver()
            self.env.flush_all()
        self.assertEqual(set(orders.mapped("delivery_status")), {"full"})
