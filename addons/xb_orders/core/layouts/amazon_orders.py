"""Amazon's order report with addresses: one row per item, more rows for its promotions."""

from ..columns import DECIMAL, ID, TEXT, TIME
from ..document import Document
from ..merging import DETAILS
from ..options import ReadOptions
from ..problem import _lt
from ..sheet import Record, Sheet
from .amazon import Amazon
from .base import Field
from .platform import ZERO, field

ADDRESS = {
    "ship_name": field("ship_name", "recipient-name"),
    "ship_street": field("ship_street", "ship-address-1"),
    "ship_street2": field("ship_street2", "ship-address-2"),
    "street3": Field(TEXT, _lt("street, third line"), headings=("ship-address-3",)),
    "ship_city": field("ship_city", "ship-city"),
    "ship_state": field("ship_state", "ship-state"),
    "ship_zip": field("ship_zip", "ship-postal-code"),
    "ship_country": field("ship_country", "ship-country"),
    "ship_phone": field("ship_phone", "ship-phone-number"),
}
BUYER = {
    "buyer_email": field("buyer_email", "buyer-email"),
    "buyer_name": field("buyer_name", "buyer-name"),
    "buyer_phone": field("buyer_phone", "buyer-phone-number"),
}
ORDER_FIELDS = {
    "ref": field("ref", "order-id", required=True),
    "line_ref": Field(ID, _lt("order line"), headings=("order-item-id",), required=True),
    "placed_at": field("placed_at", "purchase-date", required=True),
    "paid_at": field("paid_at", "payments-date"),
    "sku": field("sku", "sku", required=True),
    "title": field("title", "product-name"),
    "qty": field("qty", "quantity-purchased", required=True),
    "shipping_service": field("shipping_service", "ship-service-level"),
}


class AmazonDetails(Amazon):
    """Base of the reports with addresses: they complete orders that are known already."""

    def _document(self, ref: str, records: list[Record], sheet: Sheet, options: ReadOptions,
                  currency: str) -> Document:
        document = super()._document(ref, records, sheet, options, currency)
        document.merge = DETAILS
        return document

    def _prepare(self, document: Document, records: list[Record], sheet: Sheet) -> list[Record]:
        """Put an item's promotion rows together, and the third line of a street to the second."""
        lines: dict[str, Record] = {}
        for record in records:
            first = lines.setdefault(record.get("line_ref") or f"row {record.row}", record)
            if first is not record:
                self._add_promotion(document, first, record)
        for record in lines.values():
            streets = (record.get("ship_street2"), record.get("street3"))
            record.values["ship_street2"] = ", ".join(filter(None, streets))
        return super()._prepare(document, list(lines.values()), sheet)

    @staticmethod
    def _add_promotion(document: Document, first: Record, record: Record) -> None:
        """Add a promotion row to its item; that its other cells are empty is no problem."""
        for name in ("line_discount", "shipping_discount"):
            less = abs(first.get(name, ZERO)) + abs(record.get(name, ZERO))
            if name in first.values:
                first.values[name] = less if less else None


class AmazonOrders(AmazonDetails):
    """``GET_FLAT_FILE_ORDERS_DATA`` and its variants."""

    code = "amazon_orders"
    name = _lt("Amazon: orders with addresses")
    proof = frozenset(("line_total", "ship_name"))
    fields = ORDER_FIELDS | {
        "currency": field("currency", "currency", required=True),
        "line_total": Field(DECIMAL, _lt("line total"), headings=("item-price",), required=True),
        "line_tax": field("line_tax", "item-tax"),
        "shipping_price": field("shipping_price", "shipping-price"),
        "shipping_tax": field("shipping_tax", "shipping-tax"),
        "line_discount": field("line_discount", "item-promotion-discount"),
        "shipping_discount": field("shipping_discount", "ship-promotion-discount"),
        "sales_channel": Field(TEXT, _lt("marketplace"), headings=("sales-channel",)),
        "tax_model": Field(TEXT, _lt("who owes the tax"), headings=("tax-collection-model",)),
        "ship_by": Field(TIME, _lt("ship by"), headings=("promise-date", "latest-ship-date")),
        "note": field("note", "delivery-instructions"),
    } | BUYER | ADDRESS
