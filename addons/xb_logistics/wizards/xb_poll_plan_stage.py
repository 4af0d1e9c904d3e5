from odoo import fields, models

STAGES = [
    ("hand_over", "After Hand-Over"),
    ("far", "On the Long Way"),
    ("near", "Near the Expected Day"),
    ("late", "Overdue"),
    ("last_mile", "Last Mile"),
    ("trouble", "In Trouble"),
]


class XbPollPlanStage(models.TransientModel):
    """One stage of parcels' journeys in a polling plan."""

    _name = "xb.poll.plan.stage"
    _description = "Polling Plan Stage"
    _rec_name = "stage"

    plan_id = fields.Many2one("xb.poll.plan", required=True, ondelete="cascade")
    stage = fields.Selection(STAGES, required=True)
    parcels = fields.Integer()
    per_day = fields.Float(string="Requests a Day", digits=(16, 1))
