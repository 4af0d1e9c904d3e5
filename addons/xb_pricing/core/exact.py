"""The model without rounding, in exact fractions: where prices reach a target, and why not.

Between two breakpoints profit is affine in the price, so the prices that reach a target are a
union of intervals, solved segment by segment. Derivation: docs/pricing.md.
"""

from dataclasses import dataclass
from fractions import Fraction as F
from itertools import pairwise

from .plan import EXCLUDED, FIXED, INCLUDED, ITEM, NET, TOTAL, WHOLE, Plan


def frac(value) -> F:
    """Return a decimal (or its text) as the same fraction, never through a binary float."""
    return value if isinstance(value, F) else F(str(value))


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of prices without a break.

    ``proceeds`` (selling currency, before costs, returns allowed for) and ``book`` (expected net
    revenue) are slope and intercept.
    """

    low: F
    high: F
    proceeds: tuple[F, F]
    book: tuple[F, F]


@dataclass(frozen=True, slots=True)
class Interval:
    """Prices that reach the target; ends may belong to it or not."""

    low: F
    low_closed: bool
    high: F
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """What a price must bring: ``keep × proceeds − margin × fx × book ≥ amount``.

    :param margin: share of net revenue that is to be left, a fraction.
    :param amount: costs, and profit where it is an amount, in home currency.
    """

    margin: F
    amount: F


class Exact:
    """A plan in fractions."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.fx = frac(plan.fx)
        self.keep = self.fx * (1 - frac(plan.spread)) * (1 - frac(plan.buffer))
        self.shipping, self.tax = frac(plan.shipping), frac(plan.tax)
        self.back = frac(plan.returns.rate) if plan.returns else F(0)
        self.ceiling = frac(plan.ceiling)

    # === THE MODEL === #

    def is_below(self, price: F) -> bool:
        """Tell whether a price is within the threshold at the border."""
        limit = self.plan.threshold
        return limit is not None and price <= frac(limit.limit) * (1 + self.tax)

    def amounts(self, price: F) -> tuple[F, F, F]:
        """Return net revenue, duty, and what the buyer pays."""
        plan, total = self.plan, price + self.shipping
        revenue = total if plan.shipping_is_revenue else price
        rate, fixed = frac(plan.duty_rate), frac(plan.duty_fixed)
        all_in = False
        if plan.threshold:
            all_in = not self.is_below(price)
            rate = frac(plan.threshold.rate_above) if all_in else F(0)
            fixed = frac(plan.threshold.fixed_above if all_in else plan.threshold.fixed_below)
        if plan.tax_mode == INCLUDED:
            if all_in:
                return revenue / ((1 + self.tax) * (1 + rate)), fixed, total
            net = revenue / (1 + self.tax)
            return net, rate * net + fixed, total
        buyer = total * (1 + self.tax) if plan.tax_mode == EXCLUDED else total
        return revenue, rate * price + fixed, buyer

    def fees(self, price: F, net: F, buyer: F) -> dict[str, F]:
        """Return every fee of a price, tax on it included."""
        bases = {ITEM: price, TOTAL: price + self.shipping, NET: net, FIXED: F(0)}
        values: dict[str, F] = {}
        for fee in self.plan.fees:
            base = values[fee.parent] if fee.parent else bases.get(fee.base, buyer)
            values[fee.code] = fee_of(fee, base) * (1 + frac(fee.tax))
        return values

    def value(self, price: F) -> tuple[F, F]:
        """Return expected proceeds and expected net revenue of a price."""
        net, duty, buyer = self.amounts(price)
        fees = self.fees(price, net, buyer)
        proceeds, book = net - sum(fees.values(), F(0)) - duty, net
        returns = self.plan.returns
        if returns:
            r = self.back
            kept = sum((fees[fee.code] for fee in self.plan.fees if not fee.refundable), F(0))
            kept += admin_fee(returns, fees)
            book = (1 - r) * net
            proceeds = ((1 - r) * (net - sum(fees.values(), F(0))) - r * kept - duty
                        - r * frac(returns.handling))
        return proceeds, book

    def left(self, price: F, needs: Needs) -> F:
        """Return what is left over the target, negative when it is missed (home currency)."""
        proceeds, book = self.value(price)
        return self.keep * proceeds - needs.margin * self.fx * book - needs.amount

    # === SEGMENTS === #

    def breakpoints(self) -> list[F]:
        """Return every price at which any piece may change; some may be harmless."""
        found: set[F] = set()
        for fee in self.plan.fees:
            if fee.parent or fee.base == FIXED:
                continue
            levels = [frac(tier.up_to) for tier in fee.tiers if tier.up_to is not None]
            for base in levels + _levels(fee, self._kinks(fee)):
                found.update(self._prices_of(fee.base, base))
        if self.plan.threshold:
            found.add(frac(self.plan.threshold.limit) * (1 + self.tax))
        return sorted(price for price in found if 0 < price < self.ceiling)

    def _kinks(self, fee) -> list[F]:
        values = [frac(limit) for limit in (fee.minimum, fee.maximum) if limit is not None]
        returns = self.plan.returns
        if returns and returns.admin_of == fee.code and returns.admin_cap is not None \
                and returns.admin_share:
            values.append(frac(returns.admin_cap) / frac(returns.admin_share)
                          / (1 + frac(fee.tax)))
        return values

    def _prices_of(self, kind: str, base: F) -> list[F]:
        """Return the prices at which a base has a value."""
        if kind == ITEM:
            return [base]
        if kind == TOTAL:
            return [base - self.shipping]
        if kind == NET:
            factors = [1 + self.tax] if self.plan.tax_mode == INCLUDED else [F(1)]
            if self.plan.threshold:
                factors.append((1 + self.tax) * (1 + frac(self.plan.threshold.rate_above)))
            part = self.shipping if self.plan.shipping_is_revenue else F(0)
            return [base * factor - part for factor in factors]
        if self.plan.tax_mode == EXCLUDED:
            return [base / (1 + self.tax) - self.shipping]
        return [base - self.shipping]

    def segments(self) -> list[Segment]:
        """Return the stretches between breakpoints, with their affine pieces."""
        cuts = [F(0), *self.breakpoints(), self.ceiling]
        segments = []
        for low, high in pairwise(cuts):
            one, two = low + (high - low) / 4, low + (high - low) * 3 / 4
            (p1, b1), (p2, b2) = self.value(one), self.value(two)
            proceeds, book = (p2 - p1) / (two - one), (b2 - b1) / (two - one)
            segments.append(Segment(
                low, high, (proceeds, p1 - proceeds * one), (book, b1 - book * one)))
        return segments

    def intervals(self, needs: Needs, segments=None) -> list[Interval]:
        """Return the prices above zero, up to the ceiling, that reach a target."""
        pieces = []
        for segment in segments or self.segments():
            piece = self._within(segment, needs)
            if piece:
                pieces.append(piece)
            if self.left(segment.high, needs) >= 0:  # limits may belong to either side
                pieces.append(Interval(segment.high, True, segment.high, True))
        return _merged(pieces)

    def _within(self, segment: Segment, needs: Needs) -> Interval | None:
        slope = self.keep * segment.proceeds[0] - needs.margin * self.fx * segment.book[0]
        rest = (self.keep * segment.proceeds[1] - needs.margin * self.fx * segment.book[1]
                - needs.amount)
        low, high = segment.low, segment.high
        if slope == 0:
            return Interval(low, False, high, False) if rest >= 0 else None
        root = -rest / slope
        if slope > 0:
            if root >= high:
                return None
            return Interval(max(low, root), root > low, high, False)
        if root <= low:
            return None
        return Interval(low, False, min(high, root), root < high)

    def limit_margin(self) -> F | None:
        """Return the margin that grows nearer and nearer with the price, None without revenue."""
        last = self.segments()[-1]
        if not last.book[0]:
            return None
        return self.keep * last.proceeds[0] / (self.fx * last.book[0])


