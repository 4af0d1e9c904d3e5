"""PayPal report files: settlement (STL) and transaction detail (TRR) from the reports server."""

from collections.abc import Iterator
from decimal import Decimal

from odoo.addons.xb_orders.core.grid import Row
from odoo.addons.xb_orders.core.problem import Problem, _lt

from .base import BALANCE, Document, Format, Line, StatementError, local_day
from .paypal_codes import NO_MONEY, classify
from .source import Source
from .table import Columns

FIELDS = {
    "id": "transaction id", "invoice": "invoice id", "related": "paypal reference id",
    "code": "transaction event code", "initiated": "transaction initiation date",
    "completed": "transaction completion date", "side": "transaction debit or credit",
    "gross": "gross transaction amount", "currency": "gross transaction currency",
    "fee_side": "fee debit or credit", "fee": "fee amount", "fee_currency": "fee currency",
    "status": "transactional status", "custom": "custom field",
    "bank": "bank reference id",
}
ALIASES = {name: (heading,) for name, heading in FIELDS.items()}
REQUIRED = ("id", "code", "completed", "side", "gross", "currency", "fee_side", "fee")
# Amounts are hundredths in every currency, also in those without decimals.
HUNDREDTH = Decimal("0.01")
SIGNS = {"CR": 1, "DR": -1, "": 0}


