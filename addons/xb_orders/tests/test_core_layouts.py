"""The generic order file and the Online Retail layout, on small synthetic files."""

import json
from datetime import datetime
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..core.layouts import LAYOUTS, Generic, OnlineRetail
from ..core.reader import read

NOW = datetime.fromisoformat("2026-06-01T00:00:00+00:00")
RETAIL = "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country"


def retail(*rows, **options):
    """Read invoice lines ``(invoice, code, qty, price, customer[, day[, country]])``."""
    lines = [RETAIL]
    for invoice, code, qty, price, customer, *rest in rows:
        day = rest[0] if rest else "13/12/2010 08:00"
        country = rest[1] if rest[1:] else "United Kingdom"
        lines.append(f"{invoice};{code};THING;{qty};{day};{price};{customer};{country}")
    return read(("\n".join(lines) + "\n").encode(), "", {"now": NOW, **options})


def generic(head, *rows, **options):
    text = "\n".join(";".join(row) for row in (head, *rows)) + "\n"
    return read(text.encode(), "", {"now": NOW, "currency": "EUR", **options})


def codes(document):
    return [problem.code for problem in document.problems]


@tagged("standard", "at_install", "xb_core")
class TestOnlineRetail(BaseCase):

    def one(self, *rows, **options):
        reading = retail(*rows, **options)
        self.assertEqual(len(reading.documents), 1, reading.problems)
        return reading.documents[0]

    def test_recognised(self):
        self.assertEqual(OnlineRetail().recognise(RETAIL.split(";")), 1.0)
        second = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
        self.assertEqual(OnlineRetail().recognise(second.split(",")), 1.0)
        self.assertLess(Generic().recognise(RETAIL.split(";")), 1.0)

    def test_sale(self):
        document = self.one(
            ("1", "85123A", "6", "2,55", "17850"), ("1", "85123A", "6", "2,55", "17850"),
            ("1", "POST", "2", "18", "17850"), ("1", "D", "-1", "5,5", "17850"),
            ("1", "22139", "1", "0", "17850"), tz="Europe/London")
        self.assertEqual((document.kind, codes(document)), ("order", ["zero_price"]))
        self.assertFalse(document.is_blocked)
        value = document.value
        self.assertEqual([line["ref"] for line in value["lines"]], ["1", "2", "5"])
        self.assertEqual(value["shipping"], {"price": "36"})
        self.assertEqual(value["discount"], "5.5")
        self.assertEqual(value["total"], "61.1")
        self.assertEqual(value["buyer"], {"id": "17850"})
        self.assertEqual(value["ship_to"], {"country": "GB"})
        self.assertEqual((value["status"], value["currency"]), ("paid", "GBP"))
        self.assertEqual(document.placed_at, "2010-12-13T08:00:00+00:00")
        self.assertEqual(document.rows, [2, 3, 4, 5, 6])
        self.assertEqual(document.amount, Decimal("61.1"))

    def test_anonymous(self):
        document = self.one(("1", "A", "1", "1", ""))
        self.assertEqual((document.kind, codes(document)), ("order", []))
        self.assertNotIn("buyer", document.value)

    def test_customer_from_pandas(self):
        self.assertEqual(self.one(("1", "A", "1", "1", "17850.0")).buyer_id, "17850")

    def test_countries(self):
        for name, code in (("EIRE", "IE"), ("Channel Islands", "JE"), ("RSA", "ZA")):
            document = self.one(("1", "A", "1", "1", "7", "13/12/2010", name))
            self.assertEqual(document.value["ship_to"], {"country": code})
        for name, problem in (("Unspecified", "country_unknown"), ("", "country_missing")):
            document = self.one(("1", "A", "1", "1", "7", "13/12/2010", name))
            self.assertEqual((document.kind, codes(document)), ("order", [problem]))
            self.assertTrue(document.is_blocked)

    def test_adjustments(self):
        cases = [
            ("no_goods", [("1", "BANK CHARGES", "1", "15", "7")]),
            ("no_goods", [("1", "POST", "1", "15", "7")]),
            ("no_goods", [("1", "gift_0001_20", "1", "20", "7")]),
            ("no_goods", [("A1", "B", "1", "-11062,06", "")]),
            ("no_goods", [("C1", "D", "-1", "27,5", "7")]),
            ("all_prices_zero", [("1", "22139", "56", "0", "")]),
            ("all_prices_zero", [("1", "22139", "56", "0", ""), ("1", "POST", "1", "3", "")]),
            ("negative_quantity", [("1", "21777", "-10", "0", "")]),
            ("negative_quantity", [("1", "X", "1", "5", "7"), ("1", "Y", "-1", "5", "7")]),
            ("cancellation_positive", [("C1", "X", "1", "5", "7"), ("C1", "Y", "-1", "5", "7")]),
        ]
        for code, rows in cases:
            with self.subTest(code=code, rows=rows):
                document = self.one(*rows)
                self.assertEqual((document.kind, codes(document)), ("adjustment", [code]))
                self.assertEqual(len(document.lines), len(rows))
                self.assertTrue(document.is_blocked)

    def test_fee_among_goods(self):
        document = self.one(("1", "X", "1", "5", "7"), ("1", "M", "1", "1,25", "7"))
        self.assertEqual((document.kind, codes(document)), ("order", ["adjustment_line"]))
        self.assertTrue(document.is_blocked)
        self.assertEqual(document.problems[0].line, "2")
        self.assertEqual(document.value["total"], "6.25")

    def test_rejected(self):
        cases = [
            ("number_unreadable", [("1", "X", "two", "5", "7")]),
            ("cell_empty", [("1", "X", "", "5", "7")]),
            ("cell_empty", [("1", "", "1", "5", "7")]),
            ("time_unreadable", [("1", "X", "1", "5", "7", "soon")]),
            ("cell_empty", [("1", "X", "1", "5", "7", "")]),
            ("number_shortened", [("1", "8.5E+11", "1", "5", "7")]),
            ("time_out_of_range", [("1", "X", "1", "5", "7", "13/12/2110")]),
        ]
        for code, rows in cases:
            with self.subTest(code=code, rows=rows):
                document = self.one(*rows)
                self.assertEqual((document.kind, codes(document)), ("rejected", [code]))
                json.dumps(document.as_dict())

    def test_rows_without_a_number(self):
        reading = retail(("1", "X", "1", "5", "7"), ("", "X", "1", "5", "7"),
                         ("", "Y", "1", "5", "7"), ("1", "Y", "1", "5", "7"),
                         ("", "Y", "1", "5", "7"))
        self.assertEqual([(document.ref, document.kind, document.rows)
                          for document in reading.documents],
                         [("1", "order", [2, 5]), ("row 3", "rejected", [3, 4]),
                          ("row 6", "rejected", [6])])

    def test_customers_differ(self):
        document = self.one(("1", "X", "1", "5", "7"), ("1", "Y", "1", "5", "8"))
        self.assertEqual(codes(document), ["rows_differ"])
        self.assertTrue(document.is_blocked)

    def test_cut_off(self):
        body = f"{RETAIL}\n1;X;T;1;13/12/2010;5;7;EIRE\n2;X;T;1;13/12/2010;5;7;EIRE\n"
        for tail, kind in (("2;X;T;1;13/12/2010;5;7", "order"), ("2;X;T;1;13/12", "rejected"),
                           ("2;X", "rejected"), ("2", "rejected")):
            with self.subTest(tail=tail):
                reading = read((body + tail).encode(), "", {"now": NOW})
                self.assertEqual([document.ref for document in reading.documents], ["1", "2"])
                last = reading.documents[-1]
                self.assertEqual(last.kind, kind)
                self.assertTrue(last.is_blocked)
                self.assertIn("row_too_short", codes(last))
                self.assertEqual(codes(reading.documents[0]), [])

    def test_formulas_are_text(self):
        for text in ("=cmd|' /C calc'!A0", "@SUM(1+1)", "+1", "-2+3"):
            document = self.one((text, text, "1", "5", text))
            self.assertEqual((document.ref, document.kind), (text, "order"))
            self.assertEqual(document.value["lines"][0]["sku"], text)


