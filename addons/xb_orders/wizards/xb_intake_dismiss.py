from odoo import fields, models


class XbIntakeDismiss(models.TransientModel):
    _name = "xb.intake.dismiss"
    _description = "Dismiss Incoming Orders"

    intake_ids = fields.Many2many("xb.order.intake", string="Documents", required=True)
    reason = fields.Char(required=True)

    def action_dismiss(self):
        """Dismiss the chosen documents for the given reason."""
        self.intake_ids._dismiss(self.reason)
        return {"type": "ir.actions.act_window_close"}
