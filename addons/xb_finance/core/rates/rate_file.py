"""Rates in a file of the user's: columns date, currency and rate, in any order."""

from odoo.addons.xb_orders.core import dates
from odoo.addons.xb_orders.core.problem import _lt

from ..statements.base import Numbers, StatementError, local_day
from ..statements.source import Source, open_source
from ..statements.table import Columns, complete
from .table import RateTable

ALIASES = {
    "date": ("date", "day", "日期", "datum"),
    "currency": ("currency", "code", "currency code", "币种", "货币", "währung"),
    "rate": ("rate", "exchange rate", "汇率", "kurs"),
}
LABEL = "rate file"


def parse(name: str, data: bytes, base: str, decimal: str = ".") -> RateTable:
    """Return the rates of a file.

    :param base: the currency that one unit is of; the rates are units of the others.
    :raise ReadError: naming row and column.
    """
    [source, *_others] = open_source(name, data)
    rows = _rows(source)
    header = next(rows)
    columns = Columns(header.cells, ALIASES)
    columns.require(ALIASES, ALIASES, LABEL, header.number)
    numbers, table = Numbers(decimal), RateTable(base)
    order = dates.decide(dates.count(columns.text(row, "date") for row in _rows(source)
                                     if row.number > header.number)).order
    for row in complete(rows, columns, max(columns.places.values()) + 1, LABEL):
        text = columns.text(row, "date")
        try:
            day = local_day(text, order)
            rate = numbers.read(columns.text(row, "rate"), row.number, columns.heading("rate"))
            table.add(day, columns.text(row, "currency").upper(), rate)
        except StatementError:
            raise
        except (ValueError, TypeError):
            raise StatementError("rate_unreadable", _lt(
                'Row %(row)s: "%(day)s", "%(rate)s" is no day with a positive rate. Correct the '
                "row and upload the file again."), row=row.number,
                column=columns.heading("rate"), day=text,
                rate=columns.text(row, "rate")) from None
    return table


def _rows(source: Source):
    if source.is_workbook:
        return iter(next(iter(source.sheets.values())))
    return source.rows(source.delimiter)
