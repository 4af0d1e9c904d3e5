"""Prices of many products at once, exact to the cent.

Money is int64 in the currencies' smallest units; every line of a price (tax, each fee, duty) is
computed as an exact integer fraction and rounded as people round it. Only the comparison with the
target uses floating point, and where that comes too near to zero to be sure, exact fractions
decide. Where to look comes from :mod:`.exact`; what counts is the rounded forward calculation.
"""

import math
from dataclasses import dataclass
from fractions import Fraction as F

import numpy as np

from .endings import Endings
from .exact import Exact, frac
from .lines import Lines
from .plan import Plan

# What became of a product.
OK, MATCHED, RAISED, NO_PRICE = 0, 1, 2, 3
MARGIN, MARKUP, PROFIT = "margin", "markup", "profit"
KINDS = (MARGIN, MARKUP, PROFIT)
# Prices beside a limit that rounding may move to its other side, in smallest units.
EDGE = 3
FLAT = 1e-9


@dataclass(frozen=True, slots=True)
class Goal:
    """What a price must bring.

    :param kind: ``margin`` on net revenue · ``markup`` on all costs · ``profit``, an amount.
    :param value: one for all or one per product; shares in millionths (0.2 is 200,000), profit in
        the home currency's smallest unit.
    """

    kind: str
    value: np.ndarray | int


@dataclass(slots=True)
class Costs:
    """What products cost, in smallest units, one entry per product.

    :param home: everything paid in the home currency, goods included.
    :param sell: everything paid in the selling currency, goods included.
    :param home_goods, sell_goods: the part of it that is the goods themselves.
    """

    home: np.ndarray
    sell: np.ndarray | None = None
    home_goods: np.ndarray | None = None
    sell_goods: np.ndarray | None = None

    def __post_init__(self):
        self.home = np.asarray(self.home, np.int64)
        zero = np.zeros_like(self.home)
        for name in ("sell", "home_goods", "sell_goods"):
            value = getattr(self, name)
            setattr(self, name, zero if value is None else np.asarray(value, np.int64))

    def take(self, index):
        """Return the costs of some of the products."""
        return Costs(self.home[index], self.sell[index], self.home_goods[index],
                     self.sell_goods[index])


@dataclass(slots=True)
class Prices:
    """The answer, one entry per product.

    :param price: smallest units of the selling currency; 0 where there is none.
    :param state: :data:`OK`, :data:`MATCHED` the reference, :data:`RAISED` above the reference to
        keep the floor, :data:`NO_PRICE`.
    """

    price: np.ndarray
    state: np.ndarray


@dataclass(slots=True)
class Result:
    """What prices bring.

    :param net, fees, duty: smallest units of the selling currency; net of tax.
    :param profit: expected, in the home currency's smallest unit, rounded half up.
    :param revenue: expected net revenue at the book rate, the same.
    :param margin: profit of revenue, a share, before rounding.
    """

    net: np.ndarray
    fees: np.ndarray
    duty: np.ndarray
    profit: np.ndarray
    revenue: np.ndarray
    margin: np.ndarray


