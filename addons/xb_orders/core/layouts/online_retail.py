"""Invoice lines of the Online Retail layout (UCI Machine Learning Repository).

One row per invoice line: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice,
CustomerID, Country. Sales and everything else stand in the same list: a number with a leading C
is a cancellation, and stock codes that are no products carry postage, fees and corrections.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ..columns import DECIMAL, ID, TEXT, TIME
from ..countries import country_code
from ..document import ADJUSTMENT, CANCELLATION, ORDER, REJECTED, Document
from ..options import ReadOptions
from ..order_value import decimal_text, totals, validate
from ..problem import Phrase, Problem, _lt, shown
from ..sheet import Record, Sheet
from .base import Field, Layout, by_document
from .cancellations import match_cancellations
from .generic import amount, fill_raw, unknown_country

SHIPPING = frozenset(("POST", "DOT", "C2"))
DISCOUNT = frozenset(("D",))
FEES = frozenset(("BANK CHARGES", "M", "AMAZONFEE", "CRUK", "S", "B", "PADS", "ADJUST", "ADJUST2"))
GOODS_ROLE, SHIPPING_ROLE, DISCOUNT_ROLE, FEE_ROLE = "goods", "shipping", "discount", "fee"
# The layout knows eight columns; one of the optional ones may be absent.
COLUMNS = 8
REQUIRED_CELLS = ("sku", "qty", "placed_at", "unit_price")
ZERO = Decimal(0)


def role_of(sku: str) -> str:
    """Tell what a line with this stock code is."""
    code = sku.upper()
    if code in SHIPPING:
        return SHIPPING_ROLE
    if code in DISCOUNT:
        return DISCOUNT_ROLE
    return FEE_ROLE if code in FEES or code.startswith("GIFT_") else GOODS_ROLE


class OnlineRetail(Layout):
    """A shop's invoice lines; see the module."""

    code = "online_retail"
    name = _lt("Online Retail (invoice lines)")
    default_currency = "GBP"
    fields = {
        "ref": Field(ID, _lt("invoice number"), headings=("InvoiceNo", "Invoice"), required=True),
        "sku": Field(ID, _lt("stock code"), headings=("StockCode",), required=True),
        "title": Field(TEXT, _lt("description"), headings=("Description",)),
        "qty": Field(DECIMAL, _lt("quantity"), headings=("Quantity",), required=True),
        "placed_at": Field(TIME, _lt("invoice date"), headings=("InvoiceDate",), required=True),
        "unit_price": Field(DECIMAL, _lt("unit price"), headings=("UnitPrice", "Price"),
                            required=True),
        "buyer_id": Field(ID, _lt("customer"), headings=("CustomerID",)),
        "country": Field(TEXT, _lt("country"), headings=("Country",), required=True),
    }

    def _score(self, width: int, columns: Mapping[str, int], missing: Sequence[str]) -> float:
        if missing or len(columns) < COLUMNS - 1:
            return 0.5 * len(columns) / COLUMNS
        return 1.0

    def documents(self, sheet: Sheet, options: ReadOptions) -> list[Document]:
        """Make one document of each invoice number, then find the sales of the cancellations."""
        currency = options.currency or self.default_currency
        headings = {name: column.heading for name, column in sheet.columns.items()}
        documents = [_InvoiceReader(ref, records, currency, options, headings).document()
                     for ref, records in by_document(sheet.records)]
        match_cancellations(documents)
        return documents


