from odoo import models


class ResCurrencyRate(models.Model):
    _name = "res.currency.rate"
    _inherit = ["res.currency.rate", "xb.price.input"]

    # === HOOKS === #

    def _get_price_scope(self):
        """Override of `xb_pricing`: the shops of the company, all without one. Costs and freight
        may be in the currency too."""
        if all(rate.company_id for rate in self):
            return [("company_id", "child_of", self.company_id.ids)], None
        return [], None
