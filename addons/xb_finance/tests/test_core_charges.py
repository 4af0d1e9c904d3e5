"""A carrier's bill read from a table: its two shapes, its words, its proof."""

from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..core.carrier_bill import BillOptions, BillReader
from ..core.charges import CHARGES, kind_of
from ..core.statements.base import StatementError
from ..core.statements.source import Source

D = Decimal
LONG = "Invoice Number,Tracking Number,Charge,Amount,Currency\n"


def read(text, **options):
    return BillReader(Source("bill.csv", text.encode()), BillOptions(**options)).read()


@tagged("standard", "at_install", "xb_core")
class TestWords(BaseCase):

    def test_what_carriers_call_it(self):
        for words, kind in (
                ("Freight", "freight"), ("FUEL SURCHARGE", "fuel"), ("Treibstoffzuschlag", "fuel"),
                ("Remote Area Surcharge", "surcharge"), ("Duties and Taxes", "duty"),
                ("Zollabgaben", "duty"), ("Duty Disbursement Fee", "clearance"),
                ("Verzollungskosten", "clearance"), ("Import VAT", "import_vat"),
                ("Einfuhrumsatzsteuer", "import_vat"), ("进口增值税", "import_vat"),
                ("关税", "duty"), ("燃油附加费", "fuel"), ("基础运费", "freight"),
                ("Return to Sender", "return"), ("Rabatt", "discount"),
                ("Private address", "other"), ("", "freight")):
            self.assertEqual(kind_of(words), kind, words)
            self.assertIn(kind, CHARGES)


