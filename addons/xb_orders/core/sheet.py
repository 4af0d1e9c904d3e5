"""A file with its columns understood: typed records, and every decision that led to them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import columns as col
from . import dates, decimals
from .columns import Column
from .csv_file import open_csv
from .grid import Grid, Row, cell_text
from .options import ALL, ReadOptions
from .problem import Phrase, Problem, ReadError, _lt, shown
from .settings import GIVEN, MEASURED, Decisions
from .spill import Spill
from .text import REASON_MARK, clean
from .xlsx_file import open_xlsx

# First bytes of files that are no tables, whatever their names say.
# (Dicts rather than pairs: see tests/test_terms.py.)
FOREIGN = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": _lt(
        "This is an old .xls workbook or one with a password. Open it in a spreadsheet, save it "
        "as .xlsx without a password and upload that."),
    b"%PDF": _lt("This is a PDF document. Export the orders as CSV or XLSX and upload that."),
    b"\x1f\x8b": _lt("This is a compressed file (gzip). Unpack it and upload the file in it."),
    b"7z\xbc\xaf\x27\x1c": _lt(
        "This is a compressed file (7z). Unpack it and upload the file in it."),
    b"Rar!": _lt("This is a compressed file (RAR). Unpack it and upload the file in it."),
    b"\x89PNG": _lt("This is a picture. Export the orders as CSV or XLSX and upload that."),
    b"\xff\xd8\xff": _lt("This is a picture. Export the orders as CSV or XLSX and upload that."),
}
MARKUP = {
    b"<": _lt(
        "This is a web page or XML, even if its name says otherwise. Open it in a "
        "spreadsheet, save it as .xlsx and upload that."),
    b"{": _lt(
        "This is JSON. Hand it over through the interface for programs, or export the "
        "orders as CSV or XLSX."),
}


def check_size(size: int, options: ReadOptions) -> None:
    """Refuse a file of more bytes than are read, before anything is done with it.

    :raise ReadError: when it is too large.
    """
    if size > options.max_bytes:
        raise ReadError("file_too_large", _lt(
            "The file has %(size)s MB; at most %(limit)s MB are read. Split it into several "
            "files."), size=size // (1024 * 1024), limit=options.max_bytes // (1024 * 1024))


def open_file(data: bytes, options: ReadOptions, decisions: Decisions) -> list[Grid]:
    """Return the tables of a file, recognised by its content, never by its name.

    :raise ReadError: when it is no table, or larger than is allowed.
    """
    check_size(len(data), options)
    if not data.strip():
        raise ReadError("file_empty", _lt("The file is empty. Export it again."))
    for start, sentence in FOREIGN.items():
        if data.startswith(start):
            raise ReadError("wrong_type", sentence)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        decisions.decide("format", "xlsx", MEASURED, _lt("The file is a workbook."))
        return open_xlsx(data, options, decisions)
    head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, sentence in MARKUP.items():
        if head.startswith(start):
            raise ReadError("wrong_type", sentence)
    decisions.decide("format", "csv", MEASURED, _lt("The file is text."))
    return open_csv(data, options, decisions)


@dataclass(slots=True)
class Record:
    """One row with its columns understood.

    :param row: 1-based line or row number in the file.
    :param values: field -> str, Decimal, aware datetime or None.
    :param problems: what could not be read in it.
    :param cells: the cells as they stand in the file.
    :param extra: heading -> text of the filled cells that no field takes.
    """

    row: int
    values: dict[str, Any]
    cells: list[Any]
    problems: list[Problem] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field's value, the default when there is no such column or it is empty."""
        value = self.values.get(name)
        return default if value is None else value


class Sheet:
    """The rows under a row of headings.

    :param header: the headings as they stand.
    :param columns: the understood columns by field.
    :param records: the rows that are not blank, in order.
    """

    def __init__(self, header: list[str], columns: dict[str, Column], records: Sequence[Record]):
        self.header = header
        self.columns = columns
        self.records = records

    def currency_in(self, record: Record, name: str) -> str:
        """Return the ISO code that a record's number is written with, or empty."""
        column = self.columns.get(name)
        if column is None or column.index >= len(record.cells):
            return ""
        return col.currency_of(record.cells[column.index])


