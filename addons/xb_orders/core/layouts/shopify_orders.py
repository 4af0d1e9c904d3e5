"""Shopify's order export: one row per line, the order's own cells in the first row only."""

from decimal import ROUND_HALF_UP, Decimal

from ..columns import DECIMAL, ID, TEXT, TIME
from ..document import Document
from ..order_value import decimal_text
from ..problem import Problem, _lt
from ..sheet import Record, Sheet
from .base import Field
from .platform import CENT, ZERO, Platform, field, statuses

PAYMENT = statuses({
    "pending": ("pending", "authorized", "partially_paid", "expired", "unpaid"),
    "paid": ("paid", "partially_refunded"),
    "refunded": ("refunded",),
    "cancelled": ("voided",),
})
FULFILMENT = statuses({"shipped": ("fulfilled",), "partially_shipped": ("partial",)})
UNPAID = ("pending", "cancelled")
RISKS = ("low", "medium", "high")


class ShopifyOrders(Platform):
    """``orders_export.csv``."""

    code = "shopify_orders"
    name = _lt("Shopify: orders")
    proof = frozenset(("fulfilment", "line_price_compare"))
    words = PAYMENT
    fields = {
        "ref": field("ref", "Name", required=True),
        "platform_id": Field(ID, _lt("platform's own number"), headings=("Id",)),
        "placed_at": field("placed_at", "Created at", required=True),
        "paid_at": field("paid_at", "Paid at"),
        "cancelled_at": Field(TIME, _lt("cancelled on"), headings=("Cancelled at",)),
        "status": field("status", "Financial Status", required=True),
        "fulfilment": Field(TEXT, _lt("fulfilment"), headings=("Fulfillment Status",)),
        "currency": field("currency", "Currency", required=True),
        "subtotal": Field(DECIMAL, _lt("subtotal"), headings=("Subtotal",)),
        "shipping_price": field("shipping_price", "Shipping"),
        "taxes": Field(DECIMAL, _lt("taxes"), headings=("Taxes",)),
        "total": field("total", "Total"),
        "order_discount": Field(DECIMAL, _lt("order discount"), headings=("Discount Amount",)),
        "shipping_service": field("shipping_service", "Shipping Method"),
        "sku": field("sku", "Lineitem sku", required=True),
        "qty": field("qty", "Lineitem quantity", required=True),
        "unit_price": field("unit_price", "Lineitem price", required=True),
        "line_price_compare": Field(DECIMAL, _lt("price before"), headings=(
            "Lineitem compare at price",)),
        "line_discount": field("line_discount", "Lineitem discount"),
        "taxable": Field(TEXT, _lt("taxable"), headings=("Lineitem taxable",)),
        "title": field("title", "Lineitem name"),
        "buyer_email": field("buyer_email", "Email"),
        "buyer_name": field("buyer_name", "Billing Name"),
        "buyer_phone": field("buyer_phone", "Phone"),
        "ship_name": field("ship_name", "Shipping Name"),
        "ship_company": field("ship_company", "Shipping Company"),
        "ship_street": field("ship_street", "Shipping Address1", "Shipping Street"),
        "ship_street2": field("ship_street2", "Shipping Address2"),
        "ship_city": field("ship_city", "Shipping City"),
        "ship_state": field("ship_state", "Shipping Province"),
        "ship_zip": field("ship_zip", "Shipping Zip"),
        "ship_country": field("ship_country", "Shipping Country"),
        "ship_phone": field("ship_phone", "Shipping Phone"),
        "note": field("note", "Notes"),
        "method": Field(TEXT, _lt("payment method"), headings=("Payment Method",)),
        "payment_ref": Field(ID, _lt("payment reference"), headings=(
            "Payment Reference", "Payment References")),
        "outstanding": Field(DECIMAL, _lt("outstanding"), headings=("Outstanding Balance",)),
        "refunded": Field(DECIMAL, _lt("refunded"), headings=("Refunded Amount",)),
        "tags": Field(TEXT, _lt("tags"), headings=("Tags",)),
        "risk": Field(TEXT, _lt("risk"), headings=("Risk Level",)),
        "tax_name": Field(TEXT, _lt("tax"), headings=("Tax 1 Name",)),
    }

    def _prepare(self, document: Document, records: list[Record], sheet: Sheet) -> list[Record]:
        """Find out which of the stated discounts make the subtotal."""
        head = records[0]
        goods = sum((record.get("qty", ZERO) * record.get("unit_price", ZERO)
                     for record in records), ZERO)
        own = sum((abs(record.get("line_discount", ZERO)) for record in records), ZERO)
        stated = abs(head.get("order_discount", ZERO))
        subtotal = head.get("subtotal")
        for record in records:
            record.values["discount"] = None
            self.keep(record, "line_price_compare")
        self.keep(head, "platform_id", "refunded", "order_discount", "tax_name", "taxes")
        if subtotal is None or goods - own == subtotal:
            less = ZERO
        elif goods - own - stated == subtotal:
            less = stated
        else:
            # the line discounts repeat what the order's discount was split into, or miss some
            for record in records:
                record.values["line_discount"] = None
            less = goods - subtotal
            if less != stated:
                document.problems.append(Problem("discount_derived", _lt(
                    "Order %(ref)s: the discount of %(amount)s is what the lines are above the "
                    "subtotal; the file itself states %(stated)s."), blocking=False,
                    row=head.row, values={"ref": document.ref, "amount": decimal_text(less),
                                          "stated": decimal_text(stated)}))
        head.values["discount"] = less if less else None
        return records

    def _status_of(self, word: str) -> str:
        return PAYMENT.get(self._key(word), "")

    def _complete(self, document: Document, value: dict, records: list[Record],
                  sheet: Sheet) -> None:
        head = records[0]
        self._fill_status(value, head)
        self._fill_tax(value, records)
        paid = head.get("total", ZERO) - head.get("outstanding", ZERO)
        if head.get("method") and paid > 0 and value["status"] not in UNPAID:
            value["payments"] = [{"method": head.get("method"), "amount": decimal_text(paid),
                                  "currency": value["currency"]}]
            if head.get("payment_ref"):
                value["payments"][0]["reference"] = head.get("payment_ref")
            if value.get("paid_at"):
                value["payments"][0]["at"] = value["paid_at"]
        tags = [tag.strip() for tag in (head.get("tags") or "").split(",") if tag.strip()]
        if tags:
            value["tags"] = tags
        risk = (head.get("risk") or "").casefold()
        if risk in RISKS:
            value["risk"] = risk

    def _fill_status(self, value: dict, head: Record) -> None:
        """Put payment, fulfilment and cancellation together into one status."""
        fulfilment = head.get("fulfilment") or ""
        if fulfilment:
            value["platform_status"] = f"{value.get('platform_status', '')} / {fulfilment}"
        if head.get("cancelled_at"):
            value["status"] = "cancelled"
        elif value["status"] == "paid":
            value["status"] = FULFILMENT.get(self._key(fulfilment), "paid")

    @staticmethod
    def _fill_tax(value: dict, records: list[Record]) -> None:
        """Give the order's tax to its taxable lines by their worth, the last cent included.

        The file states tax for the whole order only. It is contained in the prices where the
        total is right without it.
        """
        head = records[0]
        taxes, total = head.get("taxes", ZERO), head.get("total")
        if taxes <= 0 or total is None or head.get("subtotal") is None:
            return
        if head.get("subtotal") + head.get("shipping_price", ZERO) == total:
            value["prices_include_tax"] = True
        worth = {}
        for line, record in zip(value["lines"], records, strict=True):
            net = record.get("qty", ZERO) * record.get("unit_price", ZERO) \
                - abs(record.get("line_discount", ZERO))
            if (record.get("taxable") or "true").casefold() == "true" and net > 0:
                worth[line["ref"]] = net
        for line in value["lines"]:
            if line["ref"] in worth:
                line["tax"] = decimal_text(_share(taxes, worth, line["ref"]))


def _share(amount: Decimal, worth: dict[str, Decimal], ref: str) -> Decimal:
    """Return one line's part of an amount, in whole cents that add up to it.

    >>> parts = {"1": Decimal(1), "2": Decimal(1), "3": Decimal(1)}
    >>> [str(_share(Decimal("1.00"), parts, ref)) for ref in parts]
    ['0.33', '0.34', '0.33']
    """
    before = ZERO
    for key, value in worth.items():
        after = before + value
        if key == ref:
            whole = sum(worth.values())
            first, last = (
                (amount * edge / whole).quantize(CENT, ROUND_HALF_UP) for edge in (before, after))
            return last - first
        before = after
    return ZERO
