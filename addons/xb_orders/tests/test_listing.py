from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestListing(OrdersCommon):
    """What a shop sells under a name of its own, and what leaves the shelf for it."""

    def line(self, sku, qty="1", price="9.99", **more):
        return {"ref": "L1", "sku": sku, "qty": qty, "unit_price": price, **more}

    def value(self, ref, *lines, **changes):
        return self.order_value(ref, lines=list(lines), shipping=None, total=None, **changes)

    def test_mapping_once_releases_all_that_wait(self):
        values = [self.value(f"W{n}", self.line("CUP-1", title="Cup")) for n in range(3)]
        other = self.value("W9", self.line("ELSE"))
        for verdict in self.shop.import_orders([*values, other]):
            self.assertState(verdict, "held", "unknown_sku")
        problems = self.env["xb.order.problem"].search([("subject", "=", "CUP-1")])
        self.assertEqual(len(problems), 3)
        self.map("CUP-1", (self.mug, 1))
        self.assertEqual(set(problems.mapped("state")), {"solved"})
        orders = problems.intake_id.order_id
        self.assertEqual(len(orders), 3)
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        self.assertEqual(orders.order_line.product_id, self.mug)
        self.assertEqual(self.intake("W9").state, "held")

    def test_bundle_takes_quantities_and_loses_no_cent(self):
        listing = self.map("SET", (self.mug, 2), (self.lid, 3))
        self.mug.list_price, self.lid.list_price = 7.0, 2.0
        order = self.imported(self.value("B1", self.line("SET", "3", "9.99", discount="0.50")))
        goods = order.order_line.filtered("xb_sku")
        self.assertEqual(
            {line.product_id: line.product_uom_qty for line in goods}, {self.mug: 6, self.lid: 9})
        self.assertEqual(order.amount_untaxed, 29.47)
        self.assertEqual(goods.xb_listing_id, listing)
        self.assertEqual(set(goods.mapped("xb_of_ref")), {"L1"})
        self.assertEqual(sorted(order.picking_ids.move_ids.mapped("product_uom_qty")), [6, 9])

    def test_bundle_is_told_to_the_platform_as_sold(self):
        self.map("SET", (self.mug, 2), (self.lid, 3))
        order = self.imported(self.value("B2", self.line("SET", "3")))
        parcel = self.env["xb.parcel"].create({"number": "LX123456785DE", "item_ids": [
            (0, 0, {"sale_line_id": line.id, "quantity": line.product_uom_qty})
            for line in order.order_line.filtered("xb_sku")]})
        self.assertEqual(
            parcel._prepare_shipment_value(order)["lines"], [{"ref": "L1", "qty": "3"}])

    def test_listing_id_goes_before_the_sku(self):
        self.map("SAME", (self.mug, 1), ref="v1")
        self.map("SAME", (self.lid, 1), ref="v2")
        order = self.imported(self.value("V", self.line("SAME", listing="v2")))
        self.assertEqual(order.order_line.product_id, self.lid)
        self.assertState(self.import_one(self.value("V3", self.line("SAME"))), "held",
                         "unknown_sku")

    def test_match_by_reference_and_barcode(self):
        self.lid.barcode = "4006381333931"
        listings = self.env["xb.listing"].create([
            {"shop_id": self.shop.id, "sku": sku} for sku in ("T-MUG", "4006381333931", "NONE")])
        listings.action_match()
        self.assertEqual(listings.mapped("product_id"), self.mug + self.lid)
        self.assertEqual(listings.mapped("is_mapped"), [True, True, False])

    def test_fix_opens_the_form_with_what_is_known(self):
        self.import_one(self.value("F", self.line("CUP-2", title="Cup", listing="77")))
        problem = self.env["xb.order.problem"].search([("subject", "=", "CUP-2")])
        self.assertEqual(problem.fix_label, "Map SKU")
        context = problem.action_fix()["context"]
        self.assertEqual((context["default_sku"], context["default_title"],
                          context["default_ref"]), ("CUP-2", "Cup", "77"))

    def test_problem_speaks_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.import_one(self.value("F", self.line("CUP-3")))
        problem = self.env["xb.order.problem"].search([("subject", "=", "CUP-3")])
        self.assertIn("CUP-3", problem.message)
        chinese = problem.with_context(lang="zh_CN")
        self.assertNotEqual(chinese.message, problem.message)
        self.assertRegex(chinese.message, "[一-鿿]")
        self.assertRegex(problem.intake_id.with_context(lang="zh_CN").problem_summary, "[一-鿿]")

    def test_rights(self):
        self.import_one(self.value("F", self.line("CUP-4")))
        problem = self.env["xb.order.problem"].search([("subject", "=", "CUP-4")])
        stranger = self.user("stranger", "base.group_user")
        for method in ("action_retry", "action_waive", "action_fix"):
            with self.assertRaises(AccessError):
                getattr(problem.with_user(stranger), method)()
        problem.with_user(self.user("clerk9", "xb_base.group_clerk")).action_waive("sold out")
        self.assertEqual((problem.state, problem.intake_id.state), ("waived", "dismissed"))
        self.assertEqual(problem.intake_id.dismiss_reason, "sold out")

    def test_platform_delivers_its_own(self):
        order = self.imported(self.value(
            "FBA", {**self.line("T-MUG"), "fulfilled_by": "platform"},
            {**self.line("T-LID"), "ref": "L2"}))
        self.assertEqual(order.picking_ids.move_ids.product_id, self.lid)
