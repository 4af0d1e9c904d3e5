"""Requests against the field tables of PingPong's documentation."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from odoo.tests import BaseCase

from odoo.addons.xb_payments.adapters.base import Checkout

from .. import const
from ..client import normalize

FIELDS = json.loads((Path(__file__).parent / "fixtures" / "fields.json").read_text())


def problems(content, table, path=""):
    """Yield what a ``bizContent`` has wrong against a field table."""
    known = {row["name"]: row for row in table}
    for name in sorted(set(content) - set(known)):
        yield f"{path}{name} is unknown"
    for name, row in known.items():
        value = content.get(name)
        if row["req"] == "M" and value in (None, "", [], {}):
            yield f"{path}{name} is mandatory"
        limit = re.search(r"\((\d+)\)", row["type"])
        if limit and isinstance(value, str) and len(value) > int(limit[1]):
            yield f"{path}{name} is longer than {limit[1]}"
        if row["type"].lower().startswith("string") and value is not None:
            if not isinstance(value, str):
                yield f"{path}{name} is no string"
        if row["type"] == "int" and value is not None and not isinstance(value, int):
            yield f"{path}{name} is no int"
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and row.get("children"):
                yield from problems(part, row["children"], f"{path}{name}.")


class TestSpec(BaseCase):
    def check(self, content, *tables):
        rows = [row for name in tables for row in FIELDS[name]]
        self.assertEqual(list(problems(content, rows)), [])

    def checkout(self, **values):
        return Checkout(
            **{
                "attempt": "S00001-7",
                "amount": Decimal("10.00"),
                "currency": "USD",
                "title": "S00001",
                "return_url": "https://erp.example/xb_payments/return/7/x",
                "cancel_url": "https://erp.example/xb_payments/return/7/x",
                "notify_url": "https://erp.example/xb/in/token",
                "buyer": dict.fromkeys(
                    ("name", "email", "phone", "street", "city", "postcode", "state"), ""
                )
                | {"country": "DE", "name": "Anna Kern"},
                "buyer_ip": "203.0.113.7",
                "expires": datetime(2026, 1, 3, tzinfo=UTC),
                "lines": [{"name": "Mug", "sku": "M", "quantity": "2", "price": "5.00"}],
                **values,
            }
        )

    def test_pre_pay(self):
        for values in ({}, {"authorize": True}, {"currency": "JPY", "amount": Decimal(1500)}):
            lines = [{"name": "Mug", "sku": "M", "quantity": "2", "price": "5"}]
            payload = normalize.checkout_payload(self.checkout(lines=lines, **values))
            self.check(payload, "prePay.bizContent.request", "prePay.bizContent.risk")
            self.assertNotIn("?", payload["notificationUrl"])

    def test_the_checker_notices(self):
        payload = normalize.checkout_payload(self.checkout())
        for name in ("amount", "shopperIP", "goods", "billingAddress"):
            broken = {key: value for key, value in payload.items() if key != name}
            tables = ("prePay.bizContent.request", "prePay.bizContent.risk")
            rows = [row for table in tables for row in FIELDS[table]]
            self.assertTrue(list(problems(broken, rows)), name)

    def test_tracking(self):
        value = {
            "attempt": "S1-7",
            "number": "YT26",
            "carrier": "yunexpress",
            "carrier_name": "YunExpress",
            "tracking_url": "https://t.example/" + "x" * 90,
        }
        payload = normalize.tracking_payload(value)
        self.check(payload, "logistics.upload.bizContent.request")
        self.assertEqual(payload["logisticsCompanyUrl"], "https://t.example")

    def test_decimals_of_all_currencies(self):
        table = FIELDS["currency_decimals"]
        self.assertEqual(len(table), 165)
        self.assertEqual(
            {name: const.DECIMALS.get(name, 2) for name in table},
            {name: int(places) for name, places in table.items()},
        )

    def test_codes_are_known(self):
        known = set(FIELDS["result_codes"])
        ours = const.OK_CODES | const.REAUTH_CODES | {const.DUPLICATE, const.UNKNOWN}
        self.assertEqual(ours - known, set())