class PayPalReport(Format):
    """Envelope of records: RH FH SH CH SB… SF SC RF RC FF."""

    code = "paypal_report"
    label = "PayPal settlement or transaction detail report"
    styles = (".",)

    @classmethod
    def recognises(cls, source: Source) -> bool:
        heads = source.head
        return bool(heads) and heads[0][:1] == ["rh"] and any(
            head[:1] == ["ch"] for head in heads)

    def total_column(self):
        return "RF"

    def walk(self) -> Iterator[Line]:
        self.account, self.window = "", (None, None)
        columns, bodies, counted, ended = None, 0, None, False
        self.footers: dict[str, Row] = {}
        last = 0
        for row in self.source.rows(","):
            record = row.cells[0].strip() if row.cells else ""
            last = row.number
            if record == "RH":
                self.account = row.cells[3].strip() if len(row.cells) > 3 else ""
            elif record == "SH":
                self._section(row)
            elif record == "CH":
                # The record's own name stands where the first heading would.
                columns = Columns(["", *row.cells[1:]], ALIASES)
                columns.require(REQUIRED, ALIASES, self.label, row.number)
            elif record == "SB":
                bodies += 1
                yield from self._body(columns, row)
            elif record == "RF":
                self._footer(row)
            elif record == "RC":
                counted = self._count(row)
            elif record == "FF":
                ended = True
        self._check_end(last, bodies, counted, ended)

    # === ENVELOPE === #

    def _section(self, row: Row) -> None:
        try:
            start, end = local_day(row.cells[1]), local_day(row.cells[2])
        except (ValueError, IndexError):
            raise StatementError("date_unreadable", _lt(
                "Row %(row)s: the section does not say which days it covers. Get the original "
                "file from the reports server."), row=row.number, column="SH") from None
        self.window = (min(filter(None, (self.window[0], start))),
                       max(filter(None, (self.window[1], end))))

    def _footer(self, row: Row) -> None:
        if len(row.cells) >= 10:
            self.footers[row.cells[1].strip().upper()] = row

    @staticmethod
    def _count(row: Row) -> int:
        try:
            return int(row.cells[1])
        except (ValueError, IndexError):
            raise StatementError("count_wrong", _lt(
                "Row %(row)s: the report's count of records is not there. Get the original file "
                "from the reports server."), row=row.number, column="RC") from None

    def _check_end(self, last: int, bodies: int, counted: int | None, ended: bool) -> None:
        if counted is None or not ended:
            raise StatementError("cut_off", _lt(
                "The file ends in row %(row)s without its footer: it is cut off. Get it again "
                "from the reports server."), row=last, column="FF")
        if counted != bodies:
            raise StatementError("count_wrong", _lt(
                "The report says it has %(counted)s transactions, the file has %(bodies)s (row "
                "%(row)s). Get it again from the reports server."),
                row=last, column="RC", counted=counted, bodies=bodies)

    # === BODY === #

    def _body(self, columns: Columns | None, row: Row) -> Iterator[Line]:
        if columns is None:
            raise StatementError("columns_missing", _lt(
                "Row %(row)s comes before the column headings (CH). Get the original file from "
                "the reports server."), row=row.number, column="CH")
        if len(row.cells) <= columns.places["fee"]:
            raise StatementError("cut_off", _lt(
                "Row %(row)s ends before the fee: the file is cut off. Get it again from the "
                "reports server."), row=row.number, column=columns.heading("fee"))
        status = columns.text(row, "status")
        event = columns.text(row, "code").upper()
        if "status" in columns.places and status != "S":
            self.remark("not_completed", _lt(
                "Row %(row)s is not completed (status %(status)s) and was left out."),
                row=row.number, column=columns.heading("status"), status=status or "-")
            return
        if event.startswith(NO_MONEY):
            return
        currency = self.currency(columns.text(row, "currency"), row.number,
                                 columns.heading("currency"))
        report = "TRR" if "status" in columns.places else "STL"
        key = f"{report} {self.account} {self.window[0]} {currency}"
        self.document(key, lambda: self._prepare_document(key, currency))
        shared = {
            "document": key, "row": row.number,
            "happened_at": self.moment(columns.text(row, "completed"), row.number,
                                       columns.heading("completed"), zone="UTC"),
            "order_ref": columns.ref(row, "invoice") or columns.ref(row, "custom"),
            "reference": columns.ref(row, "id"), "related_ref": columns.ref(row, "related"),
        }
        gross = self._amount(columns, row, "side", "gross")
        fee = self._amount(columns, row, "fee_side", "fee")
        self.count_once(row.number, columns.heading("id"), shared["reference"], event, currency,
                        shared["happened_at"], gross, fee)
        yield Line(part=0, kind=classify(event, gross), amount=gross, description=event, **shared)
        if fee:
            self._check_fee_currency(columns, row, currency)
            yield Line(part=1, kind="fee_payment", amount=fee, description=f"{event} fee",
                       **shared)

    def _check_fee_currency(self, columns: Columns, row: Row, currency: str) -> None:
        fee_currency = columns.text(row, "fee_currency").upper()
        if fee_currency and fee_currency != currency:
            raise StatementError("currency_mixed", _lt(
                "Row %(row)s: the fee is in %(fee)s, the payment in %(currency)s. Get the "
                "original file from the reports server."),
                row=row.number, column=columns.heading("fee_currency"), fee=fee_currency,
                currency=currency)

    def _amount(self, columns: Columns, row: Row, side: str, name: str) -> Decimal:
        text, word = columns.text(row, name), columns.text(row, side).upper()
        return self._hundredths(text, word, row.number, columns.heading(name))

    @staticmethod
    def _hundredths(text: str, side: str, row: int, column: str) -> Decimal:
        if side not in SIGNS or (text and not text.isdigit()) or (text.strip("0") and not side):
            raise StatementError("number_unreadable", _lt(
                'Row %(row)s, column "%(column)s": "%(side)s %(text)s" is no amount: whole '
                "hundredths with CR or DR are expected. Get the original file, one that no "
                "spreadsheet has saved."), row=row, column=column, side=side, text=text)
        return SIGNS[side] * Decimal(text or 0) * HUNDREDTH

    # === DOCUMENTS === #

    def _prepare_document(self, key: str, currency: str) -> Document:
        return Document(key=key, currency=currency, nature=BALANCE, account=self.account,
                        start=self.window[0], end=self.window[1], paid_on=None)

    def _lack_footer(self, document: Document) -> None:
        document.closing, document.proof = document.total, "rows"
        # A detail report has no balances; a settlement report without one is not whole.
        if document.key.startswith("STL") or self.footers:
            document.problems.append(Problem("footer_missing", _lt(
                "The balances of %(currency)s (RF) are not in the report, so nothing proves its "
                "rows. Get the file again from the reports server."),
                values={"currency": document.currency}, column="RF"))

    def finish(self) -> None:
        """Take the balances from the footers, one per currency; a detail report has none."""
        for document in self.documents.values():
            footer = self.footers.get(document.currency)
            if footer is None:
                self._lack_footer(document)
                continue
            document.proof = "balance"
            cells, row = footer.cells, footer.number
            document.opening = self._hundredths(cells[7], cells[6], row, "RF")
            document.closing = self._hundredths(cells[9], cells[8], row, "RF")
            flows = [Decimal(cell or 0) * HUNDREDTH for cell in cells[2:6]]
            declared = flows[0] - flows[1] + flows[2] - flows[3]
            if document.closing - document.opening != declared:
                document.problems.append(Problem("footer_wrong", _lt(
                    "Row %(row)s: the footer of %(currency)s contradicts itself: its flows make "
                    "%(flows)s, its balances %(balances)s. Get the file again."),
                    values={"row": row, "currency": document.currency, "flows": declared,
                            "balances": document.closing - document.opening},
                    row=row, column="RF"))
