from datetime import datetime, timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import YT, LogisticsCase


@tagged("post_install", "-at_install")
class TestParcel(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order()
        cls.parcel = cls.make_parcel(number=YT % 1)

    @classmethod
    def make_parcel(cls, **values):
        return cls.Parcel.create(
            {
                "carrier_id": cls.swift.id,
                "item_ids": [
                    fields.Command.create({"sale_line_id": line.id, "quantity": 1})
                    for line in cls.order.order_line
                ],
                **values,
            }
        )

    def test_no_carrier_no_tracking_page(self):
        parcel = self.Parcel.create({"number": YT % 71})
        self.assertIs(parcel.tracking_url, False)

    def test_new_parcel(self):
        self.assertTrue(self.parcel.name.startswith("PCL/"))
        self.assertEqual(len(self.parcel.key), 33)
        self.assertEqual(self.parcel.order_ids, self.order)
        self.assertEqual(self.order.xb_parcel_count, 1)
        self.assertEqual(self.parcel.item_ids.mapped("product_id"), self.mug | self.lid)
        self.assertNotEqual(self.parcel.key, self.make_parcel().key)

    def test_copy_is_another_parcel(self):
        copy = self.parcel.copy()
        self.assertFalse(copy.number)
        self.assertNotEqual(copy.key, self.parcel.key)
        self.assertNotEqual(copy.name, self.parcel.name)
        self.assertEqual(copy.order_ids, self.order)

    def test_number_has_one_spelling(self):
        self.parcel.number = " yt26 7770 0000 0000 07 "
        self.assertEqual(self.parcel.number, "YT2677700000000007")
        self.parcel.number = "  "
        self.assertIs(self.parcel.number, False)
        with self.assertRaisesRegex(ValidationError, "one number per"):
            self.parcel.number = "A1234;B1234"

    def test_number_is_unique_per_carrier_and_company(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.make_parcel(number=YT % 1)
        self.make_parcel(number=YT % 1, carrier_id=self.slow.id)
        self.make_parcel(number=YT % 1, direction="return")
        self.parcel.active = False
        self.make_parcel(number=YT % 1)

    def test_number_without_carrier_is_unique_too(self):
        self.make_parcel(number=YT % 2, carrier_id=False)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.make_parcel(number=YT % 2, carrier_id=False)

    def test_tracking_url(self):
        self.parcel.number = "AB/1-2"
        self.assertEqual(
            self.parcel.tracking_url, "https://swift.example/t?n=AB%2F1-2&c=DE&z=10%20115"
        )
        self.parcel.carrier_id = self.slow
        self.assertFalse(self.parcel.tracking_url)

    def test_carrier_checks(self):
        with self.assertRaises(ValidationError):
            self.slow.code = "Slow Boat"
        with self.assertRaises(ValidationError):
            self.slow.tracking_url = "https://slow.example/"
        with self.assertRaises(ValidationError):
            self.slow.tracking_url = "javascript:alert({number})"

    def test_seeded_carriers(self):
        seeded = self.env["xb.carrier"].search([("code", "in", ("yunexpress", "ups", "dhl_paket"))])
        self.assertEqual(len(seeded), 3)
        book = self.env["xb.carrier"]._get_book()
        self.assertEqual(len(book.find("云途物流")), 1)

    # === STATUS === #

    def test_status_moves_through_one_door(self):
        at = datetime(2026, 1, 1, 12)
        moved = self.parcel._set_status("in_transit", at)
        self.assertEqual(moved, self.parcel)
        self.assertEqual(self.parcel.first_movement_at, at)
        self.assertEqual(self.parcel.shipped_at, at)
        # A plain write goes the same way, with its time line.
        self.parcel.write({"status": "delivered", "weight": 2})
        self.assertEqual(self.parcel.status, "delivered")
        self.assertTrue(self.parcel.delivered_at)
        self.assertEqual(self.parcel.weight, 2)

    def test_late_event(self):
        at = datetime(2026, 1, 1, 12)
        self.parcel._set_status("delivered", at)
        self.assertFalse(self.parcel._set_status("in_transit", at - timedelta(hours=1)))
        self.assertEqual(self.parcel.status, "delivered")
        self.assertEqual(self.parcel._set_status("returned", at + timedelta(days=1)), self.parcel)
        self.assertEqual(self.parcel.delivered_at, at)

    def test_context_key_does_not_open_the_door(self):
        at = datetime(2030, 1, 1, 12)
        self.parcel._set_status("delivered", at)
        self.parcel.with_context(xb_status_door=True).write({"status": "pending"})
        self.assertEqual(self.parcel.status, "delivered")

    def test_unknown_status(self):
        with self.assertRaises(ValueError):
            self.parcel._set_status("lost")

    # === CONTENT === #

    def test_quantity_to_pack(self):
        lines = self.order.order_line
        self.assertEqual(list(lines._xb_get_qty_to_pack().values()), [1, 0])
        self.parcel.active = False
        self.assertEqual(list(lines._xb_get_qty_to_pack().values()), [2, 1])

    def test_closed_order_packs_what_was_delivered(self):
        order = self.make_order((self.mug, 5))
        order.picking_ids.move_ids.quantity = 3
        order.picking_ids.with_context(
            skip_backorder=True, skip_sms=True, picking_ids_not_to_backorder=order.picking_ids.ids
        ).button_validate()
        self.assertEqual(list(order.order_line._xb_get_qty_to_pack().values()), [3])

    def test_line_once_per_parcel(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.parcel.item_ids = [
                    fields.Command.create({"sale_line_id": self.order.order_line[0].id})
                ]
