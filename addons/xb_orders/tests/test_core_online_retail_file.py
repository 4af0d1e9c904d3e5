"""The real file: 5,000 invoice lines of a shop, with everything a shop does to such a list."""

import csv
import io
import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import openpyxl

from odoo.tests import BaseCase, tagged

from ..core.order_value import check_total, digest, validate
from ..core.reader import read

NAME = Path("data", "online_retail", "online_retail_2010-12_part1.csv")


def shared_file():
    """Return the path of the real file, beside the repository or where XB_SHARED says."""
    beside = Path(__file__).resolve().parents[3].parent / "shared"
    return Path(os.environ.get("XB_SHARED") or beside) / NAME


@tagged("standard", "at_install", "xb_core")
class TestRealFile(BaseCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = shared_file()
        cls.data = cls.file.read_bytes() if cls.file.is_file() else b""
        cls.reading = read(cls.data, cls.file.name, {"tz": "Europe/London"})
        cls.by_ref = {document.ref: document for document in cls.reading.documents}

    def setUp(self):
        super().setUp()
        if not self.data:
            self.skipTest(f"{NAME.name} is not here; see XB_SHARED")

    def source_rows(self):
        return list(csv.DictReader(io.StringIO(self.data.decode("utf-8-sig")), delimiter=";"))

    def test_every_document_once(self):
        refs = list(dict.fromkeys(row["InvoiceNo"] for row in self.source_rows()))
        self.assertEqual([document.ref for document in self.reading.documents], refs)
        self.assertEqual(len(refs), 300)
        rows = [row for document in self.reading.documents for row in document.rows]
        self.assertEqual(sorted(rows), list(range(2, 5002)))

    def test_not_a_cent_is_lost(self):
        expected = sum(Decimal(row["UnitPrice"].replace(",", ".")) * Decimal(row["Quantity"])
                       for row in self.source_rows())
        sums = self.reading.sums()
        self.assertEqual(list(sums), ["GBP"])
        self.assertEqual(sum(sums["GBP"].values()), expected)
        self.assertEqual(sums["GBP"], {
            "order": Decimal("104040.57"), "cancellation": Decimal("-1838.83"),
            "adjustment": Decimal("-12.50")})

    def test_verdicts(self):
        self.assertEqual(self.reading.counts(),
                         {"order": 258, "cancellation": 28, "adjustment": 14})
        self.assertEqual(self.reading.problem_counts(), {
            "sale_not_in_file": 24, "all_prices_zero": 10, "no_goods": 2, "negative_quantity": 2,
            "adjustment_line": 2})
        self.assertEqual([ref for ref, document in self.by_ref.items()
                          if document.kind == "order" and document.is_blocked], ["536569"])
        self.assertEqual({ref: document.cancels for ref, document in self.by_ref.items()
                          if document.cancels},
                         {"C536506": "536488", "C536737": "536537", "C536758": "536395",
                          "C536826": "536397"})

    def test_orders_are_valid(self):
        for document in self.reading.documents:
            if document.kind == "order":
                self.assertEqual(validate(document.value), [])
                self.assertIsNone(check_total(document.value, 2))
                self.assertEqual(Decimal(document.value["total"]), document.amount)

    def test_parts(self):
        self.assertEqual(self.by_ref["536370"].value["shipping"], {"price": "54"})
        self.assertEqual(self.by_ref["536540"].value["shipping"], {"price": "50"})
        self.assertEqual(self.by_ref["536544"].value["shipping"], {"price": "569.77"})
        self.assertNotIn("buyer", self.by_ref["536544"].value)
        countries = Counter(document.value["ship_to"]["country"]
                            for document in self.reading.documents)
        self.assertEqual(set(countries), {"GB", "FR", "DE", "IE", "NL", "NO", "AU"})
        cancelled = self.by_ref["C536826"]
        self.assertEqual([line["qty"] for line in cancelled.lines], ["2", "3"])

    def test_settings(self):
        found = {setting.key: (setting.value, setting.how) for setting in self.reading.settings}
        self.assertEqual(found["encoding"], ("utf-8-sig", "measured"))
        self.assertEqual(found["delimiter"], (";", "measured"))
        self.assertEqual(found["layout"], ("online_retail", "measured"))
        self.assertEqual(found["decimal.unit_price"], (",", "measured"))
        self.assertEqual(found["tz"], ("Europe/London", "given"))
        # 1 and 2 December or the twelfth of January and February: only a person knows.
        order = next(setting for setting in self.reading.settings
                     if setting.key == "date_order.placed_at")
        self.assertEqual((order.value, order.how, order.ambiguous), ("DMY", "hint", True))
        self.assertEqual([setting.key for setting in self.reading.settings
                          if setting.ambiguous], ["date_order.placed_at"])
        self.assertEqual(len(self.reading.preview), 20)

    def test_same_again(self):
        again = read(self.data, "other name", {"tz": "Europe/London"})
        self.assertEqual([digest(document.value) for document in again.documents],
                         [digest(document.value) for document in self.reading.documents])
        json.dumps([document.as_dict() for document in again.documents], allow_nan=False)

    def test_cut_anywhere(self):
        whole = {ref: digest(document.value) for ref, document in self.by_ref.items()}
        for size in (419_250, 419_240, 419_220, 419_200, 300_001, 50_000):
            with self.subTest(size=size):
                reading = read(self.data[:size], "", {"tz": "Europe/London"})
                self.assertTrue(reading.is_readable)
                for document in reading.documents[:-1]:
                    self.assertEqual(digest(document.value), whole[document.ref])

    def test_as_workbook(self):
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Online Retail")
        for row in csv.reader(io.StringIO(self.data.decode("utf-8-sig")), delimiter=";"):
            sheet.append(row)
        stream = io.BytesIO()
        book.save(stream)
        reading = read(stream.getvalue(), "", {"tz": "Europe/London"})
        self.assertEqual([digest(document.value) for document in reading.documents],
                         [digest(document.value) for document in self.reading.documents])
