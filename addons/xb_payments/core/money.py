"""Amounts as providers write them. Pure."""

from decimal import Decimal

from odoo.addons.xb_base.exceptions import VendorRejected

# ISO 4217 minor units that are not 2.
_PLACES = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    "CLF": 4,
}


class TooManyDecimals(VendorRejected, ValueError):
    """An amount that the provider's currency cannot hold: final, as if the provider had said so."""

    def __init__(self, amount, decimals):
        super().__init__("decimals", f"{amount} has more than {decimals} decimals")


def places(currency):
    """Return the decimals of a currency.

    >>> places("USD"), places("JPY"), places("KWD"), places("CLF")
    (2, 0, 3, 4)
    """
    return _PLACES.get(currency, 2)


def to_text(amount, decimals):
    """Return an amount with exactly so many decimals.

    >>> to_text(Decimal("10"), 2), to_text(Decimal("1500"), 0)
    ('10.00', '1500')

    :raise TooManyDecimals: it has more decimals than that; rounding would charge something else
    """
    step = Decimal(1).scaleb(-decimals)
    rounded = amount.quantize(step)
    if rounded != amount:
        raise TooManyDecimals(amount, decimals)
    return format(rounded, "f")


def to_minor(amount, decimals):
    """Return an amount in minor units as text.

    >>> to_minor(Decimal("10.05"), 2)
    '1005'
    """
    return to_text(amount.scaleb(decimals), 0)


def from_minor(text, decimals):
    """Return minor units as an amount.

    >>> from_minor("1005", 2)
    Decimal('10.05')
    """
    return Decimal(str(text)).scaleb(-decimals)