class _InvoiceReader:
    """Makes the document of one invoice number."""

    def __init__(self, ref: str, records: list[Record], currency: str, options: ReadOptions,
                 headings: Mapping[str, str]):
        self.records = records
        self.currency = currency
        self.options = options
        self.headings = headings
        self.problems = [problem for record in records for problem in record.problems]
        self.doc = Document(
            ref, ORDER, rows=[record.row for record in records], currency=currency,
            problems=self.problems, amount=sum(map(amount, records), ZERO))
        if not ref:
            self.doc.ref = f"row {records[0].row}"
            self._problem("ref_missing", _lt(
                "Row %(row)s has no invoice number. Fill it in, or remove the row."))

    def _problem(self, code: str, template: str, record: Record | None = None, *, line: str = "",
                 blocking: bool = True, **values) -> None:
        row = (record or self.records[0]).row
        values |= {"ref": self.doc.ref, "row": row}
        self.problems.append(
            Problem(code, template, values=values, row=row, line=line, blocking=blocking))

    def document(self) -> Document:
        """Read the rows and decide what they are."""
        self._check_cells()
        # A short row with all that counts leaves an order to be looked at.
        unreadable = any(problem.blocking and problem.code != "row_too_short"
                         for problem in self.problems)
        self.doc.value = self._head()
        goods = [record for record in self.records
                 if role_of(record.get("sku", "")) == GOODS_ROLE]
        if unreadable:
            self.doc.kind = REJECTED
        elif self._is_cancellation():
            self._read_cancellation(goods)
        else:
            self._read_sale(goods)
        return self.doc

    def _is_cancellation(self) -> bool:
        ref = self.doc.ref
        return ref[:1].upper() == "C" and ref[1:2].isdigit()

    def _check_cells(self) -> None:
        """Name the required cells that are empty, unless they are already named as unreadable."""
        for record in self.records:
            named = {problem.column for problem in record.problems}
            for name in REQUIRED_CELLS:
                if record.values.get(name) in (None, "") and self.headings[name] not in named:
                    self._problem("cell_empty", _lt(
                        "Row %(row)s of invoice %(ref)s has no %(field)s. Complete the row in "
                        "the file and upload the file again."),
                        record, field=Phrase(OnlineRetail.fields[name].label))

    # === PARTS === #

    def _head(self) -> dict:
        """Return what the invoice says about the whole: time, customer, country."""
        value = {"ref": self.doc.ref}
        moments = [record.get("placed_at") for record in self.records if record.get("placed_at")]
        if moments:
            value["placed_at"] = self.doc.placed_at = min(moments).isoformat()
        value |= {"status": self.options.status, "currency": self.currency,
                  "prices_include_tax": self.options.prices_include_tax}
        buyer = self._common("buyer_id", _lt("customer")).removesuffix(".0")
        if buyer:
            self.doc.buyer_id = buyer
            value["buyer"] = {"id": buyer}
        country = self._common("country", _lt("country"))
        if country and country_code(country):
            value["ship_to"] = {"country": country_code(country)}
        elif country:
            self.problems.append(unknown_country(country, self.records[0].row))
        else:
            self._problem("country_missing", _lt(
                "Invoice %(ref)s names no country. Fill in the country of the customer."))
        fill_raw(value, self.records)
        return value

    def _common(self, name: str, label: str) -> str:
        """Return what the rows agree on, empty when they name nothing."""
        found = list(dict.fromkeys(
            record.values[name] for record in self.records if record.values.get(name)))
        if len(found) > 1:
            self._problem("rows_differ", _lt(
                "The rows of invoice %(ref)s name more than one %(field)s: %(texts)s. Correct "
                "the file, or enter the order by hand."),
                field=Phrase(label), texts=shown(", ".join(found)))
        return found[0] if found else ""

    @staticmethod
    def _plain_line(record: Record, qty: Decimal) -> dict:
        return {"sku": record.get("sku", ""), "title": record.get("title", ""),
                "qty": decimal_text(qty),
                "unit_price": decimal_text(record.get("unit_price", ZERO))}

    def _hold(self, code: str, template: str, **values) -> None:
        """Make the document an adjustment: kept for a person, nothing is sold or cancelled."""
        self.doc.kind = ADJUSTMENT
        self.doc.lines = [self._plain_line(record, record.get("qty", ZERO))
                          for record in self.records]
        self._problem(code, template, **values)

    # === CANCELLATIONS === #

    def _read_cancellation(self, goods: list[Record]) -> None:
        if not goods:
            self._hold("no_goods", _lt(
                "Credit %(ref)s names no goods, only %(codes)s. It changes what was paid, not "
                "what was ordered; book it by hand."), codes=self._codes())
            return
        if any(record.get("qty") >= 0 for record in self.records):
            self._hold("cancellation_positive", _lt(
                "Cancellation %(ref)s has a quantity that is not negative, so it is unclear what "
                "it takes back. Look at it with the source."))
            return
        self.doc.kind = CANCELLATION
        self.doc.lines = [self._plain_line(record, -record.get("qty")) for record in goods]
        for record in self.records:
            if role_of(record.get("sku", "")) != GOODS_ROLE:
                self._problem("adjustment_line", _lt(
                    "Row %(row)s of cancellation %(ref)s is no product but %(sku)s. Its money "
                    "has to be given back by hand."), record, sku=record.get("sku"))

    def _codes(self) -> str:
        return ", ".join(dict.fromkeys(record.get("sku", "") for record in self.records))

    # === SALES === #

    def _read_sale(self, goods: list[Record]) -> None:
        if any(record.get("qty") <= 0 for record in goods):
            self._hold("negative_quantity", _lt(
                "Invoice %(ref)s has a quantity that is not positive and is no cancellation: a "
                "correction of the stock. Nothing was sold."))
        elif not goods:
            self._hold("no_goods", _lt(
                "Invoice %(ref)s names no goods, only %(codes)s: a fee or a correction. Nothing "
                "was sold."), codes=self._codes())
        elif not any(record.get("unit_price") for record in goods):
            self._hold("all_prices_zero", _lt(
                "All prices of invoice %(ref)s are zero: a correction of the stock. Nothing was "
                "sold."))
        else:
            self._read_order()

    def _read_order(self) -> None:
        value = self.doc.value
        value["lines"] = []
        shipping = discount = ZERO
        for number, record in enumerate(self.records, 1):
            role = role_of(record.get("sku"))
            if role == GOODS_ROLE:
                value["lines"].append(self._goods_line(str(number), record))
            elif role == SHIPPING_ROLE and amount(record) >= 0:
                shipping += amount(record)
            elif role == DISCOUNT_ROLE and amount(record) <= 0:
                discount -= amount(record)
            else:
                value["lines"].append(self._goods_line(str(number), record))
                self._problem("adjustment_line", _lt(
                    "Row %(row)s of invoice %(ref)s is no product but %(sku)s over %(amount)s "
                    "%(currency)s. Decide what it is before the order is taken over."),
                    record, line=str(number), sku=record.get("sku"),
                    amount=decimal_text(amount(record)), currency=self.currency)
        if shipping:
            value["shipping"] = {"price": decimal_text(shipping)}
        if discount:
            value["discount"] = decimal_text(discount)
        value["total"] = decimal_text(totals(value).total)
        found = validate(value, now=self.options.now, currencies=self.options.currencies,
                         countries=self.options.countries)
        self.problems += found
        if any(problem.blocking for problem in found):
            self.doc.kind = REJECTED

    def _goods_line(self, ref: str, record: Record) -> dict:
        line = {"ref": ref, **self._plain_line(record, record.get("qty"))}
        if not line["title"]:
            del line["title"]
        if not record.get("unit_price"):
            self._problem("zero_price", _lt(
                "Row %(row)s of invoice %(ref)s has no price; the line stays in the order, free "
                "of charge."), record, line=ref, blocking=False)
        return line
