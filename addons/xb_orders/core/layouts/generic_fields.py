"""The columns a generic order file may have, by their English and Chinese headings."""

from ..columns import DECIMAL, ID, TEXT, TIME
from ..problem import _lt
from .base import Field

# Headings are compared by letters and digits only, see `text.heading`.
FIELDS = {
    "ref": Field(ID, _lt("order number"), headings=(
        "order number", "order no", "order id", "order ref", "order reference", "order",
        "amazon-order-id", "invoice no", "invoice", "sales order", "platform order no",
        "订单号", "订单编号", "平台订单号", "交易号", "訂單編號", "單號"), required=True),
    "placed_at": Field(TIME, _lt("order date"), headings=(
        "order date", "order time", "placed at", "date", "ordered at", "created at",
        "created time", "creation date", "order creation date", "purchase date", "sale date",
        "invoice date", "下单时间", "下单日期", "订单日期", "订单创建时间", "创建时间", "日期",
        "訂單成立日期"), required=True),
    "sku": Field(ID, _lt("SKU"), headings=(
        "sku", "seller sku", "item sku", "lineitem sku", "sku reference no", "product code",
        "item code", "stock code", "article number", "article no", "custom label",
        "商品编码", "商品编号", "货号", "商家编码", "产品编码", "商品貨號", "主商品貨號"),
        required=True),
    "qty": Field(DECIMAL, _lt("quantity"), headings=(
        "qty", "quantity", "lineitem quantity", "quantity purchased", "pcs", "units", "数量",
        "商品数量", "购买数量", "數量"), required=True),
    "unit_price": Field(DECIMAL, _lt("unit price"), headings=(
        "unit price", "price", "price each", "lineitem price", "deal price", "selling price",
        "item unit price", "单价", "商品单价", "成交价", "价格", "單價"), required=True),
    "currency": Field(TEXT, _lt("currency"), headings=(
        "currency", "currency code", "order currency", "币种", "货币", "幣別")),
    "status": Field(TEXT, _lt("status"), headings=(
        "status", "order status", "financial status", "订单状态", "状态", "訂單狀態")),
    "paid_at": Field(TIME, _lt("payment date"), headings=(
        "paid at", "payment date", "payments date", "paid time", "order paid time",
        "paid on date", "付款时间", "支付时间", "付款日期")),
    "ship_by": Field(TIME, _lt("ship by"), headings=(
        "ship by", "ship by date", "latest ship date", "estimated ship out date", "最晚发货时间",
        "发货截止时间")),
    "listing": Field(ID, _lt("listing"), headings=(
        "listing", "listing id", "asin", "variation id", "sku id", "item id", "item number",
        "商品链接id",
        "商品id", "规格id")),
    "title": Field(TEXT, _lt("title"), headings=(
        "title", "product name", "product", "item title", "item name", "description",
        "lineitem name", "商品名称", "产品名称", "商品标题", "品名", "商品名稱")),
    "line_discount": Field(DECIMAL, _lt("line discount"), headings=(
        "line discount", "lineitem discount", "item discount", "商品优惠", "行折扣")),
    "line_tax": Field(DECIMAL, _lt("line tax"), headings=(
        "line tax", "item tax", "tax amount", "tax", "vat", "税额", "税", "税费")),
    "gift_message": Field(TEXT, _lt("gift message"), headings=(
        "gift message", "贺卡内容", "礼品留言")),
    "shipping_price": Field(DECIMAL, _lt("shipping"), headings=(
        "shipping price", "shipping", "shipping fee", "shipping cost", "postage", "freight",
        "shipping and handling", "buyer paid shipping fee", "delivery fee", "运费", "邮费",
        "買家支付運費")),
    "shipping_tax": Field(DECIMAL, _lt("shipping tax"), headings=("shipping tax", "运费税")),
    "shipping_discount": Field(DECIMAL, _lt("shipping discount"), headings=(
        "shipping discount", "ship promotion discount", "运费优惠")),
    "shipping_service": Field(TEXT, _lt("shipping service"), headings=(
        "shipping service", "shipping method", "ship service level", "delivery option",
        "shipping option", "物流方式", "配送方式", "运输方式")),
    "discount": Field(DECIMAL, _lt("order discount"), headings=(
        "order discount", "discount", "discount amount", "订单优惠", "优惠金额", "折扣")),
    "total": Field(DECIMAL, _lt("total"), headings=(
        "order total", "total", "total amount", "grand total", "order amount", "total price",
        "订单金额", "订单总额", "总金额", "实付金额")),
    "buyer_id": Field(ID, _lt("buyer number"), headings=(
        "buyer id", "customer id", "customer number", "customer no", "buyer username",
        "username buyer", "买家id", "客户编号", "买家账号", "買家帳號")),
    "buyer_name": Field(TEXT, _lt("buyer"), headings=(
        "buyer name", "buyer", "customer name", "customer", "billing name", "买家", "买家姓名",
        "客户名称", "客户")),
    "buyer_email": Field(TEXT, _lt("buyer's e-mail"), headings=(
        "buyer email", "customer email", "email", "e-mail", "买家邮箱", "邮箱", "电子邮箱")),
    "buyer_phone": Field(ID, _lt("buyer's phone"), headings=(
        "buyer phone", "buyer phone number", "customer phone", "买家电话")),
    "ship_name": Field(TEXT, _lt("recipient"), headings=(
        "ship to name", "recipient name", "recipient", "receiver name", "receiver",
        "shipping name", "consignee", "name", "收件人", "收货人", "收件人姓名", "收件者姓名")),
    "ship_company": Field(TEXT, _lt("recipient's company"), headings=(
        "ship to company", "shipping company", "company", "收件公司", "公司")),
    "ship_street": Field(TEXT, _lt("street"), headings=(
        "ship to street", "ship to address 1", "ship address 1", "shipping address1",
        "shipping street", "street", "address 1", "address line 1", "address", "delivery address",
        "detail address", "地址", "收货地址", "收件地址", "详细地址", "街道")),
    "ship_street2": Field(TEXT, _lt("street, second line"), headings=(
        "ship to street 2", "ship to address 2", "ship address 2", "shipping address2",
        "street 2", "address 2", "address line 2", "地址2")),
    "ship_city": Field(TEXT, _lt("city"), headings=(
        "ship to city", "ship city", "shipping city", "city", "城市", "收件城市", "市")),
    "ship_state": Field(TEXT, _lt("state"), headings=(
        "ship to state", "ship state", "shipping province", "state", "province", "region", "省份",
        "省", "州")),
    "ship_zip": Field(ID, _lt("postcode"), headings=(
        "ship to zip", "ship postal code", "shipping zip", "zip", "zip code", "postcode",
        "postal code", "邮编", "邮政编码", "郵遞區號")),
    "ship_country": Field(TEXT, _lt("country"), headings=(
        "ship to country", "ship country", "shipping country", "country", "country code",
        "destination", "国家", "国家/地区", "收件国家", "目的国")),
    "ship_phone": Field(ID, _lt("recipient's phone"), headings=(
        "ship to phone", "ship phone number", "shipping phone", "recipient phone",
        "receiver phone", "phone", "phone number", "telephone", "mobile", "电话", "手机",
        "联系电话", "收件人电话", "收件者電話")),
    "ship_email": Field(TEXT, _lt("recipient's e-mail"), headings=(
        "ship to email", "收件人邮箱")),
    "ioss": Field(ID, _lt("IOSS number"), headings=("ioss", "ioss number", "ioss号")),
    "note": Field(TEXT, _lt("note"), headings=(
        "note", "notes", "remark", "remarks", "buyer note", "buyer message", "comment",
        "备注", "买家备注", "买家留言", "留言")),
}

