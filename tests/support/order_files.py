"""Order files of every layout, made up: the same seed gives the same bytes.

Amounts are reckoned here in whole cents (or what a currency has instead), by nothing but adding
and multiplying, so that what an import makes of a file can be held against figures that did not
come from it.
"""

import csv
import io
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import openpyxl

BEGIN = datetime(2026, 5, 1, 0, 0, 0)
SKUS = [f"GEN-{number:03}" for number in range(40)]
# Currency -> digits after the decimal sign, as files write it.
DIGITS = {"IDR": 0, "VND": 0, "JPY": 0, "TWD": 0}
STREETS = ("Main Street", "Lindenweg", "Rue Exemple", "Via Roma", "Jalan Contoh")


@dataclass
class Sold:
    """One order: what is in it, and what must become of it."""

    ref: str
    number: int
    currency: str
    status: str
    lines: list = field(default_factory=list)  # (sku, quantity, cents each, cents off)
    shipping: int = 0
    off: int = 0
    verdict: str = "created"

    @property
    def goods(self):
        return sum(qty * price - less for _sku, qty, price, less in self.lines)

    @property
    def total(self):
        return self.goods + self.shipping - self.off

    @property
    def placed(self):
        return BEGIN + timedelta(minutes=self.number * 7 % 40000)

    def money(self, cents, comma=False):
        """An amount as the order's country writes it."""
        digits = DIGITS.get(self.currency, 2)
        text = f"{cents}" if not digits else f"{cents // 100}.{cents % 100:02}"
        if not comma:
            return text
        whole, _point, rest = text.partition(".")
        return f"{int(whole):,}".replace(",", ".") + (f",{rest}" if rest else "")


@dataclass
class File:
    """One file, for one shop: ``verdicts`` says how many documents get which."""

    shop: str
    currency: str
    name: str
    data: bytes
    verdicts: Counter


