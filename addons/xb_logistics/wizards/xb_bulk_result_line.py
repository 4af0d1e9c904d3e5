from odoo import api, fields, models


class XbBulkResultLine(models.TransientModel):
    _name = "xb.bulk.result.line"
    _description = "Result of a Bulk Action for one Order"
    # What needs a person comes first.
    _order = "rank, id"

    result_id = fields.Many2one("xb.bulk.result", required=True, index=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    state = fields.Selection(
        [("done", "Done"), ("unchanged", "Nothing to Do"), ("refused", "Not Done")], required=True
    )
    message = fields.Text()
    rank = fields.Integer(compute="_compute_rank", store=True)

    @api.depends("state")
    def _compute_rank(self):
        for line in self:
            line.rank = {"refused": 0, "unchanged": 1}.get(line.state, 2)
