from odoo.tests import tagged

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestImportCancellations(OrdersCommon):
    """Cancellation documents against sales."""

    def row(self, ref="C1", cancels="1001", lines=(("T-MUG", "2", "12.50"),), **more):
        return {
            "ref": ref, "cancels": cancels, "placed_at": "2026-05-05T10:00:00Z",
            "lines": [{"sku": s, "qty": q, "unit_price": p} for s, q, p in lines], **more,
        }

    def cancel(self, row, **kwargs):
        [verdict] = self.shop.import_cancellations([row], **kwargs)
        return verdict

    def test_whole_order(self):
        order = self.imported()
        verdict = self.cancel(self.row(lines=()))
        self.assertEqual(verdict, {
            "ref": "C1", "state": "created", "order_id": order.id, "problems": []})
        self.assertEqual((order.state, order.picking_ids.state), ("cancel", "cancel"))

    def test_all_goods_are_the_whole_order(self):
        order = self.imported()
        self.cancel(self.row(lines=[("T-MUG", "2", "12.50"), ("T-LID", "1", "4.00")]))
        self.assertEqual(order.state, "cancel")

    def test_part_of_an_order(self):
        order = self.imported()
        self.assertState(self.cancel(self.row(lines=[("T-MUG", "1", "12.50")])), "created")
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.order_line[0].product_uom_qty, 1)
        moves = order.picking_ids.move_ids.filtered(lambda m: m.product_id == self.mug)
        self.assertEqual(sum(moves.mapped("product_uom_qty")), 1)
        self.assertIn("C1", order.message_ids[0].body)

    def test_twice_is_once(self):
        order = self.imported()
        row = self.row(lines=[("T-MUG", "1", "12.50")])
        self.cancel(row)
        before = self.row_counts()
        self.assertState(self.cancel(row), "unchanged")
        self.assertEqual(order.order_line[0].product_uom_qty, 1)
        self.assertEqual(self.row_counts(), before)

    def test_sale_again_after_its_cancellation_changes_nothing(self):
        order = self.imported()
        self.cancel(self.row(lines=[("T-MUG", "1", "12.50")]))
        self.assertState(self.import_one(self.order_value()), "unchanged")
        self.assertEqual(order.order_line[0].product_uom_qty, 1)

    def test_delivered_already(self):
        order = self.imported()
        self.deliver(order)
        self.assertState(self.cancel(self.row()), "held", "already_delivered")
        self.assertEqual(order.order_line[0].product_uom_qty, 2)

    def test_more_than_sold(self):
        self.imported()
        self.assertState(
            self.cancel(self.row(lines=[("T-MUG", "3", "12.50")])), "held", "more_than_sold")
        self.assertState(
            self.cancel(self.row("C2", lines=[("T-MUG", "1", "9.99")])), "held", "more_than_sold")

    def test_sale_arrives_later(self):
        self.assertState(self.cancel(self.row(lines=())), "held", "sale_unknown")
        order = self.imported()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(self.intake("C1").state, "imported")
        self.assertEqual(self.intake("C1").order_id, order)

    def test_sale_held_first_then_cancelled(self):
        value = self.order_value()
        value["lines"][0]["sku"] = "T-LATER"
        self.import_one(value)
        self.assertState(self.cancel(self.row(lines=())), "held", "sale_unknown")
        self.mug.default_code = "T-LATER"
        self.intake("1001").action_retry()
        self.assertEqual(self.intake("1001").order_id.state, "cancel")

    def test_found_by_buyer(self):
        older = self.imported(self.order_value("1001", placed_at="2026-05-01T10:00:00Z"))
        newer = self.imported(self.order_value("1002", placed_at="2026-05-03T10:00:00Z"))
        future = self.imported(self.order_value("1003", placed_at="2026-05-07T10:00:00Z"))
        verdict = self.cancel(self.row(cancels=False, buyer_id="B-1"))
        self.assertEqual((verdict["state"], verdict["order_id"]), ("created", newer.id))
        self.assertEqual(newer.order_line[0].product_uom_qty, 0)
        for order in older + future:
            self.assertEqual(order.order_line[0].product_uom_qty, 2)

    def test_buyer_without_such_goods(self):
        self.imported()
        row = self.row(cancels=False, buyer_id="B-1", lines=[("T-MUG", "9", "12.50")])
        self.assertState(self.cancel(row), "held", "sale_unknown")
        lines = [{"ref": "1", "sku": "T-MUG", "qty": "9", "unit_price": "12.50"}]
        self.imported(self.order_value("1002", lines=lines, shipping=None, total="112.50"))
        self.assertEqual(self.intake("C1").state, "imported")

    def test_neither_sale_nor_buyer(self):
        self.assertState(self.cancel(self.row(cancels=False)), "held", "sale_not_named")

    def test_unreadable_rows(self):
        rows = [None, 5, {}, {"ref": ""}, self.row(lines=[("T-MUG", "-1", "1")]),
                self.row("C3", lines=[("T-MUG", "one", "1")]), {"ref": "C4", "lines": "x"},
                {"ref": "C5", "placed_at": "yesterday"}]
        verdicts = self.shop.import_cancellations(rows)
        self.assertEqual({v["state"] for v in verdicts} - {"unchanged"}, {"rejected"})
        self.env.flush_all()

    def test_reference_of_a_sale_is_not_one_of_a_cancellation(self):
        order = self.imported()
        self.assertState(self.cancel(self.row("1001", lines=())), "rejected", "reference_taken")
        self.assertEqual((order.state, self.intake("1001").kind), ("sale", "order"))
        self.cancel(self.row("C1", lines=[("T-MUG", "1", "12.50")]))
        self.assertState(self.import_one(self.order_value("C1")), "rejected", "reference_taken")
        self.assertEqual(self.intake("C1").kind, "cancellation")

    def test_dry_run(self):
        order = self.imported()
        before = self.row_counts()
        self.assertState(self.cancel(self.row(), dry_run=True), "created")
        self.assertEqual(self.row_counts(), before)
        self.assertEqual(order.order_line[0].product_uom_qty, 2)

    def test_one_bad_row_does_not_stop_the_others(self):
        self.imported(self.order_value("1001"))
        order = self.imported(self.order_value("1002"))
        verdicts = self.shop.import_cancellations([
            self.row("C1", lines=[("T-MUG", "9", "12.50")]), self.row("C2", cancels="1002")])
        self.assertEqual([v["state"] for v in verdicts], ["held", "created"])
        self.assertEqual(order.order_line[0].product_uom_qty, 0)
