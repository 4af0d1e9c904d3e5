"""Statements of every vendor: what they add up to, and what is refused and why."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl

from odoo.tests import BaseCase, tagged

from odoo.addons.xb_orders.core.problem import ReadError

from ..core.kinds import KINDS
from ..core.statements import amazon, paypal_activity, paypal_codes, pingpong, shopee, shopify
from ..core.statements.base import Options
from ..core.statements.registry import BY_CODE, read_statement

try:
    from hypothesis import given, settings, strategies
except ImportError:  # comes with what the tests need on top, not with the product
    given = None

SAMPLES = Path(__file__).parent / "statements"
PINGPONG = {
    "columns": {
        "document": "billDate", "reference": "transactionId", "order": "merchantTransactionId",
        "type": "transactionType", "date": "transactionTime", "original_currency": "currency",
        "original_amount": "amount", "fee": "fee", "currency": "settleCurrency",
        "net": "settleAmount", "status": "status",
    },
    "types": pingpong.SUGGESTED_TYPES, "statuses": ["SUCCESS"],
}


def sample(name):
    return (SAMPLES / name).read_bytes()


def read(data, name="statement", **options):
    """Return the one reader of a file."""
    code = options.pop("code", "")
    [reader] = read_statement(name, data, Options(**options), code)
    return reader


def money(text):
    return Decimal(text)


class StatementCase(BaseCase):

    def refused(self, data, expected, *, row=None, column=None, **options):
        """Assert that a file is refused and return the problem."""
        with self.assertRaises(ReadError) as caught:
            read(data, **options)
        problem = caught.exception.problem
        self.assertEqual(problem.code, expected, problem.message)
        if row is not None:
            self.assertEqual(problem.row, row, problem.message)
        if column is not None:
            self.assertEqual(problem.column, column)
        # The remedy is a sentence of its own.
        self.assertGreaterEqual(problem.message.count(". "), 1, problem.message)
        return problem

    def document(self, reader, key=None):
        if key is None:
            [key] = reader.documents
        return reader.documents[key]

    def assertSums(self, document, **sums):
        self.assertEqual({k: v for k, v in document.sums.items() if v},
                         {k: money(v) for k, v in sums.items()})


@tagged("standard", "at_install", "xb_core")
class TestSamples(StatementCase):

    def test_amazon_us(self):
        reader = read(sample("amazon_us.txt"))
        document = self.document(reader, "20000000001")
        self.assertEqual((document.currency, document.payout, document.proof, document.count),
                         ("USD", money("58.98"), "total", 29))
        self.assertFalse(document.problems)
        self.assertEqual((document.start, document.end, document.paid_on),
                         (date(2026, 5, 4), date(2026, 5, 18), date(2026, 5, 20)))
        # What the marketplace collects for the state it keeps: net nothing.
        self.assertEqual(document.sums["tax"] + document.sums["tax_withheld"], 0)
        self.assertEqual(document.sums["unclassified"], money("-0.10"))
        groups = document.groups()
        self.assertEqual(groups["payout"], sum(
            amount for group, amount in groups.items() if group != "payout"))

    def test_identical_rows_are_real(self):
        lines = [line for line in read(sample("amazon_us.txt")).lines() if line.sku == "LID-01"]
        self.assertEqual(len(lines), 8)
        self.assertEqual(len({(line.kind, line.amount, line.order_ref) for line in lines}), 4)
        self.assertEqual(len({(line.document, line.row, line.part) for line in lines}), 8)

    def test_amazon_negative_and_reserve_chain(self):
        first = self.document(read(sample("amazon_us.txt")))
        second = self.document(read(sample("amazon_us_next_negative.txt")))
        self.assertEqual(second.payout, money("-12.49"))
        held = [line.amount for line in read(sample("amazon_us.txt")).lines()
                if "Current Reserve" in line.description]
        back = [line.amount for line in read(sample("amazon_us_next_negative.txt")).lines()
                if "Previous Reserve" in line.description]
        self.assertEqual((held, back), ([money("-60.00")], [money("60.00")]))
        self.assertEqual(first.end, second.start)

    def test_amazon_eu_comma(self):
        reader = read(sample("amazon_eu_comma.txt"))
        document = self.document(reader)
        self.assertEqual((reader.numbers.style, document.payout), (",", money("1000.00")))
        self.assertEqual(document.start, date(2026, 3, 1))
        line = next(line for line in reader.lines() if line.kind == "sale")
        self.assertEqual((line.amount, line.happened_at, line.order_ref),
                         (money("1234.56"), datetime(2026, 3, 5, 14, 22, 10, tzinfo=UTC),
                          "302-1111111-1111111"))

    def test_lines_without_an_order_are_kept(self):
        without = [line for line in read(sample("amazon_us.txt")).lines() if not line.order_ref]
        self.assertEqual(sum(line.amount for line in without), money("5.56"))

    def test_paypal_settlement(self):
        reader = read(sample("paypal_stl.csv"))
        usd, eur, jpy = (self.document(reader, f"STL TESTMERCHANT1 2026-05-07 {code}")
                         for code in ("USD", "EUR", "JPY"))
        self.assertEqual((usd.opening, usd.closing, usd.payout, usd.difference),
                         (money("10.00"), money("94.93"), money("1500.00"), 0))
        self.assertSums(usd, sale="1653.75", fee_payment="-93.07", refund="-53.75",
                        conversion="103.00", chargeback="-25.00", payout="-1500.00")
        self.assertEqual((eur.closing, eur.difference), (0, 0))
        # Amounts are hundredths also of a yen.
        self.assertEqual((jpy.closing, jpy.sums["sale"]), (money("14420"), money("15000")))

    def test_paypal_details_books_completed_rows_only(self):
        reader = read(sample("paypal_trr.csv"))
        [document] = reader.documents.values()
        self.assertEqual((document.count, document.proof), (3, "rows"))
        self.assertEqual([problem.code for problem in reader.remarks], ["not_completed"])

    def test_paypal_activity(self):
        reader = read(sample("paypal_activity_en.csv"))
        usd, eur = reader.documents["USD"], reader.documents["EUR"]
        self.assertEqual((usd.closing, eur.closing, usd.payout), (0, 0, money("1629.93")))
        self.assertEqual((usd.proof, usd.difference), ("balance", 0))
        self.assertEqual(usd.key, "USD 2026-05-04 2026-05-08")
        line = next(reader.lines())
        self.assertEqual(line.happened_at, datetime(2026, 5, 4, 14, 19, 50, tzinfo=UTC))
        self.assertEqual({problem.code for problem in reader.remarks},
                         {"date_order", "not_completed"})

    def test_paypal_statement_in_spanish_with_commas(self):
        reader = read(sample("paypal_statement_es.csv"))
        document = self.document(reader)
        self.assertEqual((reader.numbers.style, document.payout, document.closing),
                         (",", money("4491.63"), 0))

    def test_shopify_transactions(self):
        reader = read(sample("shopify_transactions.csv"))
        document = self.document(reader, "130000000001")
        self.assertEqual((document.payout, document.currency), (money("107.32"), "EUR"))
        self.assertEqual(document.paid_on, date(2026, 7, 10))
        self.assertEqual([problem.code for problem in reader.remarks], ["not_paid"])
        [foreign] = [line for line in reader.lines() if line.original]
        self.assertEqual((foreign.amount, foreign.original),
                         (money("46.10"), (money("50.00"), "USD")))

    def test_shopify_payouts_of_both_layouts(self):
        for name in ("shopify_payouts.csv", "shopify_payouts_older.csv"):
            document = self.document(read(sample(name)))
            self.assertEqual((document.payout, document.summary, document.difference),
                             (money("107.32"), True, 0), name)

    def test_alipay_trade(self):
        for name in ("alipay_trade.csv", "alipay.csv.zip"):
            document = self.document(read(sample(name)))
            self.assertEqual((document.currency, document.total, document.problems),
                             ("CNY", money("167.01"), []), name)
            self.assertEqual((document.start, document.end), (date(2026, 10, 3),) * 2)

    def test_alipay_fund(self):
        reader = read(sample("alipay_fund.csv"))
        document = self.document(reader)
        self.assertEqual((document.opening, document.closing, document.payout),
                         (money("1000.00"), money("147.13"), money("1000.00")))
        first = next(reader.lines())
        self.assertEqual((first.order_ref, first.reference),
                         ("SO0042", "2026100322001400000000000001"))
        self.assertEqual(first.happened_at, datetime(2026, 10, 3, 1, 10, 20, tzinfo=UTC))

    def test_alipay_saved_as_utf8_is_the_same(self):
        text = sample("alipay_fund.csv").decode("gb18030")
        self.assertEqual(self.document(read(text.encode())).closing, money("147.13"))

    def test_shopee_malaysia(self):
        reader = read(sample("shopee_income_my.xlsx"))
        document = self.document(reader)
        self.assertEqual((document.payout, document.proof, document.currency),
                         (money("44.80"), "total", "MYR"))
        # Sku rows break down the same money.
        self.assertEqual(document.sums["sale"], money("92.00"))
        self.assertEqual(document.sums["compensation"], money("12.00"))
        self.assertEqual(document.key, "demo_shop.my 2026-05-01 2026-05-31 MYR")

    def test_shopee_lost_compensation_counts_where_the_row_says_so(self):
        book = openpyxl.load_workbook(SAMPLES / "shopee_income_my.xlsx")
        for sheet, cell, text in (("Income", "AF4", "5.00"), ("Income", "AD4", "51.10"),
                                  ("Summary", "C8", "45.80")):
            book[sheet][cell] = text
        stream = io.BytesIO()
        book.save(stream)
        document = self.document(read(stream.getvalue()))
        self.assertEqual((document.payout, document.sums["compensation"], document.problems),
                         (money("49.80"), money("17.00"), []))

    def test_shopee_indonesia(self):
        document = self.document(read(sample("shopee_income_id.xlsx")))
        self.assertSums(document, sale="160000", discount="-10000", shipping="9000",
                        fee_shipping="-9000", fee_selling="-19250")
        self.assertEqual(document.payout, money("130750"))

    def test_shopee_indonesia_with_thousands_as_text(self):
        """75.000 rupiah are no 75: read with a decimal point everything would tie out as well."""
        book = openpyxl.load_workbook(SAMPLES / "shopee_income_id.xlsx")
        for sheet in book:
            for cell in (cell for row in sheet for cell in row):
                if isinstance(cell.value, int) and abs(cell.value) >= 1000:
                    cell.value = f"{cell.value:,}".replace(",", ".")
        stream = io.BytesIO()
        book.save(stream)
        reader = read(stream.getvalue())
        document = self.document(reader)
        self.assertEqual((reader.numbers.style, document.payout, document.problems),
                         (",", money("130750"), []))

    def test_decimals_of_the_currency_decide_where_the_sum_cannot(self):
        for currency, text, style, payout, codes in (
            ("EUR", "1.234", ",", "1234", []), ("EUR", "1,234", ".", "1234", []),
            ("JPY", "1.234", ",", "1234", []), ("JPY", "1,234", ".", "1234", []),
            ("KWD", "1.234", ".", "1.234", []), ("KWD", "1,234", ",", "1.234", []),
            ("KWD", "1,234.500", ".", "1234.5", []), ("KWD", "12", ".", "12", []),
            ("JPY", "1234.50", ".", "1234.5", ["fraction"]),
            ("EUR", "0.505", ".", "0.505", ["fraction"]),
        ):
            with self.subTest(currency, text=text):
                head = "\t".join(amazon.FIELDS)
                rows = [["1", "2026-05-04 00:00:00 UTC", "2026-05-18 00:00:00 UTC",
                         "2026-05-20 00:00:00 UTC", text, currency, *[""] * 16],
                        ["1", *[""] * 5, "Order", "1-2", "", "", "", "", "ItemPrice",
                         "Principal", text, *[""] * 7]]
                reader = read("\n".join([head, *map("\t".join, rows)]).encode())
                document = self.document(reader)
                self.assertEqual(
                    (reader.numbers.style, document.payout,
                     [problem.code for problem in document.problems]),
                    (style, money(payout), codes))

    def test_pingpong_by_a_profile(self):
        mapping = {**PINGPONG, "total": "128.53"}
        document = self.document(read(sample("pingpong_invented_layout.csv"), code="mapped",
                                      mapping=mapping))
        self.assertEqual((document.key, document.payout), ("2026-05-11 USD", money("128.53")))
        self.assertSums(document, sale="152.43", fee_payment="-3.90", refund="-20.00")


@tagged("standard", "at_install", "xb_core")
class TestVocabulary(StatementCase):

    def test_every_word_leads_to_a_kind(self):
        for words in (
            amazon.BY_DESCRIPTION.values(), amazon.BY_TYPE.values(),
            paypal_codes.BY_CODE.values(), paypal_codes.BY_GROUP.values(),
            [kind for _texts, kind in paypal_activity.WORDS],
            [kind for _start, kind in shopify.TYPES], shopify.PAYOUT_COLUMNS.values(),
            [kind for _texts, kind in shopee.KIND_WORDS], pingpong.SUGGESTED_TYPES.values(),
        ):
            self.assertLessEqual(set(words), set(KINDS))

    def test_amazon_triples(self):
        for triple, kind in {
            ("Order", "ItemPrice", "Shipping"): "shipping",
            ("Order", "Promotion", "Shipping"): "discount",
            ("Order", "Shipment-Fees", "Shipping"): "fee_fulfilment",
            ("refund", "itemprice", "PRINCIPAL"): "refund",
            ("Refund", "ItemFees", "RefundCommission"): "fee_selling",
            ("Chargeback Refund", "ItemPrice", "Principal"): "chargeback",
            ("other-transaction", "other-transaction", "WAREHOUSE_DAMAGE"): "compensation",
            ("ServiceFee", "Something", "New"): "fee_service",
            ("Transfer", "other-transaction", "Transfer of funds unsuccessful: invalid account"):
                "deposit",
            ("Order", "Something", "New"): "unclassified",
        }.items():
            self.assertEqual(amazon.classify(*triple), kind, triple)

    def test_formats_have_codes_of_their_own(self):
        self.assertEqual(len(BY_CODE), 9)


@tagged("standard", "at_install", "xb_core")
class TestBroken(StatementCase):

    def test_look_alikes(self):
        self.refused(sample("alipay_summary.csv"), "lookalike", row=5)
        self.refused(sample("shopee_wallet_my.xlsx"), "lookalike")
        self.refused(sample("shopify_orders.csv"), "lookalike")
        v1 = b"settlement-id\tprice-type\titem-related-fee-type\n1\t2\t3\n"
        self.refused(v1, "lookalike", row=1)

    def test_wrong_language_names_the_headings(self):
        data = sample("paypal_activity_en.csv").replace(b'"Gross","Fee","Net"',
                                                        b'"Brutto","Geb\xc3\xbchr","Netto"')
        self.assertIn("brutto", self.refused(data, "unknown_file").message)

    def test_missing_column(self):
        data = sample("amazon_us.txt").replace(b"transaction-type", b"transaction-kind")
        self.refused(data, "columns_missing", row=1, column="transaction-type")

    def test_other_encodings(self):
        self.assertEqual(self.document(read(
            sample("amazon_us.txt").decode().encode("utf-16"))).payout, money("58.98"))
        self.refused(sample("alipay_trade.csv"), "encoding_broken", encoding="utf-8")
        self.refused(sample("alipay_trade.csv").decode("gb18030").encode("cp1252", "replace"),
                     "unknown_file")

    def test_foreign_files(self):
        for data, code in ((b"", "file_empty"), (b"%PDF-1.7 ...", "wrong_type"),
                           (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "wrong_type"),
                           (b"<html><table>", "wrong_type"), (b"PK\x03\x04....", "archive_broken")):
            with self.assertRaises(ReadError) as caught:
                read(data)
            self.assertEqual(caught.exception.problem.code, code)

    def test_headings_without_rows(self):
        self.refused(sample("shopify_payouts.csv").splitlines(True)[0], "no_lines")

    def test_amazon_cut_within_a_row(self):
        whole = sample("amazon_us.txt")
        self.refused(whole[:whole.rindex(b"Current Reserve")], "cut_off", row=31)

    def test_amazon_cut_between_rows_is_held_with_the_difference(self):
        whole = sample("amazon_us.txt").splitlines(True)
        document = self.document(read(b"".join(whole[:-1])))
        self.assertEqual(document.difference, money("-60.00"))
        [problem] = document.problems
        self.assertEqual((problem.code, problem.column), ("not_balanced", "total-amount"))
        self.assertIn("-60.00 USD", problem.message)

    def test_amazon_off_by_a_cent(self):
        data = sample("amazon_us.txt").replace(b"-6.90", b"-6.91")
        self.assertEqual(self.document(read(data)).difference, money("0.01"))

    def test_amazon_twice_in_a_file(self):
        body = sample("amazon_us.txt").splitlines(True)
        self.refused(b"".join(body + body[1:]), "document_repeated", row=32)

    def test_amazon_two_settlements_in_a_file(self):
        both = sample("amazon_us.txt") + b"".join(
            sample("amazon_us_next_negative.txt").splitlines(True)[1:])
        self.assertEqual({key: document.payout for key, document in read(both).documents.items()},
                         {"20000000001": money("58.98"), "20000000002": money("-12.49")})

    def test_amazon_without_its_summary(self):
        body = sample("amazon_us.txt").splitlines(True)
        self.refused(b"".join(body[:1] + body[2:]), "summary_missing", row=2)

    def test_amazon_other_currency(self):
        rows = sample("amazon_us.txt").decode().splitlines()
        cells = rows[3].split("\t")
        cells[5] = "EUR"
        rows[3] = "\t".join(cells)
        self.refused("\n".join(rows).encode(), "currency_mixed", row=4, column="currency")

    def test_amazon_mixed_number_styles(self):
        data = sample("amazon_eu_comma.txt").replace(b"9,90", b"9.90")
        self.refused(data, "number_unreadable", row=5, column="amount")

    def test_paypal_cut_and_counted(self):
        rows = sample("paypal_stl.csv").splitlines(True)
        self.refused(b"".join(rows[:-2]), "cut_off", column="FF")
        self.refused(b"".join(rows[:6] + rows[7:]), "count_wrong", column="RC")

    def test_paypal_off_by_a_cent(self):
        data = sample("paypal_stl.csv").replace(b'"DR",7307,"USD"', b'"DR",7308,"USD"')
        document = read(data).documents["STL TESTMERCHANT1 2026-05-07 USD"]
        self.assertEqual(document.difference, money("0.01"))
        self.assertEqual([problem.code for problem in document.problems], ["not_balanced"])

    def test_paypal_footer_that_contradicts_itself(self):
        data = sample("paypal_stl.csv").replace(
            b'"RF","EUR",10000,9625', b'"RF","EUR",10000,9624')
        problems = read(data).documents["STL TESTMERCHANT1 2026-05-07 EUR"].problems
        self.assertEqual([(p.code, p.row) for p in problems], [("footer_wrong", 19)])

    def test_paypal_decimals_where_hundredths_belong(self):
        data = sample("paypal_stl.csv").replace(b"165375", b"1653.75")
        self.refused(data, "number_unreadable", row=5, column="Gross Transaction Amount")

    def test_activity_row_and_balance(self):
        data = sample("paypal_activity_en.csv")
        self.refused(data.replace(b'"1,580.68","buyer', b'"1,580.69","buyer'), "row_wrong",
                     row=2, column="Net")
        broken = read(data.replace(b'"1,526.93"', b'"1,526.94"')).documents["USD"]
        self.assertEqual([(p.code, p.row, p.column) for p in broken.problems],
                         [("balance_broken", 5, "Balance")])

    def test_activity_newest_first(self):
        rows = sample("paypal_activity_en.csv").decode("utf-8-sig").splitlines(True)
        document = read("".join(rows[:1] + rows[:0:-1]).encode()).documents["USD"]
        self.assertEqual((document.opening, document.problems), (0, []))

    def test_shopify_rows(self):
        data = sample("shopify_transactions.csv")
        self.refused(data.replace(b"63.04", b"63.05"), "row_wrong", row=2, column="Net")
        self.refused(data.replace(b"20.00,EUR,EUR", b"20.00,EUR,USD"), "currency_mixed", row=5)
        self.refused(data.replace(b"2026-07-01 07:33:09 +0200", b"yesterday"),
                     "date_unreadable", row=2, column="Transaction Date")

    def test_shopify_payout_total(self):
        document = self.document(read(sample("shopify_payouts.csv").replace(b"107.32", b"107.33")))
        self.assertIn("row_wrong", [problem.code for problem in document.problems])

    def test_alipay_cut(self):
        rows = sample("alipay_fund.csv").splitlines(True)
        self.refused(b"".join(rows[:8]), "cut_off", row=8)

    def test_alipay_totals(self):
        data = sample("alipay_fund.csv").replace("共176.17元".encode("gb18030"),
                                                 "共176.18元".encode("gb18030"))
        [problem] = self.document(read(data)).problems
        self.assertEqual((problem.code, problem.row), ("not_balanced", 15))

    def edited(self, name, sheet, cell, value):
        book = openpyxl.load_workbook(SAMPLES / name)
        book[sheet][cell] = value
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def test_shopee_row(self):
        self.refused(self.edited("shopee_income_my.xlsx", "Income", "X4", "-2.82"),
                     "row_wrong", row=4, column="Total Released Amount (RM)")

    def test_shopee_summary(self):
        document = self.document(read(
            self.edited("shopee_income_my.xlsx", "Summary", "C8", "40.81")))
        self.assertEqual([problem.code for problem in document.problems], ["not_balanced"])

    def test_shopee_unknown_column_counts(self):
        document = self.document(read(
            self.edited("shopee_income_my.xlsx", "Income", "X3", "Shiny New Thing")))
        self.assertEqual((document.sums["unclassified"], document.difference),
                         (money("-2.81"), 0))

    def test_profile(self):
        data = sample("pingpong_invented_layout.csv")
        self.refused(data, "unknown_file")
        self.refused(data, "mapping_wrong", code="mapped", mapping={"columns": {"when": "x"}})
        self.refused(data, "mapping_wrong", code="mapped", mapping={"columns": {"type": "x"}})
        for mapping in ({}, {"columns": "x"}, {"columns": {"amount": 7}},
                        {"columns": {"amount": "x"}, "types": [1]},
                        {"columns": {"amount": "x"}, "statuses": "SUCCESS"},
                        {"columns": {"amount": "x"}, "types": {"PAY": "gift"}}):
            self.refused(data, "mapping_wrong", code="mapped", mapping=mapping)
        missing = {**PINGPONG, "columns": {**PINGPONG["columns"], "net": "Netto"}}
        self.refused(data, "columns_missing", row=1, code="mapped", mapping=missing)
        document = self.document(read(data, code="mapped",
                                      mapping={**PINGPONG, "total": "128.52"}))
        self.assertEqual(document.difference, money("-0.01"))
        self.refused(data.replace(b"97.10", b"97.11"), "row_wrong", row=2,
                     code="mapped", mapping=PINGPONG)


if given is not None:
    CENTS = strategies.integers(-10_000_000, 10_000_000)

    @tagged("standard", "at_install", "xb_core")
    class TestProperties(StatementCase):

        @settings(max_examples=60, deadline=None)
        @given(strategies.lists(CENTS, min_size=1, max_size=30), strategies.booleans())
        def test_any_settlement_ties_out_in_either_style(self, cents, comma):
            """Whatever the amounts and the style, they are read to the cent; a cent more is
            told."""
            def text(value):
                written = f"{Decimal(value) / 100:,.2f}"
                return written.translate(str.maketrans(",.", ".,")) if comma else written

            def settlement(total):
                head = "\t".join(amazon.FIELDS)
                summary = ["1", "2026-05-04 00:00:00 UTC", "2026-05-18 00:00:00 UTC",
                           "2026-05-20 00:00:00 UTC", text(total), "USD"] + [""] * 16
                rows = [["1", *[""] * 5, "Order", "1-2", "", "", "", "", "ItemPrice", "Principal",
                         text(value), *[""] * 7] for value in cents]
                return "\n".join([head, *("\t".join(row) for row in [summary, *rows])]).encode()

            document = self.document(read(settlement(sum(cents))))
            self.assertEqual(document.total, Decimal(sum(cents)) / 100)
            self.assertEqual((document.difference, document.count), (0, len(cents)))
            off = self.document(read(settlement(sum(cents) + 1)))
            self.assertEqual(off.difference, money("0.01"))
            self.assertTrue(off.problems)

        @settings(max_examples=60, deadline=None)
        @given(strategies.integers(0, 2000))
        def test_no_cut_goes_unnoticed(self, cut):
            """A file that ends early is refused, or held with a difference: never taken whole."""
            for name in ("amazon_us.txt", "paypal_stl.csv", "alipay_fund.csv"):
                whole = sample(name).rstrip()
                data = whole[:len(whole) - 1 - cut % (len(whole) - 1)]
                try:
                    readers = read_statement(name, data)
                except ReadError:
                    continue
                problems = [problem for reader in readers
                            for document in reader.documents.values()
                            for problem in document.problems]
                whole_lines = [line for reader in read_statement(name, whole)
                               for line in reader.lines()]
                kept = [line for reader in readers for line in reader.lines()]
                self.assertTrue(problems or [line.amount for line in kept] == [
                    line.amount for line in whole_lines], (name, len(data)))