class Engine:
    """One plan, ready for any number of products.

    :param Plan plan: checked here.
    :raise PlanError: nothing can be computed with the plan.
    """

    def __init__(self, plan: Plan):
        self.plan = plan.checked()
        self.exact = Exact(plan)
        self.unit = 10 ** plan.decimals
        self.lines = Lines(plan)
        self.endings = Endings(plan)
        self.ceiling = int(frac(plan.ceiling) * self.unit)
        # From the selling currency's smallest unit to the home currency's.
        to_home = F(10 ** plan.home_decimals, self.unit)
        self.fx, self.keep = self.exact.fx * to_home, self.exact.keep * to_home
        self.back = self.exact.back
        self.salvage = frac(plan.returns.salvage) if plan.returns else F(0)
        self._segments = self.exact.segments()
        self._noise = float(self.fx) * 0.6 * (len(plan.fees) + 4)
        # Proceeds are whole numbers of 1 / _parts.
        self._parts = self.lines.parts

    # === WHAT A PRICE BRINGS === #

    def result(self, price, costs: Costs) -> Result:
        """Return what prices bring.

        :param price: smallest units, one per product.
        """
        price = np.asarray(price, np.int64)
        line = self.lines.of(price)
        amount = self._cost_in_parts(costs)
        profit, revenue = self._money(line, amount)
        with np.errstate(divide="ignore", invalid="ignore"):
            margin = np.where(revenue > 0, profit / revenue, -9.0)
        return Result(line.net, line.fees, line.duty, self._rounded_profit(profit, line, costs),
                      self._rounded(revenue, line.book, self.fx / self._parts), margin)

    def _money(self, line, amount):
        profit = line.proceeds * float(self.keep / self._parts) - amount
        return profit, line.book * float(self.fx / self._parts)

    def _cost_in_parts(self, costs):
        """Return the costs in home currency, what is resold of returns taken off."""
        share = float(self.back * self.salvage)
        return (costs.home - share * costs.home_goods
                + float(self.keep) * (costs.sell - share * costs.sell_goods))

    def _exact_cost(self, costs, i):
        share = self.back * self.salvage
        return (int(costs.home[i]) - share * int(costs.home_goods[i])
                + self.keep * (int(costs.sell[i]) - share * int(costs.sell_goods[i])))

    def _rounded_profit(self, profit, line, costs):
        per_part, share = self.keep / self._parts, self.back * self.salvage
        whole = _combined(((per_part, line.proceeds), (F(-1), costs.home),
                           (share, costs.home_goods), (-self.keep, costs.sell),
                           (self.keep * share, costs.sell_goods)))
        if whole is not None:
            return whole
        return _round(profit, lambda i: (
            per_part * int(line.proceeds[i]) - self._exact_cost(costs, i)))

    def _rounded(self, value, whole, factor):
        exact = _combined(((factor, whole),))
        return exact if exact is not None else _round(value, lambda i: factor * int(whole[i]))

    # === TARGETS === #

    def reaches(self, price, costs: Costs, goal: Goal):
        """Return which prices reach a goal, by the rounded calculation.

        :param price: smallest units, one per product.
        """
        return self._passes(np.asarray(price, np.int64), [self._bound(costs, goal)])

    def _bound(self, costs, goal):
        """Return a goal as what `keep x proceeds - margin x fx x book` must be at least."""
        value = np.broadcast_to(np.asarray(goal.value, np.int64), costs.home.shape)
        amount = self._cost_in_parts(costs)
        if goal.kind == MARGIN:
            return _Bound(self, costs, goal.kind, value, value / 1e6, amount)
        if goal.kind == MARKUP:
            amount = amount + value / 1e6 * (costs.home + float(self.fx) * costs.sell)
        else:
            amount = amount + value
        return _Bound(self, costs, goal.kind, value, np.zeros(len(value)), amount)

    def _passes(self, price, bounds):
        line = self.lines.of(price)
        passed = np.ones(len(price), bool)
        for bound in bounds:
            passed &= bound.holds(line)
        return passed

    # === SOLVING === #

    def solve(self, costs: Costs, *goals: Goal, lowest=None, highest=None,
              endings=True) -> Prices:
        """Return the lowest price of each product that reaches every goal.

        :param goals: the target, and the floor where there is one.
        :param lowest, highest: bounds of the price itself, one for all or one per product.
        :param bool endings: whether prices end as the plan says; else any price of its step.
        """
        count = len(costs.home)
        price = np.zeros(count, np.int64)
        low = np.broadcast_to(np.asarray(lowest or 1, np.int64) if np.isscalar(lowest)
                              or lowest is None else np.asarray(lowest, np.int64), (count,))
        high = np.full(count, self.ceiling) if highest is None else np.minimum(
            np.broadcast_to(np.asarray(highest, np.int64), (count,)), self.ceiling)
        bounds = [self._bound(costs, goal) for goal in goals]
        todo = np.arange(count)
        following = self.endings.following if endings else self.endings.step_up
        for segment in self._segments:
            if not len(todo):
                break
            start, stop = self._range(segment, bounds, todo)
            start, stop = np.maximum(start, low[todo]), np.minimum(stop, high[todo])
            hopeful = start <= stop
            if hopeful.any():
                self._scan(price, todo[hopeful], start[hopeful], stop[hopeful], bounds, following)
                todo = todo[price[todo] == 0]
        return Prices(price, np.where(price > 0, OK, NO_PRICE).astype(np.int8))

    def _range(self, segment, bounds, todo):
        """Return the prices of a segment outside of which no goal can be reached, however the
        lines are rounded."""
        first = max(1, math.floor(segment.low * self.unit) - EDGE)
        last = math.ceil(segment.high * self.unit) + EDGE
        start, stop = np.full(len(todo), first), np.full(len(todo), last)
        slope1 = float(self.keep * segment.proceeds[0])
        rest1 = float(self.keep * segment.proceeds[1] * self.unit)
        slope2 = float(self.fx * segment.book[0])
        rest2 = float(self.fx * segment.book[1] * self.unit)
        for bound in bounds:
            share = bound.share[todo]
            slope = slope1 - share * slope2
            rest = rest1 - share * rest2 - bound.amount[todo] + self._noise
            with np.errstate(divide="ignore", invalid="ignore"):
                root = np.clip(-rest / slope, -1, 2.0 ** 62)
            rising, falling = slope > FLAT, slope < -FLAT
            start = np.where(rising, np.maximum(start, np.floor(root)), start)
            stop = np.where(falling, np.minimum(stop, np.ceil(root)), stop)
            never = ~rising & ~falling & (rest + FLAT * last < 0)
            stop = np.where(never, first - 1, stop)
        return start.astype(np.int64), stop.astype(np.int64)

    def _scan(self, price, index, start, stop, bounds, following):
        """Find the first price that passes, product by product, a step at a time for all."""
        tried = following(start)
        while len(index):
            inside = tried <= stop
            index, tried, stop = index[inside], tried[inside], stop[inside]
            if not len(index):
                return
            passed = self._passes(tried, [bound.take(index) for bound in bounds])
            price[index[passed]] = tried[passed]
            rest = ~passed
            index, stop = index[rest], stop[rest]
            tried = following(tried[rest] + 1)

    def match(self, costs: Costs, floor: Goal, reference, *, lowest=None, highest=None) -> Prices:
        """Return the highest price not above a reference that keeps the floor; the lowest one
        above it that does where there is none.

        :param reference: smallest units, one per product; 0 where there is none.
        """
        reference = np.asarray(reference, np.int64)
        answer = self.solve(costs, floor, lowest=lowest, highest=highest)
        price, state = answer.price.copy(), answer.state.copy()
        bound = self._bound(costs, floor)
        index = np.flatnonzero((price > 0) & (reference > 0) & (price <= reference))
        state[(price > reference) & (reference > 0)] = RAISED
        top = reference if highest is None else np.minimum(reference, highest)
        tried = self.endings.preceding(np.minimum(top, self.ceiling)[index])
        while len(index):
            passed = self._passes(tried, [bound.take(index)]) | (tried <= price[index])
            price[index[passed]] = np.maximum(tried[passed], price[index[passed]])
            state[index[passed]] = MATCHED
            index, tried = index[~passed], self.endings.preceding(tried[~passed] - 1)
        return Prices(price, state)