@tagged("standard", "at_install", "xb_core")
class TestCancellations(BaseCase):

    def cancelled(self, *rows):
        reading = retail(*rows)
        return {document.ref: document.cancels for document in reading.documents
                if document.kind == "cancellation"}

    def test_matching(self):
        sale = ("1", "X", "5", "2,5", "7", "13/12/2010 08:00")
        late = "13/12/2010 09:00"
        cases = [
            ("1", [sale, ("C9", "X", "-5", "2,5", "7", late)]),
            ("1", [sale, ("C9", "X", "-2", "2,50", "7", "13/12/2010 08:00")]),
            ("1", [("C9", "X", "-5", "2,5", "7", late), sale]),  # the file's order is no matter
            ("", [sale, ("C9", "X", "-6", "2,5", "7", late)]),
            ("", [sale, ("C9", "X", "-5", "2,4", "7", late)]),
            ("", [sale, ("C9", "X", "-5", "2,5", "8", late)]),
            ("", [sale, ("C9", "Y", "-5", "2,5", "7", late)]),
            ("", [sale, ("C9", "X", "-5", "2,5", "7", "13/12/2010 07:59")]),
            ("", [sale, ("C9", "X", "-1", "2,5", "7", late), ("C9", "Y", "-1", "1", "7", late)]),
            ("", [(*sale[:4], "", sale[5]), ("C9", "X", "-5", "2,5", "", late)]),
            ("", [sale, ("C9", "X", "-3", "2,5", "7", late), ("C9", "X", "-3", "2,5", "7", late)]),
            ("1", [(*sale[:2], "3", *sale[3:]), (*sale[:2], "3", *sale[3:]),
                   ("C9", "X", "-5", "2,5", "7", late)]),
        ]
        for expected, rows in cases:
            with self.subTest(rows=rows):
                self.assertEqual(self.cancelled(*rows), {"C9": expected})

    def test_nothing_is_cancelled_twice(self):
        rows = [("1", "X", "5", "2", "7", "13/12/2010 08:00"),
                *((f"C{number}", "X", "-2", "2", "7", "13/12/2010 09:00")
                  for number in (7, 8, 9))]
        self.assertEqual(self.cancelled(*rows), {"C7": "1", "C8": "1", "C9": ""})

    def test_most_recent_first(self):
        rows = [("2", "X", "1", "2", "7", "13/12/2010 08:30"),
                ("1", "X", "1", "2", "7", "13/12/2010 08:00"),
                ("3", "X", "1", "2", "7", "13/12/2010 10:00"),
                *((f"C{number}", "X", "-1", "2", "7", "13/12/2010 09:00")
                  for number in (7, 8, 9))]
        self.assertEqual(self.cancelled(*rows), {"C7": "2", "C8": "1", "C9": ""})
        first = next(item for item in retail(*rows).documents if item.ref == "C7")
        self.assertEqual(codes(first), ["several_sales_fit"])
        self.assertFalse(first.is_blocked)

    def test_lines(self):
        document = retail(("C9", "X", "-5", "2,5", "7"), ("C9", "POST", "-1", "3", "7")
                          ).documents[0]
        self.assertEqual(document.lines, [
            {"sku": "X", "title": "THING", "qty": "5", "unit_price": "2.5"}])
        self.assertEqual(codes(document), ["adjustment_line", "sale_not_in_file"])
        self.assertEqual(document.amount, Decimal("-15.5"))


