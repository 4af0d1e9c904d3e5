from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestAlert(StockCase):
    """What runs out, and which shop does not hear us, becomes somebody's activity."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.levels.search([]).unlink()
        cls.put(cls.product, 1)
        cls.env.flush_all()
        cls.levels._follow()
        cls.level = cls.levels.search([("product_id", "=", cls.product.id)])
        cls.alerts = cls.env["xb.stock.alert"]

    def sell(self, sold_30):
        self.env.cr.execute(
            "UPDATE xb_stock_level SET sold_30 = %s WHERE id = %s", [sold_30, self.level.id])
        self.levels.invalidate_model()

    def activities(self):
        return self.product.activity_ids

    def test_low_stock(self):
        self.alerts._cron_alert()
        self.assertFalse(self.activities())
        self.sell(300)  # 11 are left, ten a day go
        self.alerts._cron_alert()
        self.alerts._cron_alert()
        [activity] = self.activities()
        self.assertIn("11", activity.note)
        self.assertIn("1.1", activity.note)
        self.sell(3)
        self.alerts._cron_alert()
        self.assertFalse(self.activities())

    def test_who_is_told(self):
        user = self.env["res.users"].create({"name": "Buyer", "login": "the_buyer"})
        self.product.responsible_id = user
        self.sell(300)
        self.alerts._cron_alert()
        self.assertEqual(self.activities().user_id, user)

    def test_stale_figures(self):
        shop = self.make_shop(stock_push="automatic")
        row = self.env["xb.stock.publication"].create(
            {"shop_id": shop.id, "product_id": self.make_product("Late").id, "key": "LATE",
             "state": "waiting"})
        self.alerts._cron_alert()
        self.assertFalse(shop.activity_ids)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE xb_stock_publication SET write_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(hours=1), row.id])
        row.invalidate_recordset()
        self.alerts._cron_alert()
        self.alerts._cron_alert()
        self.assertEqual(len(shop.activity_ids), 1)
        row.state = "confirmed"
        self.alerts._cron_alert()
        self.assertFalse(shop.activity_ids)

    def test_digest(self):
        self.sell(300)
        digest = self.env["digest.digest"].create(
            {"name": "Morning", "kpi_xb_stock_low": True, "kpi_xb_stock_stale": True})
        self.assertEqual(digest.kpi_xb_stock_low_value, 1)
        self.assertEqual(digest.kpi_xb_stock_stale_value, 0)
        actions = digest._compute_kpis_actions(self.company, self.env.user)
        self.assertIn("xb_stock_monitor_action", actions["kpi_xb_stock_low"])
