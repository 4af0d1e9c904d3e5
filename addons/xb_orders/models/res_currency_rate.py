from odoo import models


class ResCurrencyRate(models.Model):
    _inherit = "res.currency.rate"

    # === HOOKS === #

    def _xb_get_source(self):
        """Hook: where the rate is from, in no language; stamped on the orders that use it.

        :rtype: str
        """
        self.ensure_one()
        return f"manual ({self.create_uid.name})" if self.create_uid.id > 1 else "Odoo"
