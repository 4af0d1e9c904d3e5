from odoo import models

from ..const import CODE


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _get_specific_processing_values(self, processing_values):
        """Override of `payment_paypal`: with an account, the order is made for PayPal's own page.

        Core makes one for its buttons here, which would be a second order.
        """
        if self.provider_code == CODE and self.xb_attempt:
            return {}
        return super()._get_specific_processing_values(processing_values)
