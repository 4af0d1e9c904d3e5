"""Tables as XLSX workbooks, written row by row in constant memory."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from odoo.addons.xb_orders.core.text import safe_cell

TEXT, MONEY, DATE, TIME, NUMBER = "text", "money", "date", "time", "number"
DATE_FORMAT, TIME_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    :param heading: as it stands in the first row.
    :param kind: :data:`TEXT`, :data:`MONEY`, :data:`DATE`, :data:`TIME` or :data:`NUMBER`.
    :param digits: decimals of money.
    :param total: whether a formula at the end adds it up.
    """

    heading: str
    kind: str = TEXT
    digits: int = 2
    width: int = 14
    total: bool = False


def write(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]],
          total_label: str = "Total") -> bytes:
    """Return a workbook with one sheet: frozen headings, filters, number formats, totals that
    are formulas.

    :param rows: values in the order of the columns; None for an empty cell. They are taken one
        by one, so a generator needs no more memory than its row.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False})
    sheet = book.add_worksheet(title[:31] or "Sheet")
    bold = book.add_format({"bold": True, "bottom": 1})
    formats = [_format(book, column) for column in columns]
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.heading, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            _cell(sheet, last, place, columns[place], value, formats[place])
    _totals(book, sheet, columns, last, total_label)
    sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
    book.close()
    return stream.getvalue()


def _format(book, column: Column):
    if column.kind == MONEY:
        number = f"#,##0.{'0' * column.digits}" if column.digits else "#,##0"
        return book.add_format({"num_format": f"{number};[Red]-{number}"})
    if column.kind in (DATE, TIME):
        return book.add_format(
            {"num_format": DATE_FORMAT if column.kind == DATE else TIME_FORMAT})
    return None


def _cell(sheet, row: int, place: int, column: Column, value: Any, format_) -> None:
    if value is None or value is False or value == "":
        return
    if column.kind in (MONEY, NUMBER):
        sheet.write_number(row, place, value, format_)
    elif column.kind in (DATE, TIME):
        sheet.write_datetime(row, place, value, format_)
    else:
        sheet.write_string(row, place, safe_cell(str(value)))


def _totals(book, sheet, columns: Sequence[Column], last: int, label: str) -> None:
    if not last or not any(column.total for column in columns):
        return
    bold = {"bold": True, "top": 1}
    sheet.write_string(last + 1, 0, label, book.add_format(bold))
    for place, column in enumerate(columns):
        if column.total:
            name = xl_col_to_name(place)
            number = f"#,##0.{'0' * column.digits}" if column.digits else "#,##0"
            sheet.write_formula(last + 1, place, f"=SUM({name}2:{name}{last + 1})",
                                book.add_format({**bold, "num_format": number}))
