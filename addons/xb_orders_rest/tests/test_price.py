from odoo.tests import tagged

from odoo.addons.xb_base.exceptions import VendorRejected

from .common import RestShopCase


@tagged("post_install", "-at_install")
class TestPrice(RestShopCase):
    """Prices that another addon publishes, told to the simulator over real HTTP."""

    def send(self, price):
        adapter = self.connection._get_adapter()
        value = {"listing": "", "sku": "MUG/BLUE", "price": price, "currency": "EUR"}
        return adapter.send("price", "1:MUG/BLUE", value, "key-12345678")

    def test_the_shop_has_the_price(self):
        self.assertEqual(self.send("12.99")["price"], "12.99")
        self.send("12.99")
        self.send("11.50")
        told = self.simulator.vendor("rest_shop").prices()["MUG/BLUE"]
        self.assertEqual((told["price"], told["currency"]), ("11.50", "EUR"))

    def test_refused(self):
        with self.assertRaises(VendorRejected):
            self.send("cheap")
