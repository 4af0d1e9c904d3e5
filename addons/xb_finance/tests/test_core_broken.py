"""Whatever is broken in a statement is told: one contract for the readers of every vendor.

A file that is cut off, in a wrong currency, has a row twice or a cent too many, or was saved in
another encoding is *refused* (nothing of it is taken), or *held* (its documents have a problem),
never taken as it is. Where a vendor's file has nothing that could tell, the table says so.
"""

import io
import tempfile
import tracemalloc
import zipfile
from typing import NamedTuple

import openpyxl

from odoo.tests import tagged

from odoo.addons.xb_orders.core.problem import ReadError

from ..core.statements import amazon
from ..core.statements.registry import BY_CODE, read_statement
from .test_core_statements import PINGPONG, StatementCase, read, sample

# Nothing in the file can tell: it is proved row by row, by columns that say the same twice.
UNTOLD = ""


class Case(NamedTuple):
    """A sample of a reader, and what to break in it.

    ``cent``, ``currency``: ``(old, new, code, row, column)``, as bytes, the first place is
    changed; ``twice``: row that stands there again, and the code of what is told.
    """

    code: str
    cent: tuple
    currency: tuple
    twice: tuple
    options: dict = {}
    #: Rows may be missing at the end of a file that has neither a total nor a last line.
    open_end: bool = False
    encoding: str = "utf-8"
    #: A third of an amount is no number in this file, not even in another style.
    spoilt: tuple = ()


CASES = {
    "amazon_us.txt": Case(
        "amazon_v2",
        cent=(b"-6.90", b"-6.91", "not_balanced", 0, "total-amount"),
        currency=(b"\t58.98\tUSD", b"\t58.98\tU$D", "currency_missing", 2, "currency"),
        twice=(4, "not_balanced"),
        spoilt=(b"-6.90", b"-6.9.0", "number_unreadable", 8, "amount")),
    "amazon_eu_comma.txt": Case(
        "amazon_v2",
        cent=(b"1.234,56", b"1.234,57", "not_balanced", 0, "total-amount"),
        currency=(b"\tEUR", b"\t", "currency_missing", 2, "currency"),
        twice=(4, "not_balanced"),
        spoilt=(b"1.234,56", b"1.23,4,56", "number_unreadable", 4, "amount")),
    "paypal_stl.csv": Case(
        "paypal_report",
        cent=(b"165375", b"165376", "not_balanced", 0, "RF"),
        currency=(b'7307,"USD"', b'7307,"EUR"', "currency_mixed", 5, "Fee Currency"),
        twice=(5, "row_repeated"),
        spoilt=(b"165375", b"1653.75", "number_unreadable", 5, "Gross Transaction Amount")),
    "paypal_trr.csv": Case(
        "paypal_report",
        cent=(b"165375", b"165376", UNTOLD, 0, ""),
        currency=(b'165375,"USD"', b'165375,""', "currency_missing", 5,
                  "Gross Transaction Currency"),
        twice=(5, "row_repeated"),
        spoilt=(b"165375", b"1653.75", "number_unreadable", 5, "Gross Transaction Amount")),
    "paypal_activity_en.csv": Case(
        "paypal_activity",
        cent=(b'"1,653.75"', b'"1,653.76"', "row_wrong", 2, "Net"),
        currency=(b'"EUR","100.00"', b'"USD","100.00"', "balance_broken", 3, "Balance"),
        twice=(2, "balance_broken"), open_end=True,
        spoilt=(b'"1,653.75"', b'"1,653,75"', "number_unreadable", 2, "Gross")),
    "paypal_statement_es.csv": Case(
        "paypal_activity",
        cent=(b'"4.626,81"', b'"4.626,82"', "row_wrong", 2, "Neto"),
        currency=(b'"EUR"', b'"Euro"', "currency_missing", 2, "Divisa"),
        twice=(2, "balance_broken"), open_end=True,
        spoilt=(b'"4.626,81"', b'"4.62,6,81"', "number_unreadable", 2, "Bruto")),
    "shopify_transactions.csv": Case(
        "shopify_transactions",
        cent=(b"65.00,1.96", b"65.01,1.96", "row_wrong", 2, "Net"),
        currency=(b"36.00,EUR,EUR", b"36.00,EUR,USD", "currency_mixed", 3, "Currency"),
        # Equal rows are real here: two payments of one checkout have no number of their own.
        twice=(2, UNTOLD), open_end=True,
        spoilt=(b"65.00,1.96", b"65.0.0,1.96", "number_unreadable", 2, "Amount")),
    "shopify_payouts.csv": Case(
        "shopify_payouts",
        cent=(b"147.10", b"147.11", "row_wrong", 2, "Total"),
        currency=(b",EUR,", b",E,", "currency_missing", 2, "Currency"),
        # Two payouts of one day and amount are two payouts.
        twice=(2, UNTOLD), open_end=True,
        spoilt=(b"147.10", b"14.7.10", "number_unreadable", 2, "Charges")),
    "alipay_trade.csv": Case(
        "alipay_trade",
        cent=(b"128.00,128.00", b"128.00,128.01", "not_balanced", 11, ""),
        currency=(), twice=(6, "not_balanced"), encoding="gb18030",
        spoilt=(b"128.00,128.00", b"128.00,12.8.00", "number_unreadable", 6, "")),
    "alipay_fund.csv": Case(
        "alipay_fund",
        cent=(b",128.00,", b",128.01,", "not_balanced", 15, ""),
        currency=(), twice=(6, "not_balanced"), encoding="gb18030",
        spoilt=(b",128.00,", b",12.8.00,", "number_unreadable", 6, "")),
    "pingpong_invented_layout.csv": Case(
        "mapped",
        cent=(b"100.00", b"100.01", "row_wrong", 2, "settleAmount"),
        currency=(b"USD,97.10", b"US,97.10", "currency_missing", 2, "settleCurrency"),
        twice=(2, "row_repeated"), open_end=True,
        options={"code": "mapped", "mapping": PINGPONG},
        spoilt=(b"100.00", b"1.00.00", "number_unreadable", 2, "amount")),
}
# An order of each.
WORKBOOKS = {"shopee_income_my.xlsx": "260501TESTAAA1", "shopee_income_id.xlsx": "260501TESTDDD4"}