class Maker:
    """Makes the files of so many orders.

    :param int orders: of all layouts together
    :param int seed: for another set
    """

    def __init__(self, orders, seed=20261128):
        self.pick = random.Random(seed)
        self.left = orders
        self.sold = []
        self.expected = {}  # shop -> currency -> [orders, cents]

    # -- what is in an order

    def order(self, shop, ref, currency, statuses):
        """An order of one to four lines."""
        pick = self.pick
        sold = Sold(ref, len(self.sold), currency, pick.choice(statuses))
        unit = 1 if DIGITS.get(currency, 2) else 1000
        for sku in pick.sample(SKUS, pick.choice((1, 1, 2, 3, 4))):
            sold.lines.append((sku, pick.choice((1, 1, 1, 2, 3, 12)),
                               pick.randrange(99, 9999) * unit, 0))
        if pick.random() < .6:
            sold.shipping = pick.randrange(0, 1500) * unit
        self.sold.append(sold)
        self.shop = shop
        return sold

    def count(self, sold):
        """Note what an order that becomes one must come to."""
        if sold.verdict in ("created", "updated"):
            figures = self.expected.setdefault(self.shop, {}).setdefault(sold.currency, [0, 0])
            figures[0] += 1
            figures[1] += sold.total
        return sold

    def take_off(self, sold, share=.3):
        """Let some orders have a discount of the whole order."""
        if self.pick.random() < share:
            sold.off = self.pick.randrange(1, max(2, sold.goods // 4))
            sold.off -= sold.off % (1 if DIGITS.get(sold.currency, 2) else 1000)

    def buyer(self, sold):
        number = sold.number % 997
        return f"B{number}", f"Buyer {number}"

    def place(self, sold, country="US"):
        street = f"{STREETS[sold.number % 5]} {sold.number % 300 + 1}"
        return {"name": f"Recipient {sold.number % 997}", "street": street,
                "city": "Springfield", "state": "", "zip": f"{10000 + sold.number % 89999}",
                "country": country}

    # -- files

    def files(self):
        """All files, in the order in which they are to be imported.

        :rtype: list[File]
        """
        quarter = self.left // 4
        rest = self.left - 3 * quarter
        sites = list(SITES)
        share = [quarter // len(sites)] * len(sites)
        share[0] += quarter - sum(share)
        files = [self.shopify(quarter), *self.amazon(quarter)]
        files += [self.shopee(site, count) for site, count in zip(sites, share, strict=True)
                  if count]
        return [*files, self.generic("en", rest - rest // 2), self.generic("zh", rest // 2)]

    def shopify(self, count):
        """Orders in three currencies; discounts of lines and of orders; wrong totals."""
        shop, rows, verdicts = "Generated Shopify", [], Counter()
        for number in range(count):
            currency = self.pick.choice(("USD", "EUR", "GBP"))
            sold = self.order(shop, f"#G{number + 1}", currency, (
                "paid", "paid", "paid", "pending", "voided"))
            if self.pick.random() < .3:
                sold.lines = [(sku, qty, price, self.pick.randrange(0, price))
                              for sku, qty, price, _less in sold.lines]
            else:
                self.take_off(sold)
            stated = sold.total
            if self.pick.random() < .03:
                sold.verdict, stated = "held", stated + 100
            verdicts[self.count(sold).verdict] += 1
            head = self.shopify_head(sold, stated)
            for position, (sku, qty, price, less) in enumerate(sold.lines):
                rows.append({"Name": sold.ref, "Email": head["Email"],
                             "Created at": head["Created at"], **(head if not position else {}),
                             "Lineitem quantity": qty, "Lineitem name": f"Thing {sku}",
                             "Lineitem price": sold.money(price), "Lineitem sku": sku,
                             "Lineitem discount": sold.money(less), "Lineitem taxable": "true",
                             "Lineitem compare at price": "", "Lineitem fulfillment status": ""})
        return File(shop, "USD", "orders_export.csv", as_csv(rows, SHOPIFY), verdicts)

    def shopify_head(self, sold, stated):
        place, (_key, name) = self.place(sold), self.buyer(sold)
        placed = sold.placed.strftime("%Y-%m-%d %H:%M:%S +0200")
        return {
            "Email": f"{name.lower().replace(' ', '.')}@buyer.example", "Created at": placed,
            "Financial Status": sold.status, "Paid at": placed if sold.status == "paid" else "",
            "Fulfillment Status": "fulfilled" if sold.number % 3 == 0 else "unfulfilled",
            "Currency": sold.currency, "Subtotal": sold.money(sold.goods - sold.off),
            "Shipping": sold.money(sold.shipping), "Taxes": "0.00", "Total": sold.money(stated),
            "Discount Amount": sold.money(sold.off), "Shipping Method": "Standard",
            "Billing Name": name, "Shipping Name": place["name"],
            "Shipping Address1": place["street"], "Shipping City": place["city"],
            "Shipping Zip": f"'{place['zip']}", "Shipping Country": place["country"],
            "Outstanding Balance": "0.00", "Id": str(6000000000000 + sold.number),
            "Risk Level": "Low", "Tags": "",
        }

    def amazon(self, count):
        """Three reports that complete each other: all orders, addresses, what is to be shipped."""
        shop = "Generated Amazon"
        everything, known, verdicts = [], [], Counter()
        later = max(1, count // 20)
        for number in range(count - later):
            sold = self.amazon_order(shop, number)
            verdicts[self.count(sold).verdict] += 1
            everything += self.amazon_rows(sold)
            if sold.status == "Unshipped" and sold.verdict == "created":
                known.append(sold)
        files = [File(shop, "USD", "all_orders.txt", as_csv(
            everything, list(everything[0]), "\t"), verdicts)]
        # Half of what is to be shipped gets its address by one report, half by the other; and
        # each report has orders of which nobody has heard.
        new = [self.amazon_order(shop, count - later + number, "Unshipped", "Amazon.com")
               for number in range(later)]
        priced, unpriced = new[:later // 2], new[later // 2:]
        for sold in priced:
            self.count(sold)
        for sold in unpriced:
            sold.verdict = "held"
        half = len(known) // 2
        for name, old, unknown, make in (
                ("orders.txt", known[:half], priced, self.amazon_detail),
                ("unshipped.txt", known[half:], unpriced, self.amazon_to_ship)):
            rows = [row for sold in (*old, *unknown) for row in make(sold)]
            if rows:
                files.append(File(shop, "USD", name, as_csv(rows, list(rows[0]), "\t"), Counter(
                    ["updated"] * len(old) + [sold.verdict for sold in unknown])))
        return files

    def amazon_order(self, shop, number, status="", market=""):
        market = market or self.pick.choice(list(MARKETS))
        sold = self.order(shop, f"111-{number:07}-{number * 7 % 9999999:07}", MARKETS[market], (
            [status] if status else ["Unshipped", "Unshipped", "Shipped", "Pending", "Cancelled"]))
        sold.market = market
        sold.lines = [(sku, qty, price, self.pick.randrange(0, price) if not number % 5 else 0)
                      for sku, qty, price, _less in sold.lines]
        if sold.currency == "JPY":
            sold.lines = [(sku, qty, price // 100 or 1, less // 100)
                          for sku, qty, price, less in sold.lines]
        if sold.status == "Pending":
            sold.verdict = "held"
        if sold.status == "Cancelled":
            sold.lines = [(sku, 1, 0, 0) for sku, *_rest in sold.lines]
            sold.shipping = 0
        return sold

    def amazon_rows(self, sold):
        placed = sold.placed.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        unpriced = sold.status in ("Pending", "Cancelled")
        for position, (sku, qty, price, less) in enumerate(sold.lines):
            facilitated = sold.market == "Amazon.com" and not unpriced
            yield {
                "amazon-order-id": sold.ref, "merchant-order-id": sold.ref,
                "purchase-date": placed, "last-updated-date": placed,
                "order-status": sold.status, "fulfillment-channel": "Merchant",
                "sales-channel": sold.market, "ship-service-level": "Standard",
                "product-name": f"Thing {sku}", "sku": sku, "asin": f"B0{sku[-3:]}00000",
                "item-status": sold.status, "quantity": 0 if sold.status == "Cancelled" else qty,
                "currency": "" if unpriced else sold.currency,
                "item-price": "" if unpriced else sold.money(qty * price),
                # what Amazon owes is nobody's sum here
                "item-tax": sold.money(qty * price * 8 // 100) if facilitated else "",
                "shipping-price": sold.money(sold.shipping)
                if not position and not unpriced and sold.shipping else "",
                "shipping-tax": "", "gift-wrap-price": "", "gift-wrap-tax": "",
                "item-promotion-discount": sold.money(less) if less and not unpriced else "",
                "ship-promotion-discount": "", "ship-city": "Springfield", "ship-state": "IL",
                "ship-postal-code": "62701", "ship-country": "US",
            }

    def amazon_address(self, sold, position):
        place, (_key, name) = self.place(sold), self.buyer(sold)
        placed = sold.placed.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        sku, qty, _price, _less = sold.lines[position]
        return {
            "order-id": sold.ref, "order-item-id": f"{sold.number:010}{position:04}",
            "purchase-date": placed, "payments-date": placed,
            "buyer-email": f"{sold.number % 997}@marketplace.example", "buyer-name": name,
            "buyer-phone-number": "", "sku": sku, "product-name": f"Thing {sku}",
            "quantity-purchased": qty, "ship-service-level": "Standard",
            "recipient-name": place["name"], "ship-address-1": place["street"],
            "ship-address-2": "", "ship-address-3": "", "ship-city": place["city"],
            "ship-state": "IL", "ship-postal-code": "62701", "ship-country": "US",
        }

    def amazon_detail(self, sold):
        for position, (_sku, qty, price, less) in enumerate(sold.lines):
            yield {
                **self.amazon_address(sold, position), "currency": sold.currency,
                "item-price": sold.money(qty * price), "item-tax": "",
                "shipping-price": sold.money(sold.shipping) if not position else "",
                "shipping-tax": "", "ship-phone-number": "",
                "item-promotion-discount": sold.money(less) if less else "",
                "ship-promotion-discount": "", "delivery-Instructions": "",
                "sales-channel": sold.market,
            }

    def amazon_to_ship(self, sold):
        due = (sold.placed + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        for position, (_sku, qty, _price, _less) in enumerate(sold.lines):
            yield {**self.amazon_address(sold, position), "reporting-date": due,
                   "promise-date": due, "days-past-promise": 0, "quantity-shipped": 0,
                   "quantity-to-ship": qty}

    def shopee(self, site, count):
        """A country's workbook: its language, its currency, its way of writing numbers."""
        words = SITES[site]
        shop, rows, verdicts = f"Generated Shopee {site}", [], Counter()
        for number in range(count):
            sold = self.order(shop, f"2605{site}{number:08}", words["currency"], (
                words["paid"], words["paid"], words["done"], words["unpaid"],
                words["cancelled"]))
            if "voucher" in words:
                self.take_off(sold)
            stated = sold.total
            if "total" in words and sold.status != words["cancelled"] \
                    and self.pick.random() < .03:
                sold.verdict, stated = "held", stated + 7777
            verdicts[self.count(sold).verdict] += 1
            rows += self.shopee_rows(words, sold, stated)
        headings = [words[name] for name in SHOPEE if name in words]
        return File(shop, words["currency"], f"Order.all.{site}.xlsx",
                    as_workbook(rows, headings), verdicts)

    def shopee_rows(self, words, sold, stated):
        comma = words.get("comma", False)
        place = self.place(sold)
        placed = sold.placed.strftime("%Y-%m-%d %H:%M")
        for sku, qty, price, _less in sold.lines:
            cells = {
                "ref": sold.ref, "status": sold.status, "placed": placed,
                "paid": "" if sold.status == words["unpaid"] else placed, "sku": sku,
                "title": f"Thing {sku}", "price": sold.money(price, comma), "qty": str(qty),
                "subtotal": sold.money(qty * price, comma),
                "shipping": sold.money(sold.shipping, comma),
                "voucher": sold.money(sold.off, comma), "total": sold.money(stated, comma),
                "buyer": f"b****{sold.number % 10}", "name": place["name"],
                "street": place["street"], "city": place["city"], "zip": place["zip"],
                "country": words.get("code", ""),
            }
            yield {words[name]: cells[name] for name in SHOPEE if name in words}

    def generic(self, language, count):
        """A plain file; some totals are wrong, some cells are no numbers."""
        words = GENERIC[language]
        shop, rows, verdicts = f"Generated File {language}", [], Counter()
        for number in range(count):
            currency = self.pick.choice(("USD", "CNY", "EUR"))
            sold = self.order(shop, f"F{language}-{number:06}", currency, (
                words["paid"], words["paid"], words["pending"], words["cancelled"]))
            self.take_off(sold)
            stated, chance = sold.total, self.pick.random()
            if chance < .03:
                sold.verdict, stated = "held", stated + 1
            elif chance < .06:
                sold.verdict = "rejected"
            verdicts[self.count(sold).verdict] += 1
            rows += self.generic_rows(words, sold, stated)
        return File(shop, "USD", f"orders_{language}.csv",
                    as_csv(rows, words["headings"]), verdicts)

    def generic_rows(self, words, sold, stated):
        place, (key, name) = self.place(sold), self.buyer(sold)
        for position, (sku, qty, price, _less) in enumerate(sold.lines):
            bad = sold.verdict == "rejected" and not position
            yield dict(zip(words["headings"], (
                sold.ref, sold.placed.strftime("%Y-%m-%d %H:%M:%S"), sold.status, sku,
                "two" if bad else qty, sold.money(price), sold.currency,
                sold.money(sold.shipping), sold.money(sold.off), sold.money(stated), key,
                name, place["name"], place["street"], place["city"], place["zip"],
                place["country"]), strict=True))

    def faultless(self, shop, prefix):
        """Paid orders in dollars of which each must be created and confirmed.

        :param str prefix: of their numbers
        :rtype: File
        """
        words, rows = GENERIC["en"], []
        for number in range(self.left):
            sold = self.count(self.order(shop, f"{prefix}{number:06}", "USD", (words["paid"],)))
            rows += self.generic_rows(words, sold, sold.total)
        return File(shop, "USD", f"{prefix}.csv", as_csv(rows, words["headings"]),
                    Counter(created=self.left))


def as_csv(rows, headings, delimiter=","):
    """A text file with headings."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headings, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_workbook(rows, headings):
    """A workbook of texts, as the platform makes it."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("orders")
    sheet.append(headings)
    for row in rows:
        sheet.append([row.get(heading, "") for heading in headings])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


MARKETS = {"Amazon.com": "USD", "Amazon.co.uk": "GBP", "Amazon.de": "EUR", "Amazon.co.jp": "JPY"}
SHOPIFY = [
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Currency", "Subtotal",
    "Shipping", "Taxes", "Total", "Discount Amount", "Shipping Method", "Created at",
    "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price",
    "Lineitem sku", "Lineitem taxable", "Lineitem fulfillment status", "Billing Name",
    "Shipping Name", "Shipping Address1", "Shipping City", "Shipping Zip", "Shipping Country",
    "Outstanding Balance", "Id", "Tags", "Risk Level", "Lineitem discount",
]
GENERIC = {
    "en": {"paid": "paid", "pending": "pending", "cancelled": "cancelled", "headings": [
        "Order Number", "Order Date", "Status", "SKU", "Quantity", "Unit Price", "Currency",
        "Shipping", "Discount", "Order Total", "Customer ID", "Customer Name", "Recipient",
        "Address 1", "City", "Zip", "Country"]},
    "zh": {"paid": "已付款", "pending": "待付款", "cancelled": "已取消", "headings": [
        "订单号", "下单时间", "订单状态", "商品编码", "数量", "单价", "币种", "运费", "优惠金额",
        "订单金额", "客户编号", "买家姓名", "收件人", "地址", "城市", "邮编", "国家"]},
}
SHOPEE = ("ref", "status", "placed", "paid", "sku", "title", "price", "qty", "subtotal",
          "shipping", "voucher", "total", "buyer", "name", "street", "city", "zip", "country")
SITES = {
    "MY": {
        "currency": "MYR", "code": "MY", "paid": "To ship", "done": "Completed",
        "unpaid": "Unpaid", "cancelled": "Cancelled", "ref": "Order ID",
        "status": "Order Status", "placed": "Order Creation Date",
        "sku": "SKU Reference No.", "title": "Product Name", "price": "Deal Price",
        "qty": "Quantity", "subtotal": "Product Subtotal", "shipping": "Buyer Paid Shipping Fee",
        "voucher": "Seller Voucher", "total": "Total Amount", "buyer": "Username (Buyer)",
        "name": "Receiver Name", "street": "Delivery Address", "city": "City",
        "zip": "Zip Code", "country": "Country"},
    "ID": {
        "currency": "IDR", "comma": True, "paid": "Perlu Dikirim", "done": "Selesai",
        "unpaid": "Belum Bayar", "cancelled": "Batal", "ref": "No. Pesanan",
        "status": "Status Pesanan", "placed": "Waktu Pesanan Dibuat",
        "sku": "Nomor Referensi SKU", "title": "Nama Produk", "price": "Harga Setelah Diskon",
        "qty": "Jumlah", "subtotal": "Total Harga Produk",
        "shipping": "Ongkos Kirim Dibayar oleh Pembeli", "voucher": "Voucher Ditanggung Penjual",
        "total": "Total Pembayaran", "buyer": "Username (Pembeli)", "name": "Nama Penerima",
        "street": "Alamat Pengiriman", "city": "Kota/Kabupaten"},
    "VN": {
        "currency": "VND", "comma": True, "paid": "Chờ lấy hàng", "done": "Hoàn thành",
        "unpaid": "Chờ thanh toán", "cancelled": "Đã hủy", "ref": "Mã đơn hàng",
        "status": "Trạng Thái Đơn Hàng", "placed": "Ngày đặt hàng", "sku": "SKU phân loại hàng",
        "title": "Tên sản phẩm", "price": "Giá ưu đãi", "qty": "Số lượng",
        "shipping": "Phí vận chuyển mà người mua trả", "voucher": "Mã giảm giá của Shop"},
    "TH": {
        "currency": "THB", "paid": "ที่ต้องจัดส่ง", "done": "สำเร็จแล้ว", "unpaid": "ยังไม่ชำระ",
        "cancelled": "ยกเลิกแล้ว", "ref": "หมายเลขคำสั่งซื้อ", "status": "สถานะการสั่งซื้อ",
        "placed": "วันที่ทำการสั่งซื้อ", "sku": "เลขอ้างอิง SKU (SKU Reference No.)",
        "title": "ชื่อสินค้า", "price": "ราคาขาย", "qty": "จำนวน",
        "shipping": "ค่าจัดส่งที่ชำระโดยผู้ซื้อ", "name": "ชื่อผู้รับ",
        "street": "ที่อยู่ในการจัดส่ง", "zip": "รหัสไปรษณีย์"},
    "TW": {
        "currency": "TWD", "paid": "待出貨", "done": "已完成", "unpaid": "尚未付款",
        "cancelled": "不成立", "ref": "訂單編號", "status": "訂單狀態", "placed": "訂單成立日期",
        "sku": "商品選項貨號", "title": "商品名稱", "price": "商品活動價格", "qty": "數量",
        "shipping": "買家支付運費", "voucher": "賣場優惠券", "total": "買家總支付金額",
        "name": "收件者姓名", "street": "收件地址", "zip": "郵遞區號"},
    "BR": {
        "currency": "BRL", "paid": "A Enviar", "done": "Concluído", "unpaid": "Não pago",
        "cancelled": "Cancelado", "ref": "ID do pedido", "status": "Status do pedido",
        "placed": "Data de criação do pedido", "sku": "Número de referência SKU",
        "title": "Nome do Produto", "price": "Preço acordado", "qty": "Quantidade",
        "subtotal": "Subtotal do produto", "shipping": "Taxa de envio pagas pelo comprador",
        "voucher": "Cupom do vendedor", "total": "Valor Total"},
}
