from odoo import api, fields, models
from odoo.exceptions import UserError

MODELS = ("xb.inbox", "xb.outbox")


class XbExchangeDismiss(models.TransientModel):
    """Give up messages, for a reason."""

    _name = "xb.exchange.dismiss"
    _description = "Dismiss Messages"

    reason = fields.Char(
        required=True, help="Stays visible on each message, so that others know why."
    )
    count = fields.Integer(compute="_compute_count")

    @api.depends_context("active_model", "active_ids")
    def _compute_count(self):
        for wizard in self:
            messages = wizard._get_messages()
            wizard.count = len(
                messages.filtered(lambda row, m=messages: row.state in m._dismissable_states)
            )

    def action_dismiss(self):
        """Dismiss what can be dismissed among the selected messages, and say how many."""
        self.ensure_one()
        messages = self._get_messages()
        dismissed = messages._dismiss(self.reason)
        if not dismissed:
            raise UserError(
                self.env._(
                    "None of the selected messages can be dismissed: they are done, or a "
                    "worker has them in its hands."
                )
            )
        return messages._notify_person(
            self.env._("%(count)s message(s) dismissed.", count=len(dismissed))
        )

    def _get_messages(self):
        model = self.env.context.get("active_model")
        if model not in MODELS:
            raise UserError(self.env._("Select messages of the inbox or the outbox first."))
        return self.env[model].browse(self.env.context.get("active_ids") or []).exists()
