from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain


class XbFeeSchedule(models.Model):
    """The fees of a platform or a payment provider in a market."""

    _name = "xb.fee.schedule"
    _description = "Fee Schedule"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True

    # === FIELDS === #

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company,
        help="Empty: for all companies.")
    currency_id = fields.Many2one(
        "res.currency", required=True, help="Of the fixed amounts and of the limits.")
    country_id = fields.Many2one("res.country", index=True)
    line_ids = fields.One2many("xb.fee.line", "schedule_id", "Fees", copy=True)
    line_count = fields.Integer(compute="_compute_line_count")
    source = fields.Char(help="Where the figures are from.", tracking=True)
    source_date = fields.Date("As of", tracking=True)
    is_confirmed = fields.Boolean(
        "Checked", tracking=True,
        help="Somebody has compared it with the platform's own page or statement.")
    note = fields.Text("Remarks")
    shop_count = fields.Integer(compute="_compute_shop_count")

    _name_unique = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (company_id, name)",
        "There is a fee schedule of that name already.")

    # === COMPUTE METHODS === #

    @api.depends("line_ids")
    def _compute_line_count(self):
        for schedule in self:
            schedule.line_count = len(schedule.line_ids)

    def _compute_shop_count(self):
        counts = defaultdict(int)
        for shop in self.env["xb.shop"].search([("fee_schedule_ids", "in", self.ids)]):
            for schedule in shop.fee_schedule_ids:
                counts[schedule.id] += 1
        for schedule in self:
            schedule.shop_count = counts[schedule.id]

    # === ACTION METHODS === #

    def action_view_lines(self):
        """Open the fees as a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_pricing.xb_fee_line_action")
        return {**action, "domain": [("schedule_id", "in", self.ids)],
                "context": {"default_schedule_id": self[:1].id}}

    def action_import(self):
        """Open the dialog that reads a file of fees."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_pricing.xb_price_import_action")
        return {**action, "context": {
            "default_kind": "fees", "default_schedule_id": self[:1].id}}

    # === BUSINESS METHODS === #

    def _get_lines(self, day, category):
        """Return the lines that apply: valid that day, the category's own before the general.

        :param date day: the day.
        :param str category: fee category of the product, or empty.
        :rtype: xb.fee.line
        """
        valid = self.line_ids.filtered_domain(
            Domain("active", "=", True)
            & (Domain("valid_from", "=", False) | Domain("valid_from", "<=", day))
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">=", day)))
        wanted = (category or "").strip().casefold()
        own, general = defaultdict(valid.browse), defaultdict(valid.browse)
        for line in valid:
            key = (line.schedule_id, line.code)
            if not line.category:
                general[key] |= line
            elif line.category.strip().casefold() == wanted:
                own[key] |= line
        chosen = valid.browse()
        for key in {**general, **own}:
            chosen |= own[key] if key in own else general[key]
        return chosen.sorted(lambda line: (line.schedule_id.id, line.sequence, line.id))
