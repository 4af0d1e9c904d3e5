from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..const import FINANCE_GROUP

MANAGER_GROUP = "xb_base.group_manager"


class XbPeriodClose(models.TransientModel):
    """The last step of the month end: what is still in the way, and core's lock date.

    Community has the lock and every entry respects it, but no page on which to set it.
    """

    _name = "xb.period.close"
    _description = "Close Period"

    company_id = fields.Many2one("res.company", required=True, readonly=True,
                                 default=lambda self: self.env.company)
    locked_until = fields.Date("Closed Until", related="company_id.fiscalyear_lock_date")
    date = fields.Date(
        "Close Until", required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(day=1, days=-1))
    settlement_count = fields.Integer("Settlements Not Posted", compute="_compute_in_the_way")
    draft_count = fields.Integer("Draft Entries", compute="_compute_in_the_way")
    difference_count = fields.Integer("Documents that Differ from the Ledger",
                                      compute="_compute_in_the_way")
    is_clear = fields.Boolean(compute="_compute_in_the_way")
    is_reopening = fields.Boolean(compute="_compute_is_reopening")

    # === COMPUTE METHODS === #

    @api.depends("date", "company_id")
    def _compute_in_the_way(self):
        for wizard in self:
            counts = [self.env[model].search_count(domain)
                      for model, domain in wizard._get_in_the_way().values()]
            wizard.settlement_count, wizard.draft_count, wizard.difference_count = counts
            wizard.is_clear = not any(counts)

    @api.depends("date", "locked_until")
    def _compute_is_reopening(self):
        for wizard in self:
            wizard.is_reopening = bool(
                wizard.locked_until and wizard.date and wizard.date < wizard.locked_until)

    def _get_in_the_way(self):
        """Return {what: (model, domain)}; in the order of the counts."""
        own = Domain("company_id", "=", self.company_id.id)
        return {
            "settlement": ("xb.settlement", own & Domain([
                ("state", "not in", ("posted", "cancelled")), ("date_end", "<=", self.date)])),
            "draft": ("account.move", own & Domain([
                ("state", "=", "draft"), ("date", "<=", self.date)])),
            "difference": ("xb.profit.tie.out", own & Domain([
                ("day", "<=", self.date), ("difference", "!=", 0)])),
        }

    # === ACTION METHODS === #

    def action_view(self):
        """Open what is in the way; the context's ``what`` says which."""
        self.ensure_one()
        model, domain = self._get_in_the_way()[self.env.context["what"]]
        return {"type": "ir.actions.act_window", "res_model": model, "name": self.env._(
            "In the Way of Closing"), "view_mode": "list,form", "domain": list(domain)}

    def action_close(self):
        """Set the lock date: nothing dated up to it can be booked or changed any more.

        :raise AccessError: without the finance role, or for reopening without the manager's
        :raise UserError: while something is in the way, or the day has not come
        """
        self.ensure_one()
        if not self.env.user.has_group(FINANCE_GROUP):
            raise AccessError(self.env._("Only the finance role closes a period."))
        if self.date > fields.Date.context_today(self):
            raise UserError(self.env._("%(date)s has not come yet. Choose a day that is over.",
                                       date=self.date))
        if self.is_reopening and not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(self.env._(
                "The period is closed until %(date)s. Only a manager opens it again.",
                date=self.locked_until))
        if not self.is_clear and not self.is_reopening:
            raise UserError(self.env._(
                "Not closed: %(settlements)s settlements are not posted, %(drafts)s entries are "
                "drafts, %(differences)s documents differ from the ledger. Post or cancel them "
                "first.", settlements=self.settlement_count, drafts=self.draft_count,
                differences=self.difference_count))
        # In sudo mode: closing is finance's, the company's other settings are the administrator's.
        self.company_id.sudo().fiscalyear_lock_date = self.date
        return {"type": "ir.actions.client", "tag": "display_notification", "params": {
            "type": "success", "next": {"type": "ir.actions.act_window_close"},
            "message": self.env._("%(company)s is closed until %(date)s.",
                                  company=self.company_id.name, date=self.date)}}
