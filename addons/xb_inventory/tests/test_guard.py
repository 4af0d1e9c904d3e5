from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.xb_inventory.exceptions import NotEnoughStock

from .common import StockCase


@tagged("post_install", "-at_install")
class TestGuard(StockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.xb_guard_sales = True

    def test_off_by_default(self):
        company = self.env["res.company"].create({"name": "New"})
        self.assertFalse(company.xb_guard_sales)
        self.company.xb_guard_sales = False
        order = self.make_order((self.product, 11))
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_refuses_with_a_clear_message(self):
        order = self.make_order((self.product, 11))
        with self.assertRaises(NotEnoughStock) as caught, self.env.cr.savepoint():
            order.action_confirm()
        self.assertIn("Lamp", str(caught.exception))
        self.assertIn("11", str(caught.exception))
        self.assertIn("10", str(caught.exception))
        self.assertEqual(
            caught.exception.shortages,
            {order.id: [{"product_id": self.product.id, "asked": 11, "available": 10}]},
        )
        self.assertEqual(order.state, "draft")

    def test_confirms_and_counts_once(self):
        order = self.make_order((self.product, 4))
        order.action_confirm()
        self.assertEqual(self.free(), 6)
        self.levels._follow()
        self.assertEqual(self.free(), 6)
        claim = self.env["xb.stock.claim"].search([], limit=1)
        self.assertEqual((claim.state, claim.order_id), ("consumed", order))

    def test_open_claims_are_respected(self):
        self.claim(8)
        with self.assertRaises(NotEnoughStock), self.env.cr.savepoint():
            self.make_order((self.product, 3)).action_confirm()
        self.make_order((self.product, 2)).action_confirm()

    def test_line_added_to_a_confirmed_order(self):
        order = self.make_order((self.product, 4))
        order.action_confirm()
        self.levels._follow()
        line = Command.create({"product_id": self.product.id, "product_uom_qty": 7})
        with self.assertRaises(NotEnoughStock), self.env.cr.savepoint():
            order.order_line = [line]
        order.order_line.product_uom_qty = 10
        self.assertEqual(self.free(), 0)
        self.levels._follow()
        with self.assertRaises(NotEnoughStock), self.env.cr.savepoint():
            order.order_line.product_uom_qty = 11

    def test_rolled_back_savepoint_frees_the_claim(self):
        """A bad neighbour in a batch: what it claimed is there for the next one."""
        order = self.make_order((self.product, 10))

        class Trouble(Exception):
            pass

        with self.assertRaises(Trouble), self.env.cr.savepoint():
            order.action_confirm()
            raise Trouble
        self.assertEqual(order.state, "draft")
        order.action_confirm()
        self.assertEqual(self.free(), 0)

    def test_made_to_order_needs_no_stock(self):
        mto = self.env.ref("stock.route_warehouse0_mto")
        mto.active = True
        self.product.route_ids |= mto
        order = self.make_order((self.product, 50))
        needs = order.order_line._xb_get_needs()
        self.assertEqual(needs, {})

    def test_untracked_lines_and_notes(self):
        service = self.env["product.product"].create({"name": "Wrap", "type": "service"})
        order = self.make_order((service, 99), (self.product, 1))
        order.order_line = [Command.create({"display_type": "line_note", "name": "Thanks"})]
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_units_of_measure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        with self.assertRaises(NotEnoughStock), self.env.cr.savepoint():
            self.make_order((self.product, 1, dozen)).action_confirm()

    def test_batch_claims_in_order(self):
        """What ``import_orders`` calls: each order all or nothing, the first come first served."""
        self.company.xb_guard_sales = False
        orders = (
            self.make_order((self.product, 6)) | self.make_order((self.product, 6))
            | self.make_order((self.product, 4))
        )
        shortages = self.availability.claim_for_orders(orders)
        self.assertEqual([bool(shortages[order.id]) for order in orders], [False, True, False])
        good = orders.filtered(lambda order: not shortages[order.id])
        self.assertEqual(self.free(), 10 - 0)  # this transaction uses the claims up already
        good.with_context(xb_stock_guard=False).action_confirm()
        self.assertEqual(self.free(), 0)
        self.assertEqual(shortages[orders[1].id],
                         [{"product_id": self.product.id, "asked": 6, "available": 4}])

    def test_context_guards_without_the_setting(self):
        self.company.xb_guard_sales = False
        with self.assertRaises(NotEnoughStock), self.env.cr.savepoint():
            self.make_order((self.product, 11)).with_context(xb_stock_guard=True).action_confirm()

    def test_setting_is_in_the_settings(self):
        with Form(self.env["res.config.settings"]) as form:
            form.xb_guard_sales = False
        form.save().execute()
        self.assertFalse(self.company.xb_guard_sales)
