"""Numbers, dates, identifiers and countries as people write them."""



import json
import unittest
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..core import dates, decimals
from ..core.countries import country_code
from ..core.grid import plain_number
from ..core.reader import read
from ..core.text import heading, identifier, is_shortened, safe_cell

try:
    from hypothesis import given, settings, strategies
except ImportError:  # comes with what the tests need on top, not with the product
    given = None


@tagged("standard", "at_install", "xb_core")
class TestDecimals(BaseCase):

    def test_one_text(self):
        cases = [  # text, with a decimal point, with a decimal comma, currency
            ("17", "17", "17", ""), ("-3", "-3", "-3", ""), ("+3", "3", "3", ""),
            ("2,55", None, "2.55", ""), ("2.55", "2.55", None, ""),
            ("1,234", "1234", "1.234", ""), ("1.234", "1.234", "1234", ""),
            ("0,123", None, "0.123", ""), ("1234,567", None, "1234.567", ""),
            ("1.234,56", None, "1234.56", ""), ("1,234.56", "1234.56", None, ""),
            ("1.234.567", None, "1234567", ""), ("1,234,567", "1234567", None, ""),
            ("1 234,56", None, "1234.56", ""), ("1\u202f234,56", None, "1234.56", ""),
            ("1'234.5", "1234.5", None, ""), ("1’234.50", "1234.50", None, ""),
            ("12,34,567.00", "1234567.00", None, ""), ("１２．５", "12.5", None, ""),
            ("(12.00)", "-12.00", None, ""), ("12.00-", "-12.00", None, ""),
            ("\u221212", "-12", "-12", ""), (".5", "0.5", None, ""),
            ("$1,234.56", "1234.56", None, ""), ("9,99 EUR", None, "9.99", "EUR"),
            ("€ 9,99", None, "9.99", "EUR"), ("IDR 75.000", "75.000", "75000", "IDR"),
            ("AU $5.00", "5.00", None, "AUD"), ("-£5.00", "-5.00", None, "GBP"),
        ]
        for text, point, comma, currency in cases:
            with self.subTest(text=text):
                reading = decimals.interpret(text)
                expected = {".": point, ",": comma}
                self.assertEqual(
                    dict(reading.values),
                    {sign: Decimal(value) for sign, value in expected.items() if value})
                self.assertEqual(reading.currency, currency)

    def test_no_number(self):
        for text in ("abc", "1E+05", "1,2,3", "--5", "5%", "1 2", "x3", "€", "5)", "(5", "1-2",
                     "#N/A", "12:30", "1/2", "9" * 60, "=1+1"):
            with self.subTest(text=text):
                self.assertFalse(decimals.interpret(text).values)

    def test_empty(self):
        for text in ("", " ", "-", "--", "—"):
            self.assertIsNone(decimals.interpret(text))

    def test_decision(self):
        cases = [  # cells, other column, delimiter's hint, sign, how, ambiguous, mixed
            (["2,55", "1,234"], [], "", ",", "measured", False, False),
            (["1,234", "2.50"], [], ",", ".", "measured", False, False),
            (["1", "2"], [], "", ".", "measured", False, False),
            (["1,234"], ["2,5"], "", ",", "hint", False, False),
            (["1,234"], ["1"], ",", ",", "hint", True, False),
            (["1,234"], [], "", ".", "default", True, False),
            (["1,5", "2,5", "3.5"], [], "", ",", "measured", True, True),
            (["1,5", "3.5"], [], ",", ",", "measured", True, True),
        ]
        for cells, other, hint, *expected in cases:
            with self.subTest(cells=cells):
                style = decimals.decide(
                    {"a": decimals.count(cells), "b": decimals.count(other)}, hint)["a"]
                self.assertEqual(
                    [style.decimal, style.how, style.ambiguous, style.mixed], expected)


