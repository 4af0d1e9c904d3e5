from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.safe_eval import safe_eval


class XbOrderRule(models.Model):
    """When an imported order looks like this, do that; before it is confirmed."""

    _name = "xb.order.rule"
    _description = "Order Rule"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        "Switched On", default=False, tracking=True,
        help="Test a rule on past orders before you switch it on.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company)
    shop_ids = fields.Many2many(
        "xb.shop", string="Shops", check_company=True, help="Empty means all shops.")
    domain = fields.Char("When", required=True, default="[]", tracking=True)
    do_hold = fields.Boolean("Hold", tracking=True)
    hold_reason = fields.Char("Reason", translate=True)
    tag_ids = fields.Many2many("crm.tag", string="Tags")
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True)
    carrier_id = fields.Many2one("delivery.carrier", "Delivery Method", check_company=True)
    priority = fields.Selection([("0", "Normal"), ("1", "Urgent")])
    stop = fields.Boolean("Last Rule", help="No rule below is looked at for orders it is true of.")

    # === CONSTRAINT METHODS === #

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            try:
                self.env["sale.order"].search_count(rule._get_domain(), limit=1)
            except (ValueError, TypeError, SyntaxError, KeyError) as error:
                raise ValidationError(self.env._(
                    "“When” of rule %(rule)s cannot be read: %(error)s",
                    rule=rule.name, error=error)) from None

    # === BUSINESS METHODS === #

    def _get_domain(self):
        return safe_eval(self.domain or "[]", {"uid": self.env.uid})
