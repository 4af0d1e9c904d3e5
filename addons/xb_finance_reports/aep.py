"""Amounts of companies with other currencies, translated as accounting standards ask (IAS 21).

OCA's processor translates everything at the rate of a column's last day. Here
income and expenses are worth the average rate of the month they were booked in, assets and
liabilities the closing rate, equity the rate of its day; what does not add up for that
reason is the translation difference, a row of its own.
"""

from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.mis_builder.models.aep import AccountingExpressionProcessor
from odoo.addons.xb_finance.core.rates.history import average, cross

ZERO = Decimal(0)
CLOSING, MONTH, DAY = None, "date:month", "date:day"


class TranslatingProcessor(AccountingExpressionProcessor):
    """OCA's processor of accounting expressions, for companies of several currencies."""

    def __init__(self, companies, currency, account_model="account.account"):
        super().__init__(companies, currency, account_model)
        self._histories = self._read_histories()
        self._rates = {}
        self._column = None

    # === RATES === #

    def _read_histories(self):
        """Return {currency: History} of the currencies, as the current company knows them.

        :raise UserError: where none is known: core would take 1
        """
        currencies = self.companies.currency_id | self.currency
        histories = self.env["res.currency.rate"]._xb_get_histories(
            currencies, self.env.company)
        unknown = currencies - self.env["res.currency"].union(*histories)
        if unknown:
            raise UserError(self.env._(
                "%(company)s knows no rate of %(currencies)s. Enter one under Exchange Rates, or "
                "leave out the companies that keep their books in it.",
                company=self.env.company.root_id.name,
                currencies=", ".join(unknown.mapped("name"))))
        return histories

    def _get_rate(self, currency, grain, day):
        """Return units of the report's currency for one of a company's.

        :param grain: CLOSING or DAY: of that day; MONTH: average of the month that begins with
            the day, no further than to the end of the column
        :rtype: Decimal
        """
        key = currency, grain == MONTH, day
        if key not in self._rates:
            pair = self._histories[currency], self._histories[self.currency]
            last = min(day + relativedelta(months=1, days=-1), self._column[1])
            self._rates[key] = average(*pair, day, last) if grain == MONTH else cross(*pair, day)
        return self._rates[key]

    def _get_grain(self, group, mode):
        if group == "equity":
            return DAY
        if group in ("income", "expense") or mode == self.MODE_VARIATION:
            return MONTH
        return CLOSING

    # === AMOUNTS === #

    def do_queries(self, date_from, date_to, additional_move_line_filter=None, aml_model=None):
        """Override of `mis_builder`: what it found, at other rates."""
        result = super().do_queries(
            date_from, date_to, additional_move_line_filter, aml_model)
        self._column = fields.Date.to_date(date_from), fields.Date.to_date(date_to)
        self._rates = {}
        self._lines = self.env[aml_model or "account.move.line"].with_context(
            active_test=False, allowed_company_ids=self.companies.ids)
        self._filter = list(additional_move_line_filter or [])
        for (domain, mode), found in self._data.items():
            amounts = self._translate(domain, mode)
            for account_id, accumulator in found.items():
                debit, credit = amounts.get(account_id, (ZERO, ZERO))
                accumulator.debit, accumulator.credit = float(debit), float(credit)
        return result

    def _translate(self, domain, mode, account_ids=None):
        """Return {account id: (debit, credit)} in the report's currency.

        :param tuple domain: of the move lines
        :param str mode: of the expression: moves, initial, end or unallocated
        :param list account_ids: which; those of the expressions where none are given
        """
        if account_ids is None:
            account_ids = self._map_account_ids[domain, mode]
        accounts = self._account_model.browse(account_ids)
        amounts = defaultdict(lambda: (ZERO, ZERO))
        by_grain = accounts.grouped(
            lambda account: self._get_grain(account.internal_group, mode))
        for grain, some in by_grain.items():
            for account, day, company, *sums in self._read_sums(domain, mode, some, grain):
                rate = self._get_rate(company.currency_id, grain, day)
                # Rounded where they are translated: rows then add up to the cent.
                debit, credit = (self._round(Decimal(repr(value or 0.0)) * rate)
                                 for value in sums)
                amounts[account.id] = (
                    amounts[account.id][0] + debit, amounts[account.id][1] + credit)
        return amounts

    def _read_sums(self, domain, mode, accounts, grain):
        """Yield ``(account, day of the rate, company, debit, credit)``."""
        date_from, date_to = self._column
        closing = date_from - timedelta(days=1) if mode == self.MODE_INITIAL else date_to
        where = [*domain, *self.get_aml_domain_for_dates(
            fields.Date.to_string(date_from), fields.Date.to_string(date_to), mode),
            ("account_id", "in", accounts.ids), *self._filter]
        groups = ["account_id", "company_id", *([grain] if grain else [])]
        for account, company, *rest in self._lines._read_group(
                where, groups, ["debit:sum", "credit:sum"]):
            day = rest.pop(0) if grain else closing
            yield account, day, company, *rest

    def _round(self, amount):
        return amount.quantize(Decimal(1).scaleb(-self.dp), ROUND_HALF_UP)

    # === DIFFERENCES === #

    def get_translation_differences(self, cash_ids):
        """Return what the translation at several rates leaves over, at the end of the column.

        Debits are credits in every company's own currency. So what all accounts together
        amount to in the report's currency comes from the rates alone (and odd cents).

        :param cash_ids: accounts that the report counts as cash
        :return: of net assets (positive: they are worth more than what equity says), and of
            cash (positive: it grew without having been received)
        :rtype: tuple[Decimal, Decimal]
        """
        accounts = self._account_model.browse()
        for company in self.companies:
            accounts |= self._account_model.with_company(company).search(
                [("company_ids", "=", company.id), ("internal_group", "!=", "off")])
        cash = accounts & self._account_model.browse(cash_ids)
        ended = self._sum(accounts, self.MODE_END)
        unallocated = self._sum(accounts, self.MODE_UNALLOCATED)
        moved = self._sum(accounts - cash, self.MODE_VARIATION)
        grown = self._sum(cash, self.MODE_END) - self._sum(cash, self.MODE_INITIAL)
        return ended + unallocated, grown + moved

    def _sum(self, accounts, mode):
        amounts = self._translate((), mode, accounts.ids).values()
        return sum((debit - credit for debit, credit in amounts), ZERO)
