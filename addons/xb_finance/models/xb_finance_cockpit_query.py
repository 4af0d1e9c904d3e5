from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

from ..core.profit import SALES
from ..core.rates.history import average, cross


class Cash(NamedTuple):
    """Payouts of a day, a company and a currency."""

    company_id: int
    currency_id: int
    day: date | None
    amount: float
    count: int
    first_id: int
    state: str


@dataclass
class Balances:
    """What the accounts of the platforms hold.

    :ivar sums: ``{company id: {currency id: (in the currency, in the company's)}}``
    :ivar account_ids: ``{company id: [account id]}``
    """

    sums: dict = field(default_factory=lambda: defaultdict(dict))
    account_ids: dict = field(default_factory=dict)


@dataclass
class Profit:
    """Sums of profit rows; what is not of a company is in the cockpit's currency.

    :ivar now, before: ``{component: amount}`` of the days, and of as many before
    :ivar companies: ``{company id: {currency id: {component: (in the currency, in the
        company's)}}}``
    :ivar presented: ``{company id: {component: amount}}``
    :ivar trend: ``[ISO day, revenue, profit]``
    :ivar shops: ``(shop id, revenue, profit)``, the best first
    """

    now: dict = field(default_factory=lambda: defaultdict(float))
    before: dict = field(default_factory=lambda: defaultdict(float))
    companies: dict = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict)))
    presented: dict = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    trend: list = field(default_factory=list)
    shops: list = field(default_factory=list)


@dataclass
class Rates:
    """Rates as the current company knows them.

    :ivar histories: ``{currency: History}`` of the currencies that have one
    :ivar unknown: names of those that have none
    """

    today: date
    histories: dict
    unknown: list

    def cross(self, source, target):
        """Return today's rate, units of the target for one of the source, or None.

        :rtype: Decimal
        """
        if source == target:
            return Decimal(1)
        if source not in self.histories or target not in self.histories:
            return None
        return cross(self.histories[source], self.histories[target], self.today)

    def average(self, source, target, month):
        """Return the average of the days of a month that are over, likewise."""
        if source == target:
            return Decimal(1)
        if source not in self.histories or target not in self.histories:
            return None
        last = min(month + relativedelta(months=1, days=-1), self.today)
        return average(self.histories[source], self.histories[target], month, last)

    def convert(self, amount, source, target):
        """Return an amount at today's rate, or False where none is known."""
        rate = self.cross(source, target)
        return target.round(amount * float(rate)) if rate else False


