from odoo import api, fields, models


class XbBulkResult(models.TransientModel):
    """What a bulk action did, order by order."""

    _name = "xb.bulk.result"
    _description = "Result of a Bulk Action"

    title = fields.Char(readonly=True)
    line_ids = fields.One2many("xb.bulk.result.line", "result_id", readonly=True)
    summary = fields.Char(compute="_compute_summary")
    has_refused = fields.Boolean(compute="_compute_summary")

    @api.depends("line_ids.state")
    def _compute_summary(self):
        for result in self:
            states = result.line_ids.mapped("state")
            result.has_refused = "refused" in states
            result.summary = self.env._(
                "%(done)s done, %(unchanged)s had nothing to do, %(refused)s not done.",
                done=states.count("done"),
                unchanged=states.count("unchanged"),
                refused=states.count("refused"),
            )

    # === ACTION METHODS === #

    def action_view_refused(self):
        """Open the orders that were not done."""
        self.ensure_one()
        orders = self.line_ids.filtered(lambda line: line.state == "refused").order_id
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        return {**action, "domain": [("id", "in", orders.ids)], "context": {}}

    # === BUSINESS METHODS === #

    def _get_action(self):
        """Return the action that shows the result in a dialog."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.title,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
