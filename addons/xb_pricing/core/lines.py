"""The lines of a price, forward and rounded one by one: exact integers, many prices at once."""

import math
from dataclasses import dataclass
from fractions import Fraction as F

import numpy as np

from odoo.addons.xb_orders.core.problem import _lt

from .exact import frac
from .plan import (
    BUYER,
    DOWN,
    EXCLUDED,
    FIXED,
    INCLUDED,
    ITEM,
    NET,
    TOTAL,
    UP,
    WHOLE,
    Plan,
    PlanError,
)

_ROOM = 2 ** 62


@dataclass(slots=True)
class Line:
    """Sums of the lines of prices, smallest units of the selling currency.

    ``proceeds`` and ``book`` are what an order brings and its net revenue, returns allowed for,
    in whole parts of ``1 / Lines.parts``; product costs are not in them.
    """

    net: np.ndarray
    fees: np.ndarray
    duty: np.ndarray
    proceeds: np.ndarray
    book: np.ndarray


class Lines:
    """The forward calculation of one plan.

    :raise PlanError: a rate has so many digits that exact integers would not hold it.
    """

    def __init__(self, plan: Plan):
        self.plan, self.unit = plan, 10 ** plan.decimals
        self.shipping = self._units(plan.shipping)
        tax = frac(plan.tax)
        top = (self._units(plan.ceiling) + self.shipping) * math.ceil(1 + tax)
        self._top = top
        self._tax_added = self._ratio(tax)
        self._net = self._ratio(1 / (1 + tax))
        self._duty = self._ratio(frac(plan.duty_rate))
        self.duty_fixed = self._units(plan.duty_fixed)
        self.threshold = None
        if plan.threshold:
            limit = plan.threshold
            self.threshold = math.floor(frac(limit.limit) * (1 + tax) * self.unit)
            self._net_above = self._ratio(1 / ((1 + tax) * (1 + frac(limit.rate_above))))
            self._duty_above = self._ratio(frac(limit.rate_above))
            self.fixed_below = self._units(limit.fixed_below)
            self.fixed_above = self._units(limit.fixed_above)
        self.fees = [_Fee(fee, self) for fee in plan.fees]
        back = frac(plan.returns.rate) if plan.returns else F(0)
        self.parts, self._back = back.denominator, back.numerator
        self.handling = self._units(plan.returns.handling) if plan.returns else 0
        if plan.returns and plan.returns.admin_of:
            self._admin = self._ratio(frac(plan.returns.admin_share))
            cap = plan.returns.admin_cap
            self._admin_cap = None if cap is None else self._units(cap)

    def _units(self, amount):
        """Return an amount in smallest units, rounded half up."""
        return math.floor(frac(amount) * self.unit + F(1, 2))

    def _ratio(self, share):
        if 2 * share.numerator * self._top + share.denominator > _ROOM:
            raise PlanError("rate_too_precise", _lt(
                "A rate has too many digits to be computed to the cent. Round it to six places, "
                "or lower the highest price."), column="rate")
        return share.numerator, share.denominator

    def rounded(self, top, bottom):
        """Return top / bottom, rounded as the plan says; nothing is negative here."""
        if bottom == 1:
            return top
        if self.plan.rounding == UP:
            return (top + (bottom - 1)) // bottom
        if self.plan.rounding == DOWN:
            return top // bottom
        return (2 * top + bottom) // (2 * bottom)

    def _times(self, amount, ratio):
        return self.rounded(amount * ratio[0], ratio[1])

    def of(self, price) -> Line:
        """Return the sums of the lines.

        :param price: int64, smallest units.
        """
        net, duty, buyer = self.amounts(price)
        values = self.fee_values(price, net, buyer)
        fees = sum(values.values()) if values else np.zeros_like(price)
        if not self.plan.returns:
            return Line(net, fees, duty, net - fees - duty, net)
        back, parts = self._back, self.parts
        kept = sum(values[fee.code] for fee in self.plan.fees if not fee.refundable)
        kept = kept + self.admin(values)
        proceeds = ((parts - back) * (net - fees) - back * kept - parts * duty
                    - back * self.handling)
        return Line(net, fees, duty, proceeds, (parts - back) * net)

    def admin(self, values):
        """Return what of a fee is kept on a refund; 0 without such a rule."""
        if not self.plan.returns or not self.plan.returns.admin_of:
            return 0
        kept = self._times(values[self.plan.returns.admin_of], self._admin)
        return kept if self._admin_cap is None else np.minimum(kept, self._admin_cap)

    def amounts(self, price):
        """Return net revenue, duty, and what the buyer pays."""
        plan, total = self.plan, price + self.shipping
        revenue = total if plan.shipping_is_revenue else price
        above = price > self.threshold if self.threshold is not None else None
        if plan.tax_mode == INCLUDED:
            net = self._times(revenue, self._net)
            if above is None:
                return net, self._times(net, self._duty) + self.duty_fixed, total
            net = np.where(above, self._times(revenue, self._net_above), net)
            return net, np.where(above, self.fixed_above, self.fixed_below), total
        buyer = total + self._times(total, self._tax_added) \
            if plan.tax_mode == EXCLUDED else total
        if above is None:
            duty = self._times(price, self._duty) + self.duty_fixed
        else:
            duty = np.where(above, self._times(price, self._duty_above) + self.fixed_above,
                            self.fixed_below)
        return revenue, duty, buyer

    def fee_values(self, price, net, buyer):
        """Return each fee by code, the tax on it included."""
        values = {}
        bases = {ITEM: price, TOTAL: price + self.shipping, BUYER: buyer, NET: net}
        for fee in self.fees:
            base = values[fee.parent] if fee.parent else bases.get(fee.base)
            values[fee.code] = fee.of(base, price)
        return values


