import copy

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import SQL

BUSINESS_TABLES = (
    "sale_order", "sale_order_line", "res_partner", "product_product", "stock_picking",
    "stock_move", "stock_move_line", "xb_order_intake", "xb_shop_buyer", "xb_parcel",
    "product_pricelist", "crm_tag", "mail_message", "mail_activity",
)


class OrdersCommon(TransactionCase):
    """A shop in the company's currency, two products in stock, and an order value to vary."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls._registry_patched:  # a class of another base has done it
            # claims are decided in cursors of their own: let them see the test's stock
            cls.registry_enter_test_mode_cls()
        cls.company = cls.env.company
        cls.env.user.group_ids += cls.env.ref("xb_base.group_manager")
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1)
        cls.shop = cls.env["xb.shop"].create({
            "name": "Test shop", "currency_id": cls.company.currency_id.id, "tz": "UTC",
            "warehouse_id": cls.warehouse.id,
        })
        cls.mug, cls.lid = cls.env["product.product"].create([
            {"name": "Blue mug", "default_code": "T-MUG", "type": "consu", "is_storable": True},
            {"name": "Lid", "default_code": "T-LID", "type": "consu", "is_storable": True},
        ])
        for product in cls.mug + cls.lid:
            cls.env["stock.quant"]._update_available_quantity(
                product, cls.warehouse.lot_stock_id, 1000)

    # === VALUES === #

    @classmethod
    def order_value(cls, ref="1001", **changes):
        """A valid order value; ``changes`` replace its top-level keys (None removes one)."""
        value = {
            "ref": ref,
            "placed_at": "2026-05-04T06:15:22+02:00",
            "status": "paid",
            "currency": cls.company.currency_id.name,
            "buyer": {"id": "B-1", "name": "Anna Kern", "email": "anna@buyer.example"},
            "ship_to": {"name": "Anna Kern", "street": "Lindenweg 3", "city": "Berlin",
                        "zip": "10115", "country": "DE"},
            "lines": [
                {"ref": "L1", "sku": "T-MUG", "title": "Mug, blue", "qty": "2",
                 "unit_price": "12.50"},
                {"ref": "L2", "sku": "T-LID", "qty": "1", "unit_price": "4.00"},
            ],
            "shipping": {"service": "Standard", "price": "4.90"},
            "total": "33.90",
        }
        value.update(changes)
        return copy.deepcopy({key: item for key, item in value.items() if item is not None})

    def import_one(self, value, **kwargs):
        """Import one value and return its verdict."""
        [verdict] = self.shop.import_orders([value], **kwargs)
        return verdict

    def imported(self, value=None):
        """Import a value that must be created and return the sales order."""
        verdict = self.import_one(value or self.order_value())
        self.assertEqual(verdict["state"], "created", verdict)
        return self.env["sale.order"].browse(verdict["order_id"])

    # === CHECKS === #

    def map(self, sku, *parts, **vals):
        """Create a listing of the shop.

        :param parts: ``(product, quantity)``
        """
        return self.env["xb.listing"].create({
            "shop_id": self.shop.id, "sku": sku, **vals,
            "line_ids": [(0, 0, {"product_id": product.id, "quantity": qty})
                         for product, qty in parts]})

    def row_counts(self):
        """Rows per business table, as the database has them now."""
        self.env.flush_all()
        counts = {}
        for table in BUSINESS_TABLES:
            [[counts[table]]] = self.env.execute_query(
                SQL("SELECT count(*) FROM %s", SQL.identifier(table)))
        return counts

    def codes(self, verdict):
        return [problem["code"] for problem in verdict["problems"]]

    def intake(self, ref):
        return self.env["xb.order.intake"].search(
            [("shop_id", "=", self.shop.id), ("ref", "=", ref)])

    def assertState(self, verdict, state, *codes):
        self.assertEqual((verdict["state"], self.codes(verdict)), (state, list(codes)), verdict)

    def deliver(self, order):
        """Deliver all goods of an order."""
        pickings = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in pickings.move_ids:
            move.quantity = move.product_uom_qty
        pickings.move_ids.picked = True
        pickings.button_validate()
        self.assertEqual(order.delivery_status, "full")

    @classmethod
    def make_tax(cls, percent, included=False, **vals):
        return cls.env["account.tax"].create({
            "name": f"Test {percent} {'incl' if included else 'excl'}",
            "amount": percent, "amount_type": "percent", "type_tax_use": "sale",
            "price_include_override": "tax_included" if included else "tax_excluded",
            "company_id": cls.company.id, **vals,
        })

    @classmethod
    def user(cls, login, groups):
        return new_test_user(cls.env, login=login, groups=groups, company_id=cls.company.id,
                             company_ids=[Command.set(cls.company.ids)])
