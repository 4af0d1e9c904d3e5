import contextlib
import random

from freezegun import freeze_time

from odoo.tests import tagged

from ..batch import KEY, Batch
from .common import OrdersCommon
from .database_diff import Snapshot

NOW = "2026-05-06 12:00:00"


@tagged("post_install", "-at_install")
class TestBulkConfirmation(OrdersCommon):
    """An order of a batch is the same, row for row in every table, as one confirmed by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop.write({"auto_confirm": False, "claim_mode": "backorder"})
        Product, Quant = cls.env["product.product"], cls.env["stock.quant"]
        stock = cls.warehouse.lot_stock_id
        shelf = cls.env["stock.location"].create({"name": "Shelf", "location_id": stock.id})
        goods = {"type": "consu", "is_storable": True}
        cls.goods = Product.create([
            {"name": "Plenty", "default_code": "P0", **goods},
            {"name": "Scarce", "default_code": "P1", **goods},
            {"name": "None", "default_code": "P2", **goods},
            {"name": "Two shelves", "default_code": "P3", **goods},
            {"name": "With lots", "default_code": "P4", "tracking": "lot", **goods},
            {"name": "Not stored", "default_code": "P5", "type": "consu"},
            {"name": "A service", "default_code": "P6", "type": "service"},
            {"name": "Reordered", "default_code": "P7", **goods},
            {"name": "In a package", "default_code": "P8", **goods},
            {"name": "Overreserved", "default_code": "P9", **goods},
        ])
        plenty, scarce, _none, two, lots, _c, _s, reordered, packed, over = cls.goods
        for product, qty, place in ((plenty, 500, stock), (scarce, 7, stock), (two, 4, stock),
                                    (two, 9, shelf), (reordered, 6, stock), (over, 10, stock)):
            Quant._update_available_quantity(product, place, qty)
        lot = cls.env["stock.lot"].create({"name": "L1", "product_id": lots.id})
        Quant._update_available_quantity(lots, stock, 8, lot_id=lot)
        package = cls.env["stock.package"].create({"name": "Box"})
        Quant._update_available_quantity(packed, stock, 5, package_id=package)
        Quant.create({"product_id": over.id, "location_id": stock.id, "reserved_quantity": 3})
        cls.env["stock.warehouse.orderpoint"].create({
            "product_id": reordered.id, "location_id": stock.id, "product_min_qty": 5,
            "product_max_qty": 20, "trigger": "manual"})
        cls.fixed = cls.env["res.partner"].create({"name": "Carrier's"})

    def quotations(self, seed, count):
        pick = random.Random(seed)
        values = []
        for number in range(count):
            lines = [{
                "ref": f"L{position}", "sku": f"P{pick.randrange(10)}",
                "qty": str(pick.choice((1, 1, 2, 3))), "unit_price": f"{pick.randrange(1, 99)}.50",
                **({"discount": "0.37"} if pick.random() < .2 else {}),
            } for position in range(pick.randrange(1, 5))]
            values.append(self.order_value(
                f"{seed}-{number}", lines=lines, total=None,
                buyer={"id": f"B{pick.randrange(count)}", "name": "Buyer"},
                shipping={"price": "4.90"} if pick.random() < .5 else None,
                ship_by="2026-05-20T12:00:00Z" if pick.random() < .5 else None,
                ship_to={"name": "A", "street": f"Way {number}", "city": "Rome",
                         "country": pick.choice(("DE", "IT", "US"))}))
        verdicts = self.shop.import_orders(values)
        self.assertEqual({verdict["state"] for verdict in verdicts}, {"created"})
        return self.env["sale.order"].browse([verdict["order_id"] for verdict in verdicts])

    def snapshot(self, work, ids):
        """What the database holds after ``work``, which is then undone."""
        with contextlib.closing(self.env.cr.savepoint()):
            work()
            result = Snapshot(self.env, ids)
        self.env.invalidate_all()
        return result

    def compare(self, orders, by_hand=None):
        _importer, shop = self.env["xb.order.importer"]._with_import_env(self.shop)
        orders = orders.with_env(shop.env)
        ids = Snapshot.highest_ids(self.env)

        def one_by_one():
            for order in orders.with_context(xb_stock_guard=False):
                order.action_confirm()

        def in_bulk():
            orders._xb_plan_delivery()
            orders.with_context(**{KEY: Batch(), "xb_stock_guard": False}).action_confirm()

        differences = self.snapshot(by_hand or one_by_one, ids).differences(
            self.snapshot(in_bulk, ids))
        self.assertFalse(differences, "\n".join(line[:1500] for line in differences[:30]))

    @freeze_time(NOW)
    def test_the_comparison_sees_a_difference(self):
        """What is not there, or is another number, is found."""
        orders = self.quotations("see", 2)
        ids = Snapshot.highest_ids(self.env)
        both = self.snapshot(orders.action_confirm, ids)
        one = self.snapshot(orders[:1].action_confirm, ids)
        self.assertIn("stock_picking", "".join(both.differences(one)))

        def other():
            orders.action_confirm()
            orders.picking_ids.move_ids[:1].date = "2030-01-01 00:00:00"

        self.assertIn("2030", "".join(both.differences(self.snapshot(other, ids))))

    @freeze_time(NOW)
    def test_ordinary(self):
        self.compare(self.quotations("ordinary", 6))

    @freeze_time(NOW)
    def test_random(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                self.compare(self.quotations(f"random{seed}", 12))

    @freeze_time(NOW)
    def test_split(self):
        """From two warehouses and in parts, planned together or one by one."""
        east = self.env["stock.warehouse"].create({"name": "East", "code": "EA"})
        self.shop.other_warehouse_ids = east
        for product, qty in ((self.goods[1], 4), (self.goods[2], 6), (self.goods[3], 30)):
            self.env["stock.quant"]._update_available_quantity(product, east.lot_stock_id, qty)
        for seed, split in (("s1", "both"), ("s2", "stock"), ("s3", "warehouse")):
            with self.subTest(split=split):
                orders = self.quotations(seed, 12)
                orders.xb_split = split
                with contextlib.closing(self.env.cr.savepoint()):
                    fitting = orders._xb_plan_delivery()
                    self.assertTrue(fitting.filtered("xb_is_split"))
                self.env.invalidate_all()
                # what fits nowhere is held before it comes to this
                self.compare(fitting)

    @freeze_time(NOW)
    def test_three_steps(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        self.compare(self.quotations("steps", 8))

    @freeze_time(NOW)
    def test_make_to_order_and_reservation_by_hand(self):
        self.goods[0].route_ids = self.env.ref("stock.route_warehouse0_mto")
        self.env.ref("stock.route_warehouse0_mto").active = True
        self.warehouse.out_type_id.reservation_method = "manual"
        self.compare(self.quotations("mto", 8))

    @freeze_time(NOW)
    def test_other_removal_strategies(self):
        for method in ("lifo", "closest", "least_packages"):
            with self.subTest(method):
                self.goods.categ_id.removal_strategy_id = self.env["product.removal"].search(
                    [("method", "=", method)])
                self.compare(self.quotations(method, 6))