class XbFinanceCockpit(models.AbstractModel):
    """What the cockpit reads: as many statements however many rows, companies and currencies."""

    _inherit = "xb.finance.cockpit"

    # === PROFIT === #

    def _get_profit(self, scope, rates):
        """Read the rows of the days, and of as many before, once.

        :rtype: Profit
        """
        profit = Profit()
        for is_now, company, currency, component, day, shop, kind, amount, in_currency, \
                presented, sales in self.env.execute_query(self._sql_profit(scope, rates)):
            presented, sales = float(presented or 0), float(sales or 0)
            if kind == "component":
                found = profit.now if is_now else profit.before
                found[component] += presented
                if is_now:
                    profit.companies[company][currency][component] = (
                        float(in_currency or 0), float(amount or 0))
                    profit.presented[company][component] += presented
            elif is_now and kind == "day":
                profit.trend.append([str(day), sales, presented])
            elif is_now and shop:
                profit.shops.append((shop, sales, presented))
        profit.trend.sort()
        profit.shops.sort(key=lambda row: -row[2])
        return profit

    def _sql_profit(self, scope, rates):
        """Sums by company, currency and component, by day, and by shop: of one reading."""
        rate, table = self._sql_translation(scope, rates)
        return SQL(
            """
            SELECT b.is_now, b.company_id, b.currency_id, b.component, b.day, b.shop_id,
                   CASE WHEN GROUPING(b.component) = 0 THEN 'component'
                        WHEN GROUPING(b.day) = 0 THEN 'day' ELSE 'shop' END,
                   SUM(b.amount), SUM(b.amount_currency), SUM(b.amount * %(rate)s),
                   SUM(b.amount * %(rate)s) FILTER (WHERE b.component IN %(sales)s)
              FROM (SELECT company_id, shop_id, currency_id, component, day,
                           day >= %(start)s AS is_now, SUM(amount) AS amount,
                           SUM(amount_currency) AS amount_currency
                      FROM xb_order_profit
                     WHERE company_id IN %(companies)s AND day BETWEEN %(before)s AND %(today)s
                       AND %(shop)s
                     GROUP BY company_id, shop_id, currency_id, component, day) b
              %(table)s
             GROUP BY GROUPING SETS ((b.is_now, b.company_id, b.currency_id, b.component),
                                     (b.is_now, b.day), (b.is_now, b.shop_id))
            """, rate=rate, sales=SALES, start=scope.start, companies=tuple(scope.companies.ids),
            before=scope.before, today=scope.today, table=table,
            shop=SQL("shop_id = %s", scope.shop.id) if scope.shop else SQL("TRUE"))

    def _sql_translation(self, scope, rates):
        """Return SQL of the rate of a row, and of the table that has it: the average of the
        month, by company; no table where all companies have the cockpit's currency."""
        others = scope.companies.filtered(lambda c: c.currency_id != scope.currency)
        if not others:
            return SQL("1"), SQL()
        months, month = [], scope.before.replace(day=1)
        while month <= scope.today:
            months.append(month)
            month += relativedelta(months=1)
        by_currency = {currency: [rates.average(currency, scope.currency, month)
                                  for month in months] for currency in scope.companies.currency_id}
        rows = SQL(", ").join(
            SQL("(%s, %s::date, %s::numeric)", company.id, month, rate)
            for company in scope.companies
            for month, rate in zip(months, by_currency[company.currency_id], strict=True))
        return SQL("r.rate"), SQL(
            """
            JOIN (VALUES %s) r(company_id, month, rate)
              ON r.company_id = b.company_id
             AND r.month = date_trunc('month', b.day::timestamp)::date
            """, rows)

    # === CASH === #

    def _get_cash_domain(self, scope):
        """The payouts that are on their way, or not posted yet."""
        domain = [("company_id", "in", scope.companies.ids), ("state", "!=", "cancelled"),
                  "|", ("paid_on", ">=", str(scope.today)), ("state", "!=", "posted")]
        return [*domain, ("shop_id", "=", scope.shop.id)] if scope.shop else domain

    def _get_cash(self, scope):
        """Return them by day, company and currency, the first day first; the state is that which
        asks for most.

        :rtype: list[Cash]
        """
        Settlement = self.env["xb.settlement"]
        Settlement.flush_model()
        query = Settlement._search(self._get_cash_domain(scope))
        return [
            Cash(company, currency, day, float(amount or 0), count, first, state)
            for company, currency, day, amount, count, first, state in self.env.execute_query(SQL(
                """
                SELECT company_id, currency_id, COALESCE(paid_on, date_end) AS day, SUM(payout),
                       COUNT(*), MIN(id),
                       (ARRAY_AGG(state ORDER BY array_position(
                            ARRAY['held', 'open', 'ready', 'posted']::varchar[], state)))[1]
                  FROM xb_settlement WHERE id IN %s
                 GROUP BY company_id, currency_id, day ORDER BY day, company_id, currency_id
                """, query.subselect()))]

    def _get_balances(self, scope):
        """Read what the clearing and reserve accounts hold: money that is earned and not paid.

        :rtype: Balances
        """
        accounts = self.env["xb.settlement.account"].search(
            [("company_id", "in", scope.companies.ids),
             ("purpose", "in", ("clearing", "reserve")),
             *([("shop_id", "=", scope.shop.id)] if scope.shop else [])])
        found = Balances()
        for company, rows in accounts.grouped("company_id").items():
            found.account_ids[company.id] = rows.account_id.ids
        # In sudo mode: sums of accounts that finance books on.
        for company, currency, amount, balance in self.env["account.move.line"].sudo()._read_group(
                [("account_id", "in", accounts.account_id.ids), ("parent_state", "=", "posted"),
                 ("company_id", "in", scope.companies.ids)],
                ["company_id", "currency_id"], ["amount_currency:sum", "balance:sum"]):
            found.sums[company.id][currency.id] = amount or 0.0, balance or 0.0
        return found

    # === RATES === #

    def _get_rates(self, scope, cash):
        """Read the rates of the currencies that must be translated.

        :rtype: Rates
        """
        currencies = scope.currency | scope.companies.currency_id | self.env[
            "res.currency"].browse({row.currency_id for row in cash})
        if len(currencies) == 1:
            return Rates(scope.today, {}, [])
        histories = self.env["res.currency.rate"]._xb_get_histories(currencies, scope.company)
        unknown = currencies - self.env["res.currency"].union(*histories)
        return Rates(scope.today, histories, unknown.mapped("name"))

    # === OPEN === #

    def _get_open(self, scope):
        companies = [("company_id", "in", scope.companies.ids)]
        domain = [*companies, *([("shop_id", "=", scope.shop.id)] if scope.shop else [])]
        [[lines, left]] = self.env["xb.settlement"]._read_group(
            [*domain, ("state", "!=", "cancelled")], [], ["open_count:sum", "left_count:sum"])
        return {
            "held": self.env["xb.settlement"].search_count([*domain, ("state", "=", "held")]),
            "lines": lines or 0, "left": left or 0,
            "charges": 0 if scope.shop else self.env["xb.carrier.charge"].search_count([
                *companies, ("state", "=", "open"), ("move_state", "!=", "cancel")]),
            "differences": self.env["xb.profit.tie.out"].search_count(
                [*domain, ("difference", "!=", 0)]),
            "stale": self._get_stale(scope, companies),
        }

    def _get_stale(self, scope, companies):
        ages = {}
        for source in self.env["xb.rate.source"].search(companies):
            ages.setdefault(source.company_id, source.max_age)
        stale = self.env["xb.rate.source"]._get_stale_by_company(
            {company: ages.get(company, 2) for company in scope.companies})
        return [{"company": company.name, "currencies": codes}
                for company, codes in stale.items() if codes]
