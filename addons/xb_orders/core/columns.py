"""Columns: a cell becomes an identifier, a text, a number or a time, or says why it does not."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from openpyxl.utils.datetime import from_excel

from . import dates, decimals
from .grid import cell_text, plain_number
from .problem import Phrase, _lt, shown
from .text import clean, identifier, is_shortened, unguarded

ID, TEXT, DECIMAL, TIME = "id", "text", "decimal", "time"
# A spreadsheet keeps 15 digits of a number.
SAFE_DIGITS = 15
# Distinct cells of a column whose values are remembered; more would fill the memory.
REMEMBERED = 5000
LAST_SERIAL = 2_958_465  # 31 December 9999


class Fault(NamedTuple):
    """Why a cell cannot be read: code and sentence, completed by row, column and text."""

    code: str
    template: str


SHORTENED = Fault("number_shortened", _lt(
    'Row %(row)s, column "%(column)s": a spreadsheet has shortened "%(text)s", the other digits '
    "are lost. Format the column as text in the source and export it again."))
DIGITS_LOST = Fault("digits_lost", _lt(
    'Row %(row)s, column "%(column)s": "%(text)s" is a number of more than 15 digits, of which a '
    "spreadsheet keeps only 15. Format the column as text in the source and export it again."))
NO_NUMBER = Fault("number_unreadable", _lt(
    'Row %(row)s, column "%(column)s": "%(text)s" is not a number. Correct it in the file and '
    "upload the file again."))
NUMBER_IS_DATE = Fault("number_is_date", _lt(
    'Row %(row)s, column "%(column)s": a spreadsheet has turned this number into the date '
    "%(text)s. Format the column as text before opening the file, or upload the original."))
OTHER_STYLE = Fault("number_style_differs", _lt(
    'Row %(row)s, column "%(column)s": "%(text)s" is not written like the rest of the column, '
    'whose decimal sign is "%(setting)s". Write it like the others, or choose the other decimal '
    "sign for the column."))
UNCLEAR_STYLE = Fault("number_style_unclear", _lt(
    'Row %(row)s, column "%(column)s": "%(text)s" can be read in two ways, and the column uses '
    'both decimal signs. Write all its numbers in one way, or choose its decimal sign.'))
NO_TIME = Fault("time_unreadable", _lt(
    'Row %(row)s, column "%(column)s": "%(text)s" is not a date or time. Write it like '
    "2026-05-31 14:05 and upload the file again."))
OTHER_ORDER = Fault("date_order_differs", _lt(
    'Row %(row)s, column "%(column)s": "%(text)s" does not fit the order of day and month of the '
    "rest of the column (%(setting)s). Write it like the others, or choose the other order."))
UNCLEAR_ORDER = Fault("date_order_unclear", _lt(
    'Row %(row)s, column "%(column)s": "%(text)s" can be read in two ways, and the column uses '
    "both orders of day and month. Write all its dates in one way, or choose the order."))

Answer = tuple[Any, Fault | None]


class Column:
    """A column with a meaning; reads what is in many cells once.

    :param name: the field it fills.
    :param heading: its heading in the file.
    :param setting: what was decided about it, for the sentences.
    :param watch: says of a value whether a person should know of it; :attr:`found` is the first.
    """

    def __init__(self, name: str, index: int, heading: str, kind: str,
                 parse: Callable[[Any], Answer], setting: str | Phrase = "",
                 watch: Callable[[Any], bool] | None = None):
        self.name = name
        self.index = index
        self.heading = heading
        self.kind = kind
        self.setting = setting
        self.found: Any = None
        self._watch = watch
        self._parse = parse
        self._answers: dict = {}

    def value_of(self, cell: Any) -> Answer:
        """Return the cell's value (None or "" when it is empty) and what is wrong with it."""
        key = (cell.__class__, cell)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._parse(cell)
            if self._watch and self.found is None and self._watch(answer[0]):
                self.found = answer[0]
            if len(self._answers) < REMEMBERED:
                self._answers[key] = answer
        return answer


