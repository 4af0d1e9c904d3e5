from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..const import ISSUES
from ..core.status import TERMINAL

_lt = LazyTranslate(__name__)

NEXT_STEPS = {
    "no_movement": _lt("Ask the carrier where it is."),
    "customs": _lt("Ask carrier and customer which papers or payments customs waits for."),
    "failed_attempt": _lt("Agree on another delivery with the customer."),
    "address": _lt("Get the right address from the customer and tell the carrier."),
    "pickup": _lt("Remind the customer to pick it up."),
    "returning": _lt("Ask the customer: send again, or refund."),
    "lost": _lt("Claim it from the carrier; send again or refund."),
    "other": _lt("Read the last news and ask the carrier."),
}
PICKUP_DAYS = 3
BATCH = 1000

# Only code that holds this object classifies; anybody else's word is a person's and stays.
ISSUE_DOOR = object()


class XbParcel(models.Model):
    """What is wrong with parcels on their way, who cares for it, and what to do next."""

    _inherit = "xb.parcel"

    reason = fields.Selection(ISSUES, readonly=True, copy=False, help="What the carrier says.")
    issue = fields.Selection(
        ISSUES, string="Problem", copy=False, group_expand=True, index="btree_not_null"
    )
    issue_manual = fields.Boolean(
        readonly=True, copy=False, help="A person has said so; it stands until there is news."
    )
    issue_since = fields.Datetime(string="Problem Since", readonly=True, copy=False)
    issue_user_id = fields.Many2one("res.users", string="Owner", copy=False, index="btree_not_null")
    issue_step = fields.Char(
        string="Next Step", compute="_compute_issue_step", inverse="_inverse_issue_step"
    )
    issue_note = fields.Char(
        string="Own Next Step", copy=False, help="In a person's words; empty for the usual one."
    )
    issue_days = fields.Integer(string="Days Silent", compute="_compute_issue_days")
    due_on = fields.Date(
        string="Promised",
        compute="_compute_due_on",
        store=True,
        help="By the transit rules: hand-over plus the days the route takes.",
    )
    expected_on = fields.Date(
        string="Expected Day",
        compute="_compute_expected_on",
        help="What the carrier says, or else the promised day.",
    )
    transit_days = fields.Float(
        string="Days in Transit",
        compute="_compute_transit_days",
        store=True,
        digits=(8, 1),
        aggregator="avg",
    )
    goods_value = fields.Monetary(
        compute="_compute_goods_value",
        currency_field="company_currency_id",
        help="What is at stake, at today's rate.",
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    days_under_way = fields.Float(compute="_compute_days_under_way", digits=(8, 1))

    # What the screens open first; with a million parcels a sort of all of them takes seconds.
    _recent = models.Index("(company_id, direction, id DESC) WHERE active")
    _silent = models.Index(
        "(COALESCE(last_event_at, shipped_at)) WHERE active AND is_over IS NOT TRUE"
    )

    # === COMPUTE METHODS === #

    @api.depends("shipped_at", "carrier_id", "country_id")
    def _compute_due_on(self):
        Rule = self.env["xb.transit.rule"]
        for parcel in self:
            promise, _silence, _lost = Rule._get_days(parcel.carrier_id.id, parcel.country_id.id)
            start = parcel.shipped_at
            parcel.due_on = start and (start + timedelta(days=promise)).date()

    @api.depends("due_on", "eta_at")
    def _compute_expected_on(self):
        for parcel in self:
            parcel.expected_on = parcel.eta_at.date() if parcel.eta_at else parcel.due_on

    @api.depends("shipped_at", "delivered_at")
    def _compute_transit_days(self):
        for parcel in self:
            start, end = parcel.shipped_at, parcel.delivered_at
            parcel.transit_days = (
                max((end - start).total_seconds(), 0) / 86400 if start and end else 0
            )

    @api.depends("shipped_at", "delivered_at")
    def _compute_days_under_way(self):
        now = fields.Datetime.now()
        for parcel in self:
            end = parcel.delivered_at or parcel.returned_at or now
            start = parcel.shipped_at
            parcel.days_under_way = max((end - start).total_seconds(), 0) / 86400 if start else 0

    @api.depends("issue", "issue_note")
    @api.depends_context("lang")
    def _compute_issue_step(self):
        for parcel in self:
            parcel.issue_step = parcel.issue_note or self._get_next_step(parcel.issue)

    def _inverse_issue_step(self):
        for parcel in self:
            usual = parcel.issue_step == self._get_next_step(parcel.issue)
            parcel.issue_note = False if usual else parcel.issue_step

    @api.depends("last_event_at", "shipped_at")
    def _compute_issue_days(self):
        now = fields.Datetime.now()
        for parcel in self:
            last = parcel.last_event_at or parcel.shipped_at
            parcel.issue_days = (now - last).days if last else 0

    @api.depends("item_ids.customs_value", "item_ids.quantity", "item_ids.currency_id")
    def _compute_goods_value(self):
        today = fields.Date.context_today(self)
        for parcel in self:
            company = parcel.company_id or self.env.company
            parcel.goods_value = sum(
                item.currency_id._convert(
                    item.customs_value * item.quantity, company.currency_id, company, today
                )
                for item in parcel.item_ids.filtered("customs_value")
            )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override: what a person says about a problem stands until there is news."""
        if "issue" in vals and self.env.context.get("xb_issue_door") is not ISSUE_DOOR:
            vals = {
                **vals,
                "issue_manual": True,
                "issue_since": fields.Datetime.now() if vals["issue"] else False,
            }
            if "issue_step" not in vals:
                vals.setdefault("issue_note", False)
        return super().write(vals)

    # === ACTION METHODS === #

    def action_issue_mine(self):
        """Take the parcels' problems on."""
        self.check_access("write")
        return self.write({"issue_user_id": self.env.uid})

    def action_issue_solved(self):
        """Say that the problems are solved: the parcels leave the board until there is another."""
        self.check_access("write")
        return self.write({"issue": False, "issue_user_id": False})

    # === BUSINESS METHODS === #

    def _prepare_timeline_vals(self, line):
        """Override: what the carrier says is wrong."""
        return {**super()._prepare_timeline_vals(line), "reason": line.reason or False}

    def _on_events(self, previous):
        """Override: news tell what is wrong, whatever a person thought before."""
        result = super()._on_events(previous)
        self._refresh_issue()
        return result

    def _on_tracking_changed(self, before):
        """Override: another number is another journey."""
        result = super()._on_tracking_changed(before)
        self.filtered("issue")._refresh_issue()
        return result

    def _refresh_issue(self):
        """Classify the parcels anew; owner and next step of one whose class stays are kept."""
        now = fields.Datetime.now()
        door = self.with_context(xb_issue_door=ISSUE_DOOR, tracking_disable=True)
        for parcel in door:
            issue = parcel._find_issue(now)
            if issue != (parcel.issue or "") or parcel.issue_manual:
                parcel.write(parcel._prepare_issue_vals(issue, now))

    def _find_issue(self, now):
        """Return what is wrong with the parcel, empty when nothing is."""
        self.ensure_one()
        if self.status in TERMINAL:
            return ""
        if self.status in ("exception", "delivery_failed") or self.is_over:
            failed = self.status == "delivery_failed"
            return self.reason or ("failed_attempt" if failed else "other")
        last = self.last_event_at or self.shipped_at
        if self.status == "expired":
            return "no_movement"
        if not last or not self.shipped_at:
            return ""
        silent = (now - last).days
        _promise, silence, lost = self.env["xb.transit.rule"]._get_days(
            self.carrier_id.id, self.country_id.id
        )
        if self.status == "available_for_pickup":
            return "pickup" if silent >= PICKUP_DAYS else ""
        if silent >= lost:
            return "lost"
        return "no_movement" if silent >= silence else ""

    def _prepare_issue_vals(self, issue, now):
        self.ensure_one()
        same = issue == (self.issue or "")
        return {
            "issue": issue or False,
            "issue_manual": False,
            "issue_since": (self.issue_since or now) if issue and same else issue and now,
            "issue_note": self.issue_note if same else False,
            "issue_user_id": issue and (self.issue_user_id or self.order_ids[:1].user_id).id,
        }

    @api.model
    def _get_next_step(self, issue):
        return self.env._(NEXT_STEPS[issue]) if issue else False

    # === CRON === #

    @api.model
    def _cron_refresh_issues(self):
        """Look for parcels that nobody has heard of for too long."""
        rules = self.env["xb.transit.rule"]._get_rules().values()
        days = min([PICKUP_DAYS, *(silence for _p, silence, _l in rules)])
        limit = fields.Datetime.now() - timedelta(days=days)
        domain = Domain(
            [("is_over", "=", False), ("shipped_at", "!=", False), ("issue_manual", "=", False)]
        ) & (
            Domain("last_event_at", "<", limit)
            | Domain([("last_event_at", "=", False), ("shipped_at", "<", limit)])
        )
        last_id, remaining = 0, self.search_count(domain)
        while remaining > 0:
            parcels = self.search(domain & Domain("id", ">", last_id), limit=BATCH, order="id")
            parcels._refresh_issue()
            last_id = parcels[-1:].id or 0
            remaining = max(remaining - len(parcels), 0) if parcels else 0
            if not self.env["ir.cron"]._commit_progress(len(parcels), remaining=remaining):
                break
