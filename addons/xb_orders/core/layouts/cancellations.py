"""Which sale of the same file a cancellation takes back."""

from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from itertools import islice

from ..document import CANCELLATION, ORDER, Document
from ..problem import Problem, _lt

# A customer's most recent sales of the same thing that are looked at for one cancellation.
MAX_CANDIDATES = 200

Item = tuple[str, Decimal]  # SKU and unit price


class _Sale:
    """A sale and what of it has not been cancelled yet."""

    def __init__(self, document: Document):
        self.ref = document.ref
        self.left: Counter[Item] = _items(document.value["lines"])


def _items(lines: list[dict]) -> Counter:
    items: Counter[Item] = Counter()
    for line in lines:
        items[line["sku"], Decimal(line["unit_price"])] += Decimal(line["qty"])
    return items


class _Sales:
    """The sales of a file by customer, SKU and price, each list in the order of time."""

    def __init__(self, documents: list[Document]):
        self._sales: dict[tuple, list[tuple[datetime, _Sale]]] = defaultdict(list)
        sales = [(datetime.fromisoformat(document.placed_at), document)
                 for document in documents if document.kind == ORDER and document.buyer_id]
        for moment, document in sorted(sales, key=lambda pair: pair[0]):
            sale = _Sale(document)
            for item in sale.left:
                self._sales[document.buyer_id, *item].append((moment, sale))

    def fitting(self, document: Document, wanted: Counter) -> list[_Sale]:
        """Return up to two sales a cancellation fits, the most recent first."""
        moment = datetime.fromisoformat(document.placed_at)
        lists = [self._sales.get((document.buyer_id, *item), []) for item in wanted]
        rarest = min(lists, key=len)
        end = bisect_right(rarest, moment, key=lambda pair: pair[0])
        recent = (rarest[index][1] for index in range(end - 1, -1, -1))
        fits = (sale for sale in islice(recent, MAX_CANDIDATES)
                if all(sale.left[item] >= qty for item, qty in wanted.items()))
        return list(islice(fits, 2))


def match_cancellations(documents: list[Document]) -> None:
    """Set ``cancels`` of each cancellation whose sale is in the same file.

    That is the customer's most recent sale, not later than the cancellation, that has every
    cancelled SKU at the same price and in a quantity that no earlier cancellation took back.
    Buyers without a number are not the same buyer.
    """
    sales = _Sales(documents)
    for document in documents:
        if document.kind != CANCELLATION:
            continue
        wanted = _items(document.lines)
        fitting = sales.fitting(document, wanted) if document.buyer_id else []
        if not fitting:
            document.problems.append(Problem("sale_not_in_file", _lt(
                "The sale that %(ref)s cancels is not in this file: no earlier sale of the same "
                "customer has these goods at these prices. Choose the order by hand, or upload "
                "the earlier file first."),
                row=document.rows[0], values={"ref": document.ref}))
            continue
        sale = fitting[0]
        sale.left.subtract(wanted)
        document.cancels = sale.ref
        if len(fitting) > 1:
            document.problems.append(Problem("several_sales_fit", _lt(
                "%(ref)s fits several sales; %(sale)s was taken because it is the most recent "
                "(another is %(other)s)."), row=document.rows[0], blocking=False, values={
                    "ref": document.ref, "sale": sale.ref, "other": fitting[1].ref}))
