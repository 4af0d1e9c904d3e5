from odoo import models

from odoo.addons.xb_pricing.core import plan
from odoo.addons.xb_pricing.core.lines import Lines


class XbPriceMarket(models.Model):
    _inherit = "xb.price.market"

    def _takes_duty(self):
        """Tell whether anything is paid at the border at all."""
        self.ensure_one()
        return any((self.limit_fixed_below, self.limit_rate_above, self.limit_fixed_above)) \
            if self.has_threshold else bool(self.duty_rate or self.duty_fixed)

    def _get_duty(self, values):
        """Return what the border takes of orders, by the engine that prices are solved with.

        :param ndarray values: what was sold net of tax, smallest units of the market's currency
        :return: duty likewise
        :raise PlanError: the market cannot be computed with
        """
        self.ensure_one()
        # Net of tax already: a tax of zero leaves the limit and the duty what they are.
        lines = Lines(plan.Plan(
            **self._prepare_border(), decimals=self.currency_id.decimal_places,
            tax_mode=self.tax_mode, rounding=self.rounding,
            ceiling=max(plan.ONE, plan.ONE * int(values.max(initial=0)))).checked())
        net, duty, _buyer = lines.amounts(values)
        # Above a limit the price is all-in: duty has come out of what was sold.
        return values - net + duty
