from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.tools.safe_eval import safe_eval

from .sale_order_split import SPLITS


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
    split = fields.Selection(
        SPLITS, tracking=True,
        help="Only orders that no warehouse has all of are split. They stay one sale.\n"
             "What is there now, the rest later: two deliveries; the rest is reserved as goods"
             " arrive.\n"
             "By warehouse: a delivery from each of the shop's warehouses that has some of the"
             " lines, as few as can be.")
    test_days = fields.Integer(
        "Past Days", default=90, help="How far back a test looks.")
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

    # === ACTION METHODS === #

    def action_test(self):
        """Show which past orders the rule would have been true of; nothing is changed."""
        self.ensure_one()
        self.check_access("read")
        since = fields.Datetime.now() - timedelta(days=max(self.test_days, 1))
        domain = (Domain(self._get_domain()) & Domain("xb_shop_id", "!=", False)
                  & Domain("company_id", "=", self.company_id.id)
                  & Domain("date_order", ">=", since))
        if self.shop_ids:
            domain &= Domain("xb_shop_id", "in", self.shop_ids.ids)
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.sale_order_action")
        name = self.env._("Past Orders: %(rule)s", rule=self.name)
        return {
            # the web client prefers the second name
            **action, "domain": list(domain), "context": {}, "name": name, "display_name": name,
        }

    # === BUSINESS METHODS === #

    def _get_domain(self):
        return safe_eval(self.domain or "[]", {"uid": self.env.uid})

    @api.model
    def _apply(self, shop, orders):
        """Do with new orders what the rules say, before they are confirmed.

        :param xb.shop shop: the shop of the orders.
        :param sale.order orders: quotations, none of them confirmed.
        """
        rules = self.search([
            ("company_id", "=", shop.company_id.id),
            "|", ("shop_ids", "=", False), ("shop_ids", "in", shop.ids)])
        if not rules:
            return
        left = orders
        for rule in rules:
            # by search, not in memory: what a domain means is what its test has shown
            hits = left.search([("id", "in", left.ids), *rule._get_domain()], order="id")
            if hits:
                hits.with_env(orders.env).write(rule._prepare_order_vals())
                hits._message_log_batch(bodies={
                    order.id: self.env._("Rule: %(rule)s", rule=rule.name) for order in hits})
            if rule.stop:
                left -= hits

    def _prepare_order_vals(self):
        """What the rule does with an order.

        :return: values of ``sale.order``
        """
        self.ensure_one()
        vals = {}
        if self.do_hold:
            vals.update(xb_on_hold=True, xb_hold_reason=self.hold_reason or self.name)
        if self.tag_ids:
            vals["tag_ids"] = [Command.link(tag.id) for tag in self.tag_ids]
        if self.warehouse_id:
            vals["warehouse_id"] = self.warehouse_id.id
        if self.carrier_id:
            vals["carrier_id"] = self.carrier_id.id
        if self.priority:
            vals["xb_priority"] = self.priority
        if self.split:
            vals.update(xb_split=self.split, xb_split_rule_id=self.id)
        return vals
