"""What a statement is once it has been read, and how a format is written.

A statement is read twice: first to learn its documents, its number style and whether it ties
out; then, line by line, to be written down. No format keeps its lines, so 100,000 of them need
no more memory than the file itself.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import ClassVar
from zoneinfo import ZoneInfo

from odoo.addons.xb_orders.core import dates, decimals
from odoo.addons.xb_orders.core.problem import Problem, ReadError, _lt, shown

from ..currencies import DEFAULT, digits
from ..kinds import GROUPS, KINDS, PAYOUT
from .source import Source

ZERO = Decimal(0)
MAX_REMARKS = 200
# Amounts and times come again and again; so many of them are remembered.
KNOWN = 5_000
TELL_AFTER = 10_000
# The document's money arrives somewhere that is not in the file: it is the payout.
PAID_OUT = "paid_out"
# The document is an account's history: it has an opening and a closing balance.
BALANCE = "balance"


class StatementError(ReadError):
    """A file that is refused, with the row and the column that made it so."""

    def __init__(self, code: str, template: str, *, row: int = 0, column: str = "", **values):
        values = {"row": row, "column": column, **values}
        super().__init__(code, template, **values)
        self.problem = Problem(code, template, values=values, row=row, column=column)


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of money.

    :param document: key in :attr:`Format.documents` of the document it belongs to.
    :param row: 1-based row of the file.
    :param part: 0-based number among the lines that one row makes.
    :param kind: key of :data:`~..kinds.KINDS`.
    :param amount: signed, positive to the seller, in the document's currency.
    :param happened_at: aware, or None when the file does not say.
    :param order_ref: the platform's order number, or empty.
    :param reference: the vendor's id of the movement, or empty.
    :param related_ref: the vendor's id of what it refers to, or empty.
    :param description: the vendor's words.
    :param original: what the buyer was charged, as ``(amount, currency)``, when that differs.
    """

    document: str
    row: int
    part: int
    kind: str
    amount: Decimal
    happened_at: datetime | None = None
    order_ref: str = ""
    reference: str = ""
    related_ref: str = ""
    description: str = ""
    sku: str = ""
    original: tuple[Decimal, str] | None = None


