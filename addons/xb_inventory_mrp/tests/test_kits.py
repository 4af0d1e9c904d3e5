from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.xb_inventory.exceptions import NotEnoughStock
from odoo.addons.xb_inventory.tests.common import StockCase


@tagged("post_install", "-at_install")
class TestKits(StockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mug, cls.tray = cls.make_product("Mug", 10), cls.make_product("Tray", 4)
        cls.wrap = cls.env["product.product"].create({"name": "Wrapping", "type": "service"})
        cls.box = cls.make_product("Box")
        cls.bom = cls.make_kit(cls.box, (cls.mug, 2), (cls.tray, 1), (cls.wrap, 1))

    @classmethod
    def make_kit(cls, product, *parts, **values):
        """Create a kit of ``(component, quantity)`` or ``(component, quantity, uom)``."""
        return cls.env["mrp.bom"].create({
            "product_tmpl_id": product.product_tmpl_id.id, "type": "phantom", "product_qty": 1,
            "bom_line_ids": [Command.create({
                "product_id": part.id, "product_qty": qty,
                **({"product_uom_id": uom[0].id} if uom else {}),
            }) for part, qty, *uom in parts],
            **values,
        })

    def test_available_is_what_the_scarcest_component_allows(self):
        self.assertEqual(self.free(self.box), 4)
        self.claim(4, self.mug)
        self.assertEqual(self.free(self.box), 3)
        [row] = self.availability.available([self.box.id])
        self.assertEqual(
            (row["on_hand"], row["reserved"], row["claimed"], row["limited"]), (4, 1, 0, True))

    def test_as_core_counts(self):
        """Core's own free quantity of kits, for the same stock."""
        for units in (0, 1, 3, 8):
            self.put(self.mug, units or -10)
            self.env.invalidate_all()
            self.assertEqual(self.free(self.box), self.box.free_qty)

    def test_components_of_two_warehouses_make_no_kit(self):
        second = self.env["stock.warehouse"].create({"name": "Second", "code": "S2"})
        self.put(self.tray, 50, second.lot_stock_id)
        self.assertEqual(self.free(self.box), 4)
        self.put(self.mug, 3, second.lot_stock_id)
        self.assertEqual(self.free(self.box), 5)
        self.assertEqual(self.free(self.box, warehouse_id=second.id), 1)

    def test_claim_holds_the_components(self):
        answer = self.claim(3, self.box)
        self.assertEqual(
            {line["product_id"]: line["qty"] for line in answer["lines"]},
            {self.mug.id: 6, self.tray.id: 3})
        self.assertEqual((self.free(self.mug), self.free(self.tray)), (4, 1))
        refused = self.claim(2, self.box)
        self.assertFalse(refused["token"])
        self.assertEqual(
            refused["short"], [{"product_id": self.tray.id, "asked": 2, "available": 1}])
        self.assertTrue(self.claim(1, self.tray)["token"])
        self.assertEqual(self.free(self.box), 0)

    def test_guarded_sale(self):
        self.company.xb_guard_sales = True
        order = self.make_order((self.box, 3), (self.mug, 4))
        order.action_confirm()
        moves = order.picking_ids.move_ids
        self.assertEqual(set(moves.mapped("state")), {"assigned"})
        self.assertEqual((self.free(self.mug), self.free(self.tray), self.free(self.box)),
                         (0, 1, 0))
        self.assertFalse(self.drift())
        with self.assertRaises(NotEnoughStock) as caught, self.env.cr.savepoint():
            self.make_order((self.box, 1)).action_confirm()
        self.assertIn("Mug", str(caught.exception))

    def test_more_of_a_confirmed_kit(self):
        self.company.xb_guard_sales = True
        order = self.make_order((self.box, 2))
        order.action_confirm()
        order.order_line.product_uom_qty = 4
        self.assertEqual(self.free(self.box), 0)
        with self.assertRaises(NotEnoughStock), self.env.cr.savepoint():
            order.order_line.product_uom_qty = 5

    def test_claim_is_used_up_by_the_order(self):
        self.company.xb_guard_sales = True
        token = self.claim(4, self.box)["token"]
        order = self.make_order((self.box, 4))
        self.availability.consume(token, order)
        self.assertEqual(order.state, "sale")
        self.assertEqual((self.free(self.mug), self.free(self.tray)), (2, 0))

    def test_kit_in_a_kit_and_other_units(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        sugar = self.make_product("Sugar", 48)
        crate = self.make_product("Crate")
        self.make_kit(crate, (self.box, 2), (sugar, 1, dozen))
        self.assertEqual(self.free(crate), 2)
        answer = self.claim(1, crate)
        self.assertEqual(
            {line["product_id"]: line["qty"] for line in answer["lines"]},
            {self.mug.id: 4, self.tray.id: 2, sugar.id: 12})

    def test_a_bill_that_makes_several(self):
        self.bom.product_qty = 2  # two boxes from two mugs and a tray
        self.assertEqual(self.free(self.box), 8)
        answer = self.claim(2, self.box)
        self.assertEqual({line["product_id"]: line["qty"] for line in answer["lines"]},
                         {self.mug.id: 2, self.tray.id: 1})

    def test_changed_recipe_counts_at_once(self):
        self.assertEqual(self.free(self.box), 4)
        self.bom.bom_line_ids[0].product_qty = 5
        self.assertEqual(self.free(self.box), 2)
        self.bom.active = False
        self.assertEqual(self.free(self.box), 0)
        self.put(self.box, 3)
        self.assertEqual(self.free(self.box), 3)

    def test_other_companies_have_other_kits(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.bom.company_id = other
        self.put(self.box, 7)
        self.assertEqual(self.free(self.box), 7)

    def test_kit_of_what_is_never_refused(self):
        self.mug.xb_sell_beyond = self.tray.xb_sell_beyond = True
        [row] = self.availability.available([self.box.id])
        self.assertFalse(row["limited"])
        self.assertTrue(self.claim(99, self.box)["token"])

    def test_shop_hears_of_a_kit_when_a_component_moves(self):
        shop = self.make_shop()
        changed = self.levels._xb_get_kits_with([self.tray.id])
        self.assertEqual(changed, {self.box.id})
        publications = self.env["xb.stock.publication"]
        row = publications.create({"shop_id": shop.id, "product_id": self.box.id, "key": "BOX"})
        row.dirty = False
        self.assertIn(row, publications._get_due(shop))
        self.levels._follow()
        self.env.cr.execute(
            "UPDATE xb_stock_level SET drift_at = now() WHERE product_id = %s", [self.tray.id])
        self.levels.invalidate_model()
        self.assertEqual(
            publications._get_drifted([self.box.id], self.warehouse), {self.box.id, self.tray.id})

    def test_a_kit_is_sold_by_a_shop_alone_and_in_a_set(self):
        self.box.default_code, self.box.is_storable = "BOX", False
        shop = self.make_shop()
        publications = self.env["xb.stock.publication"]
        self.assertEqual(
            [offer.content for offer in shop._get_stock_offers() if offer.key == "BOX"],
            [{self.box.id: 1.0}])
        self.levels._follow()
        contents = [{self.box.id: 1.0}, {self.box.id: 2.0, self.mug.id: 1.0}]
        told = publications._reckon(shop, contents)
        self.assertEqual([publication.quantity for publication, _scarce in told], [4, 2])
        row = publications.create({
            "shop_id": shop.id, "key": "PAIR", "dirty": False,
            "part_ids": [(0, 0, {"product_id": self.box.id, "quantity": 2})]})
        self.assertIn(row, publications._get_due(shop))
        self.bom.bom_line_ids[0].product_qty = 5
        self.assertTrue(row.dirty)

    def test_thousands_in_one_call(self):
        ids = [self.box.id, *(self.make_product(f"P{n}", 1).id for n in range(30))]
        self.availability.available(ids)
        self.levels._follow()
        with self.assertQueryCount(10):
            self.availability.available(ids)
