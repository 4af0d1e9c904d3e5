from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..core.rates.history import History


class ResCurrencyRate(models.Model):
    _inherit = "res.currency.rate"

    xb_source_id = fields.Many2one("xb.rate.source", "Rate Source", readonly=True, copy=False,
                                   ondelete="set null", index="btree_not_null")

    # === BUSINESS METHODS === #

    @api.model
    def _xb_get_histories(self, currencies, company):
        """Return ``{currency: History}`` as a company knows them.

        A currency without any rate is left out, where core would take 1; the company's own has
        a history all the same.
        """
        root = company.root_id
        self.flush_model(["name", "rate", "currency_id", "company_id"])
        points = defaultdict(lambda: ([], []))
        for currency_id, company_id, day, rate in self.env.execute_query(SQL(
                "SELECT currency_id, company_id, name, rate FROM res_currency_rate "
                "WHERE currency_id IN %s AND (company_id IS NULL OR company_id = %s)",
                tuple(currencies.ids), root.id)) if currencies else ():
            points[currency_id][company_id is None].append((day, Decimal(str(rate))))
        return {currency: History.of(*points[currency.id]) for currency in currencies
                if currency.id in points or currency == root.currency_id}

    # === HOOKS === #

    def _xb_get_source(self):
        """Override of `xb_orders`: the source that wrote the rate, and its day."""
        self.ensure_one()
        if self.xb_source_id:
            # In sudo mode: who imports an order need not know where rates come from.
            return f"{self.sudo().xb_source_id.name} {self.name}"
        return super()._xb_get_source()
