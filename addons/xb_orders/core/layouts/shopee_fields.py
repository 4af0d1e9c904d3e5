"""The columns of Shopee's order export in the languages of its countries.

English serves Malaysia, Singapore and the Philippines; the others have their own.
"""

import re
from typing import NamedTuple

from ..columns import DECIMAL, ID, TEXT
from ..problem import _lt
from .base import Field
from .platform import field, statuses

# What follows a heading in brackets in some countries and some years: (PHP), (Incl. GST), (單).
BRACKETS = re.compile(r"\s*[(（](?:([A-Z]{3})|incl\.? ?(?:gst|sst|vat|tax)|單|品)[)）]\s*$", re.I)


class Site(NamedTuple):
    """A country: its code, its currency and its decimal sign."""

    country: str
    currency: str
    sign: str


# By the heading of the order number.
SITES = {
    "No. Pesanan": Site("ID", "IDR", ","),
    "Mã đơn hàng": Site("VN", "VND", ","),
    "หมายเลขคำสั่งซื้อ": Site("TH", "THB", "."),
    "訂單編號": Site("TW", "TWD", "."),
    "ID do pedido": Site("BR", "BRL", "."),
}

FIELDS = {
    "ref": field("ref", "Order ID", *SITES, required=True),
    "status": field("status", "Order Status", "Status Pesanan", "Trạng Thái Đơn Hàng",
                    "สถานะการสั่งซื้อ", "訂單狀態", "Status do pedido", required=True),
    "placed_at": field("placed_at", "Order Creation Date", "Waktu Pesanan Dibuat",
                       "Ngày đặt hàng", "วันที่ทำการสั่งซื้อ", "訂單成立日期",
                       "Data de criação do pedido", required=True),
    "paid_at": field("paid_at", "Order Paid Time", "Waktu Pembayaran Dilakukan",
                     "Thời gian đơn hàng được thanh toán", "เวลาการชำระสินค้า",
                     "Hora do pagamento do pedido"),
    "ship_by": field("ship_by", "Estimated Ship Out Date",
                     "Pesanan Harus Dikirimkan Sebelum (Menghindari keterlambatan)",
                     "Ngày giao hàng dự kiến", "วันที่คาดว่าจะทำการจัดส่งสินค้า"),
    "sku": field("sku", "SKU Reference No.", "Nomor Referensi SKU", "SKU phân loại hàng",
                 "เลขอ้างอิง SKU (SKU Reference No.)", "商品選項貨號", "Número de referência SKU",
                 required=True),
    "parent_sku": Field(ID, _lt("parent SKU"), headings=(
        "Parent SKU Reference No.", "SKU Induk", "SKU sản phẩm", "เลขอ้างอิง Parent SKU",
        "主商品貨號", "Nº de referência do SKU principal")),
    "title": field("title", "Product Name", "Nama Produk", "Tên sản phẩm", "ชื่อสินค้า",
                   "商品名稱", "Nome do Produto"),
    "variation": Field(TEXT, _lt("variation"), headings=(
        "Variation Name", "Nama Variasi", "Tên phân loại hàng", "ชื่อตัวเลือก", "商品選項名稱",
        "Nome da variação")),
    "listing": field("listing", "商品ID"),
    "unit_price": field("unit_price", "Deal Price", "Harga Setelah Diskon", "Giá ưu đãi",
                        "ราคาขาย", "商品活動價格", "Preço acordado", required=True),
    "qty": field("qty", "Quantity", "Jumlah", "Số lượng", "จำนวน", "數量", "Quantidade",
                 required=True),
    "returned": Field(DECIMAL, _lt("returned quantity"), headings=(
        "Returned quantity", "Số lượng sản phẩm được hoàn trả", "จำนวนที่ส่งคืน")),
    "subtotal": Field(DECIMAL, _lt("line total"), headings=(
        "Product Subtotal", "Total Harga Produk", "Subtotal Pesanan", "Subtotal do produto",
        "商品總價")),
    "total": field("total", "Total Amount", "Total Pembayaran", "Valor Total", "買家總支付金額",
                   "Products' Price Paid by Buyer"),
    "shipping_price": field("shipping_price", "Buyer Paid Shipping Fee",
                            "Ongkos Kirim Dibayar oleh Pembeli", "Phí vận chuyển mà người mua trả",
                            "ค่าจัดส่งที่ชำระโดยผู้ซื้อ", "買家支付運費",
                            "Taxa de envio pagas pelo comprador"),
    "seller_voucher": Field(DECIMAL, _lt("seller's voucher"), headings=(
        "Seller Voucher", "Voucher Ditanggung Penjual", "Mã giảm giá của Shop", "賣場優惠券",
        "賣家負擔優惠券", "Cupom do vendedor")),
    "platform_voucher": Field(DECIMAL, _lt("platform's voucher"), headings=(
        "Shopee Voucher", "Voucher Ditanggung Shopee", "Mã giảm giá của Shopee", "優惠券",
        "Cupom (Shopee)")),
    "seller_bundle": Field(DECIMAL, _lt("seller's bundle discount"), headings=(
        "Seller Bundle Discount", "Paket Diskon (Diskon dari Penjual)",
        "Giảm giá từ Combo của Shop")),
    "platform_bundle": Field(DECIMAL, _lt("platform's bundle discount"), headings=(
        "Shopee Bundle Discount", "Paket Diskon (Diskon dari Shopee)",
        "Giảm giá từ combo Shopee")),
    "coins": Field(DECIMAL, _lt("coins"), headings=(
        "Shopee Coins Offset", "Potongan Koin Shopee", "Shopee Xu được hoàn",
        "ส่วนลดจากการใช้เหรียญ", "蝦幣折抵", "Compensar Moedas Shopee")),
    "card_discount": Field(DECIMAL, _lt("card discount"), headings=(
        "Credit Card Discount Total", "Diskon Kartu Kredit", "銀行信用卡活動折抵")),
    "fee_payment": Field(DECIMAL, _lt("transaction fee"), headings=(
        "Transaction Fee", "Phí thanh toán", "金流與系統處理費", "Taxa de transação")),
    "fee_commission": Field(DECIMAL, _lt("commission"), headings=(
        "Commission Fee", "Phí cố định", "ค่าคอมมิชชั่น", "成交手續費",
        "Taxa de comissão líquida")),
    "fee_other": Field(DECIMAL, _lt("service fee"), headings=(
        "Service Fee", "Phí Dịch Vụ", "ค่าบริการ", "其他服務費", "Taxa de serviço líquida")),
    "method": Field(TEXT, _lt("payment method"), headings=(
        "Metode Pembayaran", "Phương thức thanh toán", "ช่องทางการชำระเงิน", "付款方式")),
    "tracking": Field(ID, _lt("tracking number"), headings=(
        "Tracking Number*", "No. Resi", "Mã vận đơn", "*หมายเลขติดตามพัสดุ", "包裹查詢號碼")),
    "carrier": Field(TEXT, _lt("carrier"), headings=(
        "Shipping Option", "Opsi Pengiriman", "Đơn Vị Vận Chuyển", "ตัวเลือกการจัดส่ง", "寄送方式",
        "Opção de envio")),
    "buyer_id": field("buyer_id", "Username (Buyer)", "Username (Pembeli)", "ชื่อผู้ใช้ (ผู้ซื้อ)",
                      "買家帳號"),
    "ship_name": field("ship_name", "Receiver Name", "Nama Penerima", "ชื่อผู้รับ", "收件者姓名"),
    "ship_phone": field("ship_phone", "Phone Number", "No. Telepon", "หมายเลขโทรศัพท์",
                        "收件者電話"),
    "ship_street": field("ship_street", "Delivery Address", "Alamat Pengiriman",
                         "ที่อยู่ในการจัดส่ง", "收件地址"),
    "ship_city": field("ship_city", "City", "Kota/Kabupaten", "TP / Quận / Huyện", "เขต/อำเภอ",
                       "城市"),
    "ship_state": field("ship_state", "Province", "Provinsi", "Tỉnh/Thành phố", "จังหวัด"),
    "ship_zip": field("ship_zip", "Zip Code", "รหัสไปรษณีย์", "郵遞區號"),
    "ship_country": field("ship_country", "Country", "Quốc gia", "ประเทศ"),
    "note": field("note", "Remark from buyer", "Catatan dari Pembeli", "หมายเหตุจากผู้ซื้อ",
                  "買家備註"),
}

