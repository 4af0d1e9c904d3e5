from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class XbPriceRuleCopy(models.TransientModel):
    """Copies price rules to other shops."""

    _name = "xb.price.rule.copy"
    _description = "Copy Price Rules"

    rule_ids = fields.Many2many("xb.price.rule", string="Rules", required=True)
    shop_ids = fields.Many2many("xb.shop", string="To Shops")

    def action_copy(self):
        """Copy each rule once, for the chosen shops; fallbacks among the copied follow."""
        self.ensure_one()
        if not self.shop_ids:
            raise UserError(self.env._("Choose the shops first."))
        names = ", ".join(self.shop_ids.mapped("name"))
        copies = {}
        for rule in self.rule_ids:
            copies[rule] = rule.copy({
                "name": self.env._("%(rule)s (%(shops)s)", rule=rule.name, shops=names),
                "shop_ids": [Command.set(self.shop_ids.ids)], "sequence": rule.sequence - 1})
        for rule, copy in copies.items():
            if rule.fallback_id in copies:
                copy.fallback_id = copies[rule.fallback_id]
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_pricing.xb_price_rule_action")
        return {**action, "domain": [("id", "in", [copy.id for copy in copies.values()])]}
