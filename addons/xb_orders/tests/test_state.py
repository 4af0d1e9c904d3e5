from odoo.tests import tagged

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestState(OrdersCommon):
    """An order's stage follows facts, whichever way they came about."""

    def test_way_through_the_house(self):
        order = self.imported(self.order_value(status="pending"))
        self.assertEqual(order.xb_state, "to_pay")
        self.import_one(self.order_value(status="paid"))
        self.assertEqual((order.state, order.xb_state), ("sale", "to_pick"))
        picking = order.picking_ids
        picking.do_unreserve()
        self.assertEqual(order.xb_state, "to_allocate")
        picking.action_assign()
        picking.move_ids.picked = True
        self.assertEqual(order.xb_state, "to_ship")
        picking.button_validate()
        self.assertEqual(order.xb_state, "shipped")
        parcel = self.env["xb.parcel"].create({
            "number": "LX123456785DE", "item_ids": [
                (0, 0, {"sale_line_id": line.id, "quantity": line.product_uom_qty})
                for line in order.order_line.filtered("xb_sku")]})
        self.assertEqual(order.xb_state, "shipped")
        parcel.status = "delivered"
        self.assertEqual(order.xb_state, "delivered")
        order.action_xb_close()
        self.assertEqual(order.xb_state, "closed")

    def test_hold_and_release(self):
        self.shop.auto_confirm = False
        order = self.imported()
        self.assertEqual(order.xb_state, "to_review")
        self.shop.auto_confirm = True
        order.action_xb_hold("address looks wrong")
        self.import_one(self.order_value(note="x"))
        self.assertEqual(order.state, "draft", "a held order waits")
        order.action_xb_release()
        self.assertEqual((order.state, order.xb_state), ("sale", "to_pick"))

    def test_cancelled_and_refunded(self):
        order = self.imported()
        self.import_one(self.order_value(status="cancelled"))
        self.assertEqual(order.xb_state, "cancelled")
        late = self.imported(self.order_value("1002"))
        self.deliver(late)
        late.xb_refunded_amount = 5
        self.assertEqual(late.xb_state, "after_sale")

    def test_problem_stands_in_front(self):
        self.import_one(self.order_value(total="1.00"))
        order = self.intake("1001").order_id
        self.assertEqual(order.xb_state, "to_review")
        self.assertIn("1.00", order.xb_problem)
        order.xb_problem_ids.action_waive()
        self.assertEqual((order.state, order.xb_state), ("sale", "to_pick"))
        self.assertFalse(order.xb_problem)

    def test_rate_is_stamped_with_source_and_age(self):
        currency = self.env["res.currency"].with_context(active_test=False).search(
            [("name", "=", "PLN")])
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create([
            {"currency_id": currency.id, "name": "2026-05-01", "rate": 4.0,
             "company_id": self.company.id},
            {"currency_id": currency.id, "name": "2026-05-10", "rate": 5.0,
             "company_id": self.company.id}])
        order = self.imported(self.order_value(currency="PLN"))
        self.assertEqual(order.xb_rate, 0.25)
        self.assertEqual(str(order.xb_rate_date), "2026-05-01")
        self.assertEqual(order.xb_rate_age, 3)
        self.assertTrue(order.xb_rate_source)
        self.assertEqual(order.xb_amount_company, 8.48)
        self.assertEqual(order.xb_settlement_currency_id, self.company.currency_id)
        self.assertEqual(order.xb_amount_settlement, order.xb_amount_company)
        self.assertEqual(order.xb_paid_amount, 33.90)

    def test_invoice_policy(self):
        jobs = self.env["queue.job"].search_count([("method_name", "=", "_job_xb_invoice")])

        def enqueued():
            return self.env["queue.job"].search_count(
                [("method_name", "=", "_job_xb_invoice")]) - jobs

        self.imported(self.order_value("I0"))
        self.assertEqual(enqueued(), 0)
        self.shop.invoice_policy = "confirm"
        self.mug.invoice_policy = self.lid.invoice_policy = "order"
        order = self.imported(self.order_value("I1"))
        self.assertEqual(enqueued(), 1)
        order._job_xb_invoice()
        order._job_xb_invoice()
        self.assertEqual((order.invoice_ids.state, order.invoice_ids.amount_total),
                         ("posted", 33.90))
        self.shop.invoice_policy = "deliver"
        late = self.imported(self.order_value("I2"))
        self.assertEqual(enqueued(), 1)
        self.deliver(late)
        self.assertEqual(enqueued(), 2)
