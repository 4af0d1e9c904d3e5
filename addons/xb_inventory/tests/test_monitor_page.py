import io
import json

import openpyxl

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.web.tests import test_js

from .common import StockCase


@tagged("post_install", "-at_install")
class TestMonitorPage(StockCase, HttpCase):
    """What the browser gets: the page's own tests, the panel, the workbook."""

    registry_test_mode = False  # the base class enters it

    def test_unit_tests(self):
        """The HOOT suites of this addon (static/tests/*.test.js)."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            "&filter=%22%40xb_inventory%22",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )

    def download(self, data):
        return self.url_open(
            "/xb_stock/monitor.xlsx",
            data={"data": json.dumps(data), "csrf_token": http.Request.csrf_token(self)},
        )

    def test_workbook(self):
        self.make_product("=1+1", 4, default_code="XLS-1")
        self.make_product("Workbook two", 5, default_code="XLS-2")
        self.levels._follow()
        self.authenticate("admin", "admin")
        answer = self.download({"filters": {"search": "XLS-"}, "order": "on_hand desc"})
        self.assertEqual(answer.status_code, 200)
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        rows = list(sheet.iter_rows(values_only=True))
        self.assertEqual([row[0] for row in rows], ["Reference", "XLS-2", "XLS-1"])
        self.assertEqual([row[6] for row in rows], ["On Hand", 5, 4])
        self.assertEqual(rows[2][1], "=1+1")
        self.assertEqual(sheet.cell(3, 2).data_type, "s")

    @mute_logger("odoo.http")
    def test_workbook_needs_the_right(self):
        self.env["res.users"].create({"name": "N", "login": "a_nobody", "password": "a_nobody"})
        self.authenticate("a_nobody", "a_nobody")
        self.assertEqual(self.download({"filters": {}}).status_code, 403)

    def test_panel(self):
        shop = self.make_shop(stock_push="automatic")
        policy = self.env["xb.stock.policy"].create(
            {"shop_id": shop.id, "product_id": self.product.id, "buffer_mode": "fixed",
             "buffer": 3})
        self.product.default_code = "PANEL"
        self.env["xb.stock.publication"]._list_offers(shop)
        self.claim(2)
        self.env.flush_all()
        self.levels._follow()
        level = self.levels.search([("product_id", "=", self.product.id)])
        detail = self.levels.monitor_detail(level.id)
        self.assertEqual(detail["row"]["available"], 8)
        self.assertEqual([claim["qty"] for claim in detail["claims"]], [2])
        [told] = [one for one in detail["shops"] if one["shop_id"] == shop.id]
        self.assertEqual(told["steps"][0]["after"], 8)
        self.assertEqual(told["steps"][-1]["after"], 5)
        self.assertIn(policy.id, detail["policies"])
        found = self.levels.search([("shop_id", "=", shop.id)])
        self.assertIn(level, found)
        page = self.levels.monitor_page({"domain": [("shop_id", "ilike", shop.name)]})
        self.assertIn(level.id, [row["id"] for row in page["rows"]])
