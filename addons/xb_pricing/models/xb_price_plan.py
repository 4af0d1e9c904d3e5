from dataclasses import dataclass, replace
from decimal import Decimal

from odoo import fields, models

from odoo.addons.xb_orders.core.problem import _lt

from ..core import plan
from ..money import to_decimal

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Rate:
    """An exchange rate: home currency per unit, of which day and how many days old."""

    value: Decimal
    day: object
    age: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Changes to try without writing anything; shares are fractions.

    :param target: target share instead of the rules', None to leave it.
    :param target_points: added to the rules' target share.
    :param fee_points: added to the rate of every fee of ``fee_group``.
    :param rate_factor, cost_factor, freight_factor: multiply rate, cost, freight.
    """

    target: Decimal | None = None
    target_points: Decimal = Decimal(0)
    fee_group: str = "commission"
    fee_points: Decimal = Decimal(0)
    rate_factor: Decimal = ONE
    cost_factor: Decimal = ONE
    freight_factor: Decimal = ONE


class XbPricePlan(models.AbstractModel):
    """Builds the engine's plan of a shop, a rule and a fee category."""

    _name = "xb.price.plan"
    _description = "Plan of a Price"

    def _get_rate(self, currency, company, day):
        """Return the rate of a currency to the company's.

        :raise PlanError: there is none.
        """
        home = company.currency_id
        if currency == home:
            return Rate(ONE, day, 0)
        days = []
        for one in currency | home:
            newest = self.env["res.currency.rate"].search(
                [("currency_id", "=", one.id), ("name", "<=", day),
                 ("company_id", "in", (False, company.root_id.id))], limit=1, order="name desc")
            # A home currency at 1 is the unit the others are quoted in; that does not age.
            if newest and not (one == home and newest.rate == 1):
                days.append(newest.name)
            elif not newest and one != home:
                raise plan.PlanError("rate_missing", _lt(
                    "There is no exchange rate from %(currency)s to %(home)s. Enter one under"
                    " Accounting → Currencies."), column="fx", currency=currency.name,
                    home=home.name)
        value = currency._convert(1.0, home, company, day, round=False)
        # twelve significant digits: what a stored rate has; the explanation shows this number
        rate = Decimal(f"{value:.12g}")
        return Rate(rate, min(days), (day - min(days)).days)

    def _build(self, shop, rule, category, day, what_if=None):
        """Return the plan and its rate.

        :param xb.shop shop: its market and fee schedules are used.
        :param xb.price.rule rule: advertising, promotion and returns.
        :param str category: fee category.
        :raise PlanError: something is missing or makes no sense; says what and where.
        """
        what_if = what_if or WhatIf()
        market = shop.price_market_id
        if not market:
            raise plan.PlanError("market_missing", _lt(
                "Shop %(shop)s has no market. Choose one on the shop, page Prices: tax, currency"
                " and endings come from it."), column="price_market_id", shop=shop.name)
        if market.currency_id != shop.currency_id:
            raise plan.PlanError("market_currency", _lt(
                "Shop %(shop)s sells in %(currency)s, its market %(market)s is in %(other)s."
                " Choose a market in the shop's currency."), column="price_market_id",
                shop=shop.name, currency=shop.currency_id.name, market=market.name,
                other=market.currency_id.name)
        rate = self._get_rate(shop.currency_id, shop.company_id, day)
        if market.rate_days and rate.age > market.rate_days:
            raise plan.PlanError("rate_stale", _lt(
                "The exchange rate of %(currency)s is %(age)s days old; at most %(limit)s are"
                " allowed. Enter today's rate."), column="fx", currency=shop.currency_id.name,
                age=rate.age, limit=market.rate_days)
        rate = replace(rate, value=rate.value * what_if.rate_factor)
        return self._prepare_plan(shop, rule, category, day, rate, what_if).checked(), rate

    def _prepare_plan(self, shop, rule, category, day, rate, what_if):
        market = shop.price_market_id
        fees = self._prepare_fees(shop, rule, category, day, what_if)
        return plan.Plan(
            decimals=shop.currency_id.decimal_places,
            home_decimals=shop.company_id.currency_id.decimal_places, fx=rate.value,
            spread=to_decimal(market.spread), buffer=to_decimal(market.buffer),
            shipping=to_decimal(market.shipping), shipping_is_revenue=market.shipping_is_revenue,
            tax_mode=market.tax_mode, tax=to_decimal(market.tax_rate),
            **market._prepare_border(), returns=self._prepare_returns(rule, fees, rate),
            fees=fees, endings=market.ending_ids._prepare_endings(),
            step=to_decimal(market.step) or None,
            ceiling=to_decimal(market.ceiling) or Decimal(1_000_000), rounding=market.rounding)

    def _prepare_fees(self, shop, rule, category, day, what_if):
        for schedule in shop.fee_schedule_ids:
            if schedule.currency_id != shop.currency_id:
                raise plan.PlanError("schedule_currency", _lt(
                    "Fee schedule %(schedule)s is in %(other)s, shop %(shop)s sells in"
                    " %(currency)s. Choose a schedule in the shop's currency."),
                    column="fee_schedule_ids", schedule=schedule.name, shop=shop.name,
                    other=schedule.currency_id.name, currency=shop.currency_id.name)
        fees = list(shop.fee_schedule_ids._get_lines(day, category)._prepare_fees())
        for code, name, base, share in (
                ("advertising", self.env._("Advertising"), plan.TOTAL, rule.advertising),
                ("promotion", self.env._("Promotions"), plan.ITEM, rule.promotion)):
            if share:
                fees.append(plan.Fee(code, name, base, (plan.Tier(None, to_decimal(share)),),
                                     refundable=False, group=code))
        if what_if.fee_points:
            fees = [_raised(fee, what_if.fee_points) if fee.group == what_if.fee_group else fee
                    for fee in fees]
        return tuple(fees)

    def _prepare_returns(self, rule, fees, rate):
        if not rule.return_rate:
            return None
        handling = (to_decimal(rule.return_handling) / rate.value).quantize(Decimal("0.0001"))
        return plan.Returns(to_decimal(rule.return_rate), to_decimal(rule.return_salvage),
                            handling)

    def _today(self):
        return fields.Date.context_today(self)


def _raised(fee, points):
    return replace(fee, tiers=tuple(
        replace(tier, rate=max(Decimal(0), tier.rate + points)) if tier.rate else tier
        for tier in fee.tiers))
