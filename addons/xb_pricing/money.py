"""From a field's number to the decimal a person entered."""

from decimal import Decimal

# Costs are added up in millionths and rounded to the cent once.
MICRO = 1_000_000


def to_decimal(number, places=6):
    """Return a field's number as the decimal a person entered."""
    return Decimal(f"{number or 0:.{places}f}").normalize() + 0


def shown(units, decimals):
    """Return smallest units as decimal text, false for 0: there is no such price."""
    return f"{Decimal(int(units)).scaleb(-decimals):f}" if units else False
