"""What the layouts of platforms' own order exports have in common."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from ..sheet import Record
from .base import Field
from .generic import Generic
from .generic_fields import FIELDS

ZERO = Decimal(0)
CENT = Decimal("0.01")


def field(name: str, *headings: str, required: bool = False) -> Field:
    """Return a field of the generic layout under a platform's headings."""
    return replace(FIELDS[name], headings=headings, required=required)


class Platform(Generic):
    """Base of the platforms' layouts: known by their headings, turned into generic columns.

    Class attributes: ``proof`` (fields that must be there beside the required ones, for the file
    to be this platform's), ``words`` (beginning of a status -> status, see :func:`statuses`).
    """

    proof: frozenset[str] = frozenset()
    words: Mapping[str, str] = {}

    def _score(self, width: int, columns: Mapping[str, int], missing: Iterable[str]) -> float:
        """Return certainty when the platform's own columns are there, else next to nothing."""
        if missing or not self.proof <= set(columns):
            return 0.3 * len(columns) / max(len(self.fields), 1)
        return 1.0

    def _status_of(self, word: str) -> str:
        """Return the status of the longest known word that the platform's word begins with.

        Platforms append dates and reasons: "Shipped - Delivered to Buyer", "Đã hủy bởi …".
        """
        text = self._key(word)
        known = [start for start in self.words if text.startswith(start)]
        return self.words[max(known, key=len)] if known else ""

    def keep(self, record: Record, *names: str) -> None:
        """Keep values that are understood but have no place in the order value, under ``raw``."""
        for name in names:
            text = record.values.get(name)
            if text not in (None, ""):
                label = self.fields[name].headings[0]
                record.extra[label] = format(text, "f") if isinstance(text, Decimal) else str(text)


def statuses(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return word -> status of a dict status -> words, compared like headings."""
    return {Platform._key(word): status for status, found in words.items() for word in found}


def price_of_line(record: Record, total: Decimal, discount: Decimal = ZERO) -> None:
    """Set unit price and discount so that quantity x price - discount is exactly the line's.

    A report that states totals (three for 10.00) has no unit price to the cent; the next higher
    one is taken, and what it is too much goes off as a discount.

    :param total: what the whole line costs before its discount.
    :param discount: what is taken off the whole line.
    """
    qty = record.get("qty", ZERO)
    if qty <= 0:
        record.values["unit_price"], record.values["line_discount"] = total, discount
        return
    price = total / qty
    if price != price.quantize(CENT):
        price = price.quantize(CENT, ROUND_CEILING)
    record.values["unit_price"] = price.normalize() + ZERO
    less = qty * price - total + discount
    record.values["line_discount"] = less if less else None


def whole(records: list[Record], name: str) -> Decimal:
    """Return the sum of a column over an order's rows and leave it in the first row alone."""
    total = sum((record.get(name, ZERO) for record in records), ZERO)
    for record in records:
        record.values[name] = None
    records[0].values[name] = total if total else None
    return total

