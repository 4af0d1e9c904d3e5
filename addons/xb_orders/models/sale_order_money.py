from datetime import timedelta

from odoo import api, fields, models


class SaleOrder(models.Model):
    """An order's money in three currencies: the buyer's, the company's, and the one in which the
    platform pays out. The rates are stamped at import, with their source and age: a report of
    next year shows what was known on the day of the sale."""

    _inherit = "sale.order"

    xb_paid_amount = fields.Monetary(
        "Paid", copy=False, readonly=True, help="What the buyer has paid, order currency.")
    xb_refunded_amount = fields.Monetary(
        "Refunded", copy=False, readonly=True, help="What the buyer got back, order currency.")
    xb_fee_amount = fields.Monetary(
        "Platform Fees", copy=False, readonly=True,
        help="What the platform states with the order, order currency; the settlement decides.")
    xb_fees = fields.Json(copy=False, readonly=True)
    xb_payments = fields.Json(copy=False, readonly=True)
    xb_company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency")
    xb_rate = fields.Float(
        "Rate", digits=0, copy=False, readonly=True, aggregator=None,
        help="Company currency per unit of the order's currency, as of the day of the sale.")
    xb_rate_date = fields.Date("Rate of", copy=False, readonly=True)
    xb_rate_source = fields.Char("Rate Source", copy=False, readonly=True)
    xb_rate_age = fields.Integer(
        "Rate Age (Days)", copy=False, readonly=True, aggregator="max",
        help="How old the rate was when the order was placed; a rate that is missing counts as 1"
             " and has no date.")
    xb_amount_company = fields.Monetary(
        "Total (Company Currency)", currency_field="xb_company_currency_id",
        compute="_compute_xb_amounts", store=True)
    xb_settlement_currency_id = fields.Many2one(
        "res.currency", "Settlement Currency", copy=False, readonly=True)
    xb_settlement_rate = fields.Float(
        digits=0, copy=False, readonly=True, aggregator=None,
        help="Settlement currency per unit of the order's currency.")
    xb_amount_settlement = fields.Monetary(
        "Total (Settlement Currency)", currency_field="xb_settlement_currency_id",
        compute="_compute_xb_amounts", store=True)

    # === COMPUTE METHODS === #

    @api.depends("amount_total", "xb_rate", "xb_settlement_rate", "company_id",
                 "xb_settlement_currency_id")
    def _compute_xb_amounts(self):
        for order in self:
            currency = order.company_id.currency_id
            rate = order.xb_rate or (1 / order.currency_rate if order.currency_rate else 1.0)
            order.xb_amount_company = currency.round(order.amount_total * rate) \
                if currency else order.amount_total * rate
            settlement = order.xb_settlement_currency_id
            order.xb_amount_settlement = settlement.round(
                order.amount_total * order.xb_settlement_rate) if settlement else 0.0

    # === BUSINESS METHODS === #

    @api.model
    def _xb_get_rates(self, company, pairs):
        """Rates of a batch, one query.

        :param res.company company: whose rates.
        :param pairs: ``(currency, date)`` pairs.
        :return: by pair ``(units of the currency per unit of the company's own at that date,
            date of the rate or False, source or False)``
        :rtype: dict
        """
        own = company.currency_id
        days = [day for _currency, day in pairs]
        # The company's own currency may have rates as well: core divides by them.
        currencies = self.env["res.currency"].union(own, *(currency for currency, _day in pairs))
        rows = self.env["res.currency.rate"].search_fetch(
            [("currency_id", "in", currencies.ids),
             ("company_id", "in", (company.root_id.id, False)),
             ("name", "<=", max(days, default=fields.Date.today()))],
            ["currency_id", "name", "rate", "company_id"], order="name desc, company_id",
        ).grouped("currency_id")

        def at(currency, day):
            return next((row for row in rows.get(currency, ()) if row.name <= day), None)

        rates = {}
        for currency, day in pairs:
            row, base = at(currency, day), at(own, day)
            if currency == own:
                rates[currency, day] = (1.0, day, "identity")
            elif row:
                rate = row.rate / (base.rate if base else 1.0)
                rates[currency, day] = (rate, row.name, row._xb_get_source())
            else:
                rates[currency, day] = (1.0, False, False)
        return rates

    @api.model
    def _xb_prepare_rate_vals(self, shop, currency, day, rates):
        """The stamp of one order.

        :param dict rates: of :meth:`_xb_get_rates`; has the order's and the settlement's currency.
        """
        rate, dated, source = rates[currency, day]
        settlement = shop.settlement_currency_id or shop.currency_id
        out = rates[settlement, day][0]
        return {
            "xb_rate": 1.0 / rate if rate else 1.0,
            "xb_rate_date": dated,
            "xb_rate_source": source,
            "xb_rate_age": (day - dated) // timedelta(days=1) if dated else 0,
            "xb_settlement_currency_id": settlement.id,
            "xb_settlement_rate": out / rate if rate else 1.0,
        }
