"""Amazon settlement flat file V2: tab separated, one summary row per settlement, no quoting."""

import csv
from collections.abc import Iterator
from decimal import Decimal

from odoo.addons.xb_orders.core import dates
from odoo.addons.xb_orders.core.grid import Row
from odoo.addons.xb_orders.core.problem import _lt

from .base import PAID_OUT, Document, Format, Line, StatementError, local_day
from .source import Source, fold
from .table import Columns

FIELDS = (
    "settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date",
    "total-amount", "currency", "transaction-type", "order-id", "merchant-order-id",
    "adjustment-id", "shipment-id", "marketplace-name", "amount-type", "amount-description",
    "amount", "fulfillment-id", "posted-date", "posted-date-time", "order-item-code", "sku",
    "quantity-purchased", "promotion-id",
)
ALIASES = {name: (name,) for name in FIELDS}
REQUIRED = ("settlement-id", "total-amount", "currency", "transaction-type", "amount-type",
            "amount-description", "amount")

# (amount-type, amount-description) -> kind; what is not here is decided by the amount type.
BY_DESCRIPTION = {
    ("itemprice", "tax"): "tax",
    ("itemprice", "shippingtax"): "tax",
    ("itemprice", "giftwraptax"): "tax",
    ("itemprice", "shipping"): "shipping",
    ("promotion", "taxdiscount"): "tax",
    ("itemfees", "fbaperunitfulfillmentfee"): "fee_fulfilment",
    ("itemfees", "fbaperorderfulfillmentfee"): "fee_fulfilment",
    ("itemfees", "fbaweightbasedfee"): "fee_fulfilment",
    ("itemfees", "shippingchargeback"): "fee_shipping",
    ("itemfees", "shippinghb"): "fee_shipping",
    ("other-transaction", "current reserve amount"): "reserve",
    ("other-transaction", "previous reserve amount balance"): "reserve",
    ("other-transaction", "storage fee"): "fee_storage",
    ("other-transaction", "storagerenewalbilling"): "fee_storage",
    ("other-transaction", "subscription fee"): "fee_service",
    ("other-transaction", "paid services fee"): "fee_service",
    ("other-transaction", "manual processing fee"): "fee_service",
    ("other-transaction", "nonsubscriptionfeeadj"): "fee_service",
    ("other-transaction", "fbainboundtransportationfee"): "fee_shipping",
    ("other-transaction", "fba inbound placement service fee"): "fee_fulfilment",
    ("other-transaction", "shipping label purchase"): "fee_shipping",
    ("other-transaction", "shipping label purchase for return"): "fee_shipping",
    ("other-transaction", "disposalcomplete"): "fee_fulfilment",
    ("other-transaction", "removalcomplete"): "fee_fulfilment",
    ("other-transaction", "fbacustomerreturnperunitfee"): "fee_fulfilment",
    ("other-transaction", "fbacustomerreturnperorderfee"): "fee_fulfilment",
    ("other-transaction", "fbacustomerreturnweightbasedfee"): "fee_fulfilment",
    ("other-transaction", "adjustment"): "adjustment",
    ("other-transaction", "balanceadjustment"): "adjustment",
    ("other-transaction", "miscadjustment"): "adjustment",
    ("other-transaction", "buyerrecharge"): "adjustment",
    ("other-transaction", "promotion adjustment"): "adjustment",
    ("other-transaction", "payable to amazon"): "deposit",
    ("other-transaction", "successful charge"): "deposit",
    ("other-transaction", "failed disbursement"): "deposit",
    ("other-transaction", "micro deposit"): "deposit",
}
BY_TYPE = {
    "itemprice": "sale",
    "itemfees": "fee_selling",
    "itemwithheldtax": "tax_withheld",
    "promotion": "discount",
    "points": "discount",
    "shipment-fees": "fee_fulfilment",
    "cost of advertising": "fee_advertising",
    "refund for advertiser": "fee_advertising",
    "fba inventory reimbursement": "compensation",
    "mcf inventory reimbursement": "compensation",
    "capacity reservation fee": "fee_storage",
    "amazon warehousing & distribution": "fee_storage",
    "inbound defect fee": "fee_fulfilment",
    "couponredemptionfee": "fee_advertising",
    "vine enrollment fee": "fee_advertising",
    "amazonfees": "fee_selling",
    "fbafees": "fee_fulfilment",
}
REIMBURSEMENTS = ("warehouse_", "missing_from_inbound", "reversal_reimbursement",
                  "compensated_clawback", "cs_error_items", "free_replacement_refund_items",
                  "re_evaluation", "incorrect_fees_items", "removal_order_", "multichannel_order_")
CHARGEBACKS = frozenset(("chargeback refund", "a-to-z guarantee refund"))
REFUNDS = frozenset(("refund", "refund_retrocharge"))
# What a refund gives back of the price; taxes and fees stay what they are.
REFUNDED = frozenset(("sale", "shipping", "discount"))


