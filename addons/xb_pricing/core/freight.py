"""Freight of many products at once: chargeable weight, bands, fuel; exact to the cent.

amount = (registration + first fee + per kg x weight above the first) x (1 + fuel) + surcharge,
the chargeable weight being the larger of the actual and the volumetric one as the carrier's rule
says, at least the minimum, rounded up to the step.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction as F

import numpy as np

from odoo.addons.xb_orders.core.problem import _lt

from .exact import frac
from .plan import ZERO, PlanError

# When volume counts.
NEVER, GREATER, TWICE, LONG = "none", "max", "if_twice", "if_long"
RULES = (NEVER, GREATER, TWICE, LONG)
LONG_SIDE = 600  # mm, of the rule "a side of 60 cm or more"
OK, NO_WEIGHT, TOO_HEAVY, TOO_LONG, NO_SIZE = 0, 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Band:
    """One weight band: above ``from_g``, up to ``to_g`` inclusive; amounts in the card's currency.

    :param first_g: weight that ``first_fee`` pays for.
    """

    from_g: int
    to_g: int
    registration: Decimal = ZERO
    first_g: int = 0
    first_fee: Decimal = ZERO
    per_kg: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Card:
    """One carrier's prices to one zone.

    :param step_g: the chargeable weight is rounded up to it.
    :param divisor: cm³ per kg.
    :param fuel: a fraction on top.
    :param max_length, max_sum: mm, 0 for no limit.
    """

    bands: tuple[Band, ...]
    step_g: int = 1
    min_g: int = 0
    divisor: int = 0
    rule: str = NEVER
    fuel: Decimal = ZERO
    surcharge: Decimal = ZERO
    max_length: int = 0
    max_sum: int = 0
    decimals: int = 2

    def checked(self) -> "Card":
        """Return the card itself.

        :raise PlanError: it cannot be computed with.
        """
        if not self.bands:
            raise PlanError("bands_missing", _lt("The freight table has no weights for the zone."),
                            column="to_kg")
        last = -1
        for band in self.bands:
            if not 0 <= band.from_g < band.to_g or band.from_g < last:
                raise PlanError("bands_order", _lt(
                    "Weights %(low)s to %(high)s g do not follow on the ones before. Enter bands "
                    "in ascending order that do not overlap."), column="from_kg",
                    low=band.from_g, high=band.to_g)
            if min(band.registration, band.first_fee, band.per_kg) < 0:
                raise PlanError("amount_negative", _lt(
                    "%(field)s is %(value)s; it cannot be below zero."), column="per_kg",
                    field="freight",
                    value=min(band.registration, band.first_fee, band.per_kg))
            last = band.to_g
        if self.step_g < 1 or (self.rule != NEVER and self.divisor < 1):
            raise PlanError("divisor_missing", _lt(
                "Volume counts for this carrier, but its divisor or weight step is missing."),
                column="divisor")
        return self


@dataclass(slots=True)
class Freight:
    """The answer, one entry per product.

    :param amount: smallest units of the card's currency.
    :param chargeable: g.
    :param state: :data:`OK`, or why there is none.
    """

    amount: np.ndarray
    chargeable: np.ndarray
    state: np.ndarray


def freight(card: Card, weight, sizes=None) -> Freight:
    """Return what parcels cost.

    :param card: checked.
    :param weight: g, one per product.
    :param sizes: mm, three columns per product, in any order; zeros where they are not known.
    """
    weight = np.asarray(weight, np.int64)
    sizes = np.zeros((len(weight), 3), np.int64) if sizes is None else np.asarray(sizes, np.int64)
    state = np.zeros(len(weight), np.int8)
    charged = _chargeable(card, weight, sizes)
    amount = np.zeros(len(weight), np.int64)
    found = np.zeros(len(weight), bool)
    for band in card.bands:
        inside = (charged > band.from_g) & (charged <= band.to_g)
        amount[inside] = _amount(card, band, charged[inside])
        found |= inside
    state[~found] = TOO_HEAVY
    longest = sizes.max(axis=1)
    if card.max_length:
        state[longest > card.max_length] = TOO_LONG
    if card.max_sum:
        state[sizes.sum(axis=1) > card.max_sum] = TOO_LONG
    if card.rule in (GREATER, TWICE, LONG):
        state[(sizes <= 0).any(axis=1) & (sizes > 0).any(axis=1)] = NO_SIZE
    state[weight <= 0] = NO_WEIGHT
    amount[state != OK] = 0
    return Freight(amount, charged, state)


def _chargeable(card, weight, sizes):
    """Return grams, rounded up to the step; volume in mm³ / divisor is grams."""
    step = card.step_g
    actual = np.maximum(-(-weight // step), -(-card.min_g // step))
    if card.rule == NEVER or not card.divisor:
        return actual * step
    volume = sizes.prod(axis=1)
    volumetric = -(-volume // (card.divisor * step))
    if card.rule == TWICE:
        counts = volume >= 2 * weight * card.divisor
    elif card.rule == LONG:
        counts = sizes.max(axis=1) >= LONG_SIDE
    else:
        counts = np.ones(len(weight), bool)
    return np.where(counts, np.maximum(actual, volumetric), actual) * step


def _amount(card, band, charged):
    unit = 10 ** card.decimals
    fuel = (1 + frac(card.fuel)) * unit
    base = (frac(band.registration) + frac(band.first_fee)) * fuel + frac(card.surcharge) * unit
    per_gram = frac(band.per_kg) / 1000 * fuel
    bottom = math.lcm(base.denominator, per_gram.denominator)
    above = np.maximum(charged - band.first_g, 0)
    top = int(per_gram * bottom) * above + int(base * bottom)
    return (2 * top + bottom) // (2 * bottom)


def grams(kilograms) -> int:
    """Return kilograms as whole grams, rounded up."""
    return math.ceil(F(str(kilograms)) * 1000)
