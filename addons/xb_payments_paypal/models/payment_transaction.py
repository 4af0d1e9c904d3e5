from werkzeug.exceptions import Forbidden

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

    def _set_error(self, state_message, extra_allowed_states=()):
        """Override of `payment`: while a notification is verified, an error is a refusal.

        Core marks the transaction and goes on, which from *error* leads to *done*.

        :raise Forbidden: the notification could not be verified
        """
        if self.env.context.get("xb_paypal_verifying"):
            raise Forbidden()
        return super()._set_error(state_message, extra_allowed_states=extra_allowed_states)
