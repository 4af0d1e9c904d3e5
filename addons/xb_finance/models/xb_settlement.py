from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import FORMAT_SELECTION, GROUP_SELECTION, KIND_SELECTION
from ..core.statements.base import BALANCE, PAID_OUT

STATES = [
    ("held", "Held"),
    ("open", "Open Lines"),
    ("ready", "Ready"),
    ("posted", "Posted"),
    ("cancelled", "Cancelled"),
]
LABELS = dict(GROUP_SELECTION)
KIND_LABELS = dict(KIND_SELECTION)
# What a person may write.
TYPED = {"paid_on", "bank_ref", "settlement_rate", "received"}
SHOWN = 40
SUMS = ("sales", "refunds", "fees", "reserve", "other")


class XbSettlement(models.Model):
    """One payout of a platform, or one account's period, in one currency.

    Its header is an equation that must hold to the cent before it can be posted:
    opening + sales + refunds + fees + reserve + other = payout + closing.
    """

    _name = "xb.settlement"
    _description = "Settlement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_end desc, id desc"
    _check_company_auto = True

    # === FIELDS === #

    name = fields.Char("Number", required=True, readonly=True,
                       help="The platform's number of the payout, or the account and its days.")
    shop_id = fields.Many2one("xb.shop", required=True, readonly=True, index=True,
                              ondelete="restrict", check_company=True)
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    format_code = fields.Selection(FORMAT_SELECTION, "Statement", required=True, readonly=True)
    nature = fields.Selection(
        [(PAID_OUT, "Payout"), (BALANCE, "Account Period")], required=True, readonly=True)
    is_summary = fields.Boolean(
        "Totals Only", readonly=True, help="The statement has sums, but no orders.")
    date_start = fields.Date("From", readonly=True)
    date_end = fields.Date("To", readonly=True, index=True)
    paid_on = fields.Date(tracking=True, help="Day on which the money arrives.")
    bank_ref = fields.Char("Bank Reference", tracking=True)

    opening = fields.Monetary(readonly=True)
    sales = fields.Monetary(readonly=True)
    refunds = fields.Monetary(readonly=True)
    fees = fields.Monetary(readonly=True)
    reserve = fields.Monetary(readonly=True)
    other = fields.Monetary(readonly=True)
    payout = fields.Monetary(readonly=True)
    closing = fields.Monetary(readonly=True)
    declared = fields.Monetary(readonly=True)
    is_declared = fields.Boolean(readonly=True)
    difference = fields.Monetary(
        readonly=True, help="What the lines lack to the total that the platform declares.")
    proof = fields.Selection(
        [("total", "Declared Total"), ("balance", "Running Balance"), ("rows", "Row by Row")],
        "Proved By", readonly=True)

    state = fields.Selection(STATES, required=True, default="open", readonly=True, index=True,
                             tracking=True)
    problems = fields.Json(readonly=True)
    problem_text = fields.Text("Problems", compute="_compute_problem_text")
    remarks = fields.Json(readonly=True)
    remark_text = fields.Text("Remarks", compute="_compute_problem_text")
    line_ids = fields.One2many("xb.settlement.line", "settlement_id", readonly=True)
    # A statement has 100,000 lines: the form shows the first that are open, the list all.
    open_line_ids = fields.Many2many("xb.settlement.line", string="First Open Lines",
                                     compute="_compute_open_line_ids")
    line_count = fields.Integer("Lines", readonly=True)
    open_count = fields.Integer("Open Lines", readonly=True)
    left_count = fields.Integer("Left Open", readonly=True)
    unclassified = fields.Monetary(readonly=True)
    kind_sums = fields.Json(readonly=True)
    equation = fields.Json(compute="_compute_equation")

    settlement_rate = fields.Float(
        digits=0, tracking=True, aggregator=None,
        help="Company currency per unit of the settlement's, at the end of the period. Empty: "
             "the rate of that day.")
    received = fields.Monetary(
        "Received at Bank", currency_field="company_currency_id", tracking=True,
        help="What the bank booked in the company's currency. Empty: the rate of the day on "
             "which the money arrives.")
    exchange_difference = fields.Monetary(
        currency_field="company_currency_id", readonly=True,
        help="Realised: order's rate to settlement's rate to the bank's rate. Positive is a gain.")
    move_id = fields.Many2one("account.move", "Journal Entry", readonly=True, copy=False,
                              index="btree_not_null")

    file_id = fields.Many2one("xb.settlement.file", "Statement File", readonly=True, copy=False,
                              index="btree_not_null", ondelete="restrict")
    digest = fields.Char(readonly=True, help="Checksum of the lines as they were read.")

    _name_uniq = models.UniqueIndex(
        "(shop_id, format_code, name) WHERE state != 'cancelled'",
        "This settlement of the shop has been imported already.")

    # === COMPUTE METHODS === #

    @api.depends("problems", "remarks")
    def _compute_problem_text(self):
        for settlement in self:
            settlement.problem_text = "\n".join(
                problem["message"] for problem in settlement.problems or []) or False
            settlement.remark_text = "\n".join(
                remark["message"] for remark in settlement.remarks or []) or False

    @api.depends("open_count")
    def _compute_open_line_ids(self):
        for settlement in self:
            settlement.open_line_ids = self.env["xb.settlement.line"].search(
                [("settlement_id", "=", settlement.id), ("match", "=", "open")], limit=SHOWN)

    @api.depends("kind_sums", "opening", "closing", "payout", *SUMS, "difference")
    def _compute_equation(self):
        for settlement in self:
            sums = settlement.kind_sums or {}
            settlement.equation = {
                "currency_id": settlement.currency_id.id,
                "difference": settlement.difference,
                "terms": [
                    {"key": name, "label": self.env._(LABELS.get(name, name)),
                     "amount": settlement[name]} for name in SUMS],
                "opening": settlement.opening, "closing": settlement.closing,
                "payout": settlement.payout,
                "kinds": [
                    {"key": kind, "label": self._get_kind_label(kind), "amount": float(amount)}
                    for kind, amount in sums.items()],
            }

    def _get_kind_label(self, kind):
        field = self.env["xb.settlement.line"]._fields["kind"]
        return dict(field._description_selection(self.env)).get(kind, kind)

    # === CRUD METHODS === #

    def write(self, vals):
        """Override: what follows from the statement and from posting is not typed, not even
        over RPC."""
        if not self.env.su:
            typed = set(vals) & set(self._fields) - TYPED - set(
                self.env["mail.thread"]._fields) - set(self.env["mail.activity.mixin"]._fields)
            if typed:
                raise UserError(self.env._(
                    "%(fields)s of a settlement cannot be changed by hand.",
                    fields=", ".join(sorted(typed))))
            if any(settlement.state == "posted" for settlement in self) and TYPED & set(vals):
                raise UserError(self.env._("The settlement is posted. Reverse it first."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(settlement.state == "posted" for settlement in self):
            raise UserError(self.env._("A posted settlement is reversed, not deleted."))

    # === ACTION METHODS === #

    def action_view_lines(self):
        """Open the lines as a list of their own."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_finance.xb_settlement_line_action")
        return {**action, "domain": [("settlement_id", "=", self.id)],
                "context": {"search_default_open": bool(self.open_count)}}

    def action_view_move(self):
        """Open the journal entry."""
        self.ensure_one()
        return self.move_id.get_formview_action()

    def action_match(self):
        """Apply the rules again: orders may have come in since."""
        self.shop_id._check_finance_access()
        self.filtered(lambda s: s.state not in ("posted", "cancelled"))._match_lines()
        return True

    def action_cancel(self):
        """Put a settlement aside that is not to be booked, such as a second statement of the
        same days."""
        self.shop_id._check_finance_access()
        if any(settlement.state == "posted" for settlement in self):
            raise UserError(self.env._("Reverse the posted settlement first."))
        self.sudo().state = "cancelled"
        return True

    # === BUSINESS METHODS === #

    def _refresh(self):
        """Count the lines anew: sums, difference and with them the state."""
        self.env["xb.settlement.line"].flush_model()
        for settlement in self.sudo():
            rows = self.env.execute_query(SQL(
                """
                SELECT kind, kind_group, SUM(amount), COUNT(*),
                       COUNT(*) FILTER (WHERE match = 'open'),
                       COUNT(*) FILTER (WHERE match = 'left')
                  FROM xb_settlement_line WHERE settlement_id = %s
                 GROUP BY kind, kind_group ORDER BY kind_group, kind
                """, settlement.id))
            settlement.write(settlement._prepare_sums_vals(rows))

    def _prepare_sums_vals(self, rows):
        """Values of the header from ``(kind, group, sum, count, open, left)`` rows."""
        self.ensure_one()
        sums = dict.fromkeys((*SUMS, "payout"), 0)
        for _kind, group, amount, *_counts in rows:
            sums[group] += amount
        total = sum(sums.values())
        currency = self.currency_id
        payout = total if self.nature == PAID_OUT else -sums["payout"]
        if self.is_declared:
            difference = currency.round(self.declared - float(total))
        elif self.nature == BALANCE:
            difference = currency.round(self.closing - self.opening - float(total))
        else:
            difference = 0.0
        open_count = sum(row[4] for row in rows)
        vals = {
            **{name: sums[name] for name in SUMS}, "payout": payout, "difference": difference,
            "line_count": sum(row[3] for row in rows), "open_count": open_count,
            "left_count": sum(row[5] for row in rows),
            "unclassified": sum(row[2] for row in rows if row[0] == "unclassified"),
            "kind_sums": {row[0]: str(row[2]) for row in rows},
        }
        if self.state not in ("posted", "cancelled"):
            blocking = [problem for problem in self.problems or []
                        if problem["code"] != "not_balanced"]
            vals["state"] = "held" if blocking or not currency.is_zero(difference) else (
                "open" if open_count else "ready")
        return vals

    def add_correction(self, kind, amount, note):
        """Add a line of our own: how a mistake of the platform or of the file is corrected.

        :param str kind: key of the kinds
        :param float amount: signed, positive to the seller, in the settlement's currency
        :param str note: the reason
        :raise UserError: without a reason or an amount, or when the settlement is posted
        """
        self.ensure_one()
        self.shop_id._check_finance_access()
        if self.state in ("posted", "cancelled"):
            raise UserError(self.env._("The settlement is posted. Reverse it first."))
        if not isinstance(note, str) or not note.strip():
            raise UserError(self.env._("Say why the correction is needed."))
        if kind not in KIND_LABELS or self.currency_id.is_zero(amount):
            raise UserError(self.env._("A correction needs a kind and an amount."))
        line = self.env["xb.settlement.line"].sudo().create({
            **self._prepare_line_owner_vals(), "kind": kind, "amount": amount,
            "kind_group": self._get_kind_group(kind), "match": "left", "note": note.strip(),
            "matched_by": "hand", "is_correction": True, "description": note.strip(),
            "happened_at": fields.Datetime.now(),
        })
        self._message_log(body=self.env._(
            "Correction of %(amount)s: %(note)s",
            amount=self.currency_id.format(amount), note=note.strip()))
        self._refresh()
        return line.id
