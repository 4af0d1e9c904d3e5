from datetime import date, timedelta
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.profit import CARRIAGE, COMPONENTS, FEES, SALES

# What the table by company and currency tells of an order's money.
COLUMNS = {"sales": SALES, "refunds": ("refund",), "fees": FEES}
MOST_DAYS = 730


class Scope(NamedTuple):
    """What the cockpit is asked for.

    :ivar companies: of the switcher, or the one that was chosen
    :ivar company: whose rates count: the chosen one, else the current one
    :ivar currency: that everything is shown in
    :ivar shop: one, or none for all
    """

    companies: Any
    company: Any
    currency: Any
    shop: Any
    start: date
    today: date

    @property
    def before(self):
        """The first of as many days before."""
        return self.start - (self.today - self.start) - timedelta(days=1)


class XbFinanceCockpit(models.AbstractModel):
    """What the owner looks at: what was sold and is left, which cash is coming, what is open; of
    the companies of the switcher, by company and currency."""

    _name = "xb.finance.cockpit"
    _description = "Finance Cockpit"

    @api.model
    def get_cockpit(self, days=30, shop_id=False, company_id=False):
        """Return the figures of the companies that are chosen in the switcher.

        They are in one currency: the companies' where all have the same, else the current
        company's; profit is then worth the average rate of its month, cash the closing one
        (decisions 0042 and 0058).

        :param int days: how many days back, 1 to 730
        :param int shop_id: one shop only, or false
        :param int company_id: one of these companies only, or false
        :return: ``{"currency_id", "days", "from", "to", "tiles": [{"key", "label", "amount",
            "share", "before", "components"}], "components": [{"key", "label", "amount"}],
            "trend": [[ISO day, revenue, profit]], "shops": [{"id", "name", "revenue",
            "profit"}], "columns": {key: [component]}, "companies": see
            :meth:`_prepare_companies`, "cash": see :meth:`_prepare_cash`, "cash_domain",
            "at_platforms", "open": {"held", "lines", "left", "charges", "differences",
            "stale": [{"company", "currencies"}]}, "rates": [{"name", "rate", "day"}],
            "unknown": [currency name], "shop_choices", "company_choices"}``; ``share`` is percent
            of revenue or false, ``before`` the amount of as many days before; what has no rate is
            false and in no sum
        :raise AccessError: without the right to read profit
        :raise UserError: for other days, a company that is not chosen in the switcher, or a shop
            that is not of these companies
        """
        self.env["xb.order.profit"].check_access("read")
        scope = self._get_scope(days, shop_id, company_id)
        cash, balances = self._get_cash(scope), self._get_balances(scope)
        rates = self._get_rates(scope, cash)
        profit = self._get_profit(scope, rates)
        companies = self._prepare_companies(scope, rates, profit, cash, balances)
        return {
            "currency_id": scope.currency.id, "days": days, "from": str(scope.start),
            "to": str(scope.today),
            "tiles": self._prepare_tiles(profit), "components": self._prepare_components(profit),
            "trend": profit.trend, "shops": self._prepare_shops(profit),
            "columns": {key: list(keys) for key, keys in COLUMNS.items()},
            "companies": companies, "cash": self._prepare_cash(scope, rates, cash),
            "cash_domain": self._get_cash_domain(scope),
            "at_platforms": sum(company["at_platforms"]["value"] or 0 for company in companies),
            "open": self._get_open(scope),
            "rates": self._prepare_rates(scope, rates), "unknown": rates.unknown,
            **self._get_choices(scope),
        }

    def _get_scope(self, days, shop_id, company_id):
        if not isinstance(days, int) or not 0 < days <= MOST_DAYS:
            raise UserError(self.env._("Choose between 1 and 730 days."))
        companies = self.env.companies
        if company_id:
            companies = companies.filtered(lambda company: company.id == company_id)
            if not companies:
                raise UserError(self.env._(
                    "The company is not among those chosen at the top right. Choose it there."))
        shop = self.env["xb.shop"]
        if shop_id:
            shop = shop.search([("id", "=", shop_id), ("company_id", "in", companies.ids)])
            if not shop:
                raise UserError(self.env._("The shop is not of these companies. Choose another."))
        company = companies if len(companies) == 1 else self.env.company
        currency = companies.currency_id
        today = fields.Date.context_today(self)
        return Scope(companies, company, currency if len(currency) == 1 else company.currency_id,
                     shop, today - timedelta(days=days - 1), today)

    def _get_choices(self, scope):
        shops = self.env["xb.shop"].search_fetch(
            [("company_id", "in", scope.companies.ids)], ["name"])
        return {
            "shop_choices": [{"id": shop.id, "name": shop.name} for shop in shops],
            "company_choices": [{"id": company.id, "name": company.name}
                                for company in self.env.companies],
        }

    # === SHAPES === #

    def _prepare_tiles(self, profit):
        def total(found, keys):
            return sum(found.get(key, 0) for key in keys)

        now, before = profit.now, profit.before
        parts = {
            "revenue": (self.env._("Sales"), SALES),
            "gross": (self.env._("Gross Margin"), (*SALES, "refund", "cost")),
            "net": (self.env._("Net Margin"), tuple(COMPONENTS)),
            "fees": (self.env._("Fees"), FEES),
            "carriage": (self.env._("Freight and Duty"), CARRIAGE),
            "refunds": (self.env._("Refunds"), COLUMNS["refunds"]),
        }
        revenue = total(now, SALES)
        return [
            {"key": key, "label": label, "amount": total(now, keys),
             "before": total(before, keys), "components": keys if key != "net" else (),
             "share": 100 * total(now, keys) / revenue if revenue and key != "revenue" else False}
            for key, (label, keys) in parts.items()]

    def _prepare_components(self, profit):
        labels = dict(self.env["xb.order.profit"]._fields["component"]
                      ._description_selection(self.env))
        return [{"key": key, "label": labels[key], "amount": profit.now[key]}
                for key in COMPONENTS if profit.now.get(key)]

    def _prepare_shops(self, profit):
        shops = self.env["xb.shop"].browse(shop_id for shop_id, *_amounts in profit.shops)
        return [{"id": shop.id, "name": shop.name, "revenue": revenue, "profit": net}
                for shop, (_id, revenue, net) in zip(shops, profit.shops, strict=True)]

    def _prepare_companies(self, scope, rates, profit, cash, balances):
        """Return the table by company and currency.

        :return: ``[{"id", "name", "currency_id", "sales", "refunds", "fees", "net",
            "at_platforms", "cash": {"amount", "value"}, "account_ids", "currencies": [{"id",
            "name", "share", "sales", …}]}]``; of a company ``amount`` is in its currency and
            ``value`` in the cockpit's, of a currency ``amount`` is in that currency and
            ``value`` in the company's; ``share`` is percent of the company's sales
        """
        result = []
        for company in scope.companies:
            own = company.currency_id
            coming = {}
            for row in cash:
                if row.company_id == company.id:
                    coming[row.currency_id] = coming.get(row.currency_id, 0.0) + row.amount
            lines = profit.companies.get(company.id, {})
            held = balances.sums.get(company.id, {})
            rows = [
                self._prepare_currency(
                    currency, own, rates, lines.get(currency.id, {}), held.get(currency.id),
                    coming.get(currency.id))
                for currency in self.env["res.currency"].browse(
                    dict.fromkeys([*lines, *held, *coming]))]
            rows = [row for row in rows if any(
                row[key]["amount"] for key in (*COLUMNS, "at_platforms", "cash"))]
            rows.sort(key=lambda row: -(row["sales"]["value"] or 0))
            sales = sum(row["sales"]["value"] for row in rows)
            for row in rows:
                row["share"] = 100 * row["sales"]["value"] / sales if sales > 0 else 0
            result.append({
                "id": company.id, "name": company.name, "currency_id": own.id,
                "account_ids": balances.account_ids.get(company.id, []), "currencies": rows,
                **self._prepare_total(scope, rates, company, rows, profit, coming)})
        return result

    def _prepare_currency(self, currency, own, rates, sums, held, coming):
        """A line of the table: what came in one currency."""
        coming = coming or 0.0
        return {
            "id": currency.id, "name": currency.name,
            **{key: {"amount": sum(sums[name][0] for name in keys if name in sums),
                     "value": sum(sums[name][1] for name in keys if name in sums)}
               for key, keys in COLUMNS.items()},
            "at_platforms": {"amount": held[0] if held else 0.0,
                             "value": held[1] if held else 0.0},
            "cash": {"amount": coming, "value": rates.convert(coming, currency, own)},
        }

    def _prepare_total(self, scope, rates, company, rows, profit, coming):
        """The line of a company, above those of its currencies."""
        own = company.currency_id
        presented = profit.presented.get(company.id, {})
        booked = {key: sum(row[key]["value"] or 0 for row in rows)
                  for key in (*COLUMNS, "at_platforms", "cash")}
        net = sum(value for sums in profit.companies.get(company.id, {}).values()
                  for _amount, value in sums.values())
        known = bool(rates.cross(own, scope.currency))
        return {
            **{key: {"amount": booked[key], "value": known and sum(
                presented.get(name, 0) for name in keys)} for key, keys in COLUMNS.items()},
            "net": {"amount": net, "value": known and sum(presented.values())},
            "at_platforms": {"amount": booked["at_platforms"], "value": rates.convert(
                booked["at_platforms"], own, scope.currency)},
            "cash": {"amount": booked["cash"], "value": known and sum(
                rates.convert(amount, self.env["res.currency"].browse(currency_id),
                              scope.currency) or 0
                for currency_id, amount in coming.items())},
        }

    def _prepare_cash(self, scope, rates, cash):
        """Return the payout calendar.

        :return: ``[{"key", "day", "late", "name", "count", "state", "company", "currency_id",
            "amount", "value", "domain"}]``, one per day, company and currency; ``late`` where the
            day is over and the payout is not posted, ``value`` in the cockpit's currency
        """
        first = self.env["xb.settlement"].browse(row.first_id for row in cash)
        result = []
        for settlement, row in zip(first, cash, strict=True):
            currency = self.env["res.currency"].browse(row.currency_id)
            day = str(row.day) if row.day else False
            result.append({
                "key": f"{row.day} {row.company_id} {row.currency_id}", "day": day,
                "late": bool(row.day and row.day < scope.today), "count": row.count,
                "name": f"{settlement.shop_id.name} {settlement.name}", "state": row.state,
                "company": settlement.company_id.name, "currency_id": currency.id,
                "amount": row.amount,
                "value": rates.convert(row.amount, currency, scope.currency),
                "domain": [("company_id", "=", row.company_id),
                           ("currency_id", "=", row.currency_id),
                           "|", ("paid_on", "=", day),
                           "&", ("paid_on", "=", False), ("date_end", "=", day)],
            })
        return result

    def _prepare_rates(self, scope, rates):
        """Return the closing rates that were used: units of the cockpit's currency for one."""
        found = []
        for currency, history in rates.histories.items():
            if currency != scope.currency:
                days = [day for day, _rate in (
                    history.point(scope.today),
                    rates.histories[scope.currency].point(scope.today)) if day] \
                    if scope.currency in rates.histories else []
                rate = rates.cross(currency, scope.currency)
                if rate:
                    found.append({"name": currency.name, "rate": float(rate),
                                  "day": str(min(days)) if days else False})
        return found
