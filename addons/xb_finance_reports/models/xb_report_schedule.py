from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

INTERVALS = {
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
}
XLSX = ("xlsx", "xlsx_pdf")
PDF = ("pdf", "xlsx_pdf")
# What only the machine writes, and what says what is sent to whom.
KEPT = {"mail_id", "last_sent", "last_problem", "try_after", "user_id"}
MEANING = {"name", "active", "company_id", "company_ids", "instance_ids", "partner_ids",
           "file_format", "period"}


class XbReportSchedule(models.Model):
    """Statements that are sent by mail again and again.

    Figures are read with the rights of whoever changed the schedule last: nobody mails what he
    may not see. A mail that fails, or a report that cannot be made, is a problem of the schedule
    and somebody's to do.
    """

    _name = "xb.report.schedule"
    _description = "Scheduled Report"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "next_date, id"
    _check_company_auto = True

    # === FIELDS === #

    name = fields.Char("Subject", required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True,
                                 default=lambda self: self.env.company)
    company_ids = fields.Many2many(
        "res.company", string="Consolidated Over", help="Empty: the company alone.")
    user_id = fields.Many2one(
        "res.users", "With the Rights Of", required=True, readonly=True,
        default=lambda self: self.env.user, help="Whoever changed the schedule last.")
    instance_ids = fields.Many2many("mis.report.instance", string="Reports", required=True)
    partner_ids = fields.Many2many("res.partner", string="Recipients", required=True)
    file_format = fields.Selection(
        [("xlsx", "Excel"), ("pdf", "PDF"), ("xlsx_pdf", "Excel and PDF")],
        required=True, default="xlsx")
    period = fields.Selection(
        [("month", "The Month before the Sending"), ("yesterday", "Until Yesterday")],
        required=True, default="month", help="Base date of the reports' columns.")
    interval = fields.Selection(
        [("day", "Daily"), ("week", "Weekly"), ("month", "Monthly"), ("quarter", "Quarterly")],
        required=True, default="month")
    next_date = fields.Date(
        "Next", required=True, tracking=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(day=2, months=1))
    try_after = fields.Date(readonly=True, copy=False)
    last_sent = fields.Datetime("Last Handed to Mail", readonly=True, copy=False)
    # In sudo mode wherever it is read: mails are the administrator's.
    mail_id = fields.Many2one("mail.mail", "Last Mail", readonly=True, copy=False,
                              groups="base.group_system", ondelete="set null")
    last_problem = fields.Text("Problem", readonly=True, copy=False)
    state = fields.Selection(
        [("waiting", "Waiting"), ("outgoing", "Being Sent"), ("sent", "Sent"),
         ("failed", "Failed")],
        compute="_compute_state", search="_search_state", compute_sudo=True)
    problem = fields.Text("What Went Wrong", compute="_compute_state", compute_sudo=True)

    # === COMPUTE METHODS === #

    @api.depends("last_problem", "last_sent", "mail_id.state", "mail_id.failure_reason")
    def _compute_state(self):
        for schedule in self:
            mail = schedule.mail_id
            schedule.problem = schedule.last_problem
            if schedule.last_problem:
                schedule.state = "failed"
            elif mail.state in ("exception", "cancel"):
                schedule.state = "failed"
                schedule.problem = schedule._get_mail_problem()
            elif mail.state == "outgoing":
                schedule.state = "outgoing"
            else:
                schedule.state = "sent" if schedule.last_sent else "waiting"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # In sudo mode: mails are the administrator's; what is told is only whether they went.
        # pylint: disable-next=no-search-all  # a company has a handful of them
        found = self.sudo().with_context(active_test=False).search([])
        return [("id", "in", found.filtered(lambda schedule: schedule.state in value).ids)]

    def _get_mail_problem(self):
        self.ensure_one()
        reason = self.mail_id.failure_reason or dict(
            self.mail_id._fields["failure_type"]._description_selection(self.env)).get(
                self.mail_id.failure_type, "")
        return self.env._(
            "The mail was not sent: %(reason)s Look at the outgoing mail server and the "
            "recipients' addresses, then Send Now.", reason=f"{reason} " if reason else "")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: the rights are the creator's, whatever is said."""
        if not self.env.su:
            vals_list = [
                {**{name: value for name, value in vals.items() if name not in KEPT},
                 "user_id": self.env.uid} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Override: whoever changes what is sent, or to whom, lends his rights to it."""
        if not self.env.su:
            vals = {name: value for name, value in vals.items() if name not in KEPT}
            if MEANING & set(vals):
                vals["user_id"] = self.env.uid
        return super().write(vals)

    # === ACTION METHODS === #

    def action_send_now(self):
        """Send at once, whatever is due; the plan stays.

        :raise UserError: when a report cannot be made
        """
        self.check_access("write")
        for schedule in self.sudo():
            schedule._send(fields.Date.context_today(self))
        return True

    # === BUSINESS METHODS === #

    @api.model
    def _cron_send(self):
        """Enqueue what is due, and put mails that did not go on somebody's desk."""
        today = fields.Date.context_today(self)
        for schedule in self.search([
                ("next_date", "<=", today), "|", ("try_after", "=", False),
                ("try_after", "<=", today)]):
            schedule.with_delay(
                channel="root.xb.import", identity_key=f"xb.report.schedule:{schedule.id}",
                description=self.env._("Report %(name)s", name=schedule.name),
            )._job_send(schedule.next_date)
        for schedule in self.search([("last_problem", "=", False)]):
            if schedule.state == "failed":
                schedule._note_problem(schedule.problem)

    def _job_send(self, planned):
        """Send what was planned for a day; safe twice.

        :param date planned: the schedule's next date when it was enqueued
        """
        schedule = self.exists()
        if not schedule or not schedule.active:
            return
        schedule.lock_for_update()
        schedule.invalidate_recordset(["next_date"])
        if schedule.next_date != planned:
            return
        try:
            with self.env.cr.savepoint():
                schedule._send(planned)
        except UserError as error:
            schedule._note_problem(str(error))
            schedule.try_after = fields.Date.context_today(self) + relativedelta(days=1)
            return
        schedule.next_date = schedule._get_next(planned)

    def _get_next(self, planned):
        """Return the first planned day after today: days that were missed are not made up for,
        the report of today tells them all."""
        day = planned
        while day <= fields.Date.context_today(self):
            day += INTERVALS[self.interval]
        return day

    def _note_problem(self, problem):
        self.last_problem = problem
        self._message_log(body=problem)
        self.activity_unlink(["mail.mail_activity_data_warning"])
        self.activity_schedule(
            "mail.mail_activity_data_warning", user_id=self.user_id.id,
            summary=self.env._("Report not sent: %(name)s", name=self.name))

    def _send(self, planned):
        """Make the files and hand them to the mail queue.

        :param date planned: the day that the period is counted from
        :raise UserError: where a file cannot be made
        """
        self.ensure_one()
        base = planned + (relativedelta(day=1, days=-1) if self.period == "month"
                          else relativedelta(days=-1))
        owner = self._as_owner(base)
        files = owner._make_files()
        mail = self.env["mail.mail"].create(owner._prepare_mail_vals(base, files))
        self.write({"mail_id": mail.id, "last_sent": fields.Datetime.now(),
                    "last_problem": False, "try_after": False})
        self.activity_unlink(["mail.mail_activity_data_warning"])
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _as_owner(self, base):
        """Return the schedule with the rights, the language and the companies of its reports."""
        companies = self.company_ids or self.company_id
        missing = companies - self.user_id.company_ids
        if missing:
            raise UserError(self.env._(
                "%(user)s may not see %(companies)s any more. Somebody who may must save the "
                "schedule.", user=self.user_id.name, companies=", ".join(missing.mapped("name"))))
        return self.with_user(self.user_id).with_context(
            allowed_company_ids=companies.ids, lang=self.user_id.lang,
            tz=self.user_id.tz, mis_pivot_date=fields.Date.to_string(base))

    def _make_files(self):
        """Return ``(name, content)``, one or two files per report.

        :raise UserError: for a PDF without the program that makes it, and whatever a report says
        """
        Report = self.env["ir.actions.report"]
        if self.file_format in PDF and Report.get_wkhtmltopdf_state() in ("install", "broken"):
            raise UserError(self.env._(
                "A PDF cannot be made: the server has no wkhtmltopdf. Have it installed, or choose "
                "Excel."))
        files = []
        for instance in self.instance_ids:
            if self.file_format in XLSX:
                content, _kind = Report._render_xlsx(
                    "mis_builder.xls_export", instance.ids, {})
                files.append((f"{instance.name}.xlsx", content))
            if self.file_format in PDF:
                content, _kind = Report._render_qweb_pdf(
                    "mis_builder.qweb_pdf_export", instance.ids)
                files.append((f"{instance.name}.pdf", content))
        return files

    def _prepare_mail_vals(self, base, files):
        self.ensure_one()
        day = self.env["ir.qweb.field.date"].value_to_html(base, {})
        return {
            "subject": f"{self.name} · {day}",
            "body_html": self.env["ir.qweb"]._render(
                "xb_finance_reports.report_mail", {"schedule": self, "day": day}),
            "email_from": self.user_id.email_formatted or self.env.company.email_formatted,
            "recipient_ids": [Command.set(self.partner_ids.ids)],
            "attachment_ids": [Command.create({
                "name": name, "raw": content, "res_model": self._name, "res_id": self.id})
                for name, content in files],
            "model": self._name, "res_id": self.id, "auto_delete": False,
            "is_notification": True,
        }