class _Fee:
    """One fee as integers over one denominator; see :func:`.exact.fee_of`."""

    def __init__(self, fee, lines):
        unit, tax = lines.unit, 1 + frac(fee.tax)
        self.code, self.base, self.parent = fee.code, fee.base, fee.parent
        self._lines = lines
        rates, fixed, below, low = [], [], F(0), F(0)
        for tier in fee.tiers:
            rate, amount = frac(tier.rate) * tax, frac(tier.fixed) * unit * tax
            rates.append(rate)
            # marginal: what the tiers below have brought, written as an intercept
            fixed.append(amount if fee.mode == WHOLE else below + amount - rate * low)
            if tier.up_to is not None:
                limit = frac(tier.up_to) * unit
                below += rate * (limit - low) + amount
                low = limit
        self._bottom = math.lcm(*(f.denominator for f in (*rates, *fixed)))
        self._rates = np.array([int(rate * self._bottom) for rate in rates], np.int64)
        self._fixed = np.array([int(amount * self._bottom) for amount in fixed], np.int64)
        highest = 2 * (int(max(rates) * self._bottom) * lines._top
                       + int(max(map(abs, fixed)) * self._bottom)) + self._bottom
        if highest > _ROOM:
            lines._ratio(F(highest, 1))
        self._limits = np.array([_last_inside(frac(tier.up_to) * unit, fee.limit_in_lower)
                                 for tier in fee.tiers[:-1]], np.int64)
        self._least = self._limit(fee.minimum, unit * tax)
        self._most = self._limit(fee.maximum, unit * tax)

    def _limit(self, amount, factor):
        if amount is None:
            return None
        value = frac(amount) * factor
        return int(self._lines.rounded(value.numerator, value.denominator))

    def of(self, base, price):
        """Return the rounded fee."""
        if self.base == FIXED:
            value = self._lines.rounded(int(self._fixed[0]), self._bottom)
            return np.full(len(price), value)
        if len(self._limits):
            tier = np.searchsorted(self._limits, base)
            top = self._rates[tier] * base + self._fixed[tier]
        else:
            top = int(self._rates[0]) * base + int(self._fixed[0])
        value = self._lines.rounded(top, self._bottom)
        if self._least is not None:
            value = np.maximum(value, self._least)
        if self._most is not None:
            value = np.minimum(value, self._most)
        return value


def _last_inside(limit, inclusive):
    """Return the largest whole base of a tier."""
    return math.floor(limit) if inclusive else math.ceil(limit) - 1
