"""Statements by mail: once, with what was chosen, and with a cry when it fails."""

from io import BytesIO
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import StatementsCommon

WKHTMLTOPDF = "odoo.addons.base.models.ir_actions_report.IrActionsReport.get_wkhtmltopdf_state"


@tagged("post_install", "-at_install")
class TestSchedule(StatementsCommon):

    def setUp(self):
        super().setUp()
        self.freeze("2026-06-02 08:00:00")
        self.entry("2026-05-10", a1010=436.98, a4000=-436.98)
        self.finance = self.user("planner", "xb_base.group_finance")
        self.finance.email = "planner@example.com"
        self.owner = self.env["res.partner"].create(
            {"name": "Owner", "email": "owner@example.com"})
        self.schedule = self.env["xb.report.schedule"].with_user(self.finance).create({
            "name": "Month of the company", "company_id": self.company.id,
            "instance_ids": [(6, 0, (self.instance("profit_loss")
                                     | self.instance("balance_sheet")).ids)],
            "partner_ids": [(6, 0, self.owner.ids)], "next_date": "2026-06-02"})

    def mails(self):
        return self.env["mail.mail"].search([
            ("model", "=", "xb.report.schedule"), ("res_id", "=", self.schedule.id)])

    def run_job(self, planned="2026-06-02"):
        self.schedule.sudo()._job_send(self.schedule._fields["next_date"].to_date(planned))

    def test_sent_once_with_the_figures(self):
        self.assertEqual(self.schedule.state, "waiting")
        self.run_job()
        [mail] = self.mails()
        self.assertEqual(mail.recipient_ids, self.owner)
        self.assertIn("Month of the company", mail.subject)
        self.assertIn("05/31/2026", mail.subject)
        self.assertEqual(sorted(mail.attachment_ids.mapped("name")),
                         ["Balance Sheet.xlsx", "Profit and Loss.xlsx"])
        [book] = mail.attachment_ids.filtered(lambda file: file.name.startswith("Profit"))
        rows = list(load_workbook(BytesIO(book.raw)).active.iter_rows(values_only=True))
        net = next(row for row in rows if row[0] == "Net Profit")
        self.assertEqual((net[1], net[4]), (436.98, 436.98))
        self.assertIn("amounts in EUR", str(rows))
        self.assertEqual((str(self.schedule.next_date), self.schedule.state),
                         ("2026-07-02", "outgoing"))
        # The same job again, as the queue may: nothing.
        self.run_job()
        self.assertEqual(len(self.mails()), 1)
        mail.state = "sent"
        self.assertEqual(self.schedule.state, "sent")

    def test_cron_enqueues_what_is_due(self):
        Job = self.env["queue.job"]
        before = Job.search_count([])
        self.env["xb.report.schedule"]._cron_send()
        self.env["xb.report.schedule"]._cron_send()
        jobs = Job.search([("model_name", "=", "xb.report.schedule")])
        self.assertEqual((Job.search_count([]) - before, jobs.method_name), (1, "_job_send"))
        self.schedule.next_date = "2026-06-03"
        jobs.unlink()
        self.env["xb.report.schedule"]._cron_send()
        self.assertFalse(Job.search([("model_name", "=", "xb.report.schedule")]))

    def test_days_that_were_missed(self):
        self.schedule.write({"next_date": "2026-03-02"})
        self.run_job("2026-03-02")
        self.assertEqual((len(self.mails()), str(self.schedule.next_date)), (1, "2026-07-02"))

    def test_pdf_without_the_program(self):
        self.schedule.file_format = "xlsx_pdf"
        with patch(WKHTMLTOPDF, lambda report: "install"):
            with self.assertRaisesRegex(UserError, "no wkhtmltopdf"):
                self.schedule.action_send_now()
            self.run_job()
        self.assertFalse(self.mails())
        self.assertEqual(self.schedule.state, "failed")
        self.assertIn("Have it installed, or choose Excel", self.schedule.problem)
        self.assertEqual(self.schedule.activity_ids.user_id, self.finance)
        # Not forgotten: tried again tomorrow, for the same day.
        self.assertEqual((str(self.schedule.next_date), str(self.schedule.try_after)),
                         ("2026-06-02", "2026-06-03"))
        self.assertEqual(self.env["xb.report.schedule"].search([("state", "=", "failed")]),
                         self.schedule.sudo())
        self.schedule.file_format = "xlsx"
        self.run_job()
        self.assertEqual((len(self.mails()), self.schedule.state), (1, "outgoing"))
        self.assertFalse(self.schedule.activity_ids)

    def test_a_mail_that_fails_is_seen(self):
        self.run_job()
        self.mails().write({"state": "exception", "failure_reason": "Relay access denied."})
        self.schedule.invalidate_recordset()
        self.assertEqual(self.schedule.state, "failed")
        self.assertIn("Relay access denied", self.schedule.problem)
        self.env["xb.report.schedule"]._cron_send()
        self.assertEqual(self.schedule.activity_ids.user_id, self.finance)
        self.env["xb.report.schedule"]._cron_send()
        self.assertEqual(len(self.schedule.activity_ids), 1)

    def test_with_nobody_elses_rights(self):
        Schedule = self.env["xb.report.schedule"]
        manager = self.user("planner-2", "xb_base.group_manager")
        made = Schedule.with_user(self.finance).create({
            "name": "Sly", "user_id": manager.id, "instance_ids": self.schedule.instance_ids.ids,
            "partner_ids": self.owner.ids, "last_problem": "none"})
        self.assertEqual((made.user_id, made.last_problem), (self.finance, False))
        self.schedule.with_user(manager).partner_ids = [(4, manager.partner_id.id)]
        self.assertEqual(self.schedule.user_id, manager)
        with self.assertRaises(AccessError):
            Schedule.with_user(self.user("planner-3", "xb_base.group_clerk")).search([])

    def test_rights_that_were_lost(self):
        second = self.company
        self.other_books("Third GmbH")
        self.schedule.sudo().company_ids = second | self.company
        self.run_job()
        self.assertEqual(self.schedule.state, "failed")
        self.assertIn("may not see Third GmbH any more", self.schedule.problem)

    def test_consolidated_over_companies(self):
        first = self.company
        self.other_books("Fourth GmbH")
        self.entry("2026-05-11", a1010=100, a4000=-100)
        self.finance.company_ids += self.company
        self.schedule.sudo().company_ids = first | self.company
        self.run_job()
        book = self.mails().attachment_ids.filtered(lambda file: file.name.startswith("Profit"))
        rows = load_workbook(BytesIO(book.raw)).active.iter_rows(values_only=True)
        self.assertEqual(next(row for row in rows if row[0] == "Net Profit")[1], 536.98)

    def test_in_the_owner_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.finance.lang = "zh_CN"
        self.run_job()
        self.assertIn("利润表.xlsx", self.mails().attachment_ids.mapped("name"))
