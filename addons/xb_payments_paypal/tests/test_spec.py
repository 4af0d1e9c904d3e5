"""Requests against PayPal's own schemas."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from jsonschema import Draft7Validator

from odoo.tests import BaseCase

from odoo.addons.xb_base.exceptions import VendorRejected
from odoo.addons.xb_payments.adapters.base import Checkout

from .. import const
from ..client import normalize

SCHEMAS = json.loads((Path(__file__).parent / "fixtures" / "schemas.json").read_text())

PARCEL = {
    "payment_reference": "8MC585209K746392H",
    "number": "YT2600000000000001",
    "carrier": "yunexpress",
    "carrier_name": "YunExpress",
    "shipped": "2026-05-01",
    "codes": {"paypal_v1": "HK_FOUR_PX_EXPRESS", "paypal_v2": "FOUR_PX_EXPRESS"},
}


def errors(file, root, value):
    """Return what a schema of PayPal's has against a value."""
    schema = {"$ref": f"#/$defs/{root}", "$defs": SCHEMAS[file]["$defs"]}
    found = Draft7Validator(schema).iter_errors(value)
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in found]


def enum(file, root):
    """Return the carriers an API knows."""
    return set(SCHEMAS[file]["$defs"][root]["enum"])


class TestSpec(BaseCase):
    def checkout(self, **values):
        buyer = {
            "name": "Anna Kern",
            "email": "anna@example.com",
            "phone": "",
            "state": "",
            "street": "Lange Straße 1",
            "city": "Berlin",
            "postcode": "10115",
            "country": "DE",
        }
        return Checkout(
            **{
                "attempt": "S00001-7",
                "amount": Decimal("10.00"),
                "currency": "USD",
                "title": "S00001",
                "return_url": "https://erp.example/r",
                "cancel_url": "https://erp.example/r",
                "notify_url": "https://erp.example/xb/in/t",
                "buyer": buyer,
                "buyer_ip": "203.0.113.7",
                "language": "zh_CN",
                "brand": "XB",
                "expires": datetime(2026, 1, 3, tzinfo=UTC),
                **values,
            }
        )

    def check(self, file, root, value):
        self.assertEqual(errors(file, root, value), [])

    def test_order(self):
        nobody = dict.fromkeys(self.checkout().buyer, "")
        for values in (
            {},
            {"authorize": True},
            {"buyer": nobody},
            {"currency": "JPY", "amount": Decimal(1500)},
        ):
            payload = normalize.order_payload(self.checkout(**values))
            self.check("checkout_orders_v2", "order_request", payload)

    def test_the_checker_notices(self):
        payload = normalize.order_payload(self.checkout())
        payload["intent"] = "STEAL"
        self.assertTrue(errors("checkout_orders_v2", "order_request", payload))
        del payload["purchase_units"]
        self.assertTrue(errors("checkout_orders_v2", "order_request", payload))

    def test_whole_currencies_have_no_decimals(self):
        self.assertEqual(normalize.money(Decimal(1500), "JPY")["value"], "1500")
        with self.assertRaises(VendorRejected):
            normalize.money(Decimal("1500.50"), "JPY")

    def test_refund_and_capture(self):
        amount = normalize.money(Decimal("10.00"), "USD")
        refund = {"amount": amount, "custom_id": "R-S1-8", "invoice_id": "R-S1-8"}
        self.check("payments_payment_v2", "refund_request", refund)
        capture = {"amount": amount, "invoice_id": "P-S1-9", "final_capture": True}
        self.check("payments_payment_v2", "capture_request", capture)

    def test_trackers(self):
        payload = {"trackers": [normalize.tracker_payload(PARCEL)]}
        self.check("shipping_shipment_tracking_v1", "tracker_collection", payload)
        self.assertEqual(payload["trackers"][0]["carrier"], "HK_FOUR_PX_EXPRESS")

    def test_each_api_has_its_own_carriers(self):
        """The code of the one API is not a code of the other one."""
        ours = normalize.order_tracking_payload(PARCEL)
        self.assertEqual(ours["carrier"], "FOUR_PX_EXPRESS")
        self.assertIn(ours["carrier"], enum("checkout_orders_v2", "shipment_carrier"))
        self.assertNotIn(ours["carrier"], enum("shipping_shipment_tracking_v1", "carrier"))

    def test_order_tracking(self):
        """The file of 2024 mixes the trackers' own fields in; without them, it agrees."""
        payload = normalize.order_tracking_payload(PARCEL)
        found = errors("checkout_orders_v2", "order_tracker_request", payload)
        self.assertEqual([e for e in found if "is a required property" not in e], [])

    def test_unknown_carriers_go_by_name(self):
        value = {**PARCEL, "codes": {}}
        for payload in (normalize.order_tracking_payload(value), normalize.tracker_payload(value)):
            self.assertEqual(payload["carrier"], "OTHER")
            self.assertEqual(payload["carrier_name_other"], "YunExpress")

    def test_evidence(self):
        parcels = [
            {"number": "YT26", "carrier": "yunexpress", "carrier_name": "YunExpress"},
            {"number": "1Z", "carrier": "ups", "carrier_name": "UPS"},
        ]
        for value in ({"note": "Sent.", "parcels": parcels}, {"note": "Sent.", "parcels": []}):
            (evidence,) = normalize.evidence_payload(value)["evidences"]
            self.check("customer_disputes_v1", "evidence", evidence)
        known = SCHEMAS["customer_disputes_v1"]["$defs"]["tracking_info"]["properties"]
        self.assertLessEqual(const.DISPUTE_CARRIERS, set(known["carrier_name"]["enum"]))
