from odoo.tests import tagged

from odoo.addons.xb_base.exceptions import VendorRejected

from .common import RestShopCase


@tagged("post_install", "-at_install")
class TestStock(RestShopCase):
    """Stock told to the simulator over real HTTP."""

    def send(self, quantity, expected=False, sku="MUG/BLUE"):
        adapter = self.connection._get_adapter()
        value = {"listing": "", "sku": sku, "quantity": quantity, "expected": expected}
        return adapter.send("stock", f"1:{sku}", value, "key-12345678")

    def test_the_shop_has_the_quantity(self):
        self.assertEqual(self.send("12")["quantity"], "12")
        self.send("12")
        self.send("7", expected="12")
        self.assertEqual(self.other_side.stock()["MUG/BLUE"], 7)
        # An answer was lost and the same is sent again: the shop has it already.
        self.send("7", expected="12")

    def test_not_over_what_we_do_not_know_of(self):
        self.send("12")
        self.other_side.sell("MUG/BLUE", 2)
        with self.assertRaises(VendorRejected) as caught:
            self.send("11", expected="12")
        self.assertEqual(caught.exception.code, "stock_changed")
        self.assertEqual(self.other_side.stock()["MUG/BLUE"], 10)
        self.send("9")
        self.assertEqual(self.other_side.stock()["MUG/BLUE"], 9)

    def test_refused(self):
        with self.assertRaises(VendorRejected):
            self.send("-1")
        with self.assertRaises(VendorRejected):
            self.send("1", sku="..")
