from odoo import fields, models

from ..const import CODE


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    code = fields.Selection(
        selection_add=[(CODE, "PingPong Checkout")], ondelete={CODE: "set default"}
    )

    def _compute_feature_support_fields(self):
        """Override of `payment`: refunds in parts, captures of the whole amount."""
        result = super()._compute_feature_support_fields()
        self.filtered(lambda provider: provider.code == CODE).update(
            {"support_refund": "partial", "support_manual_capture": "full_only"}
        )
        return result

    def _get_default_payment_method_codes(self):
        """Override of `payment`: cards; PingPong's page offers what else the merchant has."""
        if self.code != CODE:
            return super()._get_default_payment_method_codes()
        return {"card"}

    def _xb_get_vendors(self):
        """Override of `xb_payments`."""
        return (CODE,) if self.code == CODE else super()._xb_get_vendors()
