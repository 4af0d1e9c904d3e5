"""How many units to keep back from a shop because it learns of sales elsewhere late.

>>> self_sized(0.0, 600)
0
>>> self_sized(1.0, 60)     # one a day, a minute late: the risk is below one in a hundred
0
>>> self_sized(48.0, 3600)  # two an hour, an hour late
6
>>> self_sized(48.0, 3600, risk=0.2)
3
"""

import math

DAY = 86_400
DEFAULT_RISK = 0.01

# Above this mean the distribution is as good as normal, and summing it would take long.
_NORMAL_FROM = 500.0


def self_sized(sold_per_day, lag_seconds, risk=DEFAULT_RISK):
    """Return the smallest buffer that sales within the lag exceed with at most the given risk.

    Sales are taken as a Poisson process: independent of each other, at the product's average rate.

    :param float sold_per_day: the product's sales velocity over all shops, units per day
    :param float lag_seconds: from a change here until the shop shows it
    :param float risk: between 0 and 1, exclusive
    :return: units
    :rtype: int
    :raise ValueError: the risk is no probability, or a figure is negative
    """
    if not 0 < risk < 1:
        raise ValueError("the risk must lie between 0 and 1")
    if sold_per_day < 0 or lag_seconds < 0:
        raise ValueError("velocity and lag cannot be negative")
    mean = sold_per_day * lag_seconds / DAY
    if mean >= _NORMAL_FROM:
        return math.ceil(mean + _normal_quantile(1 - risk) * math.sqrt(mean))
    term = total = math.exp(-mean)
    units = 0
    while 1 - total > risk:
        units += 1
        term *= mean / units
        total += term
    return units


def _normal_quantile(probability):
    """Invert the normal distribution by bisection; exact enough to count units."""
    low, high = -10.0, 10.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if (1 + math.erf(middle / math.sqrt(2))) / 2 < probability:
            low = middle
        else:
            high = middle
    return high