@tagged("standard", "at_install", "xb_core")
class TestStyles(BaseCase):

    def setting(self, reading, key):
        return next(item for item in reading.settings if item.key == key)

    def test_mixed_decimal_signs(self):
        reading = retail(("1", "X", "1", "2,55", "7"), ("2", "X", "1", "3,55", "7"),
                         ("3", "X", "1", "4.55", "7"), ("4", "X", "1", "1,234", "7"))
        setting = self.setting(reading, "decimal.unit_price")
        self.assertEqual((setting.value, setting.ambiguous), (",", True))
        self.assertEqual([codes(document) for document in reading.documents],
                         [[], [], ["number_style_differs"], ["number_style_unclear"]])
        problem = reading.documents[2].problems[0]
        self.assertEqual((problem.row, problem.column), (4, "UnitPrice"))
        for part in ("Row 4", "UnitPrice", "4.55"):
            self.assertIn(part, problem.message)
        reading = retail(("3", "X", "1", "4.55", "7"), ("4", "X", "1", "1,234", "7"),
                         decimal={"unit_price": "."})
        self.assertEqual(reading.sums(), {"GBP": {"order": Decimal("1238.55")}})

    def test_ambiguous_number_asks(self):
        reading = generic(("Order", "SKU", "Qty", "Price", "Date"),
                          ("1", "X", "1", "1.234", "2026-05-13"))
        setting = self.setting(reading, "decimal.unit_price")
        self.assertEqual((setting.value, setting.how, setting.ambiguous), (",", "hint", True))
        self.assertEqual(setting.choices, {".": "1.234 = 1.234", ",": "1.234 = 1234"})
        self.assertTrue(reading.is_ambiguous)
        reading = generic(("Order", "SKU", "Qty", "Price", "Date", "Total"),
                          ("1", "X", "1", "1.234", "2026-05-13", "1.234,00"))
        self.assertFalse(reading.is_ambiguous)
        self.assertEqual(codes(reading.documents[0]), [])

    def test_dates(self):
        days = {"1/12/2010": "2010-12-01", "13/12/2010": "2010-12-13"}
        reading = retail(*((str(i), "X", "1", "1", "7", day) for i, day in enumerate(days)))
        self.assertEqual([document.placed_at[:10] for document in reading.documents],
                         list(days.values()))
        self.assertEqual(self.setting(reading, "date_order.placed_at").how, "measured")
        reading = retail(("1", "X", "1", "1", "7", "1/12/2010"), date_order="MDY")
        self.assertEqual(reading.documents[0].placed_at[:10], "2010-01-12")
        reading = retail(("1", "X", "1", "1", "7", "1/12/2010"))
        setting = self.setting(reading, "date_order.placed_at")
        self.assertEqual((setting.value, setting.how, setting.ambiguous), ("DMY", "hint", True))
        self.assertEqual(setting.choices["MDY"], "2010-01-12 … 2010-01-12")

    def test_mixed_dates(self):
        days = ("13/12/2010", "14/12/2010", "12/15/2010", "1/2/2010")
        reading = retail(*((str(i), "X", "1", "1", "7", day) for i, day in enumerate(days)))
        self.assertEqual([codes(document) for document in reading.documents],
                         [[], [], ["date_order_differs"], ["date_order_unclear"]])

    def test_zone(self):
        day = "13/07/2010 08:00"
        for zone, offset in (("Europe/London", "+01:00"), ("Asia/Shanghai", "+08:00")):
            document = retail(("1", "X", "1", "1", "7", day), tz=zone).documents[0]
            self.assertEqual(document.placed_at, f"2010-07-13T08:00:00{offset}")
        reading = retail(("1", "X", "1", "1", "7", "31/10/2010 01:30"), tz="Europe/London")
        self.assertEqual([problem.code for problem in reading.problems], ["clock_change"])
        self.assertEqual(self.setting(retail(("1", "X", "1", "1", "7")), "tz").how, "default")


