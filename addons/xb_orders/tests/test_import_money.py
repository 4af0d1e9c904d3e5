from odoo.tests import tagged

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestImportMoney(OrdersCommon):
    """The sales order costs to the cent what the platform says."""

    def value(self, lines, total, **changes):
        return self.order_value(
            lines=[{"ref": str(index), "sku": "T-MUG", **line}
                   for index, line in enumerate(lines, start=1)],
            total=total, **{"shipping": None, **changes})

    # === DISCOUNTS === #

    def test_exact_discount_is_a_percentage(self):
        order = self.imported(self.value(
            [{"qty": "2", "unit_price": "10.00", "discount": "5.00"}], "15.00"))
        self.assertRecordValues(order.order_line, [{"discount": 25.0, "price_subtotal": 15.0}])

    def test_other_discount_is_a_line(self):
        order = self.imported(self.value(
            [{"qty": "100", "unit_price": "33.33", "discount": "1.11"}], "3331.89"))
        self.assertRecordValues(order.order_line, [
            {"discount": 0.0, "price_subtotal": 3333.0, "xb_line_ref": "1"},
            {"discount": 0.0, "price_subtotal": -1.11, "xb_line_ref": "1#discount"},
        ])
        self.assertEqual(order.amount_total, 3331.89)

    def test_discount_on_order_and_shipping(self):
        order = self.imported(self.value(
            [{"qty": "1", "unit_price": "10.00"}], "11.50", discount="2.00",
            shipping={"price": "5.00", "discount": "1.50"}))
        self.assertEqual(order.order_line.mapped("xb_line_ref"), ["1", "#shipping", "#discount"])
        self.assertEqual(order.amount_total, 11.50)

    def test_prices_are_exactly_as_stated(self):
        order = self.imported(self.value(
            [{"qty": "1000", "unit_price": "0.12345678"}], "123.46"))
        self.assertEqual(order.order_line.price_unit, 0.12345678)

    def test_cents_that_the_currency_does_not_have(self):
        """Rounding them away would be a difference that nobody sees."""
        self.env.ref("base.TWD").active = True
        self.assertEqual(self.env.ref("base.TWD").rounding, 1.0)
        verdict = self.import_one(self.value(
            [{"qty": "1", "unit_price": "235.67"}], "235.67", currency="TWD"))
        self.assertState(verdict, "held", "total_mismatch")
        self.assertIn("235.67 TWD, the lines add up to 236", verdict["problems"][0]["message"])
        self.imported(self.value(
            [{"qty": "1", "unit_price": "235.00"}], "235.00", currency="TWD",
            updated_at="2026-06-01T00:00:00Z", ref="other"))

    def test_price_list_rules_do_not_touch_the_price(self):
        self.env.ref("base.EUR").active = True
        self.env["product.pricelist.item"].create({
            "pricelist_id": self.shop._get_pricelist(self.env.ref("base.EUR")).id,
            "compute_price": "percentage", "percent_price": 50})
        order = self.imported(self.value(
            [{"qty": "1", "unit_price": "10.00"}], "10.00", currency="EUR"))
        self.assertEqual((order.amount_total, order.currency_id.name), (10.0, "EUR"))

    # === TAXES === #

    def test_additive_tax(self):
        tax = self.make_tax(7.25)
        order = self.imported(self.value(
            [{"qty": "2", "unit_price": "10.00", "tax": "1.45"}], "21.45"))
        self.assertEqual(order.order_line.tax_ids, tax)
        self.assertEqual(order.amount_tax, 1.45)

    def test_included_tax(self):
        tax = self.make_tax(19, included=True)
        order = self.imported(self.value(
            [{"qty": "1", "unit_price": "119.00", "tax": "19.00"}], "119.00",
            prices_include_tax=True))
        self.assertEqual(order.order_line.tax_ids, tax)
        self.assertEqual((order.amount_untaxed, order.amount_total), (100.0, 119.0))

    def test_tax_after_discount_line_and_on_shipping(self):
        self.make_tax(19, included=True)
        order = self.imported(self.value(
            [{"qty": "100", "unit_price": "33.33", "discount": "1.11", "tax": "531.98"}],
            "3336.79", prices_include_tax=True, shipping={"price": "4.90", "tax": "0.78"}))
        self.assertEqual(len(order.order_line.tax_ids), 1)
        self.assertEqual(order.amount_total, 3336.79)

    def test_no_tax_stated_is_no_tax(self):
        self.mug.taxes_id = self.make_tax(10)
        order = self.imported(self.value([{"qty": "1", "unit_price": "10.00"}], "10.00"))
        self.assertFalse(order.order_line.tax_ids)

    def test_rate_of_the_rest_of_the_order_wins(self):
        nineteen, twenty = self.make_tax(19), self.make_tax(20)
        order = self.imported(self.value([
            {"qty": "1", "unit_price": "0.50", "tax": "0.10"},  # both would do
            {"qty": "1", "unit_price": "100.00", "tax": "19.00"},
        ], "119.60"))
        self.assertEqual(order.order_line.tax_ids, nineteen)
        self.assertNotIn(twenty, order.order_line.tax_ids)

    def test_unexplained_tax_is_held(self):
        verdict = self.import_one(self.value(
            [{"qty": "1", "unit_price": "10.00", "tax": "3.33"}], "13.33"))
        self.assertState(verdict, "held", "tax_mismatch")
        self.assertEqual(verdict["problems"][0]["line"], "1")
        self.make_tax(33.3)
        intake = self.intake("1001")
        intake.action_retry()
        self.assertEqual(intake.order_id.amount_total, 13.33)

    # === TOTAL === #

    def test_wrong_total_is_held_with_its_quotation(self):
        verdict = self.import_one(self.order_value(total="33.91"))
        self.assertState(verdict, "held", "total_mismatch")
        order = self.env["sale.order"].browse(verdict["order_id"])
        self.assertEqual(order.state, "draft")
        self.assertFalse(order.picking_ids)

    def test_confirming_by_hand_settles_it(self):
        verdict = self.import_one(self.order_value(total="33.91"))
        order = self.env["sale.order"].browse(verdict["order_id"])
        order.action_confirm()
        self.assertEqual(order.xb_intake_id.state, "imported")
        self.assertFalse(order.xb_intake_id.problems)

    def test_corrected_total_goes_on(self):
        verdict = self.import_one(self.order_value(total="33.91"))
        again = self.import_one(self.order_value())
        self.assertEqual((again["state"], again["order_id"]), ("updated", verdict["order_id"]))
        order = self.env["sale.order"].browse(verdict["order_id"])
        self.assertEqual((order.state, order.picking_ids.state), ("sale", "assigned"))

    def test_no_total_is_no_check(self):
        self.assertEqual(self.imported(self.order_value(total=None)).amount_total, 33.90)

    # === CURRENCIES === #

    def test_foreign_currency_gets_its_price_list_once(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        lines = [{"qty": "3", "unit_price": "1250"}]
        first = self.imported(self.value(lines, "3750", currency="JPY"))
        second = self.imported(self.value(lines, "3750", currency="JPY", ref="1002"))
        self.assertEqual((first.currency_id, first.amount_total), (yen, 3750))
        self.assertEqual(first.pricelist_id, second.pricelist_id)
        self.assertTrue(first.pricelist_id.xb_platform_prices)

    def test_own_currency_needs_no_price_list(self):
        self.assertFalse(self.imported().pricelist_id)
