"""What a list says of parcels besides their numbers: weight and cost, as people write them."""

import re
from decimal import Decimal, InvalidOperation

# In kilograms; the unit of a bare number is the one of the screens.
WEIGHT_UNITS = {
    "kg": Decimal(1), "kgs": Decimal(1), "公斤": Decimal(1), "千克": Decimal(1),
    "g": Decimal("0.001"), "gr": Decimal("0.001"), "gram": Decimal("0.001"),
    "grams": Decimal("0.001"), "克": Decimal("0.001"),
    "lb": Decimal("0.45359237"), "lbs": Decimal("0.45359237"), "磅": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
}  # fmt: skip
SIGNS = {"€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "CNY", "￥": "CNY", "元": "CNY"}
# More than any parcel weighs or costs: a column was mistaken for another.
LARGEST = Decimal(1_000_000)

_PARTS = re.compile(r"([^\d.,'\s+-]*)\s*([\d.,'\s]*\d)\s*([^\d.,'\s]*)")


def read_decimal(text: str) -> Decimal | None:
    """Read a number as people of several countries write it, None when it is none.

    >>> [str(read_decimal(text)) for text in ("0.35", "0,35", "1.234,50", "1,234.50", "1 234")]
    ['0.35', '0.35', '1234.50', '1234.50', '1234']
    >>> read_decimal("1,234"), read_decimal("1.2.3"), read_decimal("much")
    (None, None, None)

    "1,234" may be a thousand or a little more than one: whoever knows has to say.
    """
    text = re.sub(r"[\s']", "", text)
    if text.count(",") and text.count("."):
        mark = max(",.", key=text.rfind)
        other = "," if mark == "." else "."
        text = text.replace(other, "").replace(mark, ".")
    elif text.count(",") == 1:
        whole, part = text.split(",")
        if len(part) == 3 and whole.strip("0"):
            return None
        text = f"{whole}.{part}"
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def read_weight(text: str) -> tuple[Decimal, str] | None:
    """Read a weight: (number, unit or empty), None when it cannot be read.

    >>> read_weight("350 g"), read_weight("0,35kg"), read_weight("1.2")
    ((Decimal('350'), 'g'), (Decimal('0.35'), 'kg'), (Decimal('1.2'), ''))
    >>> read_weight("heavy"), read_weight("3 stone"), read_weight("-1")
    (None, None, None)
    """
    found = _PARTS.fullmatch(text.strip())
    if not found or found[1]:
        return None
    number, unit = read_decimal(found[2]), found[3].casefold()
    if number is None or number > LARGEST or (unit and unit not in WEIGHT_UNITS):
        return None
    return number, unit


def read_cost(text: str) -> tuple[Decimal, str] | None:
    """Read an amount: (number, ISO code of the currency or empty), None when it cannot be read.

    >>> read_cost("12.50 USD"), read_cost("€ 4,20"), read_cost("US$3"), read_cost("7")
    ((Decimal('12.50'), 'USD'), (Decimal('4.20'), 'EUR'), (Decimal('3'), 'USD'), (Decimal('7'), ''))
    >>> read_cost("free"), read_cost("-3")
    (None, None)
    """
    found = _PARTS.fullmatch(text.strip())
    if not found or (found[1] and found[3]):
        return None
    number, sign = read_decimal(found[2]), (found[1] or found[3]).upper()
    if number is None or number > LARGEST:
        return None
    return number, SIGNS.get(sign, sign)