def fee_of(fee, base: F) -> F:
    """Return a fee without the tax on it."""
    value, low = F(0), F(0)
    for tier in fee.tiers:
        limit = None if tier.up_to is None else frac(tier.up_to)
        inside = limit is None or base < limit or (fee.limit_in_lower and base == limit)
        if fee.mode == WHOLE:
            if inside:
                value = frac(tier.rate) * base + frac(tier.fixed)
                break
            continue
        high = base if inside else limit
        value += frac(tier.rate) * (high - low) + frac(tier.fixed)
        low = high
        if inside:
            break
    if fee.minimum is not None:
        value = max(value, frac(fee.minimum))
    if fee.maximum is not None:
        value = min(value, frac(fee.maximum))
    return value


def admin_fee(returns, fees) -> F:
    """Return what the platform keeps of its fee when an order is refunded."""
    if not returns.admin_of:
        return F(0)
    kept = frac(returns.admin_share) * fees[returns.admin_of]
    return kept if returns.admin_cap is None else min(kept, frac(returns.admin_cap))


def _levels(fee, values: list[F]) -> list[F]:
    """Return the bases at which a fee has one of the values, tier by tier."""
    found, low, sum_below = [], F(0), F(0)
    for tier in fee.tiers:
        rate, fixed = frac(tier.rate), frac(tier.fixed)
        if rate:
            found += [(value - fixed) / rate if fee.mode == WHOLE
                      else low + (value - sum_below - fixed) / rate for value in values]
        if tier.up_to is not None:
            sum_below += rate * (frac(tier.up_to) - low) + fixed
            low = frac(tier.up_to)
    return found


def _merged(pieces: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for piece in sorted(pieces, key=lambda p: (p.low, not p.low_closed)):
        last = merged[-1] if merged else None
        touches = last and (piece.low < last.high or (
            piece.low == last.high and (last.high_closed or piece.low_closed)))
        if not touches:
            merged.append(piece)
        elif (piece.high, piece.high_closed) > (last.high, last.high_closed):
            merged[-1] = Interval(last.low, last.low_closed, piece.high, piece.high_closed)
    return merged
