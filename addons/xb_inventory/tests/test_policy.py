from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StockCase


@tagged("post_install", "-at_install")
class TestPolicy(StockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        top = cls.env["product.category"].create({"name": "Top"})
        cls.category = cls.env["product.category"].create({"name": "Low", "parent_id": top.id})
        cls.product.categ_id = cls.category
        cls.other = cls.make_product("Other", 10)
        cls.shop = cls.make_shop("First")
        cls.neighbour = cls.make_shop("Neighbour")

    def make(self, shop=None, **values):
        return self.env["xb.stock.policy"].create({"shop_id": (shop or self.shop).id, **values})

    def told(self, product=None, shop=None):
        return self.free(product, shop_id=(shop or self.shop).id)

    def test_no_policy(self):
        self.assertEqual(self.told(), 10)

    def test_most_specific_decides_alone(self):
        self.make(has_cap=True, cap=5)
        self.assertEqual((self.told(), self.told(self.other)), (5, 5))
        self.make(categ_id=self.category.parent_id.id, buffer_mode="fixed", buffer=1)
        self.assertEqual((self.told(), self.told(self.other)), (9, 5))
        self.make(categ_id=self.category.id, buffer_mode="fixed", buffer=2)
        self.assertEqual(self.told(), 8)
        mine = self.make(product_id=self.product.id, has_cap=True, cap=3)
        self.assertEqual((self.told(), self.told(self.other)), (3, 5))
        mine.active = False
        self.assertEqual(self.told(), 8)
        self.assertEqual(self.told(shop=self.neighbour), 10)

    def test_explains(self):
        self.make(buffer_mode="fixed", buffer=2, has_cap=True, cap=5)
        [row] = self.availability.available([self.product.id], shop_id=self.shop.id)
        self.assertEqual(row["why"], [["free", 10, 10], ["buffer", 2, 8], ["cap", 5, 5]])

    def test_allocation_is_withheld_from_neighbours(self):
        self.make(self.neighbour, has_allocation=True, allocation=7)
        self.assertEqual((self.told(), self.told(shop=self.neighbour)), (3, 7))
        elsewhere = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        self.neighbour.warehouse_id = elsewhere
        self.assertEqual((self.told(), self.told(shop=self.neighbour)), (10, 0))

    def test_self_sizing_buffer(self):
        self.make(buffer_mode="auto", risk=1)
        self.assertEqual(self.told(), 10)
        self.env.flush_all()
        self.levels._follow()
        self.env.cr.execute("UPDATE xb_stock_level SET sold_7 = 7 * 24, sold_30 = 0")
        self.shop.stock_lag = 3600
        # one an hour, an hour late: four kept back (more than four: once in 270 hours)
        self.assertEqual(self.told(), 6)
        self.shop.stock_lag = 60
        self.assertEqual(self.told(), 9)

    def test_refuses_nonsense(self):
        with self.assertRaises(ValidationError):
            self.make(buffer_mode="auto", risk=100)
        for values in (
            {"has_cap": True, "cap": -1},
            {"product_id": self.product.id, "categ_id": self.category.id},
        ):
            with self.subTest(values=values), mute_logger("odoo.sql_db"), \
                    self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.make(**values)
        self.make()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), \
                self.env.cr.savepoint():
            self.make()

    def test_one_query_more_for_a_shop(self):
        self.make(categ_id=self.category.id, has_cap=True, cap=5)
        ids = (self.product | self.other).ids
        self.availability.available(ids, shop_id=self.shop.id)
        with self.assertQueryCount(4):
            self.availability.available(ids, shop_id=self.shop.id)

    def test_preview(self):
        self.product.default_code = "LAMP"
        self.make(has_cap=True, cap=4)
        action = self.shop.action_preview_stock()
        preview = self.env["xb.stock.preview"].browse(action["res_id"])
        line = preview.line_ids.filtered(lambda line: line.product_id == self.product)
        self.assertEqual((line.key, line.free, line.quantity, line.is_change),
                         ("LAMP", 10, 4, True))
        self.assertIn("At most", line.why)
        preview.product_ids = self.other
        preview.action_refresh()
        self.assertFalse(preview.line_ids)  # no internal reference, so not in the shop
