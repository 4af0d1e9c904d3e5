"""Shopee's income report: a workbook whose captions, rows and sheets differ by country."""

from collections.abc import Iterator
from itertools import islice

from odoo.addons.xb_orders.core.grid import Row
from odoo.addons.xb_orders.core.problem import _lt

from .base import PAID_OUT, ZERO, Document, Format, Line, StatementError, local_day
from .source import Source, fold
from .table import Columns, complete, find_header

# Per country: the captions that say which row, order, day and total; folded.
COUNTRIES = {
    "my": {
        "currency": "MYR", "zone": "Asia/Kuala_Lumpur",
        "order": "order id", "paid_on": "payout completed date",
        "total": "total released amount (rm)", "first": "product price", "view": "view by",
        "refund": "refund id",
    },
    "sg": {
        "currency": "SGD", "zone": "Asia/Singapore",
        "order": "order id", "paid_on": "payout completed date",
        "total": "total released amount ($)", "first": "product price", "view": "view by",
        "refund": "refund id",
    },
    "ph": {
        "currency": "PHP", "zone": "Asia/Manila",
        "order": "order id", "paid_on": "payout completed date",
        "total": "total released amount (₱)", "first": "product price", "view": "view by",
        "refund": "refund id",
    },
    "id": {
        "currency": "IDR", "zone": "Asia/Jakarta",
        "order": "no. pesanan", "paid_on": "tanggal dana dilepaskan",
        "total": "total penghasilan", "first": "harga asli produk", "view": "",
        "refund": "no. pengajuan",
    },
    "th": {
        "currency": "THB", "zone": "Asia/Bangkok",
        "order": "หมายเลขคำสั่งซื้อ", "paid_on": "วันที่โอนชำระเงินสำเร็จ",
        "total": fold("จำนวนเงินทั้งหมดที่โอนแล้ว (฿)"), "first": "สินค้าราคาปกติ", "view": "",
        "refund": "รหัสคืนสินค้า",
    },
}
# Words of a money column; the first that is found decides its kind.
KIND_WORDS = (
    (("refund amount", "pengembalian dana ke pembeli", "คืนให้ผู้ซื้อ"), "refund"),
    (("ams", "affiliate"), "fee_advertising"),
    (("ads ", "kampanye", "โฆษณา"), "fee_advertising"),
    (("transaction fee", "kartu kredit", "ธุรกรรมการชำระเงิน"), "fee_payment"),
    (("paid by buyer", "ongkir dibayar pembeli", "ค่าจัดส่งที่ชำระโดยผู้ซื้อ"), "shipping"),
    (("rebate provided by", "diskon produk dari shopee", "ส่วนลดสินค้าที่ออกโดย"), "compensation"),
    (("shipping", "return to seller", "ongkir", "ongkos kirim", "biaya kirim", "ค่าจัดส่ง",
      "ประหยัดค่าจัดส่ง"), "fee_shipping"),
    (("voucher", "coin", "discount", "diskon", "cashback", "ส่วนลด", "coins"), "discount"),
    (("commission", "service fee", "administrasi", "layanan", "proses pesanan", "program",
      "premi", "programme", "ค่าคอมมิชชั่น", "ค่าบริการ", "ค่าธรรมเนียม"), "fee_selling"),
    (("tax", "ppn", "pph", "bea masuk", "ภาษี"), "tax_withheld"),
    (("product price", "harga asli produk", "สินค้าราคาปกติ"), "sale"),
)
LOST = ("lost compensation", "kompensasi")
RELEASED_WORDS = ("total released", "total yang dilepas", "จำนวนเงินทั้งหมด")
ADJUSTMENT = {
    "id": ("adjustment id", "no. penyesuaian"),
    "date": ("adjustment complete date", "tanggal penyesuaian selesai"),
    "type": ("adjustment type", "tipe penyesuaian"),
    "reason": ("reason", "alasan"),
    "amount": ("amount (rm)", "amount ($)", "amount (₱)", "amount", "jumlah"),
    "order": ("related order id", "no. pesanan terkait"),
}
# Part of lines of the second sheet, whose row numbers are those of the first again.
SECOND_SHEET = 1000
TOTAL_WORDS = ("total", "tổng", "รวม")