class SheetBuilder:
    """Builds a :class:`Sheet`, deciding per column how it is written.

    :param fields: the layout's fields by name.
    :param places: field -> position of its column.
    :param decimal_sign: the sign of the country whose layout the file has, or empty.
    """

    def __init__(self, grid: Grid, header_row: int, header: list[str], fields: Mapping,
                 places: Mapping[str, int], options: ReadOptions, decisions: Decisions,
                 decimal_sign: str = ""):
        self.grid = grid
        self.decimal_sign = decimal_sign
        self.header = header
        self.fields = fields
        self.places = places
        self.options = options
        self.decisions = decisions
        self.zone = options.zone()
        self.rows = Spill(row for row in self._rows(header_row) if not row.is_blank())
        self.last_row = self.rows[-1].number if self.rows else 0

    def build(self) -> Sheet:
        """Decide, then read every row."""
        styles = self._decimal_styles()
        columns = {}
        for name, index in self.places.items():
            kind = self.fields[name].kind
            parse, setting = col.parse_text, ""
            if kind == col.ID:
                parse = col.parse_identifier
            elif kind == col.DECIMAL:
                parse, setting = col.decimal_parser(styles[name]), styles[name].decimal
            elif kind == col.TIME:
                order = self._date_order(name, styles)
                parse = col.time_parser(order, self.zone, self.grid.epoch)
                setting = Phrase(ORDER_WORDS[order.order])
            watch = self._is_at_clock_change if kind == col.TIME else None
            columns[name] = Column(name, index, self.header[index], kind, parse, setting, watch)
        records = Spill(self._records(columns))
        self._tell_clock_changes(columns.values())
        return Sheet(self.header, columns, records)

    def _rows(self, header_row: int) -> Iterator[Row]:
        for row in self.grid.load():
            if row.number <= header_row:
                continue
            if [clean(cell_text(cell)) for cell in row.cells] == self.header:
                self.decisions.remark("header_repeated", _lt(
                    "Row %(row)s repeats the headings and was left out. The file seems to be put "
                    "together from several; check that nothing is in it twice."), row=row.number)
                continue
            yield row

    def _cells(self, name: str) -> Iterator[Any]:
        index = self.places[name]
        return (row.cells[index] for row in self.rows if index < len(row.cells))

    def _texts(self, name: str) -> Iterator[str]:
        return (clean(cell) for cell in self._cells(name) if isinstance(cell, str))

    # === DECISIONS === #

    def _decimal_styles(self) -> dict[str, decimals.Style]:
        names = [name for name in self.places if self.fields[name].kind == col.DECIMAL]
        measured = decimals.decide(
            {name: decimals.count(self._texts(name)) for name in names}, self.grid.decimal_hint,
            self.decimal_sign)
        styles = {}
        for name in names:
            given = self.options.decimal.get(name) or self.options.decimal.get(ALL)
            style = decimals.Style(given, GIVEN, why=GIVEN) if given else measured[name]
            styles[name] = style
            self.decisions.decide(
                f"decimal.{name}", style.decimal, style.how, DECIMAL_WHY[style.why],
                ambiguous=style.ambiguous, choices=_number_choices(style, self._texts(name)),
                subject=self.fields[name].label)
        return styles

    def _date_order(self, name: str, styles: Mapping[str, decimals.Style]) -> dates.Order:
        given = self.options.date_order.get(name) or self.options.date_order.get(ALL)
        order = dates.decide(dates.count(self._texts(name)), self._order_hint(styles))
        if given:
            order = dates.Order(given, GIVEN, why=GIVEN)
        why, ambiguous = DATE_WHY[order.why], order.ambiguous
        if not given and any(True for _text in self._texts(name)) and any(
                isinstance(cell, datetime) for cell in self._cells(name)):
            # What a spreadsheet understood it has turned into dates, perhaps the wrong ones.
            why, ambiguous = DATE_WHY["half"], True
        self.decisions.decide(f"date_order.{name}", order.order, order.how, why,
                              ambiguous=ambiguous, words=ORDER_WORDS,
                              choices=_date_choices(ambiguous, self._texts(name)),
                              subject=self.fields[name].label)
        return order

    def _order_hint(self, styles: Mapping[str, decimals.Style]) -> str:
        """Countries that write a decimal comma write the day first; the point says nothing."""
        commas = any(style.decimal == decimals.COMMA and style.why == "cells"
                     for style in styles.values())
        return dates.DMY if commas or self.grid.decimal_hint == decimals.COMMA else ""

    def _is_at_clock_change(self, moment: Any) -> bool:
        """Tell whether a local time happened twice or never, when the clocks were changed."""
        return (isinstance(moment, datetime) and moment.tzinfo is self.zone
                and moment.utcoffset() != moment.replace(fold=1).utcoffset())

    def _tell_clock_changes(self, columns: Iterable[Column]) -> None:
        for column in columns:
            if column.found is not None:
                self.decisions.remark("clock_change", _lt(
                    'In the column "%(column)s" times such as %(time)s lie in the hour in '
                    "which the clocks were changed; they may be an hour off."),
                    column=column.heading,
                    time=column.found.replace(tzinfo=None).isoformat(" "))

    # === RECORDS === #

    def _records(self, columns: dict[str, Column]) -> Iterator[Record]:
        readers = [(name, column.index, column.value_of) for name, column in columns.items()]
        others = [(index, text) for index, text in enumerate(self.header)
                  if index not in set(self.places.values()) and text
                  and not text.startswith(REASON_MARK)]
        width = len(self.header)
        for row in self.rows:
            cells = row.cells
            record = Record(row.number, {}, cells)
            for name, index, read in readers:
                cell = cells[index] if index < len(cells) else ""
                value, fault = read(cell)
                record.values[name] = value
                if fault:
                    record.problems.append(self._fault(fault, columns[name], row.number, cell))
            for index, text in others:
                if index < len(cells) and cells[index] not in (None, ""):
                    record.extra[text] = clean(cell_text(cells[index]))
            if len(cells) > width or (len(cells) < width and self.grid.ragged):
                record.problems += self._width_problems(row, width)
            if row.number == self.grid.cut_row:
                record.problems.append(Problem("cut_off", _lt(
                    "Row %(row)s ends inside a quotation: the file is cut off here. Get the "
                    "whole file."), values={"row": row.number}, row=row.number))
            yield record

    @staticmethod
    def _fault(fault: col.Fault, column: Column, row: int, cell: Any) -> Problem:
        return Problem(fault.code, fault.template, row=row, column=column.heading,
                       values=col.fault_values(fault, column, row, cell))

    def _width_problems(self, row: Row, width: int) -> Iterator[Problem]:
        values = {"row": row.number, "cells": len(row.cells), "width": width}
        if len(row.cells) > width:
            if any(clean(cell_text(cell)) for cell in row.cells[width:]):
                yield Problem("row_too_long", _lt(
                    "Row %(row)s has %(cells)s cells under %(width)s headings, so its cells may "
                    "stand under the wrong ones. Put texts that contain the delimiter in "
                    "quotation marks."), values=values, row=row.number)
            return
        required = any(self.fields[name].required and index >= len(row.cells)
                       for name, index in self.places.items())
        last = row.number == self.last_row
        template = _lt("Row %(row)s has only %(cells)s of %(width)s cells.")
        if last:
            template = _lt("Row %(row)s, the last one, has only %(cells)s of %(width)s cells: the "
                         "file seems to be cut off here. Get the whole file.")
        elif required:
            template = _lt("Row %(row)s has only %(cells)s of %(width)s cells. Complete it in the "
                         "file and upload the file again.")
        yield Problem("row_too_short", template, values=values, row=row.number,
                      blocking=last or required)


