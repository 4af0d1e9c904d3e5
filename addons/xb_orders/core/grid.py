"""A table as it stands in a file, before anything is understood of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from openpyxl.utils.datetime import WINDOWS_EPOCH

SAMPLE_ROWS = 60


class Row(NamedTuple):
    """One row: its 1-based line (CSV) or row (XLSX) number and its cells.

    A CSV cell is text; an XLSX cell is text, int, float, bool, datetime, date, time or None.
    """

    number: int
    cells: list[Any]

    def is_blank(self) -> bool:
        """Tell whether every cell is empty."""
        return not any(cell is not None and str(cell).strip() for cell in self.cells)


@dataclass
class Grid:
    """One table of a file.

    :param name: the sheet's title, empty in a CSV file.
    :param sample: the first rows.
    :param load: returns every row; may be called once.
    :param epoch: the day from which a workbook counts its dates.
    :param ragged: True when a row says itself how many cells it has (CSV).
    :param decimal_hint: decimal sign that the kind of file suggests, or empty.
    :param cut_row: number of a last row that looks cut off, 0 when none does.
    """

    name: str
    sample: list[Row]
    load: Callable[[], Iterable[Row]]
    epoch: datetime = WINDOWS_EPOCH
    ragged: bool = True
    decimal_hint: str = ""
    cut_row: int = 0


def cell_text(cell: Any) -> str:
    """Return a cell as text, the way a person would write it.

    A binary floating point number has 15 significant digits in a spreadsheet; what follows is
    noise (2.9789999999999996).
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return plain_number(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def plain_number(number: float) -> str:
    """Return a spreadsheet's number without exponent and without binary noise."""
    return format(Decimal(f"{number:.15g}"), "f")