@dataclass(slots=True)
class Document:
    """One payout or one account's period, in one currency.

    :param key: the vendor's identity of the document, stable when it is downloaded again.
    :param currency: ISO code.
    :param nature: :data:`PAID_OUT` or :data:`BALANCE`.
    :param start: first and ``end`` last day of the period, in the statement's zone.
    :param paid_on: day the payout was sent, None when there is none.
    :param declared: what the file says that its lines add up to, None when it does not say.
    :param opening: balance before the first and ``closing`` after the last line.
    :param sums: signed sums by kind, the payouts of a balance document among them.
    :param proof: how the sums were proved: ``total``, ``balance``, ``rows`` or empty.
    """

    key: str
    currency: str
    nature: str = PAID_OUT
    account: str = ""
    start: date | None = None
    end: date | None = None
    paid_on: date | None = None
    declared: Decimal | None = None
    opening: Decimal = ZERO
    closing: Decimal = ZERO
    bank_ref: str = ""
    summary: bool = False
    proof: str = ""
    sums: dict[str, Decimal] = field(default_factory=dict)
    count: int = 0
    problems: list[Problem] = field(default_factory=list)
    #: Decimals of the longest amount as it is written.
    places: int = 0
    #: Row and amount of the first that is no whole number of the currency's smallest unit.
    fraction: tuple[int, Decimal] | None = None
    _hash: object = field(default_factory=sha256, repr=False)

    def add(self, line: Line) -> None:
        """Count a line of this document."""
        self.sums[line.kind] = self.sums.get(line.kind, ZERO) + line.amount
        self.count += 1
        places = -line.amount.as_tuple().exponent
        if places > self.places:
            self.places = places
        if places > self.digits and self.fraction is None \
                and line.amount % Decimal(1).scaleb(-self.digits):
            self.fraction = (line.row, line.amount)
        # Without the kind: what we make of the vendor's words may change between versions.
        self._hash.update("\x1f".join((
            str(line.row), str(line.part), str(line.amount), str(line.happened_at),
            line.order_ref, line.reference, line.related_ref, line.description, "\n",
        )).encode())

    @property
    def digits(self) -> int:
        """Decimals of the currency."""
        return digits(self.currency)

    @property
    def is_plausible(self) -> bool:
        """Whether the amounts can be money of this currency: 75.000 rupiah are thousands."""
        return self.fraction is None and self.places <= max(self.digits, DEFAULT)

    @property
    def digest(self) -> str:
        """Checksum of the header and of every line: the same when nothing has changed."""
        known = self._hash.copy()
        known.update(f"{self.key}|{self.currency}|{self.declared}|{self.opening}|"
                     f"{self.closing}|{self.paid_on}".encode())
        return known.hexdigest()

    @property
    def total(self) -> Decimal:
        """Sum of all lines."""
        return sum(self.sums.values(), ZERO)

    @property
    def payout(self) -> Decimal:
        """What was sent to the bank, positive; negative when the seller has to pay."""
        return self.total if self.nature == PAID_OUT else -self.sums.get(PAYOUT, ZERO)

    @property
    def difference(self) -> Decimal:
        """Declared minus computed, zero when the document ties out."""
        if self.declared is not None:
            return self.declared - self.total
        if self.nature == BALANCE:
            return self.closing - self.opening - self.total
        return ZERO

    def groups(self) -> dict[str, Decimal]:
        """Return the terms of the header equation, zero where there is nothing."""
        terms = dict.fromkeys(GROUPS, ZERO)
        for kind, amount in self.sums.items():
            terms[KINDS[kind].group] += amount
        terms[PAYOUT] = self.payout
        return terms


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may decide about the reading of a file; empty is recognised.

    :param encoding: name of an encoding.
    :param decimal: ``.`` or ``,``.
    :param date_order: ``DMY`` or ``MDY``.
    :param tz: zone of times without one.
    :param currency: ISO code where the file names none.
    :param mapping: see :mod:`.generic`.
    """

    encoding: str = ""
    decimal: str = ""
    date_order: str = ""
    tz: str = "UTC"
    currency: str = ""
    mapping: Mapping = field(default_factory=dict, hash=False)


class Numbers:
    """Reads the numbers of a file in one style.

    :param style: the decimal sign.
    """

    def __init__(self, style: str):
        self.style = style
        self._known: dict[str, Decimal] = {}

    # pylint: disable-next=method-required-super  # no model
    def read(self, text: str, row: int, column: str) -> Decimal:
        """Return the number of a cell, zero when it is empty.

        :raise StatementError: when it is no number in this style.
        """
        number = self._known.get(text)
        if number is None:
            number = self._parse(text, row, column)
            if len(self._known) < KNOWN:
                self._known[text] = number
        return number

    def _parse(self, text: str, row: int, column: str) -> Decimal:
        reading = decimals.interpret(text)
        if reading is None:
            return ZERO
        if self.style not in reading.values:
            raise StatementError("number_unreadable", _lt(
                'Row %(row)s, column "%(column)s": "%(text)s" is no number with the decimal '
                'sign "%(style)s" that the rest of the file uses. Get the original file again, '
                "one that no spreadsheet has saved."),
                row=row, column=column, text=shown(text), style=self.style)
        return reading.values[self.style]


class Format(ABC):
    """Reads one vendor's statement.

    :param source: the opened file.
    :param options: what a person decided.
    """

    #: Stable word, stored with the settlement.
    code: ClassVar[str]
    #: Name of the report as the vendor calls it.
    label: ClassVar[str]
    #: The decimal signs that are tried, in order.
    styles: ClassVar[tuple[str, ...]] = (decimals.POINT, decimals.COMMA)

    def __init__(self, source: Source, options: Options):
        self.source = source
        self.options = options
        self.documents: dict[str, Document] = {}
        self.remarks: list[Problem] = []
        self.numbers = Numbers(decimals.POINT)
        self._seen: dict[int, int] = {}
        #: Called from time to time while the file is read.
        self.tell: Callable[[], None] | None = None

    @classmethod
    @abstractmethod
    def recognises(cls, source: Source) -> bool:
        """Tell by its content whether a file is of this format."""

    @abstractmethod
    def walk(self) -> Iterator[Line]:
        """Yield the lines, filling :attr:`documents` on the way.

        :raise StatementError: when a row cannot be understood.
        """

    # === READING === #

    # pylint: disable-next=method-required-super  # no model
    def read(self) -> "Format":
        """Learn the documents and prove the number style by the tie-out.

        :raise StatementError: when the file has to be refused.
        """
        styles = (self.options.decimal,) if self.options.decimal else self.styles
        errors, best, chosen = [], (), ""
        for style in styles:
            try:
                self._learn(style)
            except StatementError as error:
                errors.append(error)
                continue
            rank = self._rank()
            if all(rank):
                return self
            if rank > best:
                best, chosen = rank, style
        if not chosen:
            # What the wrong style cannot read says nothing; the right one comes further.
            raise max(errors, key=lambda error: (
                error.problem.code != "number_unreadable", error.problem.row))
        if self.numbers.style != chosen:
            self._learn(chosen)
        self._tell_differences()
        self._tell_fractions()
        return self

    def _rank(self) -> tuple[bool, bool, bool]:
        """Tell how well a number style fits: money of the currency, ties out, all its decimals.

        The sum alone proves nothing where every amount could be a thousand times as much.
        """
        documents = self.documents.values()
        return (
            all(document.is_plausible for document in documents),
            not any(document.difference or document.problems for document in documents),
            all(document.digits <= DEFAULT or document.places == document.digits
                for document in documents),
        )

    def _learn(self, style: str) -> None:
        self.numbers = Numbers(style)
        self.documents, self.remarks, self._seen = {}, [], {}
        for number, line in enumerate(self.walk(), 1):
            self.documents[line.document].add(line)
            if self.tell and not number % TELL_AFTER:
                self.tell()
        self.finish()
        if not self.documents:
            raise StatementError("no_lines", _lt(
                "The file has headings but no rows. Choose the period again and download the "
                "%(label)s once more."), label=self.label)

    def _tell_differences(self) -> None:
        for document in self.documents.values():
            if document.difference:
                document.problems.append(Problem("not_balanced", _lt(
                    "%(document)s: the lines add up to %(sum)s, the file declares %(declared)s: "
                    "%(difference)s %(currency)s are missing. The file may be cut off or changed "
                    "by a spreadsheet: download it again. If the platform itself is wrong, add a "
                    "correction line with the reason."),
                    values={
                        "document": document.key, "sum": document.total,
                        "declared": document.total + document.difference,
                        "difference": document.difference, "currency": document.currency,
                    }, column=self.total_column()))

    def _tell_fractions(self) -> None:
        for document in self.documents.values():
            if document.fraction:
                row, amount = document.fraction
                document.problems.append(Problem("fraction", _lt(
                    "Row %(row)s: %(amount)s has more decimals than %(currency)s has. Choose the "
                    "other decimal sign if it is the wrong one; else get the original file, one "
                    "that no spreadsheet has saved."),
                    values={"row": row, "amount": amount, "currency": document.currency},
                    row=row))

    def total_column(self) -> str:
        """Hook: heading of the column that declares the total, for the message."""
        return ""

    def finish(self) -> None:  # noqa: B027, most formats know everything by then
        """Hook: what is known of the documents only after the last row."""

    def lines(self) -> Iterator[Line]:
        """Yield every line again, once :meth:`read` has decided how."""
        again = type(self)(self.source, self.options)
        again.numbers = self.numbers
        yield from again.walk()

    # === HELPERS === #

    def document(self, key: str, make) -> Document:
        """Return the document of a key, made by ``make()`` when it is new."""
        found = self.documents.get(key)
        if found is None:
            found = self.documents[key] = make()
        return found

    @staticmethod
    def currency(text: str, row: int, column: str) -> str:
        """Return the ISO code of a cell.

        :raise StatementError: when it is none.
        """
        code = text.strip().upper()
        if len(code) != 3 or not (code.isascii() and code.isalpha()):
            raise StatementError("currency_missing", _lt(
                'Row %(row)s, column "%(column)s": "%(text)s" is no currency such as USD. Get the '
                "original file again."), row=row, column=column, text=shown(text))
        return code

    def count_once(self, row: int, column: str, reference: str, *identity) -> None:
        """Refuse a row that is the same as one before, its transaction number included.

        For statements that nothing but their own rows proves: rows without a number may well
        be equal, but a number is given once.

        :param identity: what else tells rows of one number apart.
        """
        if not reference:
            return
        key = hash((reference, *identity))
        first = self._seen.setdefault(key, row)
        if first != row:
            raise StatementError("row_repeated", _lt(
                "Row %(row)s repeats row %(first)s: the same transaction %(reference)s. The file "
                "was put together from several, or changed: download it again."),
                row=row, column=column, first=first, reference=reference)

    def remark(self, code: str, template: str, *, row: int = 0, column: str = "",
               **values) -> None:
        """Add something worth knowing that stops nothing; of very many the first are enough."""
        if len(self.remarks) >= MAX_REMARKS:
            return
        self.remarks.append(Problem(code, template, values={"row": row, **values}, row=row,
                                    column=column, blocking=False))

    def moment(self, text: str, row: int, column: str, *, order: str = "",
               zone: str = "") -> datetime | None:
        """Return a time as an aware datetime in UTC, None when the cell is empty.

        :raise StatementError: when it is no time.
        """
        try:
            return parse_moment(text, order or dates.DMY, zone or self.options.tz)
        except (ValueError, OverflowError):
            raise StatementError("date_unreadable", _lt(
                'Row %(row)s, column "%(column)s": "%(text)s" is no date. Get the original file '
                "again, one that no spreadsheet has saved."),
                row=row, column=column, text=shown(text)) from None


@lru_cache(maxsize=KNOWN)
def parse_moment(text: str, order: str, zone: str) -> datetime | None:
    """Return the moment that a text means, in UTC.

    :param order: order of day and month where the text does not settle it.
    :param zone: name of the zone of a text that names none.
    :raise ValueError: when the text is no time.
    """
    written = dates.interpret(text)
    if written is None:
        return None
    moment = written.moment(order)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)


def local_day(text: str, order: str = dates.DMY) -> date | None:
    """Return the calendar day as it is written, whatever its zone.

    :raise ValueError: when the text is no time.
    """
    written = dates.interpret(text)
    return written.moment(order).date() if written else None
