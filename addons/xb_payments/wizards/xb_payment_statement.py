import base64
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.exceptions import SecretError, VendorError


class XbPaymentStatement(models.TransientModel):
    """Fetch a day's statement from a provider, to keep it or to reconcile with it."""

    _name = "xb.payment.statement"
    _description = "Fetch Provider Statement"

    provider_id = fields.Many2one("payment.provider", required=True)
    day = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self) - timedelta(days=1)
    )
    file = fields.Binary(string="Statement", readonly=True)
    file_name = fields.Char(readonly=True)

    def action_fetch(self):
        """Fetch the statement and offer it for download.

        :raise UserError: the provider could not give it
        """
        self.ensure_one()
        provider = self.provider_id
        if not provider.xb_has_statement:
            raise UserError(
                self.env._(
                    "%s gives no statements by its API. Download it on its own site.", provider.name
                )
            )
        try:
            name, content = provider._xb_get_adapter().get_statement(self.day)
        except (VendorError, SecretError) as error:
            raise UserError(
                self.env._(
                    "The statement of %(day)s is not to be had: %(error)s",
                    day=self.day,
                    error=error,
                )
            ) from error
        self.write({"file": base64.b64encode(content), "file_name": name})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fetch Statement"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
