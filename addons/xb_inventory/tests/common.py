"""Products with stock, orders, and the gate, for all tests of this addon."""

from odoo.fields import Command

from odoo.addons.xb_base.tests.common import XbBaseCase


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
            """
        )
        return self.env.cr.fetchall()
