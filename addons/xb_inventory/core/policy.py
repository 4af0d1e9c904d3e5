"""What a shop may be told of the stock, and why. Arithmetic; knows neither Odoo nor a vendor.

>>> rule = Policy(buffer=2, cap=10)
>>> publish(25, rule).quantity
10
>>> [(step.code, step.after) for step in publish(25.0, rule).steps]
[('free', 25.0), ('buffer', 23.0), ('cap', 10.0)]
>>> publish(3, Policy(buffer=2, minimum=2)).quantity
0
"""

import math
from dataclasses import dataclass

# A millionth of a unit is the noise of floats, not stock.
NOISE = 1e-6


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one shop for one product; quantities in the product's unit.

    :param float buffer: kept back
    :param float | None cap: published at most
    :param float | None allocation: kept for this shop; it sells these and no others
    :param float minimum: below it, nothing is published
    :param float replenishable: may be promised on top of what is there
    :param float withheld: allocated to other shops
    """

    buffer: float = 0.0
    cap: float | None = None
    allocation: float | None = None
    minimum: float = 0.0
    replenishable: float = 0.0
    withheld: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the explanation: what rule, by which figure, left how many."""

    code: str
    figure: float
    after: float


@dataclass(frozen=True, slots=True)
class Publication:
    """:ivar quantity: units to publish, :ivar tuple steps: why"""

    quantity: float
    steps: tuple


def claimable(free, policy):
    """Return what the shop may still sell, buffer and cap aside: those only shape what is shown.

    :param float free: what is free over all shops
    :param Policy policy: the shop's
    :rtype: float
    """
    return free - policy.withheld + policy.replenishable


def publish(free, policy, *, whole=True):
    """Apply a policy to what is free.

    :param float free: free over all shops; negative when more is sold than there is
    :param Policy policy: the shop's
    :param bool whole: a shop is told whole units; False leaves fractions as they are
    :rtype: Publication
    """
    steps = [Step("free", free, free)]
    for code, figure, change in _rules(policy, whole):
        after = float(change(free))
        if after != free:
            steps.append(Step(code, float(figure), after))
            free = after
    return Publication(int(free) if whole else free, tuple(steps))


def publish_bundle(parts):
    """Say how many of a bundle may be published: as many as its scarcest part makes.

    >>> few, many = publish(7, Policy(), whole=False), publish(100, Policy(cap=9), whole=False)
    >>> told, scarcest = publish_bundle({"cup": (many, 1), "saucer": (few, 2)})
    >>> told.quantity, scarcest
    (3, 'saucer')

    :param dict parts: by part ``(its Publication, with fractions; units of it per bundle)``
    :return: ``(Publication, the scarcest part)``: its steps, and the one from its units to bundles
    :rtype: tuple
    """
    scarcest = min(parts, key=lambda part: parts[part][0].quantity / parts[part][1])
    told, each = parts[scarcest]
    made = math.floor(told.quantity / each + NOISE)
    return Publication(made, (*told.steps, Step("bundle", float(each), float(made)))), scarcest


def _rules(policy, whole):
    """Give the rules that apply, in order: code, figure, what they make of a quantity."""
    rules = [
        (policy.withheld, "withheld", lambda free: free - policy.withheld),
        (policy.allocation is not None, "allocation", lambda free: min(free, policy.allocation)),
        (policy.replenishable, "replenishable", lambda free: max(free, 0) + policy.replenishable),
        (policy.buffer, "buffer", lambda free: free - policy.buffer),
        (policy.cap is not None, "cap", lambda free: min(free, policy.cap)),
        (True, "floor", lambda free: max(free, 0)),
        (whole, "whole", lambda free: math.floor(free + NOISE)),
        (policy.minimum, "minimum", lambda free: free if free >= policy.minimum else 0),
    ]
    return [
        (code, getattr(policy, code, 0.0), change) for applies, code, change in rules if applies
    ]
