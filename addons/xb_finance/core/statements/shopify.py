"""Shopify Payments: the export of payment transactions, and the one of payouts."""

from collections.abc import Iterator
from decimal import Decimal

from odoo.addons.xb_orders.core.grid import Row
from odoo.addons.xb_orders.core.problem import Problem, _lt

from .base import PAID_OUT, Document, Format, Line, StatementError, local_day
from .source import Source, fold
from .table import Columns, complete

ALIASES = {
    "date": ("transaction date", "data della transazione"),
    "type": ("type", "tipo"),
    "order": ("order", "ordine"),
    "status": ("payout status", "stato del pagamento"),
    "paid_on": ("payout date", "data del pagamento"),
    "payout": ("payout id", "id pagamento"),
    "amount": ("amount", "importo"),
    "fee": ("fee", "commissione"),
    "net": ("net", "netto"),
    "checkout": ("checkout",),
    "original": ("presentment amount",),
    "original_currency": ("presentment currency",),
    "currency": ("currency", "valuta"),
}
REQUIRED = ("date", "type", "amount", "fee", "net", "currency", "paid_on")
WAITING = frozenset(("pending", "scheduled", "in_transit", "in transit", ""))
FAILED = frozenset(("failed", "canceled", "cancelled"))
# Types by the words they begin with; the first that fits decides.
TYPES = (
    ("chargeback fee", "fee_payment"), ("chargeback protection", "compensation"),
    ("chargeback", "chargeback"), ("dispute", "chargeback"),
    ("charge adjustment", "adjustment"), ("charge", "sale"),
    ("refund", "refund"), ("payment refund", "refund"),
    ("application fee refund", "fee_selling"), ("billing", "fee_service"),
    ("reserve", "reserve"), ("reserved funds", "reserve"),
    ("payout", "deposit"), ("shop cash credit", "compensation"),
    ("channel", "adjustment"), ("promotion credit", "compensation"),
    ("transfer", "adjustment"), ("balance transfer", "adjustment"),
    ("anomaly", "adjustment"), ("adjustment", "adjustment"),
    ("debit", "adjustment"), ("credit", "adjustment"),
)


def classify(words: str) -> str:
    """Return the kind of a transaction.

    >>> classify("charge"), classify("chargeback_fee"), classify("something new")
    ('sale', 'fee_payment', 'unclassified')
    """
    words = fold(words).replace("_", " ")
    return next((kind for start, kind in TYPES if words.startswith(start)), "unclassified")


class ShopifyTransactions(Format):
    """One row per transaction; a document is one payout."""

    code = "shopify_transactions"
    label = "Shopify payment transactions export"

    @classmethod
    def recognises(cls, source: Source) -> bool:
        return any({"net", "fee"} <= set(head) and {"payout status", "card brand"} & set(head)
                   for head in source.head[:3])

    def walk(self) -> Iterator[Line]:
        rows = self.source.rows(self.source.delimiter)
        header = next(rows)
        columns = Columns(header.cells, ALIASES)
        columns.require(REQUIRED, ALIASES, self.label, header.number)
        waiting = 0
        for row in complete(rows, columns, columns.places["currency"] + 1, self.label):
            status = fold(columns.text(row, "status"))
            if status in WAITING:
                waiting += 1
                continue
            if status in FAILED:
                self.remark("payout_failed", _lt(
                    "Row %(row)s belongs to a payout that failed; Shopify pays it again and "
                    "lists it then. It was left out."),
                    row=row.number, column=columns.heading("status"))
                continue
            yield from self._row(columns, row)
        if waiting:
            self.remark("not_paid", _lt(
                "%(count)s transactions are not paid out yet. Export them again when they are; "
                "they were left out."), count=waiting)

    def _row(self, columns: Columns, row: Row) -> Iterator[Line]:
        number = row.number
        amount, fee, net = (self.numbers.read(columns.text(row, name), number,
                                              columns.heading(name))
                            for name in ("amount", "fee", "net"))
        if amount - fee != net:
            raise StatementError("row_wrong", _lt(
                "Row %(row)s: amount %(amount)s less fee %(fee)s is not the net %(net)s. The "
                "file was changed there: export it again."),
                row=number, column=columns.heading("net"), amount=amount, fee=fee, net=net)
        currency = self.currency(columns.text(row, "currency"), number,
                                 columns.heading("currency"))
        day = self._day(columns, row)
        key = columns.ref(row, "payout") or f"{day} {currency}"
        document = self.document(key, lambda: Document(
            key=key, currency=currency, nature=PAID_OUT, paid_on=day, proof="rows"))
        if document.currency != currency or document.paid_on != day:
            raise StatementError("currency_mixed", _lt(
                "Row %(row)s: payout %(key)s was sent on %(day)s in %(expected)s, this row says "
                "%(other)s in %(currency)s. The file was changed: export it again."),
                row=number, column=columns.heading("currency"), key=key, day=document.paid_on,
                expected=document.currency, other=day, currency=currency)
        moment = self.moment(columns.text(row, "date"), number, columns.heading("date"))
        if moment:
            document.start = min(filter(None, (document.start, moment.date())))
            document.end = max(filter(None, (document.end, moment.date())))
        words = columns.text(row, "type")
        shared = {"document": key, "row": number, "happened_at": moment,
                  "order_ref": columns.ref(row, "order"),
                  "reference": columns.ref(row, "checkout"), "description": words}
        yield Line(part=0, kind=classify(words), amount=amount,
                   original=self._original(columns, row, currency, amount), **shared)
        if fee:
            yield Line(part=1, kind="fee_payment", amount=-fee, **shared)

    def _day(self, columns: Columns, row: Row):
        text = columns.text(row, "paid_on")
        try:
            day = local_day(text)
        except ValueError:
            day = None
        if day is None:
            raise StatementError("date_unreadable", _lt(
                'Row %(row)s is paid, but its "%(column)s" is "%(text)s". Export the '
                "transactions again."), row=row.number, column=columns.heading("paid_on"),
                text=text)
        return day

    def _original(self, columns: Columns, row: Row, currency: str, amount: Decimal):
        other = columns.text(row, "original_currency").upper()
        if not other or other == currency:
            return None
        value = self.numbers.read(columns.text(row, "original"), row.number,
                                  columns.heading("original"))
        # Some files print it positive on refunds.
        return abs(value).copy_sign(amount), other