# Where a field goes in the order value.
ORDER_PATHS = {
    "paid_at": ("paid_at",), "ship_by": ("ship_by",), "ioss": ("ioss",), "note": ("note",),
    "discount": ("discount",), "total": ("total",),
    "shipping_price": ("shipping", "price"), "shipping_tax": ("shipping", "tax"),
    "shipping_discount": ("shipping", "discount"), "shipping_service": ("shipping", "service"),
    "buyer_id": ("buyer", "id"), "buyer_name": ("buyer", "name"),
    "buyer_email": ("buyer", "email"), "buyer_phone": ("buyer", "phone"),
    "ship_name": ("ship_to", "name"), "ship_company": ("ship_to", "company"),
    "ship_street": ("ship_to", "street"), "ship_street2": ("ship_to", "street2"),
    "ship_city": ("ship_to", "city"), "ship_state": ("ship_to", "state"),
    "ship_zip": ("ship_to", "zip"), "ship_phone": ("ship_to", "phone"),
    "ship_email": ("ship_to", "email"),
}
LINE_PATHS = {
    "sku": "sku", "listing": "listing", "title": "title", "qty": "qty",
    "unit_price": "unit_price", "line_discount": "discount", "line_tax": "tax",
    "gift_message": "gift_message", "fulfilled_by": "fulfilled_by",
}

# The platforms' words for an order's status, compared like headings.
STATUSES = {
    "pending": ("pending", "unpaid", "authorized", "awaiting payment", "to pay", "待付款",
                "未付款"),
    "paid": ("paid", "processing", "unshipped", "unfulfilled", "to ship", "awaiting shipment",
             "ready to ship", "已付款", "待发货", "已支付", "待處理"),
    "partially_shipped": ("partially shipped", "partial", "部分发货"),
    "shipped": ("shipped", "fulfilled", "in transit", "已发货", "运输中", "待收货"),
    "delivered": ("delivered", "completed", "complete", "received", "已完成", "已收货", "已签收",
                  "交易成功"),
    "cancelled": ("cancelled", "canceled", "voided", "void", "closed", "已取消", "已关闭",
                  "交易关闭"),
    "refunded": ("refunded", "returned", "已退款"),
    "on_hold": ("on hold", "hold", "已冻结", "暂停"),
}
