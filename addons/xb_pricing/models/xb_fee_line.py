from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core import plan
from ..money import to_decimal

GROUPS = [
    ("commission", "Commission"), ("payment", "Payment"), ("advertising", "Advertising"),
    ("programme", "Programme"), ("fulfilment", "Fulfilment"), ("promotion", "Promotion"),
    ("other", "Other")]
BASES = [
    (plan.ITEM, "Item price"), (plan.TOTAL, "Price and shipping"),
    (plan.BUYER, "All the buyer pays, tax included"), (plan.NET, "Net of tax"),
    (plan.FIXED, "Nothing (fixed amount)"), ("fee", "Another fee")]


class XbFeeLine(models.Model):
    """One step of one fee; lines with the same code, category and dates are one fee."""

    _name = "xb.fee.line"
    _description = "Fee"
    _inherit = ["xb.price.input"]
    _order = "schedule_id, sequence, id"

    # === FIELDS === #

    schedule_id = fields.Many2one("xb.fee.schedule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="schedule_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="schedule_id.currency_id")
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True, index=True, help="Lines with the same code are one fee.")
    name = fields.Char(required=True, translate=True)
    group = fields.Selection(GROUPS, required=True, default="commission")
    category = fields.Char("Fee Category", index=True, help="Empty: for every category.")
    base = fields.Selection(BASES, "Computed on", required=True, default=plan.TOTAL)
    parent_code = fields.Char("Of the Fee", help="Code of the fee this one is computed on.")
    mode = fields.Selection(
        [(plan.WHOLE, "The whole amount"), (plan.MARGINAL, "Its own portion")], "Rate Applies to",
        required=True, default=plan.WHOLE,
        help="Whole: passing the limit changes the fee on everything (a jump). Portion: only on"
        " what lies above it (a kink).")
    up_to = fields.Monetary("Up to", help="Limit of this step; 0 for none.")
    limit_included = fields.Boolean(
        "“Or Less”", default=True,
        help="“15 or less”: 15.00 is in this step. Off: “below 15”.")
    rate = fields.Float(digits=(9, 6))
    fixed = fields.Monetary("Fixed Amount")
    minimum = fields.Monetary(help="0 for none.")
    maximum = fields.Monetary(help="0 for none.")
    tax_rate = fields.Float(
        "Tax on the Fee", digits=(8, 6), help="Tax on the fee that is not recovered.")
    refundable = fields.Boolean(default=True, help="Comes back when the buyer returns the goods.")
    valid_from = fields.Date()
    valid_to = fields.Date()
    source = fields.Char()
    source_date = fields.Date("As of")
    is_confirmed = fields.Boolean("Checked")

    # === CONSTRAINT METHODS === #

    @api.constrains("rate", "fixed", "minimum", "maximum", "tax_rate", "up_to", "base",
                    "parent_code", "code", "valid_from", "valid_to")
    def _check_line(self):
        for line in self:
            problem = line._find_problem()
            if problem:
                raise ValidationError(problem)

    def _find_problem(self):
        """Return what is wrong with a line in itself, or empty."""
        self.ensure_one()
        if self.rate >= 1:
            return self.env._(
                "Fee “%(fee)s”: %(rate)g is %(percent)g %% of the price, so nothing is left."
                " Enter 0.15 (15 %%) for fifteen percent.",
                fee=self.name, rate=self.rate, percent=self.rate * 100)
        if min(self.rate, self.fixed, self.minimum, self.maximum, self.tax_rate, self.up_to) < 0:
            return self.env._(
                "Fee “%(fee)s” has a negative number. Enter what is taken as positive numbers.",
                fee=self.name)
        if self.maximum and self.maximum < self.minimum:
            return self.env._(
                "Fee “%(fee)s”: the maximum is below the minimum. Exchange them, or leave one"
                " empty.", fee=self.name)
        if self.base == "fee" and (not self.parent_code or self.parent_code == self.code):
            return self.env._(
                "Fee “%(fee)s” is computed on another fee: name that one's code.", fee=self.name)
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            return self.env._(
                "Fee “%(fee)s” ends before it begins. Correct its dates.", fee=self.name)
        return ""

    # === BUSINESS METHODS === #

    def _prepare_fees(self):
        """Return the lines as the engine's fees, a tuple in their order; several lines make one.

        :raise PlanError: they contradict each other.
        """
        groups = {}
        for line in self:
            groups.setdefault((line.schedule_id.id, line.code), self.browse())
            groups[line.schedule_id.id, line.code] |= line
        return tuple(lines._prepare_fee() for lines in groups.values())

    def _prepare_fee(self):
        steps = self.sorted(lambda line: (not line.up_to, line.up_to))
        first = steps[0]
        return plan.Fee(
            code=first.code, name=first.name,
            base=f"fee:{first.parent_code}" if first.base == "fee" else first.base,
            tiers=tuple(plan.Tier(
                to_decimal(step.up_to) if step.up_to else None, to_decimal(step.rate),
                to_decimal(step.fixed)) for step in steps),
            mode=first.mode, limit_in_lower=first.limit_included,
            minimum=to_decimal(first.minimum) if first.minimum else None,
            maximum=to_decimal(first.maximum) if first.maximum else None,
            tax=to_decimal(first.tax_rate), refundable=first.refundable, group=first.group)

    # === HOOKS === #

    @api.model
    def _is_price_input(self, vals):
        """Override of `xb_pricing`: words and remarks change no price."""
        return bool(vals.keys() - {"name", "note", "source", "source_date", "is_confirmed"})

    def _get_price_scope(self):
        """Override of `xb_pricing`."""
        return [("fee_schedule_ids", "in", self.schedule_id.ids)], None
