"""Tables with a row of headings: which column is which, and cells by name."""

from collections.abc import Iterable, Iterator, Mapping

from odoo.addons.xb_orders.core.grid import Row
from odoo.addons.xb_orders.core.problem import _lt
from odoo.addons.xb_orders.core.text import identifier

from .base import StatementError
from .source import fold


def find_header(rows: Iterable[list[str]], required: Iterable[str]) -> int:
    """Return the index of the first row that holds all required headings (folded), or -1."""
    wanted = set(required)
    for index, cells in enumerate(rows):
        if wanted <= set(cells):
            return index
    return -1


class Columns:
    """The columns of a table by field.

    :param header: the headings as they stand.
    :param aliases: field -> headings that name it, folded.
    """

    def __init__(self, header: list[str], aliases: Mapping[str, Iterable[str]]):
        self.header = header
        self.width = len(header)
        folded: dict[str, int] = {}
        for index, text in enumerate(header):
            folded.setdefault(fold(text), index)
        self.places = {
            name: place for name, texts in aliases.items()
            if (place := next((folded[text] for text in texts if text in folded), None))
            is not None
        }

    def require(self, names: Iterable[str], aliases: Mapping[str, Iterable[str]], label: str,
                row: int) -> None:
        """Refuse a file without the columns that carry its money.

        :raise StatementError: naming every column that is missing.
        """
        missing = [next(iter(aliases[name])) for name in names if name not in self.places]
        if missing:
            raise StatementError("columns_missing", _lt(
                "Row %(row)s: the columns %(missing)s of the %(label)s are not there. Download "
                "the report in English with all its columns."),
                row=row, column=missing[0], missing=", ".join(missing), label=label)

    def heading(self, name: str) -> str:
        """Return a field's heading as it stands, the field's name when there is no column."""
        place = self.places.get(name)
        return name if place is None else self.header[place].strip()

    def text(self, row: Row, name: str) -> str:
        """Return a cell's text, empty when there is no such column or cell."""
        place = self.places.get(name)
        if place is None or place >= len(row.cells):
            return ""
        return row.cells[place].strip()

    def ref(self, row: Row, name: str) -> str:
        """Return an identifier, without what keeps a spreadsheet from turning it into a number."""
        text = self.text(row, name)
        return identifier(text) if text else ""


def complete(rows: Iterable[Row], columns: Columns, needed: int, label: str) -> Iterator[Row]:
    """Yield the filled rows; refuse a file with a row that is not whole.

    :param needed: cells that every row has; what is empty behind them may be left out.
    :raise StatementError: when a row is shorter (the last one of a file that is cut off), or has
        more cells than there are headings (a quotation mark that swallowed the rows after it).
    """
    for row in rows:
        if not any(cell.strip() for cell in row.cells):
            continue
        if len(row.cells) < needed:
            raise StatementError("cut_off", _lt(
                "Row %(row)s has %(cells)s of %(width)s columns: the %(label)s is cut off or "
                "was changed there. Download it again."),
                row=row.number, cells=len(row.cells), width=columns.width, label=label)
        if any(cell.strip() for cell in row.cells[columns.width:]):
            raise StatementError("row_long", _lt(
                "Row %(row)s has %(cells)s cells, the %(label)s has %(width)s columns: a quotation "
                "mark is missing or too many there. Download it again."),
                row=row.number, cells=len(row.cells), width=columns.width, label=label)
        yield row
