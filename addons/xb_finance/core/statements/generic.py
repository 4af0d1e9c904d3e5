"""Any table whose columns a person has named once: the layout of a profile.

A profile's mapping:

``columns``  field -> heading; fields are those of :data:`FIELDS`
``types``    the vendor's word -> kind; compared without case
``statuses`` words of rows that count; all when empty
``document`` what a document is: ``column`` (the mapped one) or ``file``
``fee_sign`` ``signed`` (fees are negative) or ``positive``
``amount``   what the gross column holds: ``gross`` or ``net`` (then the fee is only shown)
``total``    what the rows must add up to, as text, or empty
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from odoo.addons.xb_orders.core import dates
from odoo.addons.xb_orders.core.grid import Row
from odoo.addons.xb_orders.core.problem import _lt

from ..kinds import KINDS
from .base import PAID_OUT, Document, Format, Line, StatementError
from .source import Source, fold
from .table import Columns, complete, find_header

FIELDS = {
    "document": _lt("Payout or Statement Number"),
    "date": _lt("Date"),
    "order": _lt("Order Number"),
    "reference": _lt("Transaction Number"),
    "related": _lt("Related Transaction"),
    "type": _lt("Type of Row"),
    "amount": _lt("Amount"),
    "fee": _lt("Fee"),
    "net": _lt("Net Amount"),
    "currency": _lt("Currency"),
    "original_amount": _lt("Charged Amount"),
    "original_currency": _lt("Charged Currency"),
    "status": _lt("Status"),
    "sku": _lt("SKU"),
}
REQUIRED = ("type", "amount")


def check_mapping(mapping: Mapping) -> None:
    """Refuse a mapping that cannot be read by.

    :raise StatementError: naming the field and the remedy.
    """
    columns = mapping.get("columns")
    types = mapping.get("types") or {}
    if not (isinstance(columns, Mapping) and isinstance(types, Mapping)
            and isinstance(mapping.get("statuses") or [], (list, tuple))
            and all(isinstance(text, str) for text in (*columns.values(), *types, *types.values(),
                                                       *(mapping.get("statuses") or [])))):
        raise StatementError("mapping_wrong", _lt(
            "The mapping has another shape than expected. Its columns and types are pairs of "
            "texts, its statuses a list of texts."))
    for name in columns:
        if name not in FIELDS:
            raise StatementError("mapping_wrong", _lt(
                'There is no field "%(field)s". Use one of %(fields)s.'),
                column=name, field=name, fields=", ".join(FIELDS))
    if not (columns.get("amount") or columns.get("net")):
        raise StatementError("mapping_wrong", _lt(
            "The profile names no column for the amount. Name the one that holds it."),
            column="amount")
    for word, kind in types.items():
        if kind not in KINDS:
            raise StatementError("mapping_wrong", _lt(
                'The type "%(word)s" has no kind "%(kind)s". Choose one of the list.'),
                column="type", word=word, kind=kind)


class MappedStatement(Format):
    """A file read by a profile."""

    code = "mapped"
    label = "statement with a profile"

    @classmethod
    def recognises(cls, source: Source) -> bool:
        return False  # only when a profile says so

    def read(self):
        check_mapping(self.options.mapping)
        return super().read()

    def total_column(self):
        return (self.options.mapping.get("columns") or {}).get("amount", "")

    def walk(self) -> Iterator[Line]:
        mapping = self.options.mapping
        aliases = {name: (fold(heading),) for name, heading in mapping["columns"].items()
                   if heading}
        self.types = {fold(word): kind for word, kind in (mapping.get("types") or {}).items()}
        self.statuses = {fold(word) for word in mapping.get("statuses") or ()}
        rows = self._rows()
        header = self._header(rows, aliases)
        self.columns = Columns(header.cells, aliases)
        self.columns.require(aliases, aliases, self.label, header.number)
        order = self._date_order(header)
        body = rows if self.source.is_workbook else complete(
            rows, self.columns, max(self.columns.places.values()) + 1, self.label)
        for row in body:
            if any(cell.strip() for cell in row.cells):
                yield from self._row(row, order)

    def _rows(self) -> Iterator[Row]:
        if self.source.is_workbook:
            yield from next(iter(self.source.sheets.values()))
        else:
            yield from self.source.rows(self.source.delimiter)

    def _header(self, rows: Iterator[Row], aliases) -> Row:
        wanted = {texts[0] for texts in aliases.values()}
        best, seen = None, 0
        for _index, row in zip(range(50), rows, strict=False):
            folded = {fold(cell) for cell in row.cells}
            if find_header([folded], wanted) == 0:
                return row
            if len(wanted & folded) > seen:
                best, seen = row, len(wanted & folded)
        if best is None:
            raise StatementError("columns_missing", _lt(
                "None of the columns of the profile are in the file: %(missing)s. Choose "
                "another profile or another file."), missing=", ".join(sorted(wanted)))
        return best

    def _date_order(self, header: Row) -> str:
        if self.options.date_order or "date" not in self.columns.places:
            return self.options.date_order or dates.DMY
        texts = (self.columns.text(row, "date") for row in self._rows()
                 if row.number > header.number)
        return dates.decide(dates.count(texts)).order

    def _row(self, row: Row, order: str) -> Iterator[Line]:
        columns, number = self.columns, row.number
        if self.statuses and fold(columns.text(row, "status")) not in self.statuses:
            self.remark("not_completed", _lt(
                "Row %(row)s has the status %(status)s and was left out."), row=number,
                column=columns.heading("status"), status=columns.text(row, "status") or "-")
            return
        gross, fee = self._amounts(row)
        currency = columns.text(row, "currency") or self.options.currency
        if not currency:
            raise StatementError("currency_missing", _lt(
                "Row %(row)s names no currency. Map a currency column or choose the currency of "
                "the file."), row=number, column=columns.heading("currency"))
        currency = self.currency(currency, number, columns.heading("currency"))
        name = columns.ref(row, "document") or self._file_key()
        key = f"{name} {currency}"
        moment = self.moment(columns.text(row, "date"), number, columns.heading("date"),
                             order=order)
        document = self.document(key, lambda: self._prepare_document(key, currency))
        if moment:
            document.start = min(filter(None, (document.start, moment.date())))
            document.end = max(filter(None, (document.end, moment.date())))
        words = columns.text(row, "type")
        if not document.declared:  # nothing but the row itself proves it
            self.count_once(number, columns.heading("reference"), columns.ref(row, "reference"),
                            words, key, moment, gross, fee)
        shared = {"document": key, "row": number, "happened_at": moment, "description": words,
                  "order_ref": columns.ref(row, "order"), "sku": columns.ref(row, "sku"),
                  "reference": columns.ref(row, "reference"),
                  "related_ref": columns.ref(row, "related")}
        yield Line(part=0, kind=self.types.get(fold(words), "unclassified"), amount=gross,
                   original=self._original(row, currency, gross), **shared)
        if fee:
            yield Line(part=1, kind="fee_payment", amount=fee, **shared)

    def _amounts(self, row: Row) -> tuple[Decimal, Decimal]:
        """Return the gross amount and the signed fee, in the document's currency."""
        columns, number = self.columns, row.number
        gross = "amount" if "amount" in columns.places else "original_amount"
        amount, fee, net = (
            self.numbers.read(columns.text(row, name), number, columns.heading(name))
            for name in (gross, "fee", "net"))
        if self.options.mapping.get("fee_sign") == "positive":
            fee = -fee
        if "net" not in columns.places:
            return amount, fee
        charged = columns.text(row, "original_currency").upper()
        settled = (columns.text(row, "currency") or self.options.currency).upper()
        if charged and charged != settled:
            # Gross and fee are in the currency the buyer paid; only the net is in ours.
            return net, Decimal(0)
        if gross in columns.places and amount + fee != net:
            raise StatementError("row_wrong", _lt(
                "Row %(row)s: amount %(amount)s and fee %(fee)s do not make the net %(net)s. "
                "Check the mapping and the sign of fees, or download the file again."),
                row=number, column=columns.heading("net"), amount=amount, fee=fee, net=net)
        return net - fee, fee

    def _original(self, row: Row, currency: str, gross: Decimal):
        charged = self.columns.text(row, "original_currency").upper()
        if not charged or charged == currency:
            return None
        name = "original_amount" if "original_amount" in self.columns.places else "amount"
        value = self.numbers.read(self.columns.text(row, name), row.number,
                                  self.columns.heading(name))
        return abs(value).copy_sign(gross), charged

    def _file_key(self) -> str:
        return self.source.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]

    def _prepare_document(self, key: str, currency: str) -> Document:
        total = self.options.mapping.get("total")
        return Document(
            key=key, currency=currency, nature=PAID_OUT, proof="total" if total else "rows",
            declared=Decimal(str(total)) if total else None)