PAYOUT_COLUMNS = {
    "charges": "sale", "refunds": "refund", "adjustments": "adjustment",
    "marketplace sales tax": "tax_withheld", "advances": "deposit", "reserved funds": "reserve",
    "fees": "fee_payment", "retried amount": "deposit",
}


class ShopifyPayouts(Format):
    """One row per payout: totals without orders, the control of the other export."""

    code = "shopify_payouts"
    label = "Shopify payouts export"

    @classmethod
    def recognises(cls, source: Source) -> bool:
        return any({"payout date", "charges", "fees", "total", "currency"} <= set(head)
                   for head in source.head[:3])

    def total_column(self):
        return "Total"

    def walk(self) -> Iterator[Line]:
        rows = self.source.rows(self.source.delimiter)
        header = next(rows)
        columns = Columns(header.cells, {
            name: (name,) for name in
            (*PAYOUT_COLUMNS, "payout date", "status", "total", "currency", "bank reference")})
        for row in complete(rows, columns, columns.places["currency"] + 1, self.label):
            if fold(columns.text(row, "status")) != "paid":
                self.remark("not_paid", _lt(
                    "Row %(row)s is not paid (%(status)s) and was left out."), row=row.number,
                    column="Status", status=columns.text(row, "status"))
                continue
            document = self._prepare_document(columns, row)
            for part, (name, kind) in enumerate(PAYOUT_COLUMNS.items()):
                amount = self.numbers.read(columns.text(row, name), row.number,
                                           columns.heading(name))
                if amount:
                    yield Line(document=document.key, row=row.number, part=part, kind=kind,
                               amount=amount, description=columns.heading(name))
            self._check(document, row)

    def _prepare_document(self, columns: Columns, row: Row) -> Document:
        try:
            day = local_day(columns.text(row, "payout date"))
        except ValueError:
            raise StatementError("date_unreadable", _lt(
                'Row %(row)s: "%(text)s" is no date. Export the payouts again.'),
                row=row.number, column="Payout Date",
                text=columns.text(row, "payout date")) from None
        currency = self.currency(columns.text(row, "currency"), row.number, "Currency")
        total = self.numbers.read(columns.text(row, "total"), row.number, "Total")
        key, again = f"{day} {currency}", 1
        while key in self.documents:
            again += 1
            key = f"{day} {currency} ({again})"
        document = self.documents[key] = Document(
            key=key, currency=currency, nature=PAID_OUT, start=day, end=day, paid_on=day,
            declared=total, bank_ref=columns.text(row, "bank reference"), summary=True,
            proof="total")
        return document

    @staticmethod
    def _check(document: Document, row: Row) -> None:
        if document.difference:
            document.problems.append(Problem("row_wrong", _lt(
                "Row %(row)s: the columns make %(sum)s, the total says %(total)s. A column is "
                "missing or was changed: export the payouts again."),
                values={"row": row.number, "sum": document.total, "total": document.declared},
                row=row.number, column="Total"))
