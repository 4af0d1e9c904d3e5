"""What Amazon's order reports have in common: words, marketplaces, taxes.

Sources: the field descriptions of Amazon's order reports, research of headings that occur.
"""

from ..document import Document
from ..sheet import Record, Sheet
from .platform import ZERO, Platform, price_of_line, statuses, whole

STATUSES = statuses({
    "pending": ("Pending", "PendingAvailability", "Unpaid"),
    "paid": ("Unshipped", "InvoiceUnconfirmed", "Shipping"),
    "partially_shipped": ("PartiallyShipped", "Partially Shipped"),
    "shipped": ("Shipped", "Complete", "Shipped - Picked Up", "Shipped - Out for Delivery"),
    "delivered": ("Shipped - Delivered to Buyer",),
    "cancelled": ("Cancelled", "Canceled", "Unfulfillable"),
    "refunded": ("Shipped - Returned to Seller", "Shipped - Returning to Seller"),
})
CHANNELS = {"amazon": "platform", "afn": "platform", "merchant": "merchant", "mfn": "merchant"}
# Marketplaces whose prices contain the tax that stands beside them.
GROSS = ("amazon.co.", "amazon.de", "amazon.fr", "amazon.it", "amazon.es", "amazon.nl", "amazon.se",
         "amazon.pl", "amazon.ie", "amazon.com.be", "amazon.com.au", "amazon.com.tr", "amazon.ae",
         "amazon.sa", "amazon.sg", "amazon.in", "amazon.eg")
# Marketplaces on which the platform itself owes the sales tax it adds.
FACILITATED = ("amazon.com", "amazon.ca", "amazon.com.mx")
# Pending and cancelled orders name no currency.
CURRENCIES = {
    "amazon.com": "USD", "amazon.ca": "CAD", "amazon.com.mx": "MXN", "amazon.com.br": "BRL",
    "amazon.co.uk": "GBP", "amazon.co.jp": "JPY", "amazon.com.au": "AUD", "amazon.sg": "SGD",
    "amazon.in": "INR", "amazon.ae": "AED", "amazon.sa": "SAR", "amazon.com.tr": "TRY",
    "amazon.se": "SEK", "amazon.pl": "PLN", "amazon.eg": "EGP",
    **dict.fromkeys(("amazon.de", "amazon.fr", "amazon.it", "amazon.es", "amazon.nl", "amazon.ie",
                     "amazon.com.be"), "EUR"),
}


class Amazon(Platform):
    """Base of Amazon's reports: amounts are those of a whole line, never unit prices."""

    words = STATUSES

    def _prepare(self, document: Document, records: list[Record], sheet: Sheet) -> list[Record]:
        """Turn line totals into unit prices; leave the shipping of all lines in the first."""
        for record in records:
            self._price(record)
        for name in ("shipping_price", "shipping_tax", "shipping_discount"):
            whole(records, name)
        if self._is_facilitated(records[0]):
            records[0].values["shipping_tax"] = None
        return records

    def _price(self, record: Record) -> None:
        """Set what a line costs; gift wrap belongs to the thing that is wrapped.

        A tax that the platform owes is none of the seller's: it is left out, and where the price
        contains it, taken out of the price.
        """
        if record.get("line_total") is None:
            return
        total = record.get("line_total") + record.get("wrap_price", ZERO)
        tax = record.get("line_tax", ZERO) + record.get("wrap_tax", ZERO)
        if self._is_facilitated(record):
            self.keep(record, "line_tax", "wrap_tax", "shipping_tax")
            if self._is_gross(record):
                total -= tax
            tax = ZERO
        record.values["line_tax"] = tax if tax else None
        price_of_line(record, total, abs(record.get("line_discount", ZERO)))

    @staticmethod
    def _market(record: Record) -> str:
        return (record.get("sales_channel") or "").casefold()

    def _is_gross(self, record: Record) -> bool:
        """Tell whether the marketplace states prices with tax."""
        return self._market(record).startswith(GROSS)

    def _is_facilitated(self, record: Record) -> bool:
        """Tell whether the platform owes the tax it collected, by the report or by the market."""
        if record.get("tax_model"):
            return "facilitator" in record.get("tax_model").casefold()
        return self._market(record) in FACILITATED

    def _currency(self, document: Document, records: list[Record], sheet: Sheet,
                  default: str) -> str:
        market = CURRENCIES.get(self._market(records[0]), "")
        return super()._currency(document, records, sheet, market or default)

    def _complete(self, document: Document, value: dict, records: list[Record],
                  sheet: Sheet) -> None:
        if self._is_gross(records[0]) and not self._is_facilitated(records[0]):
            value["prices_include_tax"] = True
        for line, record in zip(value["lines"], records, strict=True):
            channel = CHANNELS.get((record.get("channel") or "").casefold())
            if channel:
                line["fulfilled_by"] = channel
        for record in records:
            self.keep(record, "sales_channel", "channel", "tax_model")
