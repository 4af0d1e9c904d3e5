from odoo import fields, models

from ..const import ANTOM, CODE


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    code = fields.Selection(
        selection_add=[(CODE, "Alipay"), (ANTOM, "Antom (Alipay+)")],
        ondelete={CODE: "set default", ANTOM: "set default"},
    )

    def _compute_feature_support_fields(self):
        """Override of `payment`: refunds in parts."""
        result = super()._compute_feature_support_fields()
        self.filtered(lambda provider: provider.code in (CODE, ANTOM)).update(
            {"support_refund": "partial"}
        )
        return result

    def _get_supported_currencies(self):
        """Override of `payment`: the classic API takes CNY only."""
        currencies = super()._get_supported_currencies()
        if self.code != CODE:
            return currencies
        return currencies.filtered(lambda currency: currency.name == "CNY")

    def _get_default_payment_method_codes(self):
        """Override of `payment`."""
        codes = {CODE: {"alipay"}, ANTOM: {"alipay_plus"}}
        return codes.get(self.code) or super()._get_default_payment_method_codes()

    def _xb_get_vendors(self):
        """Override of `xb_payments`."""
        return (self.code,) if self.code in (CODE, ANTOM) else super()._xb_get_vendors()