class _Bound:
    """One goal of some products, and the exact decision where floats are not sure."""

    __slots__ = ("amount", "costs", "engine", "kind", "share", "value")

    def __init__(self, engine, costs, kind, value, share, amount):
        self.engine, self.costs, self.kind = engine, costs, kind
        self.value, self.share, self.amount = value, share, amount

    def take(self, index):
        """Return the bound of some of the products."""
        return _Bound(self.engine, self.costs.take(index), self.kind, self.value[index],
                      self.share[index], self.amount[index])

    def holds(self, line):
        """Return where the rounded lines reach the goal."""
        engine = self.engine
        parts = engine._parts
        brought = line.proceeds * float(engine.keep / parts)
        wanted = self.share * (line.book * float(engine.fx / parts)) + self.amount
        left = brought - wanted
        doubt = np.abs(left) <= 1e-12 * (np.abs(brought) + np.abs(wanted)) + 1e-9
        holds = left > 0
        for i in np.flatnonzero(doubt):
            holds[i] = self._exactly(line, i)
        return holds

    def _exactly(self, line, i):
        engine, value = self.engine, int(self.value[i])
        brought = engine.keep * F(int(line.proceeds[i]), engine._parts)
        wanted = engine._exact_cost(self.costs, i)
        if self.kind == MARGIN:
            wanted += F(value, 10 ** 6) * engine.fx * F(int(line.book[i]), engine._parts)
        elif self.kind == MARKUP:
            wanted += F(value, 10 ** 6) * (
                int(self.costs.home[i]) + engine.fx * int(self.costs.sell[i]))
        else:
            wanted += value
        return brought >= wanted


def _combined(terms):
    """Return the sum of fraction x whole numbers, rounded half away from zero, in int64; None
    when that would not hold it."""
    terms = [(factor, whole) for factor, whole in terms if factor and whole.any()]
    bottom = math.lcm(*(factor.denominator for factor, _whole in terms)) if terms else 1
    factors = [int(factor * bottom) for factor, _whole in terms]
    top = sum(abs(factor) * int(np.abs(whole).max())
              for factor, (_factor, whole) in zip(factors, terms, strict=True))
    if 2 * top + bottom >= 2 ** 62:
        return None
    total = sum(factor * whole for factor, (_factor, whole) in zip(factors, terms, strict=True))
    if not terms:
        return None
    return np.sign(total) * ((2 * np.abs(total) + bottom) // (2 * bottom))


def _round(value, exactly):
    """Round half away from zero; near a half, fractions decide."""
    size = np.abs(value)
    rounded = np.floor(size + 0.5)
    near = np.abs(size - np.floor(size) - 0.5) < 1e-9 * (1 + size)
    for i in np.flatnonzero(near):
        rounded[i] = math.floor(abs(exactly(i)) + F(1, 2))
    return (np.sign(value) * rounded).astype(np.int64)