@tagged("standard", "at_install", "xb_core")
class TestDates(BaseCase):

    def test_one_text(self):
        plus2 = timezone(timedelta(hours=2))
        cases = [
            ("2010-12-01T08:26:00", datetime(2010, 12, 1, 8, 26)),
            ("2010/12/1 8:26", datetime(2010, 12, 1, 8, 26)),
            ("2010年12月1日 08:26", datetime(2010, 12, 1, 8, 26)),
            ("20101201", datetime(2010, 12, 1)),
            ("2026-07-01 07:33:09 +0200", datetime(2026, 7, 1, 7, 33, 9, tzinfo=plus2)),
            ("2026-07-01T07:33:09.123+02:00", datetime(2026, 7, 1, 7, 33, 9, tzinfo=plus2)),
            ("1 Dec 2010", datetime(2010, 12, 1)), ("May-04-26", datetime(2026, 5, 4)),
            ("May 4, 2026", datetime(2026, 5, 4)), ("4 September 2026", datetime(2026, 9, 4)),
        ]
        for text, moment in cases:
            with self.subTest(text=text):
                written = dates.interpret(text)
                self.assertEqual(written.evidence, dates.FIXED)
                for order in (dates.DMY, dates.MDY):
                    self.assertEqual(written.moment(order), moment)

    def test_day_or_month_first(self):
        cases = [("1/12/2010", dates.EITHER), ("13/12/2010", dates.DMY), ("12/13/10", dates.MDY),
                 ("1.12.2010 08:26", dates.EITHER), ("13/13/2010", dates.UNREADABLE)]
        for text, evidence in cases:
            self.assertEqual(dates.interpret(text).evidence, evidence, text)
        self.assertEqual(dates.interpret("1/12/2010 5:04 PM").moment("MDY"),
                         datetime(2010, 1, 12, 17, 4))
        self.assertEqual(dates.interpret("1/12/2010 12:04 am").moment("DMY"),
                         datetime(2010, 12, 1, 0, 4))

    def test_no_time(self):
        for text in ("now", "4 Foo 2010", "4 Maybe 2010", "2010-12", "12/2010", "1/12/2010 8h26",
                     "1/12/2010 PDT", "1-12/2010", "1/1/20101", "\x00", "1" * 100):
            with self.subTest(text=text), self.assertRaises(ValueError):
                dates.interpret(text)
        for text in ("31/02/2010", "1/12/2010 25:00", "0000-01-01"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                dates.interpret(text).moment("DMY")

    def test_decision(self):
        cases = [
            (["1/12/2010", "13/12/2010"], "", "DMY", "measured", False, False),
            (["1/12/2010", "12/13/2010"], "DMY", "MDY", "measured", False, False),
            (["1/12/2010"], "DMY", "DMY", "hint", True, False),
            (["1.12.2010"], "", "DMY", "hint", False, False),
            (["1/12/2010 8:00 AM"], "", "MDY", "hint", True, False),
            (["1/12/2010"], "", "DMY", "default", True, False),
            (["2010-12-01"], "", "DMY", "measured", False, False),
            (["13/12/2010", "12/13/2010", "14/12/2010"], "", "DMY", "measured", True, True),
        ]
        for texts, hint, *expected in cases:
            with self.subTest(texts=texts):
                order = dates.decide(dates.count(texts), hint)
                self.assertEqual(
                    [order.order, order.how, order.ambiguous, order.mixed], expected)


@tagged("standard", "at_install", "xb_core")
class TestText(BaseCase):

    def test_identifier(self):
        cases = [("00123", "00123"), (' 85123A \t', "85123A"), ('="0012"', "0012"),
                 ("'75008", "75008"), ("\u200bX\u00a0", "X"), ("", "")]
        for text, expected in cases:
            self.assertEqual(identifier(text), expected)

    def test_shortened(self):
        for text in ("1E+05", "8.5E+11", "8,53E+11"):
            self.assertTrue(is_shortened(text), text)
        for text in ("1E5", "E+05", "1e+05", "SKU1E+05", "10E+05"):
            self.assertFalse(is_shortened(text), text)

    def test_heading(self):
        for text in ("Order-Number", "order_number ", "ＯrderNumber", "Order\u00a0Number*"):
            self.assertEqual(heading(text), "ordernumber")

    def test_safe_cell(self):
        for text in ("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", "＝1+1"):
            self.assertEqual(safe_cell(text), "'" + text)
        for text in ("", "-12.50", "+4930123456", "MUG", "a=b"):
            self.assertEqual(safe_cell(text), text)

    def test_spreadsheet_numbers(self):
        cases = [(2.9789999999999996, "2.979"), (17850.0, "17850"), (1e22, "1" + "0" * 22),
                 (1e-7, "0.0000001"), (-0.1, "-0.1")]
        for number, expected in cases:
            self.assertEqual(plain_number(number), expected)

    def test_countries(self):
        cases = {
            "United Kingdom": "GB", "EIRE": "IE", "Channel Islands": "JE", "USA": "US",
            "GBR": "GB", "de": "DE", "Deutschland": "DE", "德国": "DE", "the Netherlands": "NL",
            "RSA": "ZA", "U.S.A.": "US", "Hong Kong": "HK", "Cote d'Ivoire": "CI",
            "Unspecified": "", "European Community": "", "United Kin": "", "EU": "", "": "",
        }
        self.assertEqual({name: country_code(name) for name in cases}, cases)


if given:
    amounts = strategies.decimals(
        min_value=Decimal("-99999999"), max_value=Decimal("99999999"), places=2)
    moments = strategies.datetimes(datetime(2000, 1, 1), datetime(2069, 12, 31))

    @tagged("standard", "at_install", "xb_core")
    class TestProperties(BaseCase):
        """Round trips over generated numbers and dates; no text and no file breaks the reader."""

        @settings(max_examples=200, deadline=None, database=None)
        @given(strategies.lists(strategies.lists(strategies.one_of(
            strategies.text(max_size=8),
            strategies.sampled_from(["1", "2,5", "1.234", "13/12/2010", "C1", "POST", '"', "="]),
        ), max_size=9), max_size=6), strategies.sampled_from(["utf-8", "utf-16", "gb18030"]))
        def test_any_rows_are_answered(self, rows, encoding):
            head = ("InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;"
                    "Country")
            text = "\n".join([head, *(";".join(row) for row in rows)])
            reading = read(text.encode(encoding, "replace"), "", {"tz": "Europe/London"})
            refs = [document.ref for document in reading.documents]
            self.assertEqual(len(refs), len(set(refs)))
            json.dumps([reading.as_dict(), *(item.as_dict() for item in reading.documents)])

        @settings(max_examples=150, deadline=None, database=None)
        @given(strategies.lists(amounts, min_size=1, max_size=20),
               strategies.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), (".", ""),
                                        (",", "")]))
        def test_numbers_round_trip(self, numbers, style):
            sign, group = style
            table = str.maketrans({",": group, ".": sign})
            texts = [f"{number:,}".translate(table) for number in numbers]
            decided = decimals.decide({"x": decimals.count(texts)})["x"]
            self.assertEqual(decided.decimal, sign)
            self.assertFalse(decided.ambiguous)
            read = [decimals.interpret(text).values[decided.decimal] for text in texts]
            self.assertEqual(read, numbers)

        @settings(max_examples=150, deadline=None, database=None)
        @given(strategies.lists(moments, min_size=1, max_size=20),
               strategies.sampled_from([("DMY", "%d/%m/%Y"), ("MDY", "%m/%d/%Y"),
                                        ("DMY", "%d-%m-%y"), ("MDY", "%m/%d/%y")]))
        def test_dates_round_trip(self, moments, style):
            order, form = style
            texts = [moment.strftime(form + " %H:%M") for moment in moments]
            decided = dates.decide(dates.count(texts))
            if any(moment.day > 12 for moment in moments):
                self.assertEqual((decided.order, decided.ambiguous), (order, False))
                read = [dates.interpret(text).moment(decided.order) for text in texts]
                self.assertEqual(read, [moment.replace(second=0, microsecond=0)
                                        for moment in moments])
            else:
                self.assertTrue(decided.ambiguous)

        @settings(max_examples=300, deadline=None, database=None)
        @given(strategies.text(max_size=60))
        def test_any_text_is_answered(self, text):
            decimals.count([text])
            dates.count([text])
            country_code(text)
            identifier(text)

