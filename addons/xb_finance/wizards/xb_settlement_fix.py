from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import KIND_SELECTION


class XbSettlementFix(models.TransientModel):
    """What a person does about lines that no rule could tie: or about a sum that is wrong."""

    _name = "xb.settlement.fix"
    _description = "Settle Open Lines"

    task = fields.Selection(
        [("order", "Tie to an order"), ("kind", "Say what they are"),
         ("leave", "Leave open, with a reason"), ("correct", "Add a correction line")],
        required=True, default="order")
    settlement_id = fields.Many2one("xb.settlement")
    company_id = fields.Many2one(related="settlement_id.company_id")
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    line_ids = fields.Many2many("xb.settlement.line", string="Lines")
    order_id = fields.Many2one("sale.order", domain="[('company_id', '=', company_id)]")
    kind = fields.Selection([item for item in KIND_SELECTION if item[0] != "payout"])
    remember = fields.Boolean("Always", default=True,
                              help="The same words mean this in later statements as well.")
    amount = fields.Monetary(help="Positive is to the seller.")
    note = fields.Char("Reason")

    # === DEFAULTS === #

    @api.model
    def default_get(self, fields_list):
        """Override of `base`: the lines or the settlement that the wizard was opened on."""
        values = super().default_get(fields_list)
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids")
        if model == "xb.settlement.line":
            lines = self.env[model].browse(ids)
            values["line_ids"] = [(6, 0, lines.ids)]
            values["settlement_id"] = lines.settlement_id[:1].id
            suggested = lines.suggestion_ids
            values["order_id"] = suggested[:1].id
            if set(lines.mapped("reason")) == {"unknown_kind"}:
                values["task"] = "kind"
        elif model == "xb.settlement":
            settlement = self.env[model].browse(ids[:1])
            values.update(settlement_id=settlement.id, task="correct", kind="adjustment",
                          amount=settlement.difference)
        return values

    # === ACTION METHODS === #

    def action_apply(self):
        """Do it to every chosen line."""
        self.ensure_one()
        if self.task == "correct":
            self.settlement_id.add_correction(self.kind, self.amount, self.note)
        elif not self.line_ids:
            raise UserError(self.env._("Choose the lines first."))
        elif self.task == "order":
            self.line_ids.match_order(self.order_id.id)
        elif self.task == "kind":
            self.line_ids.set_kind(self.kind, self.remember)
        else:
            self.line_ids.leave_open(self.note)
        return {"type": "ir.actions.act_window_close"}
