"""PayPal's activity download and monthly statement, by hand from the web site."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from odoo.addons.xb_orders.core import dates
from odoo.addons.xb_orders.core.grid import Row
from odoo.addons.xb_orders.core.problem import Problem, _lt

from .base import BALANCE, Document, Format, Line, StatementError
from .source import Source, fold
from .table import Columns, complete

ALIASES = {
    "date": ("date", "fecha"),
    "time": ("time", "hora"),
    "zone": ("timezone", "time zone", "zona horaria"),
    "type": ("type", "description", "tipo", "descripción"),
    "status": ("status", "estado"),
    "currency": ("currency", "divisa"),
    "gross": ("gross", "bruto"),
    "fee": ("fee", "comisión"),
    "net": ("net", "neto"),
    "id": ("transaction id", "id. de transacción"),
    "related": ("reference txn id", "id. de referencia de trans."),
    "invoice": ("invoice number", "invoice id", "id. de factura", "número de factura"),
    "balance": ("balance", "saldo"),
}
REQUIRED = ("date", "type", "currency", "gross", "fee", "net", "id")
RECOGNISED = ({"gross", "fee", "net", "transaction id"},
              {"bruto", "comisión", "neto", "id. de transacción"})
COMPLETED = frozenset(("", "completed", "completado", "partially refunded", "refunded",
                       "partially reversed", "reversed"))
ZONES = {"pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "gmt": "UTC", "utc": "UTC",
         "cet": "Europe/Paris", "cest": "Europe/Paris", "bst": "Europe/London",
         "est": "America/New_York", "edt": "America/New_York", "cst": "America/Chicago",
         "cdt": "America/Chicago", "mst": "America/Denver", "mdt": "America/Denver"}
# Words of a transaction type; the first that is found decides.
WORDS = (
    (("chargeback", "contracargo", "dispute"), "chargeback"),
    (("refund", "reversal of general account", "reembolso", "devolución"), "refund"),
    (("conversion", "conversión"), "conversion"),
    (("withdrawal", "transfer to bank", "auto-sweep", "retirada"), "payout"),
    (("hold", "reserve", "retención", "reserva"), "reserve"),
    (("fee", "comisión", "tarifa"), "fee_payment"),
    (("bank deposit", "add funds", "bank account", "ingreso"), "deposit"),
    (("payment", "checkout", "pago"), "sale"),
)


def classify(words: str, gross: Decimal) -> str:
    """Return the kind of a row from its type in words.

    >>> classify("Express Checkout Payment", Decimal(1)), classify("Payment Refund", Decimal(-1))
    ('sale', 'refund')
    """
    words = fold(words)
    for texts, kind in WORDS:
        if any(text in words for text in texts):
            return "adjustment" if kind == "sale" and gross < 0 else kind
    return "unclassified"


class PayPalActivity(Format):
    """Signed amounts in the style of the account, one running balance per currency."""

    code = "paypal_activity"
    label = "PayPal activity download"

    @classmethod
    def recognises(cls, source: Source) -> bool:
        return any(wanted <= set(head) for head in source.head[:3] for wanted in RECOGNISED)

    def total_column(self):
        return "Balance"

    def walk(self) -> Iterator[Line]:
        rows = self.source.rows(self.source.delimiter)
        header = next(rows)
        self.columns = Columns(header.cells, ALIASES)
        self.columns.require(REQUIRED, ALIASES, self.label, header.number)
        self._chains: dict[str, list] = {}
        order = self._date_order()
        needed = max(self.columns.places.get(name, 0) for name in (*REQUIRED, "balance")) + 1
        for row in complete(rows, self.columns, needed, self.label):
            yield from self._row(row, order)

    def _date_order(self) -> str:
        if self.options.date_order:
            return self.options.date_order
        if not hasattr(self, "_order"):
            rows = self.source.rows(self.source.delimiter)
            next(rows)
            self._order = dates.decide(dates.count(
                self.columns.text(row, "date") for row in rows))
        if self._order.ambiguous:
            self.remark("date_order", _lt(
                "The dates can be read with the day or the month first; they were read as "
                "%(order)s. Choose the other order if that is wrong."),
                column=self.columns.heading("date"), order=self._order.order)
        return self._order.order

    def _row(self, row: Row, order: str) -> Iterator[Line]:
        columns, number = self.columns, row.number
        gross, fee, net = (self.numbers.read(columns.text(row, name), number,
                                             columns.heading(name))
                           for name in ("gross", "fee", "net"))
        balance = columns.text(row, "balance")
        status = fold(columns.text(row, "status"))
        if status not in COMPLETED or ("balance" in columns.places and not balance):
            self.remark("not_completed", _lt(
                "Row %(row)s is not completed (%(status)s) and was left out."),
                row=number, column=columns.heading("status"), status=status or "-")
            return
        if gross + fee != net:
            raise StatementError("row_wrong", _lt(
                "Row %(row)s: gross %(gross)s and fee %(fee)s do not make the net %(net)s. The "
                "file was changed there: download it again."),
                row=number, column=columns.heading("net"), gross=gross, fee=fee, net=net)
        currency = self.currency(columns.text(row, "currency"), number,
                                 columns.heading("currency"))
        moment = self._moment(row, order)
        if not balance:  # nothing but the row itself proves it
            self.count_once(number, columns.heading("id"), columns.ref(row, "id"),
                            columns.text(row, "type"), currency, moment, gross, fee)
        document = self.document(currency, lambda: Document(
            key=currency, currency=currency, nature=BALANCE))
        day = columns.text(row, "date")
        self._stretch(document, dates.interpret(day).moment(order).date())
        if balance:
            self._chains.setdefault(currency, []).append((number, net, self.numbers.read(
                balance, number, columns.heading("balance"))))
        shared = {"document": currency, "row": number, "happened_at": moment,
                  "order_ref": columns.ref(row, "invoice"), "reference": columns.ref(row, "id"),
                  "related_ref": columns.ref(row, "related"),
                  "description": columns.text(row, "type")}
        yield Line(part=0, kind=classify(shared["description"], gross), amount=gross, **shared)
        if fee:
            yield Line(part=1, kind="fee_payment", amount=fee, **shared)

    def _moment(self, row: Row, order: str):
        columns = self.columns
        zone = columns.text(row, "zone")
        text = f"{columns.text(row, 'date')} {columns.text(row, 'time')}".strip()
        known = ZONES.get(zone.casefold()) or (zone if "/" in zone else self.options.tz)
        try:
            return self.moment(text, row.number, columns.heading("date"), order=order, zone=known)
        except (KeyError, OSError):  # a zone that nobody knows
            raise StatementError("zone_unknown", _lt(
                'Row %(row)s: there is no time zone "%(zone)s". Get the original file again.'),
                row=row.number, column=columns.heading("zone"), zone=zone) from None

    @staticmethod
    def _stretch(document: Document, day) -> None:
        document.start = min(filter(None, (document.start, day)))
        document.end = max(filter(None, (document.end, day)))

    def finish(self) -> None:
        """Prove each currency's running balance, and take the opening and closing ones from it."""
        for currency, document in self.documents.items():
            chain = self._chains.get(currency)
            if not chain:
                document.closing, document.proof = document.total, "rows"
                continue
            broken = _broken_link(chain)
            if broken and not _broken_link(chain[::-1]):
                chain, broken = chain[::-1], 0
            document.proof = "balance"
            document.opening = chain[0][2] - chain[0][1]
            document.closing = chain[-1][2]
            if broken:
                document.problems.append(Problem("balance_broken", _lt(
                    'Row %(row)s, column "%(column)s": the balance does not follow from the row '
                    "before. A row is missing or was changed: download the period again."),
                    values={"row": broken, "column": self.columns.heading("balance")},
                    row=broken, column=self.columns.heading("balance")))
        for document in self.documents.values():
            # One download is one period, and the same one when the same days come again.
            document.key = f"{document.currency} {document.start} {document.end}"
            if document.start and document.end - document.start > timedelta(days=370):
                self.remark("long_period", _lt(
                    "The file covers more than a year (%(start)s to %(end)s). Check the order of "
                    "day and month."), start=document.start, end=document.end)


def _broken_link(chain: list[tuple[int, Decimal, Decimal]]) -> int:
    """Return the row whose balance does not follow from the one before, or 0."""
    for (_row, _net, before), (row, net, after) in pairwise(chain):
        if before + net != after:
            return row
    return 0
