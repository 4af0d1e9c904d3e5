"""Which format a file is, and a refusal that helps when it is none."""

from collections.abc import Callable
from typing import BinaryIO

from odoo.addons.xb_orders.core.problem import Phrase, ReadError, _lt

from .alipay import LOOKALIKE_SUMMARY, AlipayFund, AlipayTrade
from .amazon import AmazonSettlement
from .base import Format, Options, StatementError
from .generic import MappedStatement
from .paypal_activity import PayPalActivity
from .paypal_report import PayPalReport
from .shopee import ShopeeIncome
from .shopify import ShopifyPayouts, ShopifyTransactions
from .source import Source, fold, open_source

FORMATS: tuple[type[Format], ...] = (
    AmazonSettlement, PayPalReport, PayPalActivity, ShopifyTransactions, ShopifyPayouts,
    AlipayTrade, AlipayFund, ShopeeIncome, MappedStatement,
)
BY_CODE = {format_.code: format_ for format_ in FORMATS}

# Headings that prove another report, and what to download instead.
# (Dicts rather than pairs, for the collector of terms.)
ORDER_REPORT = _lt("This is an Amazon order report, not a settlement. Upload it under Orders.")
SHOPEE_ORDERS = _lt("This is Shopee's order export, not an income report. Upload it under Orders.")
LOOKALIKES = {
    frozenset(("settlement-id", "price-type", "item-related-fee-type")): _lt(
        "This is Amazon's old settlement file (V1). Download the settlement as flat file V2."),
    frozenset(("date/time", "settlement id", "product sales", "selling fees")): _lt(
        "This is Amazon's date range report. It does not tie to a payout: download the settlement "
        "as flat file V2 (Payments, All Statements)."),
    frozenset(("amazon-order-id", "purchase-date", "item-price")): ORDER_REPORT,
    frozenset(("order-id", "order-item-id", "purchase-date")): ORDER_REPORT,
    frozenset(("name", "financial status", "lineitem name")): _lt(
        "This is Shopify's orders export, not a payout. Export the transactions of the payouts."),
    LOOKALIKE_SUMMARY: _lt(
        "This is Alipay's summary bill (业务明细(汇总)), which has no orders. Upload the "
        "业务明细 or the 账务明细."),
    frozenset(("settlementbatchid", "3dauthentication", "status")): _lt(
        "This is Antom's transaction report. Download the settlement detail report."),
}
SHEET_LOOKALIKES = {
    frozenset(("order id", "order status", "tracking number*")): SHOPEE_ORDERS,
    frozenset(("no. pesanan", "status pesanan")): SHOPEE_ORDERS,
    frozenset(("transaction type", "money direction", "balance after transactions")): _lt(
        "This is Shopee's wallet report. Upload the income report (Income.released); the wallet "
        "only moves what it lists."),
}


def read_statement(name: str, data: bytes | BinaryIO, options: Options | None = None,
                   code: str = "", tell: Callable[[], None] | None = None) -> list[Format]:
    """Read a file.

    :param name: file name, for messages and for documents that have no number.
    :param data: its bytes, or a binary file that stays open while the readers are used.
    :param code: format told by a person, or empty to recognise it.
    :param tell: called from time to time while it is read.
    :return: the readers, read: one, or several when an archive holds several bills.
    :raise StatementError: when the file is refused; ``problem`` says row, column and remedy.
    """
    options = options or Options()
    readers, refusals = [], []
    sources = open_source(name, data, options.encoding)
    for source in sources:
        try:
            reader = _reader(source, options, code)
            reader.tell = tell
            readers.append(reader.read())
        except ReadError as error:
            refusals.append(_named(source, error) if len(sources) > 1 else error)
    if not readers or any(error.problem.code not in ("lookalike", "unknown_file")
                          for error in refusals):
        raise refusals[0] if len(refusals) == 1 else next(
            (error for error in refusals if error.problem.code not in (
                "lookalike", "unknown_file")), refusals[0])
    return readers


def _named(source: Source, error: ReadError) -> StatementError:
    """Return an error that says which file of an archive it is about."""
    problem = error.problem
    return StatementError(
        problem.code, _lt("%(entry)s: %(sentence)s"), row=problem.row, column=problem.column,
        entry=source.name, sentence=Phrase(problem.template, problem.values))


def recognise(name: str, data: bytes | BinaryIO, options: Options | None = None,
              code: str = "") -> type[Format]:
    """Tell what a text file is by its first rows, without reading on.

    :raise StatementError: when it is nothing that is known.
    """
    options = options or Options()
    return type(_reader(open_source(name, data, options.encoding)[0], options, code))


def _reader(source: Source, options: Options, code: str) -> Format:
    if code:
        return BY_CODE[code](source, options)
    for format_ in FORMATS:
        if format_.recognises(source):
            return format_(source, options)
    raise _refusal(source)


def _refusal(source: Source) -> StatementError:
    """Return the refusal of a file that is no statement, as helpful as it can be."""
    if source.is_workbook:
        heads = [[fold(cell) for cell in row.cells] for rows in source.sheets.values()
                 for row in rows[:50]]
        known = SHEET_LOOKALIKES | LOOKALIKES
    else:
        heads, known = source.head, LOOKALIKES
    for wanted, sentence in known.items():
        for row, head in enumerate(heads, 1):
            if wanted <= set(head):
                return StatementError("lookalike", sentence, row=row)
    shown = next((head for head in heads if sum(map(bool, head)) > 1), [])
    return StatementError("unknown_file", _lt(
        "%(file)s is no statement that is known here; its headings are %(headings)s. Download the "
        "report in English, or make a profile for it."), row=1,
        file=source.name, headings=", ".join(filter(None, shown[:8])) or "-")
