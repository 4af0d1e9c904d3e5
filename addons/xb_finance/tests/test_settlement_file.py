"""Statements in the background: whole or not at all, told while it goes on, the same again."""

import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ..models.xb_settlement_file import XbSettlementFile
from ..models.xb_settlement_import import XbSettlement
from .common import FinanceCommon
from .test_settlement import LINES, ORDER

WIZARD = "odoo.addons.xb_finance.wizards.xb_settlement_import_wizard"


@tagged("post_install", "-at_install")
class TestSettlementFile(FinanceCommon):

    def hand_in(self, data, name="statement.txt", **options):
        file_id = self.shop.enqueue_statement(name, base64.b64encode(data).decode(), options)
        return self.env["xb.settlement.file"].browse(file_id)

    def jobs(self, file):
        return self.env["queue.job"].search([("identity_key", "=", file._get_identity_key())])

    def test_one_job_does_what_an_import_at_once_does(self):
        self.make_order(ORDER, 108.25)
        file = self.hand_in(self.statement("S1", LINES))
        self.assertEqual((file.state, len(self.jobs(file))), ("waiting", 1))
        self.assertFalse(self.env["xb.settlement"].search([("shop_id", "=", self.shop.id)]))
        file._job_import()
        settlement = file.settlement_ids
        self.assertEqual((file.state, settlement.state, settlement.file_id, settlement.payout),
                         ("done", "ready", file, 50.0))
        self.assertEqual([verdict["state"] for verdict in file.verdicts], ["created"])
        again = self.load(self.statement("S1", LINES))
        self.assertEqual((again, self.verdicts[0]["state"]), (settlement, "unchanged"))

    def test_twice_is_once(self):
        data = self.statement("S1", LINES)
        file = self.hand_in(data)
        self.assertEqual(self.hand_in(data), file, "it waits already")
        file._job_import()
        before = self.count_rows("xb_settlement", "xb_settlement_line")
        file._job_import()
        second = self.hand_in(data)
        self.assertNotEqual(second, file)
        second._job_import()
        self.assertEqual((second.state, second.settlement_ids), ("done", file.settlement_ids))
        self.assertEqual([verdict["state"] for verdict in second.verdicts], ["unchanged"])
        self.assertEqual(self.count_rows("xb_settlement", "xb_settlement_line"), before)

    def test_refused_with_row_and_remedy_and_nothing_else(self):
        data = self.sample("amazon_us.txt")
        before = self.count_rows("xb_settlement", "xb_settlement_line")
        file = self.hand_in(data[:data.rindex(b"Current Reserve")])
        file._job_import()
        self.assertEqual((file.state, file.settlement_count), ("refused", 0))
        self.assertIn("Row 31", file.problem_text)
        self.assertIn("Download", file.problem_text)
        self.assertEqual(self.count_rows("xb_settlement", "xb_settlement_line"), before)
        with self.assertRaises(UserError):
            file.action_view_settlements()

    def test_an_error_half_way_leaves_nothing(self):
        file = self.hand_in(self.statement("S1", LINES * 3))
        before = self.count_rows("xb_settlement", "xb_settlement_line")
        write = XbSettlement._insert_rows

        def fail(settlements, rows):
            write(settlements, rows)
            raise ZeroDivisionError("the disk is full")

        with patch.object(XbSettlement, "_insert_rows", fail), \
                self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            file._job_import()
        self.env.invalidate_all()
        self.assertEqual(self.count_rows("xb_settlement", "xb_settlement_line"), before)
        self.jobs(file).write({"state": "failed", "exc_message": "the disk is full"})
        self.assertEqual((file.state, file.job_problem), ("waiting", "the disk is full"))
        self.jobs(file).write({"state": "done"})
        file.action_continue()
        self.assertEqual(len(self.jobs(file).filtered(lambda job: job.state == "pending")), 1)
        file._job_import()
        self.assertEqual(file.settlement_ids.line_count, 3 * len(LINES))

    def test_a_lost_job_is_enqueued_again_and_a_failed_one_is_not(self):
        file = self.hand_in(self.statement("S1", LINES))
        lost = self.jobs(file)
        self.env["xb.settlement.file"]._cron_resume()
        self.assertEqual(self.jobs(file), lost)
        lost.write({"state": "failed"})
        self.env["xb.settlement.file"]._cron_resume()
        self.assertEqual(self.jobs(file), lost)
        lost.write({"state": "cancelled"})
        self.env["xb.settlement.file"]._cron_resume()
        self.assertEqual(len(self.jobs(file)), 2)

    def test_one_file_of_a_shop_at_a_time(self):
        file = self.hand_in(self.statement("S1", LINES))
        # Not the registry's cursor, which is this test's own transaction again.
        with db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute(SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                           f"xb.settlement.file:shop:{self.shop.id}"))
            with self.assertRaises(RetryableJobError):
                file._job_import()
        self.assertEqual(file.state, "waiting")

    def test_progress(self):
        file = self.hand_in(self.statement("S1", LINES * 4))
        told = []

        def tell(_file, phase, count, total):
            told.append((phase, count, total))
            # What the transaction beside it would write.
            file.progress_ids.sudo().write({"phase": phase, "count": count, "total": total})
            seen.append((round(file.progress), file.progress_text))

        seen = [(file.progress, file.progress_text)]
        with patch.object(XbSettlementFile, "_tell", tell), \
                patch("odoo.addons.xb_finance.models.xb_settlement_import.CHUNK", 10), \
                patch("odoo.addons.xb_finance.core.statements.base.TELL_AFTER", 20):
            file._job_import()
        self.assertEqual([phase for phase, *_ in told], ["reading"] + ["writing"] * 3)
        self.assertEqual([count for phase, count, _total in told if phase == "writing"],
                         [10, 20, 24])
        self.assertEqual([percent for percent, _text in seen], [0, 40, 65, 90, 100])
        self.assertEqual(seen[2][1], "10 of 24 lines written")
        self.assertEqual((file.progress, file.progress_text), (100, False))

    def test_progress_is_told_beside_the_transaction(self):
        file = self.hand_in(self.statement("S1", LINES))
        self.env.flush_all()
        file._tell("writing", 1, 2)
        file.progress_ids.invalidate_recordset()
        self.assertEqual(file.progress_text, "1 of 2 lines written")

    def test_query_count_does_not_grow_with_lines(self):
        self.hand_in(self.statement("A", LINES))._job_import()
        file = self.hand_in(self.statement("B", LINES * 200, start="2026-05-19",
                                           end="2026-06-01"))
        self.env.invalidate_all()
        with self.assertQueryCount(100):
            file._job_import()

    def test_wizard_imports_large_files_in_the_background(self):
        wizard = self.env["xb.settlement.import.wizard"].create({
            "shop_id": self.shop.id, "filename": "large.txt",
            "file": base64.b64encode(self.statement("S1", LINES))})
        with patch(f"{WIZARD}.LARGE", 100):
            wizard.invalidate_recordset()
            self.assertIn("in the background", wizard.preview_html)
            self.assertIn("Amazon", wizard.preview_html)
            self.assertTrue(wizard.is_readable)
            action = wizard.action_import()
        file = self.env["xb.settlement.file"].browse(action["res_id"])
        self.assertEqual((action["res_model"], file.name, file.state),
                         ("xb.settlement.file", "large.txt", "waiting"))

    def test_wizard_refuses_large_files_that_are_something_else_at_once(self):
        wizard = self.env["xb.settlement.import.wizard"].create({
            "shop_id": self.shop.id, "filename": "large.csv",
            "file": base64.b64encode(self.sample("shopify_orders.csv"))})
        with patch(f"{WIZARD}.LARGE", 100):
            wizard.invalidate_recordset()
            self.assertFalse(wizard.is_readable)
            self.assertIn("orders export", wizard.preview_html)

    def test_file_of_an_import_at_once_is_kept_when_it_brought_something(self):
        settlement = self.load(self.sample("amazon_us.txt"), name="first.txt")
        file = settlement.file_id
        self.assertEqual((file.name, file.state, base64.b64decode(file.file)),
                         ("first.txt", "done", self.sample("amazon_us.txt")))
        before = self.count_rows("xb_settlement_file", "ir_attachment")
        self.load(self.sample("amazon_us.txt"), name="again.txt")
        self.load(b"nothing,known\n1,2\n")
        self.assertEqual(self.count_rows("xb_settlement_file", "ir_attachment"), before)

    def test_three_currencies_of_one_file_share_it(self):
        settlements = self.load(self.sample("paypal_stl.csv"))
        self.assertEqual((len(settlements), len(settlements.file_id)), (3, 1))

    def test_rights(self):
        data = base64.b64encode(self.statement("S1", LINES)).decode()
        clerk = self.user("b-clerk", "xb_base.group_clerk")
        with self.assertRaises(AccessError):
            self.shop.with_user(clerk).enqueue_statement("x.txt", data)
        finance = self.user("b-finance", "xb_base.group_finance")
        file = self.env["xb.settlement.file"].browse(
            self.shop.with_user(finance).enqueue_statement("x.txt", data))
        file = file.with_user(finance)
        file._job_import()
        self.assertEqual((file.state, file.settlement_count, file.progress), ("done", 1, 100))
        with self.assertRaises(AccessError):
            file.write({"state": "waiting"})
        with self.assertRaises(AccessError):
            file.unlink()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.user("b-stranger", "xb_base.group_finance")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for model in ("xb.settlement.file", "xb.settlement.progress"):
            self.assertFalse(self.env[model].with_user(stranger).with_context(
                allowed_company_ids=other.ids).search([]), model)
