from odoo import fields
from odoo.tests import TransactionCase

# Fits YunExpress' shape, apart from the numbers of the demo data.
YT = "YT2677700000000%03d"


class LogisticsMixin:
    """Goods in stock, a customer and orders of them; in English whatever the database's user."""

    @classmethod
    def set_up_logistics(cls):
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US", "tracking_disable": True})
        cls.company = cls.env.company
        # Demo data may have trackers, whose outbox rows are not what is looked at.
        cls.env["xb.connection"].search([]).tracks_parcels = False
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.Parcel = cls.env["xb.parcel"]
        Carrier = cls.env["xb.carrier"]
        # Codes of our own: what the database has of seeded carriers may be edited.
        cls.swift = Carrier.create(
            {
                "name": "Swift Post",
                "code": "t_swift",
                "aliases": "迅邮, SwiftP",
                "tracking_url": "https://swift.example/t?n={number}&c={country}&z={postcode}",
            }
        )
        cls.slow = Carrier.create({"name": "Slow Boat", "code": "t_slow"})
        cls.customer = cls.env["res.partner"].create(
            {"name": "Anna", "country_id": cls.env.ref("base.de").id, "zip": "10 115"}
        )
        Product = cls.env["product.product"]
        cls.mug = Product.create({"name": "Mug", "type": "consu", "is_storable": True})
        cls.lid = Product.create({"name": "Lid", "type": "consu", "is_storable": False})
        cls.help = Product.create({"name": "Help", "type": "service"})
        cls.stock(cls.mug, 1000)

    @classmethod
    def make_product(cls, name, **values):
        return cls.env["product.product"].create(
            {"name": name, "type": "consu", "is_storable": True, **values}
        )

    @classmethod
    def stock(cls, product, quantity):
        cls.env["stock.quant"]._update_available_quantity(
            product, cls.warehouse.lot_stock_id, quantity
        )

    @classmethod
    def make_order(cls, *lines, confirm=True, **values):
        """Return an order of (product, quantity) lines, by default two mugs and a lid."""
        lines = lines or ((cls.mug, 2), (cls.lid, 1))
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "warehouse_id": cls.warehouse.id,
                "order_line": [
                    fields.Command.create({"product_id": product.id, "product_uom_qty": quantity})
                    for product, quantity in lines
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def deliver(cls, order):
        order.picking_ids.filtered(lambda p: p.state != "done")._xb_validate()

    def track(self, *rows, dry_run=False):
        """Enter (order or reference, number, carrier) rows; return the verdicts."""
        keys = ("order", "number", "carrier")
        values = [
            {key: getattr(cell, "name", cell) for key, cell in zip(keys, row, strict=False)}
            for row in rows
        ]
        return self.Parcel.set_tracking(values, dry_run=dry_run)

    def assertVerdicts(self, verdicts, states, codes=None):
        self.assertEqual([v["state"] for v in verdicts], states, verdicts)
        self.assertEqual([v["row"] for v in verdicts], list(range(len(states))))
        if codes is not None:
            self.assertEqual([[p["code"] for p in v["problems"]] for v in verdicts], codes)


class LogisticsCase(LogisticsMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_logistics()
