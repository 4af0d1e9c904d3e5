import io

import openpyxl

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from odoo.addons.web.tests import test_js

from .common import PricingCommon


@tagged("post_install", "-at_install")
class TestTours(PricingCommon, HttpCase):
    """The owner's morning in a real browser, in both languages."""

    def morning(self, lang):
        owner = self.user("manager")
        owner.lang = lang
        listing = self.make_listing(self.shop_us, self.mug, 3.99)
        listing._watch()
        action = self.env.ref("xb_pricing.xb_listing_action_watch")
        self.start_tour(f"/odoo/action-{action.id}", "xb_price_morning", login=owner.login)
        listing.invalidate_recordset()
        self.assertEqual(listing.price, 7.99)
        run = self.env["xb.price.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual((run.state, run.approver_id, run.publisher_id),
                         ("published", owner, owner))

    def test_owner_s_morning(self):
        self.morning("en_US")

    def test_owner_s_morning_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.morning("zh_CN")

    def test_unit_tests(self):
        """The HOOT suites of this addon (static/tests/*.test.js)."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            "&filter=%22%40xb_pricing%22",
            "", "", login="admin", timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker)

    def test_export(self):
        self.make_listing(self.shop_us, self.mug, 3.99)
        owner = self.user("manager")
        self.authenticate(owner.login, owner.login)
        answer = self.url_open("/xb_pricing/export", data={
            "data": '{"domain": [["sku", "=", "T-P-MUG"]], "what_if": {}}',
            "csrf_token": Request.csrf_token(self)})
        self.assertEqual(answer.status_code, 200)
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        heading, row = sheet.iter_rows(values_only=True)
        self.assertEqual(heading[:3], ("Shop", "SKU", "Name"))
        self.assertEqual(row[:7], (self.shop_us.name, "T-P-MUG", "T-P-MUG", "USD", 3.99, 7.99,
                                   row[6]))
        self.assertLess(row[7], 0)
        self.assertGreater(row[8], 0.2)
        self.assertEqual(self.url_open("/xb_pricing/export", data={
            "data": "x", "csrf_token": Request.csrf_token(self)}).status_code, 400)