# Taken off what the buyer pays; whether a country's total knows them differs.
DEDUCTIONS = ("seller_voucher", "platform_voucher", "seller_bundle", "platform_bundle", "coins",
              "card_discount")
FEES = {"fee_payment": "payment", "fee_commission": "commission", "fee_other": "other"}

STATUSES = statuses({
    "pending": ("Unpaid", "Belum Bayar", "Chờ xác nhận", "Chờ thanh toán", "ยังไม่ชำระ", "尚未付款",
                "待付款", "Não pago", "A pagar"),
    "paid": ("To ship", "Ready to ship", "Perlu Dikirim", "Chờ lấy hàng", "Chờ giao hàng",
             "ที่ต้องจัดส่ง", "待出貨", "A Enviar"),
    "shipped": ("Shipping", "Shipped", "To receive", "Sedang Dikirim", "Telah Dikirim",
                "Đang giao", "การจัดส่ง", "กำลังจัดส่ง", "運送中", "已出貨", "Enviado",
                "Em trânsito"),
    "delivered": ("Completed", "Delivered", "Selesai", "Hoàn thành", "Đã giao",
                  "Đã nhận được hàng", "Người mua xác nhận đã nhận", "สำเร็จแล้ว",
                  "จัดส่งสำเร็จแล้ว", "已完成", "Concluído"),
    "cancelled": ("Cancelled", "Canceled", "Batal", "Dibatalkan", "Đã hủy", "ยกเลิกแล้ว", "不成立",
                  "已取消", "Cancelado"),
    "refunded": ("Return/Refund", "Returned", "Pengembalian", "Trả hàng", "退貨", "退款"),
})
