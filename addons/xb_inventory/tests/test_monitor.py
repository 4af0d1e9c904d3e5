from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestMonitor(StockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        category = cls.env["product.category"].create({"name": "Monitor"})
        cls.category = cls.env["product.category"].create(
            {"name": "Below", "parent_id": category.id}
        )
        cls.products = cls.env["product.product"]
        for number in range(6):
            cls.products |= cls.make_product(
                f"Monitored {number}", number, categ_id=cls.category.id,
                default_code=f"MON-{number}",
            )
        cls.env.flush_all()
        cls.levels._follow()

    def page(self, **options):
        filters = options.pop("filters", {"category_id": self.category.parent_id.id})
        return self.levels.monitor_page(filters, **options)

    def test_pages(self):
        first = self.page(limit=2, order="on_hand desc")
        second = self.page(limit=2, offset=2, order="on_hand desc")
        self.assertEqual(first["total"], 5)  # no level for what was never there
        self.assertEqual([row["on_hand"] for row in first["rows"] + second["rows"]], [5, 4, 3, 2])

    def test_filters(self):
        for filters, expected in (
            ({"search": "MON-3"}, ["MON-3"]),
            ({"search": "monitored 3"}, ["MON-3"]),
            ({"search": "100%_"}, []),
            ({"product_ids": self.products[2:4].ids}, ["MON-2", "MON-3"]),
            ({"warehouse_id": 2**30}, []),
        ):
            with self.subTest(filters=filters):
                page = self.page(filters=filters, order="code")
                self.assertEqual([row["code"] for row in page["rows"]], expected)

    def test_conditions_agree_with_the_field(self):
        self.claim(5, self.products[5])
        self.env.cr.execute(
            "UPDATE xb_stock_level SET sold_30 = 30 WHERE product_id = ANY(%s)",
            [self.products[3:5].ids],
        )
        self.env.cr.execute(
            "UPDATE xb_stock_level SET sold_30 = 0.1 WHERE product_id = %s", [self.products[2].id]
        )
        self.levels.invalidate_model()
        page = self.page()
        self.assertEqual(
            page["counts"], {"ok": 1, "out": 1, "low": 2, "over": 1, "drift": 0}
        )
        for name in page["counts"]:
            rows = self.page(
                filters={"category_id": self.category.id, "condition": name})["rows"]
            self.assertEqual({row["condition"] for row in rows} - {name}, set())
            found = self.levels.search(
                [("condition", "=", name), ("product_id", "in", self.products.ids)])
            self.assertEqual(set(found.ids), {row["id"] for row in rows})

    def test_row(self):
        shop = self.make_shop(stock_push="automatic")
        self.env["stock.move"].create(
            {
                "product_id": self.products[5].id, "product_uom_qty": 7,
                "location_id": self.suppliers.id, "location_dest_id": self.shelf.id,
            }
        )._action_confirm()
        self.claim(2, self.products[5])
        [row] = self.page(filters={"shop_id": shop.id, "search": "MON-5"})["rows"]
        self.assertEqual(
            (row["on_hand"], row["claimed"], row["available"], row["incoming"]), (5, 2, 3, 7)
        )
        self.assertTrue(row["incoming_date"])
        self.assertEqual(row["spark"][-1], 5)
        self.assertEqual([one["shop_id"] for one in row["shops"]], [shop.id])
        self.assertEqual(self.levels.monitor_rows([row["id"]]), [row])
        self.assertNotIn(None, row.values())

    def test_course_begins_with_the_first_day_known(self):
        """No zeros of a time when nobody followed the stock; zeros of what came later."""
        old, new = self.products[5], self.products[4]
        today = fields.Date.today()

        def course(product):
            level = self.levels.search(
                [("product_id", "=", product.id), ("warehouse_id", "=", self.warehouse.id)])
            return level._read_sparks().get((product.id, self.warehouse.id))

        self.env.cr.execute("DELETE FROM xb_stock_day")
        self.assertIsNone(course(old))
        [row] = self.page(filters={"search": "MON-5"})["rows"]
        self.assertEqual(row["spark"], [5])
        self.env["xb.stock.day"].create([
            {"product_id": product.id, "warehouse_id": self.warehouse.id, "free": qty,
             "day": today - timedelta(days=back), "on_hand": qty}
            for product, back, qty in ((old, 4, 3), (old, 1, 5), (new, 2, 8))])
        self.assertEqual(course(old), [3, 3, 3, 5, 5])
        self.assertEqual(course(new), [0, 0, 8, 8, 8])
        self.env["xb.stock.day"].create(
            {"product_id": old.id, "warehouse_id": self.warehouse.id, "free": 1,
             "day": today - timedelta(days=60), "on_hand": 1})
        self.assertEqual(course(old), [1] * 25 + [3, 3, 3, 5, 5])
        self.assertEqual(len(course(new)), 30)

    def test_refuses_what_it_does_not_know(self):
        for arguments in (
            {"order": "on_hand; drop table x"}, {"order": "name"}, {"offset": -1},
            {"limit": "x"}, {"filters": {"x": 1}}, {"filters": {"condition": "x"}},
        ):
            with self.subTest(arguments=arguments), self.assertRaises(ValidationError):
                self.page(**arguments)

    def test_rights(self):
        nobody = new_test_user(self.env, "a_nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self.levels.with_user(nobody).monitor_page()
        with self.assertRaises(AccessError):
            self.levels.with_user(nobody).monitor_rows([1])

    def test_few_queries_per_page(self):
        self.page()
        with self.assertQueryCount(16):
            self.env.invalidate_all()
            self.page()

    def test_message_on_change(self):
        self.put(self.products[5], 1)
        self.env.flush_all()
        self.env["bus.bus"].search([]).unlink()
        self.levels._follow()
        self.env["bus.bus"].invalidate_model()
        [message] = self.env["bus.bus"].search([]).mapped("message")
        level = self.levels.search([("product_id", "=", self.products[5].id)])
        self.assertIn(f"[{level.id}]", message)

    def test_channel_needs_the_right(self):
        socket = self.env["ir.websocket"]
        nobody = new_test_user(self.env, "a_nobody", "base.group_user")
        clerk = new_test_user(self.env, "a_clerk", "xb_base.group_clerk")
        from unittest.mock import patch

        from odoo.addons.bus.models import ir_websocket

        class Request:
            class session:
                uid = False

        with patch.object(ir_websocket, "wsrequest", Request), \
                patch.object(ir_websocket, "request", None):
            for user, opens in ((nobody, False), (clerk, True)):
                channels = socket.with_user(user)._build_bus_channel_list(["xb_stock"])
                self.assertNotIn("xb_stock", channels)
                self.assertEqual((self.company, "xb_stock") in channels, opens)