@tagged("standard", "at_install", "xb_core")
class TestGeneric(BaseCase):

    HEAD = ("Order Number", "Order Date", "SKU", "Title", "Qty", "Unit Price", "Currency",
            "Recipient", "Street", "City", "Zip", "Country", "Phone", "Email", "Shipping",
            "Discount", "Total", "Status", "Note", "Colour")
    FULL = ("A-1", "2026-05-13 10:00", "00123", "Mug", "2", "20,00", "eur", "Ann Lee", "Main 1",
            "Bonn", "'01234", "Germany", "+49 30 1", "a@b.de", "4,99", "-1,00", "", "Paid",
            "ring twice", "red")
    MORE = ("A-1", "", "COA", "Coaster", "1", "15,50", "", "", "", "", "", "", "", "", "", "",
            "59,49", "", "", "")

    def test_full(self):
        reading = generic(self.HEAD, self.FULL, self.MORE, tz="Europe/Berlin")
        document, = reading.documents
        self.assertEqual((document.kind, codes(document)), ("order", ["discount_sign"]))
        self.assertEqual(document.value, {
            "ref": "A-1", "placed_at": "2026-05-13T10:00:00+02:00", "status": "paid",
            "platform_status": "Paid", "currency": "EUR", "prices_include_tax": False,
            "buyer": {"email": "a@b.de"},
            "ship_to": {"name": "Ann Lee", "street": "Main 1", "city": "Bonn", "zip": "01234",
                        "country": "DE", "phone": "+49 30 1"},
            "shipping": {"price": "4.99"}, "discount": "1", "total": "59.49",
            "note": "ring twice",
            "lines": [
                {"ref": "1", "sku": "00123", "title": "Mug", "qty": "2", "unit_price": "20"},
                {"ref": "2", "sku": "COA", "title": "Coaster", "qty": "1", "unit_price": "15.5"}],
            "raw": {"rows": [{"row": 2, "cells": {"Colour": "red"}}]},
        })

    def test_chinese(self):
        reading = generic(("订单号", "下单时间", "商品编码", "数量", "单价", "币种", "收件人",
                           "国家", "运费", "订单状态"),
                          ("A-1", "2026年5月4日 10:00", "X", "2", "20.5", "CNY", "张三",
                           "德国", "5", "已付款"), tz="Asia/Shanghai")
        document, = reading.documents
        self.assertEqual((document.kind, codes(document)), ("order", []))
        self.assertEqual(document.value["ship_to"], {"name": "张三", "country": "DE"})
        self.assertEqual(document.value["status"], "paid")
        self.assertEqual(document.placed_at, "2026-05-04T10:00:00+08:00")

    def changed(self, **changes):
        row = dict(zip(self.HEAD, self.FULL, strict=True)) | {"Discount": ""} | changes
        return generic(self.HEAD, tuple(row.values()))

    def test_problems(self):
        cases = [
            ("order", "total_mismatch", {"Total": "99,00"}),
            ("order", "country_unknown", {"Country": "Atlantis"}),
            ("order", "country_missing", {"Country": ""}),
            ("order", "status_unknown", {"Status": "whatever"}),
            ("order", "currencies_differ", {"Shipping": "5,00 USD"}),
            ("rejected", "currency_malformed", {"Currency": "Euros"}),
            ("rejected", "number_unreadable", {"Unit Price": "cheap"}),
            ("rejected", "missing", {"Unit Price": ""}),
            ("rejected", "missing", {"Order Date": ""}),
            ("rejected", "qty_not_positive", {"Qty": "-2"}),
            ("rejected", "ref_missing", {"Order Number": ""}),
        ]
        for kind, code, changes in cases:
            with self.subTest(changes=changes):
                document, = self.changed(**changes).documents
                self.assertEqual((document.kind, codes(document)), (kind, [code]))
                self.assertTrue(document.is_blocked)

    def test_rows_differ(self):
        other = dict(zip(self.HEAD, self.MORE, strict=True)) | {"Shipping": "3,00", "Note": "x"}
        document, = generic(self.HEAD, self.FULL, tuple(other.values())).documents
        self.assertIn("rows_differ", codes(document))
        message = next(p.message for p in document.problems if p.code == "rows_differ")
        for part in ("A-1", "shipping", "4.99", "3", "row 2", "row 3"):
            self.assertIn(part, message)

    def test_mapping(self):
        head = ("Vorgang", "Datum", "Artikel", "Menge", "Preis")
        row = ("A-1", "13.5.2026", "X", "2", "1,50")
        self.assertFalse(generic(head, row).is_readable)
        reading = generic(head, row, mapping={
            "ref": "Vorgang", "placed_at": "Datum", "sku": "Artikel", "qty": "Menge",
            "unit_price": "Preis"})
        document, = reading.documents
        self.assertEqual((document.kind, codes(document)), ("order", []))
        self.assertEqual(reading.mapping["sku"], "Artikel")

    def test_no_currency(self):
        reading = generic(("Order", "SKU", "Qty", "Price", "Date"),
                          ("1", "X", "1", "1", "2026-05-13"), currency="")
        self.assertTrue(reading.is_ambiguous)
        self.assertEqual(reading.documents[0].kind, "rejected")

    def test_order_of_the_file(self):
        rows = [(ref, "X", "1", "1", "2026-05-13") for ref in ("B", "A", "B", "C", "A")]
        reading = generic(("Order", "SKU", "Qty", "Price", "Date"), *rows)
        self.assertEqual([(document.ref, document.rows) for document in reading.documents],
                         [("B", [2, 4]), ("A", [3, 6]), ("C", [5])])

    def test_plain_for_rpc(self):
        reading = self.changed(Country="Atlantis")
        plain = [reading.as_dict(), *(document.as_dict() for document in reading.documents)]
        self.assertNotIn("null", json.dumps(plain))
        self.assertEqual(plain[0]["preview"][0]["cells"][5],
                         {"text": "20,00", "value": "20", "problem": False})

    def test_translated(self):
        document, = self.changed(**{"Unit Price": "cheap"}).documents
        upper = document.as_dict(lambda source, **values: (source % values).upper())
        self.assertEqual(upper["problems"][0]["message"], document.problems[0].message.upper())

    def test_headings_are_unique(self):
        for layout in LAYOUTS:
            seen = {}
            for name, field in layout.fields.items():
                for heading in field.headings:
                    self.assertNotIn(heading, seen, f"{layout.code}: {name}")
                    seen[heading] = name
