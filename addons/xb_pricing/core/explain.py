"""One price, every cent of it: the waterfall, in decimals and independent of the engine."""

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext

from .plan import DOWN, EXCLUDED, FIXED, INCLUDED, ITEM, NET, TOTAL, UP, WHOLE, ZERO, Plan

_ROUNDING = {UP: ROUND_CEILING, DOWN: ROUND_FLOOR}


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall.

    :param kind: ``price, shipping, tax, fee, duty, returns, exchange, cost, profit``.
    :param amount: in the selling currency, negative for what is taken; None where it was paid in
        the home currency.
    :param home: in the home currency, rounded; the steps add up to the profit.
    """

    kind: str
    code: str
    name: str
    amount: Decimal | None
    home: Decimal
    base: Decimal | None = None
    rate: Decimal | None = None
    note: str = ""


@dataclass(slots=True)
class Waterfall:
    """A price explained.

    :param steps: from the price down to the profit.
    :param net: net revenue, selling currency.
    :param profit: expected, home currency, unrounded; ``revenue`` expected net revenue likewise.
    """

    price: Decimal
    buyer: Decimal
    net: Decimal
    profit: Decimal
    revenue: Decimal
    fees: dict[str, Decimal]
    duty: Decimal
    admin: Decimal
    steps: list[Step] = field(default_factory=list)

    @property
    def margin(self) -> Decimal | None:
        """Profit of net revenue, None without revenue."""
        return self.profit / self.revenue if self.revenue else None


@dataclass(frozen=True, slots=True)
class Cost:
    """One cost of a product.

    :param amount: whole units of ``home`` (True) or of the selling currency (False).
    :param goods: whether it is the goods themselves, which a return may bring back.
    """

    code: str
    name: str
    amount: Decimal
    home: bool = True
    goods: bool = False
    note: str = ""


def explain(plan: Plan, price: Decimal, costs: list[Cost]) -> Waterfall:
    """Explain a price.

    :param plan: checked.
    :param price: whole units of the selling currency.
    :param costs: what the product costs.
    """
    with localcontext() as context:
        context.prec = 50
        return _Explainer(plan, price, costs).run()


class _Explainer:
    def __init__(self, plan, price, costs):
        self.plan, self.price, self.costs = plan, Decimal(price), costs
        self.cent = Decimal(1).scaleb(-plan.decimals)
        self.home_cent = Decimal(1).scaleb(-plan.home_decimals)

    def _round(self, amount):
        return amount.quantize(self.cent, _ROUNDING.get(self.plan.rounding, ROUND_HALF_UP))

    def run(self):
        """Return the waterfall."""
        plan = self.plan
        self._amounts()
        fees = self._fees()
        keep = plan.fx * (1 - plan.spread) * (1 - plan.buffer)
        back = plan.returns.rate if plan.returns else ZERO
        sell = sum((c.amount for c in self.costs if not c.home), ZERO)
        home = sum((c.amount for c in self.costs if c.home), ZERO)
        taken = sum(fees.values(), ZERO)
        kept, admin = self._kept(fees)
        goods = {side: sum((c.amount for c in self.costs if c.goods and c.home is side), ZERO)
                 for side in (True, False)}
        salvage = back * plan.returns.salvage if plan.returns else ZERO
        handling = plan.returns.handling if plan.returns else ZERO
        book = (1 - back) * self.net
        proceeds = ((1 - back) * (self.net - taken) - back * kept - self.duty - sell
                    + salvage * goods[False] - back * handling)
        profit = proceeds * keep - home + salvage * goods[True]
        fall = Waterfall(self.price, self.buyer, self.net, profit, book * plan.fx, fees,
                         self.duty, admin)
        lost = proceeds - (self.net - taken - self.duty - sell)
        fall.steps = self._steps(fees, lost, salvage * goods[True], proceeds, keep, profit)
        return fall

    def _amounts(self):
        plan = self.plan
        total = self.price + plan.shipping
        revenue = total if plan.shipping_is_revenue else self.price
        rate, fixed, all_in = plan.duty_rate, plan.duty_fixed, False
        if plan.threshold:
            all_in = self.price > plan.threshold.limit * (1 + plan.tax)
            rate = plan.threshold.rate_above if all_in else ZERO
            fixed = plan.threshold.fixed_above if all_in else plan.threshold.fixed_below
        self.total, self.revenue, self.all_in, self.duty_rate = total, revenue, all_in, rate
        self.added = ZERO
        if plan.tax_mode == INCLUDED:
            factor = (1 + plan.tax) * (1 + rate) if all_in else 1 + plan.tax
            self.net = self._round(revenue / factor)
            duty = ZERO if all_in else self._round(rate * self.net)
        else:
            self.net = revenue
            duty = self._round(rate * self.price)
            if plan.tax_mode == EXCLUDED:
                self.added = self._round(total * plan.tax)
        self.buyer = total + self.added
        self.duty = duty + self._round(fixed)

    def _fees(self):
        values, self.bases = {}, {}
        bases = {ITEM: self.price, TOTAL: self.total, NET: self.net, FIXED: ZERO}
        for fee in self.plan.fees:
            base = values[fee.parent] if fee.parent else bases.get(fee.base, self.buyer)
            self.bases[fee.code] = base
            value = _whole(fee, base) if fee.mode == WHOLE else _marginal(fee, base)
            if fee.minimum is not None:
                value = max(value, fee.minimum)
            if fee.maximum is not None:
                value = min(value, fee.maximum)
            values[fee.code] = self._round(value * (1 + fee.tax))
        return values

    def _kept(self, fees):
        kept = sum((fees[fee.code] for fee in self.plan.fees if not fee.refundable), ZERO)
        returns, admin = self.plan.returns, ZERO
        if returns and returns.admin_of:
            admin = self._round(returns.admin_share * fees[returns.admin_of])
            if returns.admin_cap is not None:
                admin = min(admin, returns.admin_cap)
        return kept + admin, admin

    # === STEPS === #

    def _steps(self, fees, lost, resold, proceeds, keep, profit):
        """Return the bars; the last but one takes what rounding to the home cent leaves."""
        plan, fx = self.plan, self.plan.fx
        bars = [("price", "price", "", self.price, None, None)]
        if plan.shipping and plan.shipping_is_revenue:
            bars.append(("shipping", "shipping", "", plan.shipping, None, None))
        if self.revenue - self.net:
            bars.append(("tax", "import" if self.all_in else "tax", "",
                         self.net - self.revenue, self.revenue, plan.tax))
        bars += [("fee", fee.code, fee.name, -fees[fee.code], self.bases[fee.code],
                  _rate_shown(fee, self.bases[fee.code])) for fee in plan.fees]
        if self.duty:
            bars.append(("duty", "duty", "", -self.duty, self.net, self.duty_rate or None))
        bars += [("cost", c.code, c.name, -c.amount, None, None)
                 for c in self.costs if not c.home]
        if lost:
            bars.append(("returns", "returns", "", lost, None,
                         plan.returns.rate))
        notes = {c.code: c.note for c in self.costs}
        steps = [Step(kind, code, name, amount, self._home(amount * fx), base, rate,
                      notes.get(code, ""))
                 for kind, code, name, amount, base, rate in bars]
        if keep != fx:
            steps.append(Step("exchange", "exchange", "", None, self._home(proceeds * (keep - fx)),
                              proceeds, 1 - keep / fx))
        steps += [Step("cost", c.code, c.name, None, self._home(-c.amount), note=c.note)
                  for c in self.costs if c.home]
        if resold:
            steps.append(Step("returns", "salvage", "", None, self._home(resold), None,
                              plan.returns.rate))
        shown = self._home(profit)
        rest = shown - sum((step.home for step in steps), ZERO)
        if rest:
            steps.append(Step("rounding", "rounding", "", None, rest))
        steps.append(Step("profit", "profit", "", None, shown))
        return steps

    def _home(self, amount):
        return amount.quantize(self.home_cent, ROUND_HALF_UP)


def _inside(fee, tier, base):
    return tier.up_to is None or base < tier.up_to or (fee.limit_in_lower and base == tier.up_to)


def _whole(fee, base):
    tier = next(tier for tier in fee.tiers if _inside(fee, tier, base))
    return tier.rate * base + tier.fixed


def _marginal(fee, base):
    value, low = ZERO, ZERO
    for tier in fee.tiers:
        high = base if tier.up_to is None else min(base, tier.up_to)
        value += tier.rate * (high - low) + tier.fixed
        low = high
        if _inside(fee, tier, base):
            break
    return value


def _rate_shown(fee, base):
    """Return the rate that applied, None where several did or a limit decided."""
    if fee.base == FIXED or (fee.mode != WHOLE and len(fee.tiers) > 1):
        return None
    return next(tier for tier in fee.tiers if _inside(fee, tier, base)).rate or None
