"""Amazon's report of unshipped orders: addresses and promised dates, no prices."""

from ..columns import DECIMAL, TIME
from ..document import Document
from ..options import ReadOptions
from ..problem import Problem, _lt
from ..sheet import Record, Sheet
from .amazon_orders import ADDRESS, BUYER, ORDER_FIELDS, AmazonDetails
from .base import Field
from .platform import ZERO, field


class AmazonUnshipped(AmazonDetails):
    """``GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING``."""

    code = "amazon_unshipped"
    name = _lt("Amazon: unshipped orders")
    proof = frozenset(("to_ship",))
    fields = ORDER_FIELDS | {
        "ship_by": field("ship_by", "promise-date", required=True),
        "shipped": Field(DECIMAL, _lt("quantity shipped"), headings=("quantity-shipped",)),
        "to_ship": Field(DECIMAL, _lt("quantity to ship"), headings=("quantity-to-ship",),
                         required=True),
        "reported_at": Field(TIME, _lt("reported on"), headings=("reporting-date",)),
    } | BUYER | ADDRESS

    def _prepare(self, document: Document, records: list[Record], sheet: Sheet) -> list[Record]:
        """Fill in a price of zero: it is not used where the order is known, and held else."""
        for record in records:
            record.values["unit_price"] = ZERO
            self.keep(record, "shipped", "to_ship")
        return super()._prepare(document, records, sheet)

    def _document(self, ref: str, records: list[Record], sheet: Sheet, options: ReadOptions,
                  currency: str) -> Document:
        document = super()._document(ref, records, sheet, options, currency)
        document.problems.append(Problem("prices_missing", _lt(
            "The report of unshipped orders names no prices, and order %(ref)s is not known yet. "
            "Import the report of all orders first, then this file again."),
            row=records[0].row, values={"ref": document.ref}))
        return document