def classify(transaction: str, amount_type: str, description: str) -> str:
    """Return the kind of a line from its triple, whatever its case.

    The description alone says little: "Shipping" is paid by the buyer under ItemPrice, a discount
    under Promotion, a fee under Shipment-Fees.

    >>> classify("Order", "Promotion", "Shipping")
    'discount'
    >>> classify("Refund", "ItemPrice", "Principal")
    'refund'
    """
    transaction, amount_type, description = map(fold, (transaction, amount_type, description))
    kind = BY_DESCRIPTION.get((amount_type, description)) or BY_TYPE.get(amount_type)
    if kind is None and description.startswith(REIMBURSEMENTS):
        kind = "compensation"
    if kind is None and description.startswith("transfer of funds unsuccessful"):
        kind = "deposit"
    if kind is None and transaction == "servicefee":
        kind = "fee_service"
    if kind in REFUNDED:
        if transaction in CHARGEBACKS:
            return "chargeback"
        if transaction in REFUNDS:
            return "refund"
    return kind or "unclassified"


class AmazonSettlement(Format):
    """The settlement report that Amazon makes every fortnight."""

    code = "amazon_v2"
    label = "Amazon settlement report (flat file V2)"

    @classmethod
    def recognises(cls, source: Source) -> bool:
        return bool(source.head) and {"settlement-id", "amount-type", "amount-description",
                                      "total-amount"} <= set(source.head[0])

    def total_column(self):
        return "total-amount"

    def walk(self) -> Iterator[Line]:
        rows = self._rows()
        header = next(rows)
        columns = Columns(header.cells, ALIASES)
        columns.require(REQUIRED, ALIASES, self.label, header.number)
        amount_place, currency_place = columns.places["amount"], columns.places["currency"]
        for row in rows:
            if not any(row.cells):
                continue
            key = columns.ref(row, "settlement-id")
            if len(row.cells) > amount_place and columns.text(row, "amount-type"):
                yield from self._line(columns, row, key)
            elif len(row.cells) > currency_place and columns.text(row, "total-amount"):
                self._open(columns, row, key)
            else:
                raise StatementError("cut_off", _lt(
                    "Row %(row)s has only %(cells)s of %(width)s columns: the file is cut off or "
                    "was changed there. Download the settlement again."),
                    row=row.number, cells=len(row.cells), width=columns.width)

    def _rows(self) -> Iterator[Row]:
        # Product names hold bare quotation marks, so quotes enclose nothing; after a re-save the
        # headings are quoted and then they do.
        quoted = self.source.start.startswith('"')
        quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        return self.source.rows(self.source.delimiter if quoted else "\t", quoting)

    def _open(self, columns: Columns, row: Row, key: str) -> None:
        if key in self.documents:
            raise StatementError("document_repeated", _lt(
                "Row %(row)s begins settlement %(key)s, which is in this file already. The file "
                "was put together from several; upload each settlement once."),
                row=row.number, column=columns.heading("settlement-id"), key=key)
        days = {}
        for name in ("settlement-start-date", "settlement-end-date", "deposit-date"):
            text = columns.text(row, name)
            self.moment(text, row.number, name)
            days[name] = local_day(text)
        self.documents[key] = Document(
            key=key, nature=PAID_OUT,
            currency=self.currency(columns.text(row, "currency"), row.number, "currency"),
            start=days["settlement-start-date"], end=days["settlement-end-date"],
            paid_on=days["deposit-date"], proof="total",
            declared=self.numbers.read(columns.text(row, "total-amount"), row.number,
                                       "total-amount"))

    def _line(self, columns: Columns, row: Row, key: str) -> Iterator[Line]:
        document = self.documents.get(key)
        if document is None:
            raise StatementError("summary_missing", _lt(
                "Row %(row)s belongs to settlement %(key)s, whose summary row with the total is "
                "not in the file. Download the whole settlement again."),
                row=row.number, column="settlement-id", key=key)
        currency = columns.text(row, "currency").upper()
        if currency and currency != document.currency:
            raise StatementError("currency_mixed", _lt(
                "Row %(row)s is in %(currency)s, settlement %(key)s in %(expected)s. A "
                "settlement has one currency: download it again."),
                row=row.number, column="currency", currency=currency, key=key,
                expected=document.currency)
        text = columns.text(row, "amount")
        if not text:
            return
        amount: Decimal = self.numbers.read(text, row.number, "amount")
        amount_type = columns.text(row, "amount-type")
        description = columns.text(row, "amount-description")
        transaction = columns.text(row, "transaction-type")
        yield Line(
            document=key, row=row.number, part=0, amount=amount,
            kind=classify(transaction, amount_type, description),
            happened_at=self._happened_at(columns, row),
            order_ref=columns.ref(row, "order-id"),
            reference=columns.ref(row, "adjustment-id") or columns.ref(row, "shipment-id"),
            description=" / ".join((transaction, amount_type, description)),
            sku=columns.ref(row, "sku"))

    def _happened_at(self, columns: Columns, row: Row):
        # posted-date is in the marketplace's own order of day and month, so only the other one
        # can be trusted.
        return self.moment(columns.text(row, "posted-date-time"), row.number,
                           "posted-date-time", order=dates.DMY, zone="UTC")
