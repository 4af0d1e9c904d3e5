"""Components of an order's profit, and which kind of line or charge belongs to which."""

from odoo.addons.xb_orders.core.problem import _lt

COMPONENTS = {
    "revenue": _lt("Revenue"),
    "discount": _lt("Discounts"),
    "refund": _lt("Refunds"),
    "fee_platform": _lt("Platform Fees"),
    "fee_payment": _lt("Payment Fees"),
    "fulfilment": _lt("Fulfilment"),
    "freight": _lt("Freight"),
    "duty": _lt("Duty"),
    "advertising": _lt("Advertising"),
    "cost": _lt("Cost of Goods"),
    "exchange": _lt("Exchange Difference"),
    "other": _lt("Other"),
}
# What was sold: a statement that tells discounts apart tells them together with the sale.
SALES = ("revenue", "discount")
# What the platform, the payment provider and its warehouse keep.
FEES = ("fee_platform", "fee_payment", "fulfilment", "advertising")
CARRIAGE = ("freight", "duty")
# Fees that an order states by itself; what is neither is the platform's.
BY_FEE = {"payment": "fee_payment", "fulfilment": "fulfilment", "advertising": "advertising"}
# Taxes, reserves and transfers are nobody's profit; what is in clarification is nobody's yet.
BY_KIND = {
    "sale": "revenue", "shipping": "revenue", "discount": "discount",
    "refund": "refund", "chargeback": "refund",
    "fee_selling": "fee_platform", "fee_service": "fee_platform", "fee_storage": "fee_platform",
    "fee_payment": "fee_payment", "fee_fulfilment": "fulfilment", "fee_shipping": "freight",
    "fee_advertising": "advertising",
    "compensation": "other", "adjustment": "other", "conversion": "other",
}
