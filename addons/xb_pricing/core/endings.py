"""Price endings on the grid of the smallest unit."""

import numpy as np

from odoo.addons.xb_orders.core.problem import _lt

from .exact import frac
from .plan import Plan, PlanError

_FAR = np.int64(2) ** 60


class Endings:
    """Allowed prices of a plan, in smallest units.

    Each band ``(start, end, modulus, remainders)`` rules the prices from its start to before its
    end.
    """

    def __init__(self, plan: Plan):
        unit = 10 ** plan.decimals
        self.step = int(frac(plan.step) * unit) if plan.step else 1
        if self.step < 1:
            raise PlanError("step_invalid", _lt(
                "The smallest step between prices is below the currency's smallest unit."),
                column="step")
        whole = (0, int(_FAR), self.step, np.zeros(1, np.int64))
        bands = sorted((int(frac(item.start) * unit), item) for item in plan.endings)
        self.bands = []
        if not bands or bands[0][0] > 0:
            self.bands.append([*whole])
        for start, item in bands:
            modulus = int(frac(item.modulus) * unit)
            if modulus < 1:
                raise PlanError("ending_invalid", _lt(
                    "The price ending %(ends)s does not fit into steps of %(modulus)s. Enter "
                    "endings from zero to below the step."), column="endings",
                    ends=", ".join(map(str, item.ends)), modulus=item.modulus)
            ends = np.array(sorted({int(frac(end) * unit) for end in item.ends}), np.int64)
            self.bands.append([start, int(_FAR), modulus, ends])
        for band, after in zip(self.bands, self.bands[1:], strict=False):
            band[1] = after[0]

    def step_up(self, price):
        """Return the first price of the step at or above each price."""
        return -(-price // self.step) * self.step

    def following(self, price):
        """Return the first allowed price at or above each price."""
        if len(self.bands) == 1:
            return _up(np.maximum(price, 1), *self.bands[0][2:])
        answer = np.full(len(price), _FAR)
        for start, end, modulus, ends in self.bands:
            tried = _up(np.maximum(price, max(start, 1)), modulus, ends)
            answer = np.minimum(answer, np.where(tried < end, tried, _FAR))
        return answer

    def preceding(self, price):
        """Return the last allowed price at or below each price, 0 where there is none."""
        answer = np.zeros(len(price), np.int64)
        for start, end, modulus, ends in self.bands:
            tried = _down(np.minimum(price, end - 1), modulus, ends)
            answer = np.maximum(answer, np.where(tried >= start, tried, 0))
        return np.maximum(answer, 0)


def _up(price, modulus, ends):
    if len(ends) == 1:
        return price + (ends[0] - price) % modulus
    whole, part = price // modulus, price % modulus
    place = np.searchsorted(ends, part)
    over = place == len(ends)
    return (whole + over) * modulus + ends[np.where(over, 0, place)]


def _down(price, modulus, ends):
    whole, part = price // modulus, price % modulus
    place = np.searchsorted(ends, part, side="right") - 1
    under = place < 0
    return (whole - under) * modulus + ends[place]
