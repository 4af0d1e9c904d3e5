"""What stands between a price and a profit: fees, tax, duty, currency, returns, as plain values.

Amounts are decimals in whole units of their currency; rates are fractions (0.15 is 15 %). A plan
is checked once, when an engine is built of it; nothing afterwards meets a value out of range.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from odoo.addons.xb_orders.core.problem import Problem, _lt

ZERO, ONE = Decimal(0), Decimal(1)

WHOLE, MARGINAL = "whole", "marginal"
# What a fee is computed on, beside ``fee:<code>``.
ITEM, TOTAL, BUYER, NET, FIXED = "item", "total", "buyer", "net", "fixed"
BASES = (ITEM, TOTAL, BUYER, NET, FIXED)
INCLUDED, EXCLUDED, OUTSIDE = "included", "excluded", "outside"
HALF_UP, UP, DOWN = "half_up", "up", "down"


class PlanError(ValueError):
    """A plan nothing can be computed with; carries the :class:`Problem`.

    The problem's ``column`` names the field, its ``line`` the fee.
    """

    def __init__(self, code, template, *, column="", line="", **values):
        self.problem = Problem(code, template, column=column, line=line, values=values)
        super().__init__(self.problem.message)


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a fee.

    :param up_to: limit of the base in the selling currency, None for no limit.
    :param rate: fraction of the base.
    :param fixed: amount on top, in the selling currency.
    """

    up_to: Decimal | None
    rate: Decimal
    fixed: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Fee:
    """One fee on the selling price.

    :param base: ``item`` price · ``total`` price and shipping · ``buyer`` all the buyer pays, tax
        included · ``net`` without tax · ``fixed`` nothing · ``fee:<code>`` another fee.
    :param mode: ``whole``: the tier the base falls into prices all of it (a jump at each limit);
        ``marginal``: each rate applies to its own portion (a kink).
    :param limit_in_lower: "X or less" (True) or "below X" (False).
    :param tax: tax on the fee that is not recovered, a fraction of it.
    :param refundable: whether it comes back when the buyer returns the goods.
    :param group: what the waterfall shows it under.
    """

    code: str
    name: str
    base: str
    tiers: tuple[Tier, ...]
    mode: str = WHOLE
    limit_in_lower: bool = True
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    tax: Decimal = ZERO
    refundable: bool = True
    group: str = "commission"

    @property
    def parent(self) -> str:
        """Code of the fee this one is computed on, or empty."""
        return self.base[4:] if self.base.startswith("fee:") else ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit of value at the border, such as IOSS; compared with the item price net of tax.

    At or below it ``fixed_below`` is paid; above it the price is all-in, so duty and tax come out
    of it, and ``fixed_above`` is paid.
    """

    limit: Decimal
    fixed_below: Decimal = ZERO
    rate_above: Decimal = ZERO
    fixed_above: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Returns:
    """What returned orders cost, as an expectation per order.

    :param rate: share of the orders that come back.
    :param salvage: share of the goods' cost that can be sold again.
    :param handling: cost per return in the selling currency.
    :param admin_share: share of the fee ``admin_of`` that the platform keeps on a refund, at most
        ``admin_cap``.
    """

    rate: Decimal
    salvage: Decimal = ZERO
    handling: Decimal = ZERO
    admin_of: str = ""
    admin_share: Decimal = ZERO
    admin_cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Prices from ``start`` on end so: remainder of the price by ``modulus`` in ``ends``."""

    modulus: Decimal
    ends: tuple[Decimal, ...]
    start: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about a market and a channel that does not depend on the product.

    :param decimals: decimal places of the selling currency, ``home_decimals`` of the other.
    :param fx: home currency per unit of the selling currency.
    :param spread: share lost when proceeds are converted.
    :param buffer: haircut on converted proceeds against a moving rate.
    :param shipping: what the buyer pays for shipping.
    :param tax_mode: ``included`` in the price, ``excluded`` (added on top), or ``outside``.
    :param duty_rate: on the net price (tax included) or the item price.
    :param step: smallest step between two prices; None for the currency's own.
    :param ceiling: no price above it is looked for.
    """

    decimals: int = 2
    home_decimals: int = 2
    fx: Decimal = ONE
    spread: Decimal = ZERO
    buffer: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_is_revenue: bool = True
    tax_mode: str = OUTSIDE
    tax: Decimal = ZERO
    duty_rate: Decimal = ZERO
    duty_fixed: Decimal = ZERO
    threshold: Threshold | None = None
    returns: Returns | None = None
    fees: tuple[Fee, ...] = ()
    endings: tuple[Ending, ...] = ()
    step: Decimal | None = None
    ceiling: Decimal = Decimal(1_000_000)
    rounding: str = HALF_UP
    # Ids of the rate rows this was built of, for the record; nothing is computed with it.
    sources: tuple[str, ...] = field(default=(), compare=False)

    def checked(self) -> "Plan":
        """Return the plan itself.

        :raise PlanError: it cannot be computed with.
        """
        _check_rates(self)
        seen: set[str] = set()
        for fee in self.fees:
            _check_fee(fee, seen)
            seen.add(fee.code)
        _check_hundred(self)
        if self.returns and self.returns.admin_of and self.returns.admin_of not in seen:
            raise PlanError("admin_fee_unknown", _lt(
                "Returns keep a share of the fee “%(fee)s”, which this plan does not have. Choose "
                "one it has, or none."), column="admin_of", fee=self.returns.admin_of)
        for ending in self.endings:
            if ending.modulus <= 0 or not ending.ends \
                    or any(not 0 <= end < ending.modulus for end in ending.ends):
                raise PlanError("ending_invalid", _lt(
                    "The price ending %(ends)s does not fit into steps of %(modulus)s. Enter "
                    "endings from zero to below the step."), column="endings",
                    ends=", ".join(map(str, ending.ends)), modulus=ending.modulus)
        return self


def _check_rates(plan):
    """Refuse currencies, shares and limits out of range."""
    if plan.fx <= 0:
        raise PlanError("rate_missing", _lt(
            "There is no exchange rate. Enter today's rate of the shop's currency."), column="fx")
    for name in ("tax", "duty_rate", "spread", "buffer"):
        value = getattr(plan, name)
        if not 0 <= value < (10 if name in ("tax", "duty_rate") else 1):
            raise PlanError("share_invalid", _lt(
                "%(field)s is %(value)s; it must be between 0 %% and 100 %%."),
                column=name, field=name, value=value)
    for name in ("shipping", "duty_fixed"):
        if getattr(plan, name) < 0:
            raise PlanError("amount_negative", _lt(
                "%(field)s is %(value)s; it cannot be below zero."),
                column=name, field=name, value=getattr(plan, name))
    if plan.returns and not 0 <= plan.returns.rate < 1:
        raise PlanError("share_invalid", _lt(
            "%(field)s is %(value)s; it must be between 0 %% and 100 %%."),
            column="return_rate", field="return_rate", value=plan.returns.rate)
    if plan.ceiling <= 0:
        raise PlanError("ceiling_invalid", _lt("The highest price must be above zero."),
                        column="ceiling")


def _check_fee(fee, seen):
    """Refuse a fee out of range, or computed on one that does not stand before it."""
    if fee.base not in BASES and fee.parent not in seen:
        raise PlanError("fee_cycle", _lt(
            "Fee “%(fee)s” is computed on “%(base)s”, which does not stand before it. A fee may "
            "only be computed on one above it: change the order or the base."),
            column="base", line=fee.code, fee=fee.name, base=fee.parent or fee.base)
    if fee.parent and (len(fee.tiers) > 1 or fee.minimum is not None or fee.maximum is not None):
        raise PlanError("fee_on_fee_tiers", _lt(
            "Fee “%(fee)s” is computed on another fee: it has one rate and no limits."),
            column="base", line=fee.code, fee=fee.name)
    if not fee.tiers or fee.tiers[-1].up_to is not None:
        raise PlanError("fee_open_end", _lt(
            "The last step of the fee “%(fee)s” has a limit, so nothing is known above it. Leave "
            "its limit empty."), column="up_to", line=fee.code, fee=fee.name)
    limits = [tier.up_to for tier in fee.tiers[:-1]]
    if any(limit is None for limit in limits) \
            or any(a >= b for a, b in zip([ZERO, *limits], limits, strict=False)):
        raise PlanError("fee_order", _lt(
            "The steps of the fee “%(fee)s” are not in ascending order. Each limit must be above "
            "the one before."), column="up_to", line=fee.code, fee=fee.name)
    for tier in fee.tiers:
        if tier.rate >= 1:
            raise PlanError("fee_too_high", _lt(
                "Fee “%(fee)s” takes %(percent)s %% of the price: nothing is left at any price. "
                "Enter 15 for fifteen percent."),
                column="rate", line=fee.code, fee=fee.name, percent=tier.rate * 100)
        if tier.rate < 0 or tier.fixed < 0:
            raise PlanError("fee_negative", _lt(
                "Fee “%(fee)s” is negative. Enter what is taken as a positive number."),
                column="rate", line=fee.code, fee=fee.name)
    lowest, highest = fee.minimum or ZERO, fee.maximum
    if fee.tax < 0 or lowest < 0 or (highest is not None and highest < lowest):
        raise PlanError("fee_limits", _lt(
            "Fee “%(fee)s”: minimum, maximum and tax cannot be negative, and the maximum not "
            "below the minimum."), column="minimum", line=fee.code, fee=fee.name)


def _check_hundred(plan):
    """Refuse fees that in their last steps take everything together."""
    rates = {}
    for fee in plan.fees:
        rate = fee.tiers[-1].rate * (1 + fee.tax)
        if fee.maximum is not None or fee.base == FIXED:
            rate = ZERO
        if fee.parent:
            rate *= rates[fee.parent]
        rates[fee.code] = rate
    total = sum(rates.values(), ZERO)
    if total >= 1:
        raise PlanError("fees_too_high", _lt(
            "All fees together take %(percent)s %% of the price: nothing is left at any price. "
            "Correct the rates; enter 15 for fifteen percent."),
            column="rate", percent=(total * 100).normalize())
