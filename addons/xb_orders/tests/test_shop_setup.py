from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import Form

from ..adapters.base import Page
from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestShopSetup(OrdersCommon):
    """The assistant: what was entered becomes the shop; the trial writes nothing."""

    def test_shop_of_files(self):
        form = Form(self.env["xb.shop.setup"])
        form.name = " Market stall "
        setup = form.save()
        setup.action_next()
        self.assertEqual((setup.step, setup.shop_id.name), ("rules", "Market stall"))
        setup.product_policy = "create"
        setup.action_next()
        self.assertEqual((setup.step, setup.shop_id.product_policy), ("trial", "create"))
        setup.action_back()
        setup.tracking_upload = "automatic"
        setup.action_next()
        self.assertEqual(setup.shop_id.tracking_upload, "automatic")
        action = setup.action_try_file()
        self.assertEqual((action["context"]["default_shop_id"],
                          action["context"]["default_dry_run"]), (setup.shop_id.id, True))
        with self.assertRaises(UserError):
            setup.action_trial()
        self.assertEqual(setup.action_finish()["res_id"], setup.shop_id.id)

    def test_what_is_missing_is_named(self):
        setup = self.env["xb.shop.setup"].create({"name": " "})
        with self.assertRaises(UserError):
            setup.action_next()
        with self.assertRaises(UserError):
            setup.action_test()

    def test_only_managers(self):
        clerk = self.user("setup_clerk", "xb_base.group_clerk")
        with self.assertRaises(AccessError):
            self.env["xb.shop.setup"].with_user(clerk).create({"name": "X"})

    def test_trial_sums_up_and_writes_nothing(self):
        orders = [self.order_value("1"), self.order_value("2"), self.order_value("3", lines=[
            {"ref": "L1", "sku": "T-NONE", "qty": "1", "unit_price": "4.00"}], total=None),
            {"ref": "4"}]

        class Adapter:
            def list_orders(self, since, cursor=None):
                return Page(orders)

        self.patch(type(self.env["xb.connection"]), "_get_adapter", lambda self: Adapter())
        self.patch(type(self.shop), "_supports", lambda self, capability: True)
        setup = self.env["xb.shop.setup"].create(
            {"name": self.shop.name, "shop_id": self.shop.id, "step": "trial"})
        before = self.row_counts()
        setup.action_trial()
        self.assertEqual(self.row_counts(), before)
        counts = setup.trial["counts"]
        self.assertEqual((counts["created"], counts["held"], counts["rejected"]), (2, 1, 1))
        self.assertIn("T-NONE", setup.trial_html)
        problem = next(p for p in setup.trial["problems"] if "T-NONE" in str(p["examples"]))
        self.assertTrue(problem["remedy"])
