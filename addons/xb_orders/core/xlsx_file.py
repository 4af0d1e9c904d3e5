"""XLSX workbooks, read without trusting what is inside the ZIP archive."""

import io
import zipfile
from collections.abc import Iterator
from itertools import islice

import openpyxl

from .grid import SAMPLE_ROWS, Grid, Row
from .options import ReadOptions
from .problem import ReadError, _lt
from .settings import Decisions
from .spill import Spill

MAX_PARTS = 5_000
MAX_SHEETS = 20
# A workbook's XML shrinks to a tenth, rarely to a fiftieth.
MAX_RATIO = 200
RATIO_FROM = 8 * 1024 * 1024
PROLOG = 64 * 1024
# Cells right of the headings that are looked at to find rows that are too long.
OVERHANG = 20
LAST_ROW = 1_048_576


def open_xlsx(data: bytes, options: ReadOptions, decisions: Decisions) -> list[Grid]:
    """Return the tables of a workbook, one per visible sheet.

    :raise ReadError: for an archive that is no workbook, lies about its size, or has more than
        is allowed.
    """
    _check_archive(data, options)
    # Hostile bytes make the library fail in any way: KeyError, ParseError, OverflowError, ...
    # Whatever it was, the file cannot be read, and no record has been touched.
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        return [_grid(sheet, options) for sheet in sheets[:MAX_SHEETS]]
    except ReadError:
        raise
    except Exception as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> ReadError:
    return ReadError("workbook_broken", _lt(
        "The workbook is damaged and cannot be read (%(reason)s). Open it in a spreadsheet, save "
        "it again as .xlsx and upload that."), reason=type(error).__name__)


def _check_archive(data: bytes, options: ReadOptions) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            _check_kind(names)
            _check_sizes(parts, options)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        _check_prolog(stream.read(PROLOG))
    except ReadError:
        raise
    # zipfile lets through whatever struct, zlib and its own checks raise
    except Exception as error:
        raise _unreadable(error) from error


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    if "content.xml" in names or "mimetype" in names:
        raise ReadError("wrong_type", _lt(
            "This is an OpenDocument file. Save it as .xlsx or CSV and upload that."))
    if "xl/workbook.bin" in names:
        raise ReadError("wrong_type", _lt(
            "This is a binary workbook (.xlsb). Save it as .xlsx or CSV and upload that."))
    raise ReadError("wrong_type", _lt(
        "This is a ZIP archive, but no workbook. Unpack it and upload the CSV or XLSX file in "
        "it."))


def _check_sizes(parts: list[zipfile.ZipInfo], options: ReadOptions) -> None:
    """Refuse by the declared sizes; the archive reader never unpacks more than is declared."""
    unpacked = sum(part.file_size for part in parts)
    bomb = any(part.file_size > RATIO_FROM and part.file_size > part.compress_size * MAX_RATIO
               for part in parts)
    if len(parts) > MAX_PARTS or unpacked > options.max_unpacked or bomb:
        raise ReadError("workbook_too_large", _lt(
            "The workbook unpacks to %(size)s MB, more than is accepted. Save it as CSV, or "
            "split it."), size=unpacked // (1024 * 1024))
    if any(part.flag_bits & 1 for part in parts):
        raise ReadError("wrong_type", _lt(
            "The archive is encrypted. Save the workbook without a password and upload that."))


def _check_prolog(head: bytes) -> None:
    """Refuse document types: a workbook has none, an entity bomb needs one."""
    if b"<!DOCTYPE" in head.replace(b"\x00", b"").upper():
        raise ReadError("workbook_unsafe", _lt(
            "The workbook contains XML that no spreadsheet writes (a document type). It is not "
            "opened; export it again from the source."))


def _grid(sheet, options: ReadOptions) -> Grid:
    # The declared size of a sheet is often wrong: read what is there.
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()
    sample = list(islice(_rows(sheet, None), SAMPLE_ROWS))
    width = max((len(row.cells) for row in sample), default=0)
    if width > options.max_columns:
        raise ReadError("too_many_columns", _lt(
            'The sheet "%(sheet)s" has %(width)s columns; at most %(limit)s are read. Remove the '
            "columns that are not needed."),
            sheet=sheet.title, width=width, limit=options.max_columns)
    return Grid(sheet.title, sample, lambda: _load(sheet, width + OVERHANG, options),
                epoch=sheet.parent.epoch, ragged=False)


def _load(sheet, width: int, options: ReadOptions) -> Spill:
    rows = Spill()
    try:
        for row in _rows(sheet, width):
            if row.cells:
                rows.append(row)
            # Row numbers may jump, so the rows that are not there take time as well.
            if len(rows) > options.max_rows or row.number > LAST_ROW:
                raise ReadError("too_many_rows", _lt(
                    "The file has more than %(limit)s rows. Split it into several files."),
                    limit=options.max_rows)
    except ReadError:
        raise
    except Exception as error:  # see open_xlsx
        raise _unreadable(error) from error
    return rows


def _rows(sheet, width: int | None) -> Iterator[Row]:
    for number, cells in enumerate(sheet.iter_rows(max_col=width, values_only=True), 1):
        if cells.count(None) == len(cells):
            yield Row(number, [])
            continue
        cells = list(cells)
        while cells[-1] is None:
            cells.pop()
        yield Row(number, cells)
