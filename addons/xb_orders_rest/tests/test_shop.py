import psycopg2

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from ..const import VENDOR
from .common import RestShopCase


class TestShop(RestShopCase):
    def test_connection_works(self):
        action = self.connection.action_test()
        self.assertEqual(action["params"]["type"], "success")
        self.assertIn("Simulator shop", action["params"]["message"])
        self.assertEqual(self.connection.state, "ok")

    def test_orders_can_be_fetched(self):
        self.assertTrue(self.shop.can_list_orders)

    def test_file_shop_on_the_connection_fetches_nothing(self):
        shop = self.env["xb.shop"].create(
            {"name": "By file", "platform": "file", "connection_id": self.connection.id}
        )
        self.assertFalse(shop.can_list_orders, "its orders come by file, its numbers go out here")

    @mute_logger("odoo.sql_db")
    def test_one_own_shop_per_connection(self):
        copy = self.shop.copy()
        self.assertFalse(copy.connection_id)
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            copy.connection_id = self.connection
            copy.flush_recordset()
        self.shop.active = False
        copy.connection_id = self.connection
        copy.flush_recordset()

    def test_connection_must_lead_to_an_own_shop(self):
        other = self.make_connection()
        with self.assertRaises(ValidationError):
            self.shop.connection_id = other
        self.env["xb.shop"].create({"name": "New", "platform": VENDOR, "connection_id": False})

    def test_fetched_twice_is_one_order(self):
        orders = self.make_orders(3)
        since = orders[0]["updated_at"].replace("Z", "+00:00")
        for _time in range(2):
            self.shop._job_sync(self.connection, False, since, since)
        found = self.env["sale.order"].search([("xb_shop_id", "=", self.shop.id)])
        self.assertEqual(sorted(found.mapped("xb_ref")), sorted(order["ref"] for order in orders))
        self.assertEqual(set(found.mapped("state")), {"sale"})