else:
    @tagged("standard", "at_install", "xb_core")
    class TestProperties(BaseCase):
        """Round trips over generated numbers and dates; no text and no file breaks the reader."""

        @settings(max_examples=200, deadline=None, database=None)
        @given(strategies.lists(strategies.lists(strategies.one_of(
            strategies.text(max_size=8),
            strategies.sampled_from(["1", "2,5", "1.234", "13/12/2010", "C1", "POST", '"', "="]),
        ), max_size=9), max_size=6), strategies.sampled_from(["utf-8", "utf-16", "gb18030"]))
        def test_any_rows_are_answered(self, rows, encoding):
            head = ("InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;"
                    "Country")
            text = "\n".join([head, *(";".join(row) for row in rows)])
            reading = read(text.encode(encoding, "replace"), "", {"tz": "Europe/London"})
            refs = [document.ref for document in reading.documents]
            self.assertEqual(len(refs), len(set(refs)))
            json.dumps([reading.as_dict(), *(item.as_dict() for item in reading.documents)])

        @unittest.skip("hypothesis is not installed")
        def test_properties(self):
            """Says in the summary what was not run."""


@tagged("standard", "at_install", "xb_core")
class TestDateRange(BaseCase):

    def test_two_digit_years_are_of_this_century(self):
        self.assertEqual(dates.interpret("4/5/26").moment("DMY").date(), date(2026, 5, 4))