def parse_text(cell: Any) -> Answer:
    """Read a text."""
    return unguarded(clean(cell_text(cell))), None


def parse_identifier(cell: Any) -> Answer:
    """Read an identifier; leading zeros are kept, lost digits are told."""
    text = identifier(cell_text(cell))
    if is_shortened(text):
        return text, SHORTENED
    if isinstance(cell, int | float) and len(text.lstrip("-")) > SAFE_DIGITS:
        return text, DIGITS_LOST
    if isinstance(cell, datetime | date | time):
        return text, NUMBER_IS_DATE
    return text, None


def decimal_parser(style: decimals.Style) -> Callable[[Any], Answer]:
    """Return the reader of a column's numbers: Decimal or None."""

    def parse(cell: Any) -> Answer:
        if isinstance(cell, bool | datetime | date | time):
            return None, NO_NUMBER if isinstance(cell, bool) else NUMBER_IS_DATE
        if isinstance(cell, int | float):
            return _binary_number(cell)
        text = identifier(cell_text(cell))
        reading = decimals.interpret(text)
        if reading is None:
            return None, None
        if not reading.values:
            return None, SHORTENED if is_shortened(text) else NO_NUMBER
        if style.mixed and reading.evidence == decimals.EITHER:
            return None, UNCLEAR_STYLE
        if style.decimal not in reading.values:
            return None, OTHER_STYLE
        return reading.values[style.decimal], None

    return parse


def _binary_number(cell: int | float) -> Answer:
    if cell != cell or cell in (float("inf"), float("-inf")) or abs(cell) >= 1e15:
        return None, NO_NUMBER
    return Decimal(plain_number(float(cell)) if isinstance(cell, float) else cell), None


def currency_of(cell: Any) -> str:
    """Return the ISO code of the currency that a number is written with, or empty."""
    reading = decimals.interpret(cell_text(cell)) if isinstance(cell, str) else None
    return reading.currency if reading else ""


def time_parser(order: dates.Order, zone: tzinfo, epoch: datetime) -> Callable[[Any], Answer]:
    """Return the reader of a column's times: an aware datetime or None."""

    def parse(cell: Any) -> Answer:
        if isinstance(cell, datetime | date):
            return _spreadsheet_time(cell, zone), None
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return _serial_time(cell, zone, epoch)
        text = clean(cell_text(cell))
        try:
            written = dates.interpret(text)
            if written is None:
                return None, None
            if order.mixed and written.evidence == dates.EITHER:
                return None, UNCLEAR_ORDER
            if {order.order, written.evidence} == {dates.DMY, dates.MDY}:
                return None, OTHER_ORDER
            moment = written.moment(order.order)
        except ValueError:
            return None, NO_TIME
        return moment if moment.tzinfo else moment.replace(tzinfo=zone), None

    return parse


def _spreadsheet_time(cell: date, zone: tzinfo) -> datetime:
    if not isinstance(cell, datetime):
        cell = datetime.combine(cell, time())
    return _whole_seconds(cell).replace(tzinfo=zone)


def _whole_seconds(moment: datetime) -> datetime:
    """Round away what a day's fraction leaves behind (08:25:59.999)."""
    if moment.microsecond >= 500_000:
        moment += timedelta(seconds=1)
    return moment.replace(microsecond=0)


def _serial_time(cell: int | float, zone: tzinfo, epoch: datetime) -> Answer:
    if not 1 <= cell <= LAST_SERIAL:
        return None, NO_TIME
    moment = from_excel(cell, epoch)
    if not isinstance(moment, datetime):
        return None, NO_TIME
    return _whole_seconds(moment).replace(tzinfo=zone), None


def fault_values(fault: Fault, column: Column, row: int, cell: Any) -> dict:
    """Return what completes a fault's sentence."""
    return {"row": row, "column": shown(column.heading), "text": shown(cell_text(cell)),
            "setting": column.setting}
