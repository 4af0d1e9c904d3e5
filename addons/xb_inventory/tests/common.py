"""Products with stock, orders, and the gate, for all tests of this addon."""

import threading
from contextlib import contextmanager

from odoo import api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase
from odoo.tests.common import get_db_name

from odoo.addons.xb_base.tests.common import XbBaseCase

UNITS = 40


class StockCase(XbBaseCase):
    """In registry test mode: own cursors are savepoints in the test's transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.availability = cls.env["xb.availability"]
        cls.levels = cls.env["xb.stock.level"]
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.shelf = cls.warehouse.lot_stock_id
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.partner = cls.env["res.partner"].create({"name": "Buyer"})
        cls.product = cls.make_product("Lamp", 10)

    @classmethod
    def make_product(cls, name, units=0, **values):
        """Create a storable product with units on the shelf."""
        product = cls.env["product.product"].create(
            {"name": name, "type": "consu", "is_storable": True, **values}
        )
        if units:
            cls.put(product, units)
        return product

    @classmethod
    def put(cls, product, units, place=None, **values):
        """Put units of a product somewhere, out of nowhere."""
        cls.env["stock.quant"]._update_available_quantity(
            product, place or cls.shelf, units, **values
        )

    @classmethod
    def make_order(cls, *lines, **values):
        """Create a quotation.

        :param lines: ``(product, quantity)`` or ``(product, quantity, uom)``
        """
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.partner.id,
                "warehouse_id": cls.warehouse.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": qty,
                            **({"product_uom_id": uom[0].id} if uom else {}),
                        }
                    )
                    for product, qty, *uom in lines
                ],
                **values,
            }
        )

    @classmethod
    def make_shop(cls, name="Shop", **values):
        """Create a shop that sells from the warehouse."""
        return cls.env["xb.shop"].create(
            {"name": name, "warehouse_id": cls.warehouse.id, **values}
        )

    def free(self, product=None, **options):
        """What is available, by the public method."""
        [row] = self.availability.available([(product or self.product).id], **options)
        return row["available"]

    def claim(self, qty, product=None, key=None, **options):
        """Claim one line."""
        options.setdefault("warehouse_id", self.warehouse.id)
        return self.availability.claim(
            [{"product_id": (product or self.product).id, "qty": qty}],
            key or f"key-{self.env['xb.stock.claim'].search_count([])}-{qty}",
            **options,
        )

    def drift(self):
        """Differences between what the levels say after following and the truth."""
        self.env.flush_all()
        self.levels._follow()
        self.env.cr.execute(
            """
            WITH places AS (SELECT array_agg(id) AS ids FROM stock_warehouse),
            truth AS (
                SELECT truth.* FROM places, xb_stock_truth(
                    (SELECT array_agg(id) FROM product_product), places.ids) truth)
            SELECT * FROM truth FULL JOIN xb_stock_level level USING (product_id, warehouse_id)
             WHERE (COALESCE(truth.on_hand, 0), COALESCE(truth.reserved, 0),
                    COALESCE(truth.waiting, 0))
                   <> (COALESCE(level.on_hand, 0), COALESCE(level.reserved, 0),
                       COALESCE(level.waiting, 0))
                OR level.limited <> (
                    SELECT kind.is_storable AND kind.xb_sell_beyond IS NOT TRUE
                      FROM product_product item
                      JOIN product_template kind ON kind.id = item.product_tmpl_id
                     WHERE item.id = level.product_id)
            """
        )
        return self.env.cr.fetchall()


class CommittedCase(BaseCase):
    """Real connections, real commits: works on data of its own and takes it away again."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.environment() as env:
            self.company_id = env.ref("base.main_company").id
            place = env["stock.warehouse"].search([("company_id", "=", self.company_id)], limit=1)
            self.place_id, self.shelf_id = place.id, place.lot_stock_id.id
            self.product_ids = env["product.product"].create(
                [{"name": f"Race {n}", "type": "consu", "is_storable": True} for n in range(3)]
            ).ids
            self.partner_id = env["res.partner"].create({"name": "Race"}).id
            self.guarded = env["res.company"].browse(self.company_id).xb_guard_sales
        self.addCleanup(self.clean)

    @contextmanager
    def environment(self):
        """An environment on a committed transaction of its own."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, 1, {})

    def clean(self):
        with self.environment() as env:
            env["res.company"].browse(self.company_id).xb_guard_sales = self.guarded
            orders = env["sale.order"].search([("partner_id", "=", self.partner_id)])
            orders.filtered(lambda order: order.state == "sale")._action_cancel()
            orders.picking_ids.unlink()
            orders.filtered(lambda order: order.state != "cancel")._action_cancel()
            orders.unlink()
            env["stock.quant"].sudo().search([("product_id", "in", self.product_ids)]).unlink()
            env["stock.move"].search([("product_id", "in", self.product_ids)])._action_cancel()
            env["stock.move"].search([("product_id", "in", self.product_ids)]).unlink()
            cr = env.cr
            cr.execute("DELETE FROM xb_stock_due WHERE product_id = ANY(%s)", [self.product_ids])
            cr.execute("DELETE FROM xb_stock_claim WHERE id IN (SELECT claim_id FROM"
                       " xb_stock_claim_line WHERE product_id = ANY(%s))", [self.product_ids])
            env["product.product"].browse(self.product_ids).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def put(self, units, index=0):
        with self.environment() as env:
            env["stock.quant"].create({"product_id": self.product_ids[index],
                                       "location_id": self.shelf_id, "quantity": units})

    def free(self, index=0):
        with self.environment() as env:
            [row] = env["xb.availability"].available(
                [self.product_ids[index]], warehouse_id=self.place_id)
            return row["available"]

    def claim(self, env, qty, key, index=0):
        return env["xb.availability"].claim(
            [{"product_id": self.product_ids[index], "qty": qty}], key,
            warehouse_id=self.place_id)["token"]

    def make_order(self, env, qty, index=0):
        return env["sale.order"].create(
            {
                "partner_id": self.partner_id, "warehouse_id": self.place_id,
                "company_id": self.company_id,
                "order_line": [Command.create(
                    {"product_id": self.product_ids[index], "product_uom_qty": qty})],
            })

    def in_threads(self, number, work):
        """Run work(n) in so many threads at once; the list of results.

        An error in a thread fails the test.
        """
        results, errors, gate = [], [], threading.Barrier(number)

        def run(index):
            try:
                gate.wait(30)
                results.append(work(index))
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        self.assertFalse(errors)
        return results
