from datetime import timedelta

from odoo import api, fields, models

from ..core.rates.table import working_days

DAYS = 90


class XbRateSource(models.Model):
    """What the rates screen shows: today's rates, how old they are, and how they came there."""

    _inherit = "xb.rate.source"

    @api.model
    def get_rate_board(self):
        """Return the board of the current company.

        :return: ``{"company", "currency", "today", "stale", "currencies": [{"code", "symbol",
            "inverse", "rate", "day", "age", "is_stale", "source", "change", "points":
            [[ISO day, inverse rate]]}], "sources": [{"id", "name", "last_success", "problem",
            "day"}]}``; ``inverse`` is company currency per unit, ``change`` percent in the
            period, ``age`` working days; what is not known is false
        :raise AccessError: without access to rate sources
        """
        self.check_access("read")
        company = self.env.company
        today = fields.Date.context_today(self)
        sources = self.search([("company_id", "=", company.id)])
        currencies = self.env["res.currency"].search([("id", "!=", company.currency_id.id)])
        # In sudo mode: rates are no secret to who may see their sources.
        rows = self.env["res.currency.rate"].sudo().search_fetch(
            [("currency_id", "in", currencies.ids), ("name", "<=", today),
             ("name", ">=", today - timedelta(days=2 * DAYS)),
             ("company_id", "in", (company.root_id.id, False))],
            ["name", "currency_id", "rate", "company_id", "xb_source_id"], order="name")
        by_currency = rows.grouped("currency_id")
        max_age = sources[:1].max_age if sources else 2
        cards = [
            self._prepare_card(currency, by_currency.get(currency, rows.browse()), today, max_age)
            for currency in currencies
        ]
        return {
            "company": company.name, "currency": company.currency_id.name,
            "today": str(today), "stale": sum(card["is_stale"] for card in cards),
            "currencies": cards,
            "sources": [
                {"id": source.id, "name": source.name, "problem": source.last_problem or False,
                 "last_success": source.last_success and str(source.last_success),
                 "day": source.last_day and str(source.last_day)} for source in sources],
        }

    def _prepare_card(self, currency, rows, today, max_age):
        points = [[str(row.name), 1 / row.rate] for row in rows
                  if row.rate and row.name >= today - timedelta(days=DAYS)]
        last = rows[-1:]
        age = working_days(last.name, today) if last else False
        first = points[0][1] if points else 0
        return {
            "code": currency.name, "symbol": currency.symbol or "",
            "rate": last.rate if last else False,
            "inverse": 1 / last.rate if last and last.rate else False,
            "day": str(last.name) if last else False, "age": age,
            "is_stale": not last or age > max_age,
            "source": last.xb_source_id.name or (last and self.env._("by hand")) or False,
            "change": (points[-1][1] / first - 1) * 100 if first else 0.0,
            "points": points,
        }
