"""The rows of a file that need a person, given back as a file with the reason beside each.

The columns stand as they came, so that the file can be repaired and uploaded again.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

from .grid import cell_text
from .options import ReadOptions
from .problem import ReadError, _lt
from .settings import Decisions
from .sheet import open_file
from .text import REASON_MARK, clean, safe_cell

WIDTH = 16
REASON_WIDTH = 60
# What the reading decided and what is needed to find the same rows again.
PLACE = ("encoding", "delimiter", "sheet", "header_row")


@dataclass
class Table:
    """Some rows of a file.

    :param header: the headings as they stand.
    :param rows: row number -> cells, in the order of the file.
    :param delimiter: what a CSV file's columns end with, ``,`` for a workbook.
    """

    header: list[str]
    rows: dict[int, list[Any]]
    delimiter: str = ","


def table(data: bytes, settings: Mapping[str, str], numbers: set[int],
          limits: Mapping | None = None) -> Table:
    """Return the rows with the given numbers, found as the import found them.

    :param data: the file's bytes.
    :param settings: key -> value of the reading's settings.
    :param limits: other :class:`ReadOptions`.
    :raise ReadError: when the file cannot be read (any more).
    """
    options = {key: settings[key] for key in PLACE if settings.get(key)}
    options["header_row"] = int(options.get("header_row") or 1)
    options = ReadOptions.of({**(limits or {}), **options})
    grids = open_file(data, options, Decisions())
    grid = next((grid for grid in grids if options.sheet in ("", grid.name)), None)
    if grid is None:
        raise ReadError("option_invalid", _lt("The file does not have the sheet any more."))
    header, rows = [], {}
    for row in grid.load():
        if row.number == options.header_row:
            header = [clean(cell_text(cell)) for cell in row.cells]
        elif row.number in numbers:
            rows[row.number] = row.cells
    return Table(header, rows, options.delimiter or ",")


def write_csv(given: Table, headings: Sequence[str], reasons: Mapping[int, Sequence[str]]) -> bytes:
    """Return the rows as a CSV file (UTF-8 with its mark, for spreadsheets).

    :param headings: of the columns that are added.
    :param reasons: row number -> texts of the added columns.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=given.delimiter)
    keep, header = _columns(given)
    writer.writerow([*map(safe_cell, header), *(f"{REASON_MARK} {text}" for text in headings)])
    for number, cells in given.rows.items():
        texts = [safe_cell(cell_text(_cell(cells, index))) for index in keep]
        writer.writerow([*texts, *map(safe_cell, _reason(reasons, number, headings))])
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(given: Table, headings: Sequence[str],
               reasons: Mapping[int, Sequence[str]]) -> bytes:
    """Return the rows as a workbook; text stays text, whatever it begins with."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    reason = book.add_format({"bold": True, "bg_color": "#fff3cd"})
    wrapped = book.add_format({"text_wrap": True, "bg_color": "#fff3cd", "valign": "top"})
    keep, header = _columns(given)
    for place, text in enumerate(header):
        sheet.write_string(0, place, safe_cell(text), bold)
    for place, text in enumerate(headings, len(header)):
        sheet.write_string(0, place, f"{REASON_MARK} {text}", reason)
    for line, (number, cells) in enumerate(given.rows.items(), 1):
        for place, index in enumerate(keep):
            _write(sheet, line, place, _cell(cells, index))
        for place, text in enumerate(_reason(reasons, number, headings), len(header)):
            sheet.write_string(line, place, safe_cell(text), wrapped)
    sheet.set_column(0, len(header) - 1, WIDTH)
    sheet.set_column(len(header), len(header) + len(headings) - 1, REASON_WIDTH)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _columns(given: Table) -> tuple[list[int], list[str]]:
    """Return positions and headings without the columns of an earlier repair."""
    keep = [index for index, text in enumerate(given.header) if not text.startswith(REASON_MARK)]
    return keep, [given.header[index] for index in keep]


def _cell(cells: Sequence[Any], index: int) -> Any:
    return cells[index] if index < len(cells) else ""


def _reason(reasons: Mapping[int, Sequence[str]], number: int, headings: Sequence) -> Sequence[str]:
    return reasons.get(number) or [""] * len(headings)


def _write(sheet, line: int, place: int, cell: Any) -> None:
    if isinstance(cell, datetime | date):
        sheet.write_datetime(line, place, cell)
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        sheet.write_number(line, place, cell)
    else:
        text = safe_cell(cell_text(cell))
        if text:
            sheet.write_string(line, place, text)
