from decimal import Decimal

from odoo import api, fields, models

from ..adapters.labels import Rate


class XbRateWizardLine(models.TransientModel):
    """One offer."""

    _name = "xb.rate.wizard.line"
    _description = "Rate"
    _rec_name = "service"
    _order = "currency_id, amount, id"

    wizard_id = fields.Many2one("xb.rate.wizard", required=True, ondelete="cascade")
    connection_id = fields.Many2one("xb.connection", required=True, readonly=True)
    ref = fields.Char(required=True, readonly=True)
    carrier = fields.Char(readonly=True, help="The carrier's code at the service.")
    provider = fields.Char(readonly=True)
    service = fields.Char(readonly=True)
    service_code = fields.Char(readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    days = fields.Integer(readonly=True)
    is_cheapest = fields.Boolean(string="Cheapest", readonly=True)
    is_fastest = fields.Boolean(string="Fastest", readonly=True)
    mark = fields.Char(compute="_compute_mark", string="Best")

    @api.depends("is_cheapest", "is_fastest")
    def _compute_mark(self):
        for line in self:
            marks = [
                self.env._("Cheapest") if line.is_cheapest else "",
                self.env._("Fastest") if line.is_fastest else "",
            ]
            line.mark = " · ".join(filter(None, marks)) or False

    def _get_rate(self):
        """Return the offer as the service made it."""
        return Rate(
            ref=self.ref,
            carrier=self.carrier or "",
            provider=self.provider or "",
            service=self.service or "",
            service_code=self.service_code or "",
            amount=Decimal(str(self.amount)),
            currency=self.currency_id.name,
            days=self.days or None,
        )

    def action_buy(self):
        """Order the label of this offer; it is bought as soon as this is saved."""
        self.ensure_one()
        parcel = self.wizard_id.parcel_id
        parcel.check_access("write")
        parcel._order_label(self.connection_id, self._get_rate())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Label ordered"),
                "message": self.env._(
                    "%(service)s for %(parcel)s. Number and label follow in a moment.",
                    service=f"{self.provider} {self.service}",
                    parcel=parcel.name,
                ),
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