ORDER_WORDS = {dates.DMY: _lt("day first"), dates.MDY: _lt("month first")}
DECIMAL_WHY = {
    GIVEN: _lt("Chosen by you."),
    "cells": _lt("The column's numbers can be read in no other way."),
    "whole": _lt("The column's numbers are whole; the decimal sign makes no difference."),
    "mixed": _lt("The column uses both decimal signs; this is the more frequent one."),
    "columns": _lt("The column's numbers can be read in two ways; the others use this sign."),
    "layout": _lt("The country whose layout the file has writes numbers like this."),
    "delimiter": _lt("The column's numbers can be read in two ways; the delimiter suggests this."),
    "nothing": _lt("The column's numbers can be read in two ways and nothing speaks for either."),
}
DATE_WHY = {
    GIVEN: _lt("Chosen by you."),
    "cells": _lt("Some of the column's dates can be read in no other way."),
    "fixed": _lt("The column's dates can be read in only one way."),
    "mixed": _lt("Some of the column's dates are day first, others month first; this is the more "
               "frequent order."),
    "dots": _lt("Dates with dots are day first wherever they are written."),
    "halves": _lt("The column's dates can be read in two ways; a clock with AM and PM suggests "
                "month first."),
    "numbers": _lt("The column's dates can be read in two ways; the numbers are written as where "
                 "the day comes first."),
    "nothing": _lt("The column's dates can be read in two ways and nothing speaks for either."),
    "half": _lt("Some of the column's cells are dates, others text: a spreadsheet seems to have "
              "converted those it understood, perhaps with day and month exchanged. Upload the "
              "original file rather than one that was opened and saved."),
}


def _number_choices(style: decimals.Style, texts: Iterable[str]) -> dict[str, str]:
    """Return decimal sign -> what the first doubtful number would be."""
    if not style.ambiguous:
        return {}
    for text in texts:
        reading = decimals.interpret(text)
        if reading and reading.evidence == decimals.EITHER:
            return {sign: f"{shown(text, 20)} = {value}"
                    for sign, value in reading.values.items()}
    return {decimals.POINT: "1234.56", decimals.COMMA: "1234,56"}


def _date_choices(ambiguous: bool, texts: Iterable[str]) -> dict[str, str]:
    """Return order -> the days from which to which the column would reach."""
    if not ambiguous:
        return {}
    choices = {}
    distinct = Counter(texts)
    for order in (dates.DMY, dates.MDY):
        days = []
        for text in distinct:
            try:
                written = dates.interpret(text)
                days += [written.moment(order).date()] if written else []
            except ValueError:
                continue
        if days:
            choices[order] = f"{min(days).isoformat()} … {max(days).isoformat()}"
    return choices

