"""What a line of a statement is, in words that all platforms share."""

from typing import NamedTuple

from odoo.addons.xb_orders.core.problem import _lt

# Terms of the header equation: opening + these = payout + closing.
SALES, REFUNDS, FEES, RESERVE, OTHER, PAYOUT = (
    "sales", "refunds", "fees", "reserve", "other", "payout")
GROUPS = {
    SALES: _lt("Sales"),
    REFUNDS: _lt("Refunds"),
    FEES: _lt("Fees"),
    RESERVE: _lt("Reserve"),
    OTHER: _lt("Other"),
    PAYOUT: _lt("Payout"),
}


class Kind(NamedTuple):
    """One kind of line.

    :param label: English, marked for translation.
    :param group: its term in the header equation.
    :param per_order: whether an order is expected behind it.
    """

    label: str
    group: str
    per_order: bool = False


# The unclassified bucket is a kind: what nobody knows yet still counts in the total.
UNCLASSIFIED = "unclassified"
KINDS = {
    "sale": Kind(_lt("Sale"), SALES, True),
    "shipping": Kind(_lt("Shipping Paid by Buyer"), SALES, True),
    "discount": Kind(_lt("Discount"), SALES, True),
    "tax": Kind(_lt("Tax Collected"), SALES, True),
    "tax_withheld": Kind(_lt("Tax Withheld"), SALES, True),
    "refund": Kind(_lt("Refund"), REFUNDS, True),
    "chargeback": Kind(_lt("Chargeback"), REFUNDS, True),
    "fee_selling": Kind(_lt("Selling Fee"), FEES, True),
    "fee_payment": Kind(_lt("Payment Fee"), FEES, True),
    "fee_fulfilment": Kind(_lt("Fulfilment Fee"), FEES, True),
    "fee_shipping": Kind(_lt("Shipping Charged"), FEES, True),
    "fee_advertising": Kind(_lt("Advertising"), FEES),
    "fee_storage": Kind(_lt("Storage Fee"), FEES),
    "fee_service": Kind(_lt("Service Fee"), FEES),
    "reserve": Kind(_lt("Reserve"), RESERVE),
    "compensation": Kind(_lt("Compensation"), OTHER),
    "adjustment": Kind(_lt("Adjustment"), OTHER),
    "conversion": Kind(_lt("Currency Conversion"), OTHER),
    "deposit": Kind(_lt("Deposit"), OTHER),
    UNCLASSIFIED: Kind(_lt("Unclassified"), OTHER),
    "payout": Kind(_lt("Payout"), PAYOUT),
}