@tagged("standard", "at_install", "xb_core")
class TestReading(BaseCase):

    def test_a_row_per_charge(self):
        [bill] = read(LONG + "C1,YT2600000000000001,Freight,12.50,USD\n"
                      "C1,YT2600000000000001,Duty,3.10,USD\n")
        self.assertEqual((bill.name, bill.currency, bill.total), ("C1", "USD", D("15.60")))
        self.assertEqual([(c.row, c.kind, c.amount) for c in bill.charges],
                         [(2, "freight", D("12.50")), (3, "duty", D("3.10"))])

    def test_a_column_per_charge(self):
        [bill] = read("运单号,计费重,运费,燃油费,关税,总费用\n"
                      "YT2600000000000001,0.5,40.00,4.00,0,44.00\n"
                      "YT2600000000000002,1.25,60.00,6.00,12.30,78.30\n",
                      currency="CNY", name="2026-05")
        self.assertEqual([(c.number[-1], c.kind, c.amount, c.weight) for c in bill.charges], [
            ("1", "freight", D("40.00"), D("0.5")), ("1", "fuel", D("4.00"), D("0.5")),
            ("2", "freight", D("60.00"), D("1.25")), ("2", "fuel", D("6.00"), D("1.25")),
            ("2", "duty", D("12.30"), D("1.25"))])

    def test_a_column_nobody_knows_does_not_vanish(self):
        [bill] = read("运单号,运费,神秘费,总费用\nYT2600000000000001,40.00,4.00,44.00\n",
                      currency="CNY", name="x")
        self.assertEqual([c.problem.code for c in bill.charges], ["row_wrong"])
        self.assertIn("44.00", bill.charges[0].problem.message)

    def test_decimal_comma(self):
        [bill] = read("Sendungsnummer;Leistung;Betrag\n00340434123456789012;Fracht;1.234,50\n"
                      "00340434123456789012;Zoll;12,30\n", currency="EUR", name="R1")
        self.assertEqual(bill.total, D("1246.80"))

    def test_last_row_proves_the_others(self):
        text = LONG + "C1,A-1,Freight,12.50,USD\nC1,A-2,Freight,2.50,USD\n,,Total,{},\n"
        [bill] = read(text.format("15.00"))
        self.assertEqual((bill.total, bill.problems), (D("15.00"), []))
        [bill] = read(text.format("19.00"))
        self.assertEqual([problem.code for problem in bill.problems], ["not_balanced"])
        [bill] = read(LONG + "C1,A-1,Freight,12.50,USD\n", total=D("12.51"))
        self.assertEqual([problem.code for problem in bill.problems], ["not_balanced"])

    def test_several_bills_in_a_file(self):
        bills = read(LONG + "C1,A-1,Freight,1,USD\nC2,A-2,Freight,2,USD\nC1,A-3,Freight,3,EUR\n")
        self.assertEqual([(b.name, b.currency, b.total) for b in bills],
                         [("C1", "USD", 1), ("C2", "USD", 2), ("C1", "EUR", 3)])

    def test_broken_rows_name_themselves(self):
        [bill] = read(LONG + "C1,A-1,Freight,twelve,USD\nC1,A-2,Freight,,USD\n"
                      "C1,A-3,Freight,3.00,USD\n")
        self.assertEqual([(c.row, c.problem and c.problem.code) for c in bill.charges],
                         [(2, "number_unreadable"), (3, "amount_missing"), (4, None)])
        self.assertIn("Row 2", bill.charges[0].problem.message)

    def test_other_tables_are_refused(self):
        for text in ("Date,Order,Net\n2026-05-01,X,1.00\n", "a,b\n1,2\n", LONG):
            with self.assertRaises(StatementError) as caught:
                read(text)
            self.assertTrue(caught.exception.problem.message)

    def test_no_number_no_currency(self):
        [bill] = read("Tracking Number,Amount\nA-1,3.00\n")
        self.assertEqual([problem.code for problem in bill.problems],
                         ["bill_missing", "currency_missing"])

    def test_profile_names_columns_and_words(self):
        [bill] = read("Paket,Posten,Preis\nA-1,Zustellgeb.,3.00\n", currency="EUR", name="x",
                      columns={"number": "Paket", "kind": "Posten", "amount": "Preis"},
                      words={"zustellgeb.": "surcharge"})
        self.assertEqual([(c.number, c.kind, c.amount) for c in bill.charges],
                         [("A-1", "surcharge", D("3.00"))])

    def test_the_currency_decides_what_can_be_read_in_two_ways(self):
        for currency, text, amount in (
                ("KWD", "12.500", D("12.5")), ("TND", '"12,500"', D("12.5")),
                ("BHD", "0.125", D("0.125")), ("JPY", "12.500", D(12500)),
                ("KRW", '"12,500"', D(12500)), ("VND", "75.000", D(75000)),
                # Two decimals say nothing about three: as before, with a remark.
                ("EUR", "12.500", D("12.5"))):
            [bill] = read(f"{LONG}C1,Y1,Freight,{text},{currency}\n")
            self.assertEqual(bill.total, amount, (currency, text))
        # One row that can be read in one way alone goes first, and so does a person.
        [bill] = read(f"{LONG}C1,Y1,Freight,12.500,JPY\nC1,Y2,Freight,7.5,JPY\n")
        self.assertEqual(bill.total, D(20))
        [bill] = read(f"{LONG}C1,Y1,Freight,12.500,JPY\n", decimal=".")
        self.assertEqual(bill.total, D("12.5"))

    def test_fractions_of_the_smallest_unit(self):
        """Rounded so that nothing is lost: 3 x 0.3333 is one, not 0.99."""
        for currency, places, amounts, rounded in (
                ("EUR", 2, ("0.3333", "0.3333", "0.3334"), ("0.33", "0.33", "0.34")),
                ("EUR", 2, ("1.005", "-0.335"), ("1.01", "-0.34")),
                ("JPY", 0, ("100.5", "99.4", "7"), ("101", "99", "7")),
                ("KWD", 3, ("0.0005", "0.0005", "1.2"), ("0.001", "0.000", "1.2"))):
            [bill] = read(LONG + "".join(
                f"C1,Y{place},Freight,{amount},{currency}\n"
                for place, amount in enumerate(amounts)))
            digest, told = bill.digest, bill.total
            bill.round(places)
            self.assertEqual([charge.amount for charge in bill.charges],
                             [D(amount) for amount in rounded], amounts)
            self.assertLess(abs(bill.total - told), D(1).scaleb(-places))
            self.assertEqual(bill.digest, digest)
            [remark] = bill.problems
            self.assertEqual((remark.code, remark.blocking, remark.values["row"]),
                             ("fractions", False, 2))

    def test_a_rounded_total_proves_exact_rows(self):
        rows = "C1,Y1,Freight,0.3333,{0}\nC1,Y2,Freight,0.3333,{0}\nTotal,,,{1},{0}\n"
        for currency, total, right in (("EUR", "0.67", True), ("EUR", "0.66", False),
                                       ("EUR", "0.6666", True), ("EUR", "0.6667", False),
                                       ("KWD", "0.667", True), ("KWD", "0.67", False)):
            [bill] = read(LONG + rows.format(currency, total))
            self.assertEqual(not bill.problems, right, (currency, total))

    def test_digest_is_what_the_carrier_said(self):
        row = "C1,A-1,Freight,{},USD\n"
        [one], [same], [other] = (read(LONG + row.format(amount)) for amount in (
            "1.00", "1.00", "1.01"))
        self.assertEqual(one.digest, same.digest)
        self.assertNotEqual(one.digest, other.digest)
