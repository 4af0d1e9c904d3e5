"""A carrier's bill as a table: tracking number, what for, how much; proved before it is written.

Two shapes are read. *Long*: a row per charge, its words in a column of their own. *Wide*: a row per
parcel with a column per kind of charge (freight, fuel, duty …), and often their total beside.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from hashlib import sha256

from odoo.addons.xb_logistics.core.number import normalize
from odoo.addons.xb_orders.core import dates, decimals
from odoo.addons.xb_orders.core.grid import Row
from odoo.addons.xb_orders.core.problem import Problem, _lt, shown

from .charges import CHARGES, kind_of
from .currencies import DEFAULT, DIGITS, digits
from .statements.base import ZERO, Numbers, StatementError, local_day
from .statements.source import Source, fold
from .statements.table import Columns

HEADER_ROWS = 50
#: Field -> headings that name it; a profile's own heading goes first.
FIELDS = {
    "number": _lt("Tracking Number"),
    "amount": _lt("Amount"),
    "kind": _lt("Kind of Charge"),
    "weight": _lt("Weight Charged"),
    "currency": _lt("Currency"),
    "bill": _lt("Bill Number"),
    "date": _lt("Bill Date"),
}
_ALIASES = {
    "number": (
        "tracking number, tracking no, tracking no., tracking id, tracking, waybill, waybill no, "
        "waybill number, air waybill number, awb, awb number, shipment number, parcel number, "
        "consignment number, express or ground tracking id, 运单号, 跟踪号, 转单号, 物流单号, "
        "快递单号, 服务商单号, sendungsnummer, paketnummer, paketscheinnummer, 追跡番号, "
        "送り状番号"),
    "amount": (
        "amount, net amount, net charge, net charge amount, total, total amount, total charges, "
        "charge amount, billed amount, cost, net, 金额, 总金额, 总费用, 合计, 应收金额, 费用, "
        "结算金额, betrag, nettobetrag, gesamtbetrag, netto, 金額, 合計"),
    "kind": (
        "charge, charge type, charge description, charge name, description, service, fee type, "
        "type, surcharge, surcharge kind, 费用类型, 费用名称, 费用项目, 收费项目, leistung, "
        "beschreibung, bezeichnung, 費目"),
    "weight": (
        "weight, weight charged, charged weight, billed weight, chargeable weight, "
        "rated weight, 计费重, 计费重量, 收费重量, 重量, gewicht, abrechnungsgewicht"),
    "currency": "currency, currency code, billed currency, 币种, 货币, währung, 通貨",
    "bill": (
        "invoice number, invoice no, invoice no., invoice, bill number, bill no, account document, "
        "账单号, 发票号, 账单编号, rechnungsnummer, rechnung, 請求書番号"),
    "date": (
        "invoice date, bill date, billing date, 账单日期, 发票日期, rechnungsdatum, 請求日"),
}
_ALIASES = {name: tuple(fold(text) for text in texts.split(","))
            for name, texts in _ALIASES.items()}
# Headings of the wide shape: the whole of a heading, else "Weight charged for freight" were one.
_WIDE = {
    "freight": "freight, freight charge, transportation charge, transportation charge amount, "
               "shipping fee, base freight, 运费, 基础运费, 物流费, fracht, frachtkosten, 運賃",
    "fuel": "fuel, fuel surcharge, 燃油费, 燃油附加费, treibstoffzuschlag, 燃油サーチャージ",
    "surcharge": "surcharges, other surcharges, remote area surcharge, registration fee, 挂号费, "
                 "附加费, 偏远附加费, 处理费, 操作费, zuschläge",
    "clearance": "clearance fee, brokerage fee, 清关费, 报关费, verzollungskosten",
    "duty": "duty, duties, customs duty, 关税, zoll, zollabgaben, 関税",
    "import_vat": "import vat, vat, 增值税, 进口增值税, einfuhrumsatzsteuer",
    "discount": "discount, discounts, rebate, 折扣, 优惠, rabatt",
}
_WIDE = {kind: tuple(fold(text) for text in texts.split(",")) for kind, texts in _WIDE.items()}
_TOTAL = tuple(fold(text) for text in (
    "total", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "合计", "总计", "合計"))


@dataclass(slots=True)
class Charge:
    """One amount for one parcel.

    :param row: of the file, ``part`` its place within the row.
    :param number: tracking number in its one spelling, empty where the row names none.
    :param kind: see :data:`.charges.CHARGES`; ``words`` the carrier's own.
    :param amount: positive is a cost, in the bill's currency, net of the carrier's own tax.
    :param weight: as the carrier charged it, in the file's unit; None where it does not say.
    :param problem: why the row cannot be taken.
    :param told: what the file says where it has fractions of the currency's smallest unit.
    """

    row: int
    part: int
    number: str
    kind: str
    words: str
    amount: Decimal
    weight: Decimal | None = None
    problem: Problem | None = None
    told: Decimal | None = None


@dataclass(slots=True)
class Bill:
    """One bill in one currency.

    :param name: the carrier's number.
    :param day: its date, None where the file does not say.
    :param declared: what the file says that the rows add up to, None where it does not.
    """

    name: str
    currency: str
    day: date | None = None
    declared: Decimal | None = None
    charges: list[Charge] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """Sum of the charges."""
        return sum((charge.amount for charge in self.charges), ZERO)

    @property
    def digest(self) -> str:
        """Checksum of what the carrier said: the same when nothing has changed."""
        rows = sorted(
            (charge.row, charge.part, charge.number, charge.words,
             f"{charge.amount if charge.told is None else charge.told:f}")
            for charge in self.charges)
        return sha256(repr((self.name, self.currency, rows)).encode()).hexdigest()

    def round(self, places: int) -> None:
        """Round charges to the smallest unit so that they add up to the rounded bill: carriers
        work with kilograms and percents, and nobody can pay a tenth of a cent.

        Largest remainder; a remark says so, the checksum stays that of the file.

        :param places: decimals of the bill's currency.
        """
        unit = Decimal(1).scaleb(-places)
        broken = [charge for charge in self.charges if charge.amount % unit]
        if not broken:
            return
        told = self.total
        for charge in broken:
            charge.told = charge.amount
            charge.amount = charge.amount.quantize(unit, ROUND_FLOOR)
        rest = int((told.quantize(unit, ROUND_HALF_UP) - self.total) / unit)
        broken.sort(key=lambda charge: (charge.amount - charge.told, charge.row, charge.part))
        for charge in broken[:rest]:
            charge.amount += unit
        self.problems.append(Problem("fractions", _lt(
            "%(bill)s: %(count)s amounts have fractions of the smallest unit of %(currency)s, the "
            "first in row %(row)s. They were rounded so that they add up to %(total)s."), values={
                "bill": self.name or "?", "count": len(broken), "currency": self.currency,
                "row": min(charge.row for charge in broken), "total": self.total},
            blocking=False))


@dataclass(frozen=True, slots=True)
class BillOptions:
    """What a person may decide; empty is recognised.

    :param decimal: ``.`` or ``,``; ``date_order`` ``DMY`` or ``MDY``.
    :param currency: ISO code, ``name`` bill number and ``total`` where the file has none.
    :param columns: field of :data:`FIELDS` -> heading.
    :param words: carrier's words, folded -> kind, before the general ones.
    """

    decimal: str = ""
    date_order: str = ""
    currency: str = ""
    name: str = ""
    total: Decimal | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


class BillReader:
    """Reads the bills of one file.

    :param source: the opened file.
    :param options: what a person decided.
    :ivar remarks: what is worth knowing and stops nothing.
    """

    def __init__(self, source: Source, options: BillOptions):
        self.source, self.options = source, options
        self.remarks: list[Problem] = []
        self.bills: dict[tuple[str, str], Bill] = {}

    # pylint: disable-next=method-required-super  # no model
    def read(self) -> list[Bill]:
        """Return the bills, each with what is wrong with it.

        :raise StatementError: when the file has to be refused whole.
        """
        rows, header = self._find_table()
        self.columns = Columns(header.cells, self._aliases())
        self.wide = self._wide_columns(header)
        if not self.wide and "amount" not in self.columns.places:
            self._refuse(header)
        rows = [row for row in rows if any(cell.strip() for cell in row.cells)]
        self._decide(rows)
        for row in rows:
            self._read_row(row)
        if not any(bill.charges for bill in self.bills.values()):
            raise StatementError("no_lines", _lt(
                "The file has headings but no row with an amount. Export the bill again."))
        self._prove()
        return list(self.bills.values())

    # === TABLE === #

    def _aliases(self):
        own = {name: (fold(heading),) for name, heading in self.options.columns.items() if heading}
        return {name: own.get(name, texts) for name, texts in _ALIASES.items()}

    def _find_table(self) -> tuple[Iterator[Row], Row]:
        """Return the rows below the headings, and the headings."""
        aliases = self._aliases()
        tables = self.source.sheets.values() if self.source.is_workbook \
            else [self.source.rows(self.source.delimiter)]
        best, seen = None, 0
        for table in tables:
            rows = iter(table)
            for _index, row in zip(range(HEADER_ROWS), rows, strict=False):
                folded = {fold(cell) for cell in row.cells}
                has_money = folded & set(aliases["amount"]) or any(
                    folded & set(texts) for texts in _WIDE.values())
                if folded & set(aliases["number"]) and has_money:
                    return rows, row
                known = sum(bool(folded & set(texts)) for texts in aliases.values())
                if known > seen:
                    best, seen = row, known
        self._refuse(best)
        return None

    def _refuse(self, header):
        raise StatementError("columns_missing", _lt(
            "No row of headings names a tracking number and an amount. The file has: %(found)s. "
            "Name the columns in a profile, or export the bill with its details per parcel."),
            row=header.number if header else 0, column=FIELDS["number"],
            found=shown(", ".join(cell for cell in header.cells if cell.strip()), 200)
            if header else "-")

    def _wide_columns(self, header: Row) -> dict[int, str]:
        """Return column -> kind of the wide shape, nothing where the rows say their kind."""
        if "kind" in self.options.columns or "amount" in self.options.columns:
            return {}
        taken = set(self.columns.places.values())
        found = {index: kind for index, cell in enumerate(header.cells)
                 for kind, texts in _WIDE.items() if fold(cell) in texts and index not in taken}
        if "kind" in self.columns.places and "amount" in self.columns.places:
            return {}
        return found

    def _decide(self, rows):
        """Decide the decimal sign and the order of day and month."""
        money = [*self.wide, *(self.columns.places[name] for name in ("amount",)
                               if name in self.columns.places)]
        places = [*money, *(self.columns.places[name] for name in ("weight",)
                            if name in self.columns.places)]
        evidence = {place: decimals.count(_cell(row, place) for row in rows) for place in places}
        hint = decimals.COMMA if self.source.delimiter == ";" else ""
        styles = decimals.decide(evidence, hint)
        self.numbers = {}
        for place in places:
            sign = self.options.decimal or styles[place].decimal
            if place in money and styles[place].ambiguous and not self.options.decimal:
                sign = self._by_currency(rows, place) or sign
            self.numbers[place] = Numbers(sign)
            if place in money and styles[place].ambiguous and not self.options.decimal:
                self.remarks.append(Problem("style_guessed", _lt(
                    'The numbers of column "%(column)s" can be read in two ways; they were read '
                    'with the decimal sign "%(sign)s". Choose the other one if the total is '
                    "wrong."), values={"column": self.columns.header[place].strip(),
                                       "sign": sign}, blocking=False))
        texts = (self.columns.text(row, "date") for row in rows)
        self.order = self.options.date_order or dates.decide(dates.count(texts)).order

    def _by_currency(self, rows, place) -> str:
        """Return the sign that makes a column's amounts money, where they can be read in two ways:
        12.500 dinars are twelve and a half, 12.500 yen are thousands."""
        found = set()
        for row in rows:
            code = (self.columns.text(row, "currency") or self.options.currency).upper()
            places = DIGITS.get(code, DEFAULT)
            reading = decimals.interpret(_cell(row, place))
            if places == DEFAULT or not reading or reading.evidence != decimals.EITHER:
                continue
            found |= {sign for sign, value in reading.values.items()
                      if -value.as_tuple().exponent == places}
        return found.pop() if len(found) == 1 else ""

    # === ROWS === #

    def _read_row(self, row: Row) -> None:
        columns = self.columns
        number = normalize(columns.ref(row, "number"))
        if not number and any(fold(cell) in _TOTAL for cell in row.cells):
            self._take_total(row)
            return
        bill = self._bill(row)
        try:
            charges = self._read_wide(row, number) if self.wide else self._read_long(row, number)
        except StatementError as error:
            charges = [Charge(row.number, 0, number, "other", columns.text(row, "kind"), ZERO,
                              problem=error.problem)]
        weight = self._weight(row)
        for charge in charges:
            charge.weight = weight
            bill.charges.append(charge)

    def _bill(self, row: Row) -> Bill:
        columns = self.columns
        name = columns.ref(row, "bill") or self.options.name
        currency = (columns.text(row, "currency") or self.options.currency).upper()
        bill = self.bills.get((name, currency))
        if bill is None:
            bill = self.bills[name, currency] = Bill(name, currency)
            if not name:
                bill.problems.append(Problem("bill_missing", _lt(
                    "Row %(row)s names no bill, and no bill number was entered. Enter the number "
                    "that stands on the carrier's bill."), values={"row": row.number},
                    row=row.number))
            if len(currency) != 3:
                bill.problems.append(Problem("currency_missing", _lt(
                    "Row %(row)s names no currency. Choose the currency of the file."),
                    values={"row": row.number}, row=row.number,
                    column=columns.heading("currency")))
        if bill.day is None:
            try:
                bill.day = local_day(columns.text(row, "date"), self.order)
            except ValueError:
                bill.problems.append(Problem("date_unreadable", _lt(
                    'Row %(row)s, column "%(column)s": "%(text)s" is no date. Correct it, or '
                    "choose the order of day and month."), values={
                        "row": row.number, "column": columns.heading("date"),
                        "text": shown(columns.text(row, "date"))}, row=row.number))
                bill.day = date.min
        return bill

    def _read_long(self, row: Row, number: str) -> list[Charge]:
        words = self.columns.text(row, "kind")
        place = self.columns.places["amount"]
        if not _cell(row, place):
            raise StatementError("amount_missing", _lt(
                'Row %(row)s has no amount in column "%(column)s". Enter it, or leave the row '
                "out."), row=row.number, column=self.columns.heading("amount"))
        amount = self._money(row, place)
        return [Charge(row.number, 0, number, self._kind(words), words, amount)] if amount else []

    def _read_wide(self, row: Row, number: str) -> list[Charge]:
        header = self.columns.header
        charges = [
            Charge(row.number, part, number, kind, header[place].strip(), amount)
            for part, (place, kind) in enumerate(self.wide.items())
            if (amount := self._money(row, place))]
        total = self.columns.places.get("amount")
        if total is not None and _cell(row, total):
            told, parts = self._money(row, total), sum((c.amount for c in charges), ZERO)
            if not _same(told, parts, self._bill(row).currency):
                raise StatementError("row_wrong", _lt(
                    "Row %(row)s: the charges add up to %(sum)s, its total says %(total)s. A "
                    "column of charges has a heading that nobody knows: name the columns in a "
                    "profile."), row=row.number, column=header[total].strip(), sum=parts,
                    total=told)
        return charges

    def _kind(self, words: str) -> str:
        return self.options.words.get(fold(words)) or kind_of(words)

    def _money(self, row: Row, place: int) -> Decimal:
        return self.numbers[place].read(
            _cell(row, place), row.number, self.columns.header[place].strip())

    def _weight(self, row: Row) -> Decimal | None:
        place = self.columns.places.get("weight")
        if place is None or not _cell(row, place):
            return None
        text = _cell(row, place).casefold().removesuffix("kg").removesuffix("g").strip()
        reading = decimals.interpret(text)
        return reading.values.get(self.numbers[place].style) if reading else None

    # === PROOF === #

    def _take_total(self, row: Row) -> None:
        """Let the last row of a table prove the others."""
        place = self.columns.places.get("amount")
        if place is None or not _cell(row, place) or len(self.bills) != 1:
            return
        [bill] = self.bills.values()
        bill.declared = self._money(row, place)

    def _prove(self) -> None:
        if self.options.total is not None and len(self.bills) == 1:
            [bill] = self.bills.values()
            bill.declared = self.options.total
        for bill in self.bills.values():
            bill.day = None if bill.day == date.min else bill.day
            if bill.declared is not None and not _same(
                    bill.declared, bill.total, bill.currency):
                bill.problems.append(Problem("not_balanced", _lt(
                    "%(bill)s: the rows add up to %(sum)s, the bill says %(declared)s. The file "
                    "may be cut off, or the decimal sign is another one. Export it again."),
                    values={"bill": bill.name or "?", "sum": bill.total,
                            "declared": bill.declared}))


def _same(told: Decimal, total: Decimal, currency: str) -> bool:
    """Whether a total is what its parts add up to; it may be rounded where they are not."""
    places = max(-told.as_tuple().exponent, digits(currency))
    return total.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) == told


def _cell(row: Row, place: int) -> str:
    return row.cells[place].strip() if place < len(row.cells) else ""


#: For the models: kinds with their labels.
KIND_LABELS = [(kind, charge.label) for kind, charge in CHARGES.items()]
