"""PayPal's transaction event codes, grouped by what they mean to the books."""

from decimal import Decimal

#: Authorisations and display-only rows move no money.
NO_MONEY = ("T13", "T98")
BY_CODE = {
    "T1108": "fee_payment", "T1109": "fee_payment",
    "T1110": "reserve", "T1111": "reserve",
    "T1201": "chargeback", "T1202": "chargeback", "T1207": "chargeback", "T1208": "chargeback",
    "T1205": "compensation",
    "T2301": "tax_withheld",
    "T5000": "reserve", "T5001": "reserve",
}
BY_GROUP = {
    "T01": "fee_payment", "T02": "conversion", "T03": "deposit", "T04": "payout",
    "T08": "compensation", "T09": "compensation", "T11": "refund", "T12": "adjustment",
    "T15": "reserve", "T19": "adjustment", "T20": "adjustment", "T21": "reserve",
}


def classify(code: str, gross: Decimal) -> str:
    """Return the kind of a transaction by its event code and the sign of its amount.

    A payment code with a debit is money that the seller paid to somebody.

    >>> classify("T0006", Decimal(5)), classify("T0006", Decimal(-5)), classify("T7777", Decimal(1))
    ('sale', 'adjustment', 'unclassified')
    """
    if code in BY_CODE:
        return BY_CODE[code]
    if code.startswith("T00"):
        return "sale" if gross >= 0 else "adjustment"
    return BY_GROUP.get(code[:3], "unclassified")
