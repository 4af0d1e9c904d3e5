"""A document of an order file: what it is, and what would be done with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from .order_value import decimal_text
from .problem import Problem

ORDER = "order"
CANCELLATION = "cancellation"
ADJUSTMENT = "adjustment"
REJECTED = "rejected"
KINDS = (ORDER, CANCELLATION, ADJUSTMENT, REJECTED)


@dataclass
class Document:
    """One document number of a file; there is exactly one per number, whatever is wrong with it.

    :param ref: the document number; for rows without one a made-up, stable ``row 17``.
    :param kind: ``order`` (``value`` is a valid order value; held for a person when a problem is
        blocking), ``cancellation``, ``adjustment`` (money or stock, nothing was sold) or
        ``rejected`` (the file must be corrected).
    :param value: the order value; for other kinds the same fields as far as they are known.
    :param cancels: for a cancellation the number of its sale in the same file, or empty.
    :param lines: for a cancellation or adjustment ``{"sku", "title", "qty", "unit_price"}``;
        quantities of a cancellation are positive, those of an adjustment signed.
    :param placed_at: ISO 8601 with offset, or empty.
    :param rows: the 1-based rows of the file that belong to it.
    :param line_rows: reference of an order line -> the row it stands in, as far as it is known.
    :param merge: how it meets what is known of the order already, see :mod:`.merging`; empty
        when it says everything itself.
    :param amount: signed sum of quantity x price over its rows, as far as they are readable.
    """

    ref: str
    kind: str
    value: dict = field(default_factory=dict)
    cancels: str = ""
    lines: list[dict] = field(default_factory=list)
    buyer_id: str = ""
    placed_at: str = ""
    problems: list[Problem] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    line_rows: dict[str, int] = field(default_factory=dict)
    merge: str = ""
    amount: Decimal = Decimal(0)
    currency: str = ""

    @property
    def is_blocked(self) -> bool:
        """Tell whether a person must look at it before it becomes anything."""
        return any(problem.blocking for problem in self.problems)

    def as_dict(self, translate: Callable[..., str] | None = None) -> dict:
        """Return a plain dict without None, ready for JSON and XML-RPC."""
        return {
            "ref": self.ref,
            "kind": self.kind,
            "value": self.value,
            "cancels": self.cancels or False,
            "lines": self.lines,
            "buyer_id": self.buyer_id or False,
            "placed_at": self.placed_at or False,
            "problems": [problem.as_dict(translate) for problem in self.problems],
            "rows": self.rows,
            "line_rows": self.line_rows,
            "merge": self.merge or False,
            "amount": decimal_text(self.amount),
            "currency": self.currency or False,
        }
