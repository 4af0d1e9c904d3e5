"""Shopee's order export: one row per item, the order's own amounts repeated in each."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations

from ..document import Document
from ..options import ReadOptions
from ..order_value import decimal_text
from ..problem import Problem, ReadError, _lt
from ..sheet import Record, Sheet
from ..text import heading
from .platform import ZERO, Platform
from .shopee_fields import BRACKETS, DEDUCTIONS, FEES, FIELDS, SITES, STATUSES, Site

MASK = "**"
MASKED = ("buyer_id", "ship_name", "ship_phone", "ship_street")
NO_SITE = Site("", "", "")


class ShopeeOrders(Platform):
    """``Order.all.….xlsx`` of any of the platform's countries."""

    code = "shopee_orders"
    name = _lt("Shopee: orders")
    proof = frozenset(("unit_price", "qty"))
    words = STATUSES
    fields = FIELDS

    # === WHICH COUNTRY === #

    @staticmethod
    def _key(text: str) -> str:
        """Compare headings without the bracket that some countries append."""
        return heading(BRACKETS.sub("", text))

    def _site(self, header: Sequence[str]) -> Site:
        keys = {heading(text) for text in header}
        return next((site for start, site in SITES.items() if heading(start) in keys), NO_SITE)

    def decimal_sign(self, header: Sequence[str]) -> str:
        """Return the comma for Indonesia and Vietnam, where 75.000 is seventy-five thousand."""
        return self._site(header).sign

    def own_currency(self, header: Sequence[str]) -> str:
        """Return the currency by the language, else by what stands in brackets; or empty."""
        named = [match[1].upper() for match in map(BRACKETS.search, header)
                 if match and match[1] and match[1].upper() not in ("GST", "SST", "VAT", "TAX")]
        return self._site(header).currency or (named[0] if len(set(named)) == 1 else "")

    def documents(self, sheet: Sheet, options: ReadOptions) -> Sequence[Document]:
        """Make one document of each order number.

        :raise ReadError: when the file is of a country whose currency is not the chosen one.
        """
        own = self.own_currency(sheet.header)
        if own and options.currency and own != options.currency:
            raise ReadError("currency_differs", _lt(
                "The headings are those of a country whose orders are in %(own)s, but "
                "%(chosen)s is chosen. Choose the right shop or currency."),
                own=own, chosen=options.currency)
        self.country = self._site(sheet.header).country
        return super().documents(sheet, options)

    # === ORDERS === #

    def _prepare(self, document: Document, records: list[Record], sheet: Sheet) -> list[Record]:
        """Take what is masked away; a name of stars is nobody's name."""
        self._check_lines(document, records)
        for record in records:
            for name in MASKED:
                if MASK in (record.get(name) or ""):
                    self.keep(record, name)
                    record.values[name] = ""
            if not record.get("sku"):
                record.values["sku"] = record.get("parent_sku") or ""
            self.keep(record, "variation", "method", *DEDUCTIONS, "total")
            if record.get("returned", ZERO):
                document.problems.append(Problem("returned_stated", _lt(
                    "Row %(row)s: the buyer returned %(qty)s of it. The order is imported with "
                    "what was sold; the return is not."), blocking=False, row=record.row, values={
                        "row": record.row, "qty": decimal_text(record.get("returned"))}))
        head = records[0]
        self._check_total(document, records)
        head.values["discount"] = self._order_discount(head)
        for record in records:
            record.values["total"] = None  # what the buyer pays is no sum of the lines
            if record is not head:
                record.values["discount"] = None
            record.values["shipping_service"] = record.get("carrier") or ""
            if self.country and not record.get("ship_country"):
                record.values["ship_country"] = self.country
        return records

    @staticmethod
    def _order_discount(head: Record) -> Decimal | None:
        """Return what the seller takes off the order; the platform pays its own vouchers."""
        less = abs(head.get("seller_voucher", ZERO)) + abs(head.get("seller_bundle", ZERO))
        return less if less else None

    @staticmethod
    def _check_lines(document: Document, records: list[Record]) -> None:
        """Compare each line's stated total with quantity times price."""
        for record in records:
            stated = record.get("subtotal")
            price, qty = record.get("unit_price"), record.get("qty")
            if None in (stated, price, qty) or stated == price * qty:
                continue
            document.problems.append(Problem("line_total_differs", _lt(
                "Row %(row)s: %(qty)s times %(price)s is not the stated %(total)s. Compare it "
                "with the platform; perhaps the decimal sign was read wrongly."),
                row=record.row, values={
                    "row": record.row, "qty": decimal_text(qty), "price": decimal_text(price),
                    "total": decimal_text(stated)}))

    def _check_total(self, document: Document, records: list[Record]) -> None:
        """Check that the stated total is the goods, the shipping and some of the deductions.

        Which deductions it knows differs between countries and years.
        """
        head = records[0]
        total = head.get("total")
        if total is None or self._status_of(head.get("status") or "") == "cancelled":
            return
        goods = sum((record.get("qty", ZERO) * record.get("unit_price", ZERO)
                     for record in records), ZERO)
        gross = goods + head.get("shipping_price", ZERO)
        less = [abs(head.get(name)) for name in DEDUCTIONS if head.get(name)]
        sums = {gross - sum(part) for size in range(len(less) + 1)
                for part in combinations(less, size)}
        # some countries state what the goods alone cost
        if total in sums or total in {amount - head.get("shipping_price", ZERO) for amount in sums}:
            return
        document.problems.append(Problem("total_mismatch", _lt(
            "Order %(ref)s states a total of %(total)s, but its lines and shipping come to "
            "%(sum)s and none of its vouchers explains the difference. Compare it with the "
            "platform."), row=head.row, values={
                "ref": document.ref, "total": decimal_text(total), "sum": decimal_text(gross)}))

    def _currency(self, document: Document, records: list[Record], sheet: Sheet,
                  default: str) -> str:
        return super()._currency(document, records, sheet,
                                 default or self.own_currency(sheet.header))

    def _complete(self, document: Document, value: dict, records: list[Record],
                  sheet: Sheet) -> None:
        head = records[0]
        fees = [{"kind": kind, "amount": decimal_text(round(abs(head.get(name)), 8))}
                for name, kind in FEES.items() if head.get(name)]
        if fees and value["status"] != "cancelled":
            value["fees"] = fees
        numbers = {record.get("tracking"): record for record in records if record.get("tracking")}
        if numbers and value["status"] in ("shipped", "delivered", "refunded"):
            value["shipments"] = [
                {"ref": number, "tracking": number,
                 **({"carrier": record.get("carrier")} if record.get("carrier") else {})}
                for number, record in numbers.items()]
        for line, record in zip(value["lines"], records, strict=True):
            if record.get("variation") and line.get("title"):
                line["title"] = f"{line['title']} – {record.get('variation')}"
