from odoo import fields, models


class XbPollPlanHour(models.TransientModel):
    """One hour of a polling plan."""

    _name = "xb.poll.plan.hour"
    _description = "Polling Plan Hour"
    _rec_name = "at"

    plan_id = fields.Many2one("xb.poll.plan", required=True, ondelete="cascade")
    at = fields.Datetime(string="Hour")
    requests = fields.Float(digits=(16, 1))
