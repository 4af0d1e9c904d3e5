"""Amazon's report of all orders: one tab-separated row per item, without names and streets."""

from decimal import Decimal

from ..columns import DECIMAL, TEXT, TIME
from ..document import ADJUSTMENT, ORDER, Document
from ..merging import ADDRESS
from ..options import ReadOptions
from ..problem import Problem, _lt
from ..sheet import Record, Sheet
from .amazon import Amazon
from .base import Field
from .platform import ZERO, field


class AmazonAllOrders(Amazon):
    """``GET_FLAT_FILE_ALL_ORDERS_DATA_BY_…``, also as downloaded from the seller's pages."""

    code = "amazon_all_orders"
    name = _lt("Amazon: all orders")
    proof = frozenset(("sales_channel", "channel", "line_total"))
    fields = {
        "ref": field("ref", "amazon-order-id", required=True),
        "placed_at": field("placed_at", "purchase-date", required=True),
        "updated_at": Field(TIME, _lt("last change"), headings=("last-updated-date",)),
        "status": field("status", "order-status", required=True),
        "sku": field("sku", "sku", required=True),
        "qty": field("qty", "quantity", required=True),
        "currency": field("currency", "currency", required=True),
        "line_total": Field(DECIMAL, _lt("line total"), headings=("item-price",), required=True),
        "line_tax": field("line_tax", "item-tax"),
        "wrap_price": Field(DECIMAL, _lt("gift wrap"), headings=("gift-wrap-price",)),
        "wrap_tax": Field(DECIMAL, _lt("gift wrap tax"), headings=("gift-wrap-tax",)),
        "line_discount": field("line_discount", "item-promotion-discount"),
        "shipping_price": field("shipping_price", "shipping-price"),
        "shipping_tax": field("shipping_tax", "shipping-tax"),
        "shipping_discount": field("shipping_discount", "ship-promotion-discount"),
        "shipping_service": field("shipping_service", "ship-service-level"),
        "title": field("title", "product-name"),
        "listing": field("listing", "asin"),
        "channel": Field(TEXT, _lt("fulfilment"), headings=("fulfillment-channel",)),
        "sales_channel": Field(TEXT, _lt("marketplace"), headings=("sales-channel",)),
        "item_status": Field(TEXT, _lt("line status"), headings=("item-status",)),
        "tax_model": Field(TEXT, _lt("who owes the tax"), headings=("tax-collection-model",)),
        "ship_city": field("ship_city", "ship-city"),
        "ship_state": field("ship_state", "ship-state"),
        "ship_zip": field("ship_zip", "ship-postal-code"),
        "ship_country": field("ship_country", "ship-country"),
    }

    def _document(self, ref: str, records: list[Record], sheet: Sheet, options: ReadOptions,
                  currency: str) -> Document:
        """Make the order; what only ships an order of somewhere else sells nothing."""
        document = super()._document(ref, records, sheet, options, currency)
        document.merge = ADDRESS
        if any(record.get("pending") for record in records):
            document.problems.append(Problem("price_pending", _lt(
                "Order %(ref)s is not paid yet, so the report names no price. It goes on by "
                "itself when a later report with its price is imported."),
                row=records[0].row, values={"ref": ref}))
        if document.kind == ORDER and self._market(records[0]).startswith("non-amazon"):
            document.kind, document.merge = ADJUSTMENT, ""
            document.lines = [{key: line.get(key, "") for key in
                               ("sku", "title", "qty", "unit_price")}
                              for line in document.value["lines"]]
            document.problems.append(Problem("not_a_sale", _lt(
                "%(ref)s was sold elsewhere; Amazon only shipped it. It is no order of this "
                "shop."), row=records[0].row, values={"ref": document.ref}))
        return document

    def _prepare(self, document: Document, records: list[Record], sheet: Sheet) -> list[Record]:
        """Leave out cancelled items of a live order; say what has no price yet."""
        live = [record for record in records if record.get("qty", ZERO) != 0
                or self._status_of(record.get("item_status") or "") != "cancelled"]
        for record in live or records:
            self._fill_gaps(record)
        for record in records:
            if live and record not in live:
                self.keep(record, "sku", "item_status")
        return super()._prepare(document, live or records, sheet)

    def _fill_gaps(self, record: Record) -> None:
        """Give a row without price a zero: a cancelled order costs nothing, a pending one waits.

        Amazon blanks the price of both, and the quantity of what is cancelled is zero.
        """
        if record.problems or record.get("line_total") is not None:
            return
        status = self._status_of(record.get("status") or "")
        if status not in ("pending", "cancelled"):
            return
        record.values["line_total"] = ZERO
        record.values["pending"] = status == "pending"
        if status == "cancelled" and not record.get("qty", ZERO):
            record.values["qty"] = Decimal(1)

    # pylint: disable-next=missing-return  # nothing is returned
    def _complete(self, document: Document, value: dict, records: list[Record],
                  sheet: Sheet) -> None:
        super()._complete(document, value, records, sheet)
        moments = [record.get("updated_at") for record in records if record.get("updated_at")]
        if moments:
            value["updated_at"] = max(moments).isoformat()