def classify_column(heading: str) -> str:
    """Return the kind of a money column by its caption.

    >>> classify_column("Commission Fee (incl. SST)"), classify_column("Shiny New Thing")
    ('fee_selling', 'unclassified')
    """
    words = fold(heading)
    return next((kind for texts, kind in KIND_WORDS if any(text in words for text in texts)),
                "unclassified")


class ShopeeIncome(Format):
    """Orders whose money was released to the wallet, and the adjustments of the period."""

    code = "shopee_income"
    label = "Shopee income report"

    def __init__(self, source, options):
        super().__init__(source, options)
        self.country, self.sheet, self.header = "", "", -1
        for code, captions in COUNTRIES.items():
            for title, rows in source.sheets.items():
                place = find_header(([fold(cell) for cell in row.cells] for row in rows[:50]),
                                    {captions["order"], captions["total"]})
                if place >= 0 and not self.country:
                    self.country, self.sheet, self.header = code, title, place

    @classmethod
    def recognises(cls, source: Source) -> bool:
        return source.is_workbook and bool(cls(source, None).country)

    def total_column(self):
        return COUNTRIES[self.country]["total"]

    def walk(self) -> Iterator[Line]:
        captions = COUNTRIES[self.country]
        rows = self.source.sheets[self.sheet]
        header = rows[self.header]
        columns = Columns(header.cells, {"lost": LOST, **{
            name: (captions[name],) for name in
            ("order", "paid_on", "total", "first", "view", "refund") if captions[name]}})
        columns.require(("order", "paid_on", "total", "first"), {
            name: (captions[name],) for name in captions}, self.label, header.number)
        money = self._money_columns(columns)
        key = self._key(captions)
        document = self.document(key, lambda: self._prepare_document(key, captions))
        total = columns.places["total"]
        below = islice(rows, self.header + 1, None)
        for row in complete(below, columns, total + 1, self.label):
            if columns.text(row, "view").casefold() == "sku" or not columns.text(row, "order"):
                continue
            yield from self._order(columns, row, money, document)
        yield from self._adjustments(document, captions)

    def _key(self, captions) -> str:
        seller = self._beside(("username (seller)", "username (penjual)", "ชื่อผู้ใช้ (ผู้ขาย)"))
        start, end = self._period()
        return f"{seller} {start} {end} {captions['currency']}".strip()

    def _period(self):
        texts = [self._beside(("from", "dari", "จาก")), self._beside(("to", "ke", "ถึง"))]
        try:
            return [local_day(text) for text in texts]
        except ValueError:
            return [None, None]

    def _beside(self, captions: tuple[str, ...]) -> str:
        """Return the first filled cell right of a caption, above the headings of any sheet."""
        for title, rows in self.source.sheets.items():
            until = self.header if title == self.sheet else 20
            for row in rows[:max(until, 0)]:
                for place, cell in enumerate(row.cells):
                    if fold(cell) in captions:
                        return next((text for text in row.cells[place + 1:] if text), "")
        return ""

    def _prepare_document(self, key: str, captions) -> Document:
        start, end = self._period()
        return Document(key=key, currency=captions["currency"], nature=PAID_OUT, start=start,
                        end=end, proof="total")

    @staticmethod
    def _money_columns(columns: Columns) -> list[tuple[int, str, str]]:
        """Return place, heading and kind of the columns from the price to the total.

        What stands right of the total is for information and in no sum.
        """
        first, total = columns.places["first"], columns.places["total"]
        return [(place, columns.header[place], classify_column(columns.header[place]))
                for place in range(first, total) if columns.header[place].strip()]

    def _order(self, columns: Columns, row: Row, money, document: Document) -> Iterator[Line]:
        number, total_heading = row.number, columns.heading("total")
        total = self.numbers.read(columns.text(row, "total"), number, total_heading)
        amounts = [(heading, kind, self.numbers.read(row.cells[place], number, heading))
                   for place, heading, kind in money]
        found = sum((amount for _heading, _kind, amount in amounts), ZERO)
        if found != total:
            # Stands right of the total, and in some files counts all the same.
            heading = columns.heading("lost")
            lost = self.numbers.read(columns.text(row, "lost"), number, heading)
            amounts.append((heading, "compensation", lost))
            found += lost
        if found != total:
            raise StatementError("row_wrong", _lt(
                "Row %(row)s: the columns of the order make %(found)s, the total says "
                "%(total)s. The file was changed there: download it again."),
                row=number, column=total_heading, found=found, total=total)
        text = columns.text(row, "paid_on")
        moment = self.moment(text, number, columns.heading("paid_on"),
                             zone=COUNTRIES[self.country]["zone"])
        document.paid_on = max(filter(None, (document.paid_on, local_day(text))))
        for part, (heading, kind, amount) in enumerate(amounts):
            if amount:
                yield Line(document=document.key, row=number, part=part, kind=kind,
                           amount=amount, happened_at=moment,
                           order_ref=columns.ref(row, "order"),
                           reference=columns.ref(row, "refund"), description=heading.strip())

    # === ADJUSTMENTS === #

    def _adjustments(self, document: Document, captions) -> Iterator[Line]:
        for title, rows in self.source.sheets.items():
            if not fold(title).startswith(("adjustment", "penyesuaian")):
                continue
            place = next((index for index, row in enumerate(rows[:50]) if {
                fold(cell) for cell in row.cells} & set(ADJUSTMENT["id"])), -1)
            if place < 0:
                continue
            columns = Columns(rows[place].cells, ADJUSTMENT)
            columns.require(("id", "amount"), ADJUSTMENT, self.label, rows[place].number)
            for row in islice(rows, place + 1, None):
                name = columns.ref(row, "id")
                if not name or fold(name).startswith(TOTAL_WORDS):
                    continue
                yield self._adjustment(document, columns, row, captions)

    def _adjustment(self, document: Document, columns: Columns, row: Row, captions) -> Line:
        amount = self.numbers.read(columns.text(row, "amount"), row.number,
                                   columns.heading("amount"))
        words = " ".join((columns.text(row, "type"), columns.text(row, "reason"))).casefold()
        kind = "compensation" if "compensation" in words else (
            "fee_advertising" if "ads" in words or "campaign" in words else "adjustment")
        return Line(
            document=document.key, row=row.number, part=SECOND_SHEET, kind=kind, amount=amount,
            happened_at=self.moment(columns.text(row, "date"), row.number,
                                    columns.heading("date"), zone=captions["zone"]),
            order_ref=columns.ref(row, "order"), reference=columns.ref(row, "id"),
            description=" / ".join(filter(None, (columns.text(row, "type"),
                                                 columns.text(row, "reason")))))

    # === TIE-OUT === #

    def finish(self) -> None:
        """Compare the sum with the summary sheet, which counts orders and adjustments apart."""
        released, adjusted = None, ZERO
        for title, rows in self.source.sheets.items():
            if fold(title) not in ("summary", "ringkasan", "สรุป"):
                continue
            for row in rows:
                words = fold(row.cells[0]) if row.cells else ""
                amount = next((cell for cell in row.cells[1:] if cell), "")
                if any(text in words for text in RELEASED_WORDS):
                    released = self.numbers.read(amount, row.number, row.cells[0])
                elif words.startswith("adjustment"):
                    adjusted = self.numbers.read(amount, row.number, row.cells[0])
        for document in self.documents.values():
            if released is None:
                document.proof = "rows"
                continue
            document.declared = released + adjusted
