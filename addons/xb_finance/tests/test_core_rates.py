"""Rates: what the sources send, crosses, the rate of a day, its age."""

from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.xb_orders.core.problem import ReadError

from ..core.rates import ecb, frankfurter, rate_file
from ..core.rates.table import RateTable, spread, working_days

try:
    from hypothesis import given, settings, strategies
except ImportError:  # comes with what the tests need on top, not with the product
    given = None

D = Decimal
FRIDAY, MONDAY = date(2026, 5, 1), date(2026, 5, 4)
ECB_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<Cube><Cube time="2026-05-04"><Cube currency="USD" rate="1.2500"/><Cube currency="CNY"
 rate="8.1900"/></Cube><Cube time="2026-05-01"><Cube currency="USD" rate="1.2000"/></Cube></Cube>
</gesmes:Envelope>"""


@tagged("standard", "at_install", "xb_core")
class TestSources(BaseCase):

    def test_ecb(self):
        table = ecb.parse(ECB_XML)
        self.assertEqual((table.base, sorted(table.days)), ("EUR", [FRIDAY, MONDAY]))
        self.assertEqual(table.rate(MONDAY, "CNY"), D("8.1900"))
        self.assertIsNone(table.rate(FRIDAY, "CNY"))
        self.assertEqual(table.rate(FRIDAY, "EUR"), 1)

    def test_ecb_refuses(self):
        bomb = (b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
                + ECB_XML.split(b"?>", 1)[1])
        for content in (b"", b"<html/>", ECB_XML[:300], ECB_XML.replace(b"1.2500", b"none"),
                        ECB_XML.replace(b"1.2500", b"-1"), ECB_XML.replace(b"1.2500", b"NaN"),
                        ECB_XML.replace(b"2026-05-04", b"yesterday"), bomb):
            with self.assertRaises(ValueError, msg=content[:60]):
                ecb.parse(content)

    def test_frankfurter(self):
        table = frankfurter.parse({"amount": D("1.0"), "base": "USD", "date": "2026-05-04",
                                   "rates": {"CNY": D("7.0"), "EUR": D("0.8")}})
        self.assertEqual((table.base, table.rate(MONDAY, "EUR")), ("USD", D("0.8")))
        table = frankfurter.parse({
            "amount": 100, "base": "EUR", "start_date": "2026-05-01", "end_date": "2026-05-04",
            "rates": {"2026-05-01": {"JPY": 16000}, "2026-05-04": {"JPY": D("16100")}}})
        self.assertEqual(table.rate(MONDAY, "JPY"), 161)

    def test_frankfurter_refuses(self):
        for answer in (None, [], {}, {"rates": {}}, {"base": "EUR", "rates": {"USD": "1"}},
                       {"base": "EUR", "date": "2026-05-04", "rates": {"USD": "1.2"}},
                       {"base": "EUR", "date": "2026-05-04", "rates": {"USD": True}},
                       {"base": "EUR", "date": "2026-05-04", "rates": {"USD": 0}},
                       {"base": "EUR", "date": "soon", "rates": {"USD": 1}}):
            with self.assertRaises(ValueError, msg=str(answer)):
                frankfurter.parse(answer)

    def test_file(self):
        chinese = "日期;币种;汇率\n04/05/2026;usd;1,25\n".encode()
        table = rate_file.parse("r.csv", chinese, "EUR", ",")
        self.assertEqual(table.rate(MONDAY, "USD"), D("1.25"))
        for data, code, row in (
            (b"date,currency\n2026-05-04,USD\n", "columns_missing", 1),
            (b"date,currency,rate\n2026-05-04,USD,0\n", "rate_unreadable", 2),
            (b"date,currency,rate\nsoon,USD,1\n", "rate_unreadable", 2),
            (b"date,currency,rate\n2026-05-04,USD,a lot\n", "number_unreadable", 2),
            (b"date,currency,rate\n2026-05-04,USD\n", "cut_off", 2),
        ):
            with self.assertRaises(ReadError) as caught:
                rate_file.parse("r.csv", data, "EUR")
            problem = caught.exception.problem
            self.assertEqual((problem.code, problem.row), (code, row), problem.message)


@tagged("standard", "at_install", "xb_core")
class TestTable(BaseCase):

    def test_cross_has_full_precision(self):
        table = ecb.parse(ECB_XML).rebased("USD")
        self.assertEqual(table.rate(MONDAY, "CNY"), D("6.552"))
        self.assertEqual(table.rate(FRIDAY, "EUR"), D("0.8333333333333333333333333333"))
        # A day without the new base is left out rather than crossed with another day.
        self.assertEqual(set(ecb.parse(ECB_XML).rebased("CNY").days), {MONDAY})

    def test_filled(self):
        table = ecb.parse(ECB_XML).filled(date(2026, 5, 6))
        self.assertEqual(table.rate(date(2026, 5, 3), "USD"), D("1.2000"))
        self.assertEqual(table.rate(date(2026, 5, 6), "USD"), D("1.2500"))
        self.assertIsNone(table.rate(date(2026, 5, 3), "CNY"))

    def test_spread(self):
        self.assertEqual(spread(D("0.99"), D(1)), 1)
        for percent in (D(-1), D(100)):
            with self.assertRaises(ValueError):
                spread(D(1), percent)

    def test_working_days(self):
        for end, days in ((FRIDAY, 0), (date(2026, 5, 3), 0), (MONDAY, 1), (date(2026, 5, 8), 5),
                          (date(2026, 5, 10), 5), (date(2026, 5, 15), 10)):
            self.assertEqual(working_days(FRIDAY, end), days, end)


if given is not None:
    RATE = strategies.decimals("0.000001", 100_000, places=6)

    @tagged("standard", "at_install", "xb_core")
    class TestProperties(BaseCase):

        @settings(max_examples=100, deadline=None)
        @given(RATE, RATE)
        def test_there_and_back(self, dollar, yuan):
            table = RateTable("EUR")
            table.add(MONDAY, "USD", dollar)
            table.add(MONDAY, "CNY", yuan)
            back = table.rebased("USD").rebased("EUR")
            for code, rate in (("USD", dollar), ("CNY", yuan)):
                self.assertLess(abs(back.rate(MONDAY, code) / rate - 1), D("1e-20"))
