from datetime import timedelta

from odoo import api, fields, models

from ..models.xb_connection import POLL_SHARE


class XbPollPlan(models.TransientModel):
    """What a tracking service is going to be asked in the next 24 hours, and why so much."""

    _name = "xb.poll.plan"
    _description = "Polling Plan"
    _rec_name = "connection_id"

    connection_id = fields.Many2one("xb.connection", required=True, readonly=True)
    open_count = fields.Integer(string="Open Parcels", readonly=True)
    due_count = fields.Integer(string="Due Now", readonly=True)
    per_day = fields.Integer(string="Requests a Day", readonly=True)
    allowed_per_day = fields.Integer(string="Allowed a Day", readonly=True)
    stretch = fields.Float(readonly=True, help="1: at full pace. 2: half as often as wanted.")
    stage_ids = fields.One2many("xb.poll.plan.stage", "plan_id", readonly=True)
    hour_ids = fields.One2many("xb.poll.plan.hour", "plan_id", readonly=True)

    @api.model
    def _make(self, connection):
        """Return the plan of a connection as it is now."""
        plan = connection._plan_polls()
        now = fields.Datetime.now().replace(minute=0, second=0)
        return self.create(
            {
                "connection_id": connection.id,
                "open_count": sum(count for count, _need in plan.by_stage.values()),
                "due_count": len(plan.due),
                "per_day": round(plan.per_day),
                "allowed_per_day": connection.rate_per_minute * 60 * 24 * POLL_SHARE,
                "stretch": plan.stretch,
                "stage_ids": [
                    fields.Command.create(
                        {"stage": stage, "parcels": count, "per_day": round(need, 1)}
                    )
                    for stage, (count, need) in sorted(plan.by_stage.items())
                ],
                "hour_ids": [
                    fields.Command.create({"at": now + timedelta(hours=hour), "requests": count})
                    for hour, count in enumerate(plan.by_hour)
                ],
            }
        )

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Polling Plan"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_view_hours(self):
        """Show the next 24 hours as a chart."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Requests of the Next 24 Hours"),
            "res_model": "xb.poll.plan.hour",
            "view_mode": "graph,list",
            "domain": [("plan_id", "=", self.id)],
        }