def broken(name, old, new):
    data = sample(name)
    if old not in data:
        raise AssertionError(f"{old!r} is not in {name}")
    return data.replace(old, new, 1)


@tagged("standard", "at_install", "xb_core")
class TestContract(StatementCase):

    def told(self, data, case):
        """Return what is told of a file: the problem that refuses it, or those of its documents,
        and the lines that would be taken."""
        try:
            reader = read(data, **case.options)
        except ReadError as error:
            return [error.problem], []
        problems = [problem for document in reader.documents.values()
                    for problem in document.problems]
        return problems, [(line.row, line.part, line.amount) for line in reader.lines()]

    def assertTold(self, name, change):
        """Assert that a change is told by its code, place and remedy."""
        old, new, code, row, column = change
        problems, _lines = self.told(broken(name, old, new), CASES[name])
        if code == UNTOLD:
            self.assertFalse(problems)
            return
        self.assertIn(code, [problem.code for problem in problems], problems)
        [problem] = [problem for problem in problems if problem.code == code][:1]
        if row:
            self.assertEqual((problem.row, str(row) in problem.message), (row, True),
                             problem.message)
        if column:
            self.assertEqual(problem.column, column, problem.message)
        self.assertRemedy(problem)

    def assertRemedy(self, problem):
        """What is wrong is one sentence, what to do about it another."""
        self.assertRegex(problem.message, r"[.:?!] \S.*\.$")
        self.assertNotIn("%(", problem.message)

    def test_every_reader_is_here(self):
        self.assertEqual({case.code for case in CASES.values()} | {"shopee_income"},
                         set(BY_CODE))

    def test_samples_are_whole(self):
        for name, case in CASES.items():
            problems, lines = self.told(sample(name), case)
            self.assertEqual((problems, bool(lines)), ([], True), name)

    def test_a_cent_too_many(self):
        for name, case in CASES.items():
            with self.subTest(name):
                self.assertTold(name, case.cent)

    def test_no_number(self):
        for name, case in CASES.items():
            with self.subTest(name):
                self.assertTold(name, case.spoilt)

    def test_wrong_currency(self):
        for name, case in CASES.items():
            with self.subTest(name):
                if case.currency:
                    self.assertTold(name, case.currency)

    def test_a_row_twice(self):
        for name, case in CASES.items():
            with self.subTest(name):
                rows = sample(name).splitlines(True)
                place, code = case.twice
                rows[place - 1:place - 1] = [rows[place - 1]]
                problems, _lines = self.told(b"".join(rows), case)
                if code == UNTOLD:
                    self.assertFalse(problems)
                else:
                    self.assertIn(code, [problem.code for problem in problems])
                    self.assertRemedy(problems[0])

    def test_a_row_twice_in_a_detail_report_that_counts_it(self):
        """Somebody who joins two reports may mend the counts; the number is still the same."""
        rows = sample("paypal_trr.csv").splitlines(True)
        rows[4:4] = [rows[4]]
        data = b"".join(rows).replace(b'"RC",3', b'"RC",4').replace(b'"SC",3', b'"SC",4')
        problem = self.refused(data, "row_repeated", row=6, column="Transaction ID")
        self.assertIn("row 5", problem.message)

    def test_cut_off_anywhere(self):
        """No byte at which a file ends early lets money in by halves."""
        for name, case in CASES.items():
            whole = sample(name).rstrip()
            _problems, lines = self.told(whole, case)
            rows = {line[0] for line in lines}
            for end in range(len(whole) - 1, 0, -(1 + len(whole) // 400)):
                problems, kept = self.told(whole[:end], case)
                if problems or kept == lines:
                    continue
                last = whole[:end].count(b"\n") + 1
                complete = [line for line in lines if line[0] < last]
                # What is cut off behind the last amount of a row, such as a note, is no money.
                self.assertIn(kept, (complete, [line for line in lines if line[0] <= last]),
                              (name, end))
                self.assertTrue(case.open_end or len(rows) == len({row for row, *_ in kept}),
                                (name, end))

    def test_a_quotation_mark_too_many(self):
        """It swallows the rows up to the next one, and their money."""
        for name, case in CASES.items():
            rows = sample(name).splitlines(True)
            place = case.twice[0] - 1
            for sign in (b",", b"\t"):
                if sign in rows[place].rstrip(b"\r\n"):
                    spoilt = rows[place].replace(sign, sign + b'"', 1)
                    data = b"".join([*rows[:place], spoilt, *rows[place + 1:]])
                    problems, kept = self.told(data, case)
                    _none, lines = self.told(sample(name), case)
                    self.assertTrue(problems or kept == lines, (name, sign))
                    break

    def test_other_encodings(self):
        for name, case in CASES.items():
            text = sample(name).decode(case.encoding).removeprefix("\ufeff")
            problems, lines = self.told(sample(name), case)
            encodings = ["utf-8", "utf-8-sig", "utf-16"]
            if case.encoding == "gb18030":
                encodings.append("gb18030")
            for encoding in encodings:
                with self.subTest(name, encoding=encoding):
                    self.assertEqual(self.told(text.encode(encoding), case), (problems, lines))

    def test_encoding_that_was_told_wrongly(self):
        for name in ("alipay_trade.csv", "alipay_fund.csv"):
            for encoding, code in (("utf-8", "encoding_broken"), ("nonsense", "encoding_broken"),
                                   ("hex", "encoding_broken"), ("cp1252", "unknown_file"),
                                   ("utf-16", "encoding_broken")):
                with self.subTest(name, encoding=encoding):
                    self.assertRemedy(self.refused(sample(name), code, encoding=encoding))

    def test_workbooks(self):
        """Cut off they cannot be opened; an order that is in one twice is in no total."""
        for name, ref in WORKBOOKS.items():
            whole = sample(name)
            for end in range(len(whole) - 1, 0, -len(whole) // 40):
                with self.assertRaises(ReadError, msg=(name, end)) as caught:
                    read(whole[:end])
                self.assertRemedy(caught.exception.problem)
            book = openpyxl.load_workbook(io.BytesIO(whole))
            sheet = book["Income"]
            row = next(row for row in sheet.iter_rows() if ref in [cell.value for cell in row])
            sheet.append([cell.value for cell in row])
            stream = io.BytesIO()
            book.save(stream)
            [reader] = read_statement(name, stream.getvalue())
            problems = [problem for document in reader.documents.values()
                        for problem in document.problems]
            self.assertEqual([problem.code for problem in problems], ["not_balanced"], name)

    def test_names_the_file_of_an_archive(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("whole.csv", sample("alipay_trade.csv"))
            archive.writestr("broken.csv", b"".join(sample("alipay_fund.csv").splitlines(True)[:8]))
        problem = self.refused(stream.getvalue(), "cut_off", row=8)
        self.assertIn("broken.csv: The bill ends in row 8", problem.message)

    def test_names_the_file(self):
        problem = self.refused(b"a,b\n1,2\n", "unknown_file", name="Mai (1).csv")
        self.assertIn("Mai (1).csv", problem.message)


@tagged("standard", "at_install", "xb_core")
class TestMemory(StatementCase):

    def peak(self, lines):
        """Return the bytes that reading a settlement of so many lines has taken at most.

        Only what our reading has allocated: the server's other threads allocate as they like.
        """
        head = "\t".join(amazon.FIELDS)
        total = f"{lines}.00"
        with tempfile.TemporaryFile() as file:
            file.write("\n".join((head, "\t".join([
                "1", "2026-05-04 00:00:00 UTC", "2026-05-18 00:00:00 UTC",
                "2026-05-20 00:00:00 UTC", total, "USD", *[""] * 16]), "")).encode())
            for place in range(lines):
                file.write("\t".join([
                    "1", *[""] * 5, "Order", f"111-{place:07}", "", "", "", "", "ItemPrice",
                    "Principal", "1.00", *[""] * 7, "\n"]).encode())
            tracemalloc.start()
            try:
                [reader] = read_statement("long.txt", file)
                count = most = 0
                for count, _line in enumerate(reader.lines(), 1):
                    if count % (lines // 5) == 0:
                        most = max(most, sum(trace.size for trace in tracemalloc.take_snapshot(
                            ).filter_traces([tracemalloc.Filter(True, "*/xb_*/core/*")]).traces))
                self.assertEqual((count, reader.documents["1"].difference), (lines, 0))
                return most
            finally:
                tracemalloc.stop()

    def test_is_the_same_for_six_times_the_lines(self):
        self.peak(100)
        short, long = self.peak(1_500), self.peak(9_000)
        self.assertGreater(short, 0)
        self.assertLess(long - short, 200_000, (short, long))
