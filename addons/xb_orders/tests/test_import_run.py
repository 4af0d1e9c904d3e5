import base64
import hashlib
import unittest
from collections import Counter
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import Form

from odoo.addons.queue_job.tests.common import trap_jobs

from ..models import xb_import_run
from .common import OrdersCommon

REAL_FILE = (Path(__file__).parents[3].parent / "shared" / "data" / "online_retail"
             / "online_retail_2010-12_part1.csv")
FILE = """InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country
1001;T-MUG;Blue mug;2;13/5/2026 08:26;12,50;17850;Germany
1001;T-LID;Lid;1;13/5/2026 08:26;4,00;17850;Germany
1001;POST;POSTAGE;1;13/5/2026 08:26;4,90;17850;Germany
1002;T-MUG;Blue mug;1;13/5/2026 09:00;12,50;;United Kingdom
C1003;T-LID;Lid;-1;14/5/2026 10:00;4,00;17850;Germany
C1004;T-LID;Lid;-7;14/5/2026 10:00;4,00;99999;Germany
1005;BANK CHARGES;Bank charges;1;14/5/2026 11:00;15,00;17850;Germany
1006;T-NONE;Unknown;1;14/5/2026 11:00;1,00;17850;Germany
"""


@tagged("post_install", "-at_install")
class TestImportRun(OrdersCommon):
    """Files: one verdict per document, whatever happens in between."""

    def wizard(self, text=FILE, **vals):
        data = text if isinstance(text, bytes) else text.encode()
        return self.env["xb.import.wizard"].create({
            "shop_id": self.shop.id, "file": base64.b64encode(data), "filename": "orders.csv",
            **vals,
        })

    def start(self, *args, **vals):
        action = self.wizard(*args, **vals).action_import()
        return self.env["xb.import.run"].browse(action["res_id"])

    def finish(self, run):
        for _turn in range(1000):
            if run.state == "done":
                return run
            run._job_process()
            run.invalidate_recordset()
        self.fail("The import does not end.")

    def verdicts(self, run):
        return {line.ref: line.state for line in run.line_ids}

    # === WIZARD === #

    def test_recognition_is_shown(self):
        wizard = self.wizard()
        self.assertTrue(wizard.is_readable)
        self.assertEqual(wizard.reading["layout"], "online_retail")
        self.assertEqual(wizard.reading["counts"],
                         {"order": 3, "cancellation": 2, "adjustment": 1})
        self.assertIn("2026-05-13T08:26:00", wizard.preview_html)
        self.assertIn("13/5/2026 08:26", wizard.preview_html)

    def test_form_recognises_at_once(self):
        form = Form(self.env["xb.import.wizard"].with_context(default_shop_id=self.shop.id))
        form.file = base64.b64encode(FILE.encode())
        self.assertTrue(form.is_readable)
        self.assertEqual(form.reading["rows"], 8)

    def test_choice_overrides_recognition(self):
        wizard = self.wizard()
        wizard.decimal = "."
        self.assertFalse(
            {"12.5"} & {cell["value"] for row in wizard.reading["preview"]
                        for cell in row["cells"]})

    def test_cells_are_escaped(self):
        wizard = self.wizard(FILE.replace("Blue mug", "<img src=x onerror=alert(1)>"))
        self.assertNotIn("<img", wizard.preview_html)
        self.assertIn("&lt;img", wizard.preview_html)

    def test_unreadable_file_is_refused_with_the_reason(self):
        wizard = self.wizard(b"%PDF-1.4 whatever")
        self.assertFalse(wizard.is_readable)
        self.assertIn("PDF", wizard.summary_html)
        with self.assertRaises(UserError):
            wizard.action_import()

    def test_same_file_is_told_and_allowed(self):
        self.assertFalse(self.wizard().earlier_run_id)
        run = self.start()
        self.assertEqual(run.sha256, hashlib.sha256(FILE.encode()).hexdigest())
        self.assertEqual(self.wizard().earlier_run_id, run)
        self.finish(self.start())

    def test_access(self):
        stranger = self.user("t_stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.env["xb.import.wizard"].with_user(stranger).create({"shop_id": self.shop.id})
        clerk = self.user("t_clerk3", "xb_base.group_clerk")
        wizard = self.env["xb.import.wizard"].with_user(clerk).create({
            "shop_id": self.shop.id, "file": base64.b64encode(FILE.encode())})
        run = self.env["xb.import.run"].with_user(clerk).browse(wizard.action_import()["res_id"])
        self.finish(run)
        self.assertEqual(run.received_count, 6)
        with self.assertRaises(AccessError):
            run.write({"name": "x"})

    # === PROCESSING === #

    def test_verdicts(self):
        run = self.finish(self.start())
        self.assertEqual(self.verdicts(run), {
            "1001": "created", "1002": "created", "C1003": "created", "C1004": "held",
            "1005": "held", "1006": "held",
        })
        self.assertEqual(
            (run.received_count, run.imported_count, run.held_count, run.pending_count),
            (6, 3, 3, 0))
        self.assertEqual(run.progress, 100)
        order = run.line_ids[0].order_id
        self.assertEqual(order.amount_total, 29.90)  # the lid was cancelled by C1003
        self.assertEqual(order.order_line.filtered("is_delivery").price_unit, 4.9)
        held = run.line_ids.filtered(lambda line: line.ref == "1005")
        self.assertEqual(held.intake_id.kind, "other")
        self.assertEqual(run.open_count, 3)

    def test_days_of_a_file_are_proved(self):
        run = self.finish(self.start())
        days = self.env["xb.shop.day"].search([("shop_id", "=", self.shop.id)])
        orders = run.line_ids.filtered(lambda line: line.kind == "order")
        self.assertEqual(sum(days.mapped("theirs_count")), len(orders))
        self.assertEqual(set(days.mapped("state")), {"complete"})
        self.assertTrue(all(days.mapped("theirs_total")))
        # a file that knows less of a day does not speak for it
        known = {day.day: day.theirs_total for day in days}
        lines = FILE.splitlines()
        self.finish(self.start("\n".join(lines[:2]) + "\n"))
        self.assertEqual({day.day: day.theirs_total for day in days}, known)
        # what is otherwise here than it was sold is no complete day
        order = run.line_ids.order_id[-1:]
        order.order_line[:1].price_unit += 1
        days._record_file(run)
        self.assertEqual(sorted(days.mapped("state"))[-1], "gap")

    def test_second_import_changes_nothing(self):
        self.finish(self.start())
        before = self.row_counts()
        run = self.start()
        before_messages = before.pop("mail_message")
        self.finish(run)
        self.assertEqual(set(self.verdicts(run).values()), {"unchanged"})
        after = self.row_counts()
        # the run itself logs its creation
        self.assertEqual(after.pop("mail_message"), before_messages + 1)
        self.assertEqual(after, before)

    def test_missing_products_on_request(self):
        run = self.finish(self.start(create_products=True, track_products=True))
        self.assertEqual(self.verdicts(run)["1006"], "created")
        product = run.line_ids.filtered(lambda line: line.ref == "1006").order_id.order_line
        self.assertTrue(product.product_id.is_storable)

    def test_trial_and_then_for_good(self):
        before = self.row_counts()
        run = self.finish(self.start(dry_run=True))
        after = self.row_counts()
        before.pop("mail_message"), after.pop("mail_message")
        self.assertEqual(after, before)
        self.assertEqual(self.verdicts(run)["C1003"], "created")
        self.assertFalse(run.line_ids.order_id)
        real = self.env["xb.import.run"].browse(run.action_import()["res_id"])
        self.finish(real)
        self.assertEqual(self.verdicts(real), self.verdicts(run))
        self.assertTrue(real.line_ids.order_id)

    def test_trial_of_a_change_shows_it(self):
        self.finish(self.start())
        run = self.finish(self.start(FILE.replace("2;13/5/2026", "3;13/5/2026"), dry_run=True))
        line = run.line_ids[0]
        self.assertEqual(line.state, "updated")
        self.assertIn("3", line.changes)
        self.assertEqual(line.order_id.order_line[0].product_uom_qty, 2)

    def test_death_between_and_within_chunks(self):
        self.patch(xb_import_run, "CHUNK", 2)
        run = self.start()
        run._job_process()
        self.assertEqual(run.pending_count, 4)
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            run._job_process()
            raise ZeroDivisionError  # the process dies before the chunk is committed
        run.invalidate_recordset()
        self.assertEqual(run.pending_count, 4)
        self.finish(run)
        self.assertEqual(Counter(self.verdicts(run).values()), {"created": 3, "held": 3})
        self.assertEqual(
            self.env["sale.order"].search_count([("xb_shop_id", "=", self.shop.id)]), 2)

    def test_job_enqueues_itself_until_done(self):
        self.patch(xb_import_run, "CHUNK", 4)
        with trap_jobs() as trap:
            run = self.start()
            trap.assert_jobs_count(1)
            trap.assert_enqueued_job(run._job_process)
        with trap_jobs() as trap:
            run._job_process()
            trap.assert_jobs_count(1)
        with trap_jobs() as trap:
            run._job_process()
            trap.assert_jobs_count(0)
        self.assertEqual(run.state, "done")
        with trap_jobs() as trap:
            run._job_process()
            trap.assert_jobs_count(0)

    def test_cron_takes_up_what_was_lost(self):
        run = self.start()
        jobs = self.env["queue.job"].search([("identity_key", "=", run._get_identity_key())])
        self.assertEqual(len(jobs), 1)
        with trap_jobs() as trap:
            self.env["xb.import.run"]._cron_resume()
            trap.assert_jobs_count(0, only=run._job_process)
        jobs.unlink()
        with trap_jobs() as trap:
            self.env["xb.import.run"]._cron_resume()
            trap.assert_enqueued_job(run._job_process)

    def test_accepting_a_doubtful_document(self):
        text = FILE + "1007;T-MUG;Blue mug;1;14/5/2026 12:00;12,50;17850;Germany\n" \
                      "1007;M;Manual;1;14/5/2026 12:00;3,00;17850;Germany\n"
        run = self.finish(self.start(text))
        line = run.line_ids.filtered(lambda line: line.ref == "1007")
        self.assertEqual((line.state, line.intake_id.is_blocked), ("held", True))
        with self.assertRaises(UserError):
            line.intake_id.action_retry()
        line.intake_id.action_accept()
        self.assertNotEqual(line.intake_id.is_blocked, True)

    # === THE REAL FILE === #

    @unittest.skipUnless(REAL_FILE.exists(), f"the real file is not here: {REAL_FILE.name}")
    def test_real_file_twice(self):
        data = REAL_FILE.read_bytes()
        pound = self.env.ref("base.GBP")
        pound.active = True
        self.shop.write({"currency_id": pound.id, "tz": "Europe/London"})
        run = self.finish(self.start(data, create_products=True))
        self.assertEqual(run.received_count, 300)
        self.assertEqual(len(set(run.line_ids.mapped("ref"))), 300)
        self.assertEqual((run.imported_count, run.held_count, run.rejected_count), (261, 39, 0))
        orders = run.line_ids.order_id
        self.assertEqual(len(orders), 257)
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        self.assertTrue(all(line.problem_summary for line in run.line_ids
                            if line.state == "held"))
        before = self.row_counts()
        again = self.finish(self.start(data, create_products=True))
        self.assertEqual(set(self.verdicts(again).values()), {"unchanged"})
        after = self.row_counts()
        before.pop("mail_message"), after.pop("mail_message")
        self.assertEqual(after, before)
