import base64
import io
from pathlib import Path

import openpyxl

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import Form

from .common import OrdersCommon

FIXTURES = Path(__file__).parent / "fixtures"
UNKNOWN = "Bestellung;Wann;Artikel;Menge;Preis\nA-1;2026-05-04;T-MUG;2;12,50\n"
MAPPING = {"Bestellung": "ref", "Wann": "placed_at", "Artikel": "sku", "Menge": "qty",
           "Preis": "unit_price"}
BAD = """Order No;Date;SKU;Qty;Price;Currency;Title
B-1;2026-05-04 10:00;T-MUG;2;12,50;{currency};Mug
B-1;2026-05-04 10:00;T-NONE;1;4,00;{currency};=1+1
B-2;2026-05-04 11:00;T-LID;1;x;{currency};Lid
B-3;2026-05-04 12:00;T-LID;1;4,00;{currency};Lid
"""


class FilesCommon(OrdersCommon):
    """Files through the wizard, and what comes out of them."""

    def wizard(self, data, **vals):
        data = data if isinstance(data, bytes) else data.encode()
        return self.env["xb.import.wizard"].create({
            "shop_id": self.shop.id, "file": base64.b64encode(data), "filename": "orders.csv",
            **vals,
        })

    def run_of(self, data, **vals):
        wizard = self.wizard(data, **vals)
        run = self.env["xb.import.run"].browse(wizard.action_import()["res_id"])
        while run.state != "done":
            for lane in sorted(set(run.line_ids.mapped("lane"))):
                run._job_process(lane)
            run._job_finish()
            run.invalidate_recordset()
        return run

    def bad_file(self):
        return BAD.format(currency=self.company.currency_id.name)

    def verdicts(self, run):
        return {line.ref: line.state for line in run.line_ids}


@tagged("post_install", "-at_install")
class TestMapping(FilesCommon):

    def form(self):
        form = Form(self.env["xb.import.wizard"].with_context(default_shop_id=self.shop.id))
        form.file = base64.b64encode(UNKNOWN.encode())
        return form

    def test_mapped_by_hand_once(self):
        form = self.form()
        self.assertFalse(form.is_readable)
        for index, heading in enumerate(MAPPING):
            with form.column_ids.edit(index) as column:
                self.assertEqual(column.heading, heading)
                column.field_name = MAPPING[heading]
        self.assertTrue(form.is_readable)
        form.save().action_import()
        mapping = self.env["xb.import.mapping"].search([("shop_id", "=", self.shop.id)])
        self.assertEqual(mapping.mapping, {name: head for head, name in MAPPING.items()})
        again = self.form()
        self.assertTrue(again.is_readable)
        self.assertEqual(again.mapping_id, mapping)
        again.save().action_import()
        self.assertEqual(mapping.use_count, 1)

    def test_not_remembered_when_not_wanted(self):
        form = self.form()
        for index, heading in enumerate(MAPPING):
            with form.column_ids.edit(index) as column:
                column.field_name = MAPPING[heading]
        form.remember = False
        form.save().action_import()
        self.assertFalse(self.env["xb.import.mapping"].search([("shop_id", "=", self.shop.id)]))

    def test_two_columns_cannot_be_the_same(self):
        form = self.form()
        for index, heading in enumerate(MAPPING):
            with form.column_ids.edit(index) as column:
                column.field_name = MAPPING[heading]
        with form.column_ids.edit(2) as column:
            column.field_name = "ref"
        with form.column_ids.edit(0) as column:
            column.field_name = "sku"
        with form.column_ids.edit(1) as column:
            column.field_name = "sku"
        wizard = form.save()
        with self.assertRaises(UserError):
            wizard.action_import()

    def test_of_another_shop_is_not_used(self):
        self.test_mapped_by_hand_once()
        other = self.shop.copy({"name": "Other"})
        form = Form(self.env["xb.import.wizard"].with_context(default_shop_id=other.id))
        form.file = base64.b64encode(UNKNOWN.encode())
        self.assertFalse(form.is_readable)


@tagged("post_install", "-at_install")
class TestPresetFiles(FilesCommon):

    def setUp(self):
        super().setUp()
        self.env["res.currency"].with_context(active_test=False).search(
            [("name", "in", ("USD", "EUR", "MYR", "IDR"))]).active = True
        self.shop.product_policy = "create"

    def import_sample(self, name, **vals):
        return self.run_of((FIXTURES / name).read_bytes(), create_products=True, **vals)

    def test_each_preset_imports_and_the_second_time_changes_nothing(self):
        for name, currency in (
            ("amazon_all_orders.txt", "USD"), ("shopify_orders.csv", "EUR"),
            ("shopee_orders_my.xlsx", "MYR"), ("shopee_orders_id.xlsx", "IDR"),
        ):
            with self.subTest(name):
                vals = {"currency_id": self.env.ref(f"base.{currency}").id}
                first = self.import_sample(name, **vals)
                self.assertFalse({"pending", "rejected"} & set(self.verdicts(first).values()),
                                 first.line_ids.mapped("problem_summary"))
                second = self.import_sample(name, **vals)
                self.assertEqual(set(self.verdicts(second).values()), {"unchanged"})
                days = sum(entry[currency]["count"] for entry in first.day_totals.values())
                live = first.line_ids.filtered(
                    lambda line: line.kind == "order"
                    and line.document["value"]["status"] != "cancelled")
                self.assertEqual(days, len(live))

    def test_reports_complete_each_other(self):
        waiting = self.import_sample("amazon_unshipped.txt")
        self.assertEqual(set(self.verdicts(waiting).values()), {"held"})
        self.import_sample("amazon_all_orders.txt")
        order = self.env["sale.order"].search(
            [("xb_shop_id", "=", self.shop.id), ("xb_ref", "=", "111-1111111-1111111")])
        total = order.amount_total
        self.assertFalse(order.partner_shipping_id.street)
        run = self.import_sample("amazon_unshipped.txt")
        self.assertEqual(self.verdicts(run),
                         {"111-1111111-1111111": "updated", "111-6666666-6666666": "unchanged"})
        self.assertEqual(order.partner_shipping_id.street, "1 Example Street")
        self.assertEqual(order.amount_total, total)
        # the report that knows less does not take the street away again
        again = self.import_sample("amazon_all_orders.txt")
        self.assertEqual(self.verdicts(again)["111-1111111-1111111"], "unchanged")
        self.assertEqual(order.partner_shipping_id.street, "1 Example Street")


@tagged("post_install", "-at_install")
class TestRepairFile(FilesCommon, HttpCase):

    def test_rows_come_back_repaired_and_go_on(self):
        run = self.run_of(self.bad_file())
        self.assertEqual(self.verdicts(run), {"B-1": "held", "B-2": "rejected", "B-3": "created"})
        name, data = run._build_repair_file("xlsx")
        self.assertTrue(name.endswith(".xlsx"))
        book = openpyxl.load_workbook(io.BytesIO(data))
        rows = list(book.active.values)
        self.assertEqual([row[0] for row in rows[1:]], ["B-1", "B-1", "B-2"])
        self.assertIn("T-NONE", rows[2][7])  # beside the row it is about
        self.assertFalse(rows[1][7])
        self.assertIn("x", rows[3][7])
        self.assertTrue(rows[2][8])
        book.active["C3"], book.active["E4"] = "T-LID", "4,00"
        out = io.BytesIO()
        book.save(out)
        repaired = self.run_of(out.getvalue())
        self.assertEqual(self.verdicts(repaired), {"B-1": "created", "B-2": "created"})
        self.assertEqual(repaired.line_ids.order_id.order_line.filtered("xb_sku").mapped("name")[1],
                         "=1+1")

    def test_few_rows_are_read_as_the_whole_file_was(self):
        head = "Order No;Date;SKU;Qty;Price;Currency\n"
        currency = self.company.currency_id.name
        run = self.run_of(head + f"C-1;13/05/2026;T-MUG;1;1,25;{currency}\n"
                                 f"C-2;01/05/2026;T-NONE;1;1,234;{currency}\n")
        _name, data = run._build_repair_file("csv")
        reading = self.wizard(data).reading
        cells = {cell["text"]: cell["value"] for cell in reading["preview"][0]["cells"]}
        self.assertTrue(cells["01/05/2026"].startswith("2026-05-01"))
        self.assertEqual(cells["1,234"], "1.234")

    def test_download(self):
        run = self.run_of(self.bad_file())
        url = run.action_repair_csv()["url"]
        self.authenticate("admin", "admin")
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertIn("'=1+1", answer.content.decode("utf-8-sig"))
        self.assertEqual(self.url_open("/xb/import/0/repair.csv").status_code, 404)
        self.assertEqual(self.url_open(f"/xb/import/{run.id}/repair.exe").status_code, 404)

    def test_download_needs_the_right_to_read(self):
        run = self.run_of(self.bad_file())
        self.user("nobody", "base.group_user")
        self.authenticate("nobody", "nobody")
        self.assertEqual(self.url_open(f"/xb/import/{run.id}/repair.csv").status_code, 403)
        self.authenticate(None, None)
        answer = self.url_open(f"/xb/import/{run.id}/repair.csv", allow_redirects=False)
        self.assertIn(answer.status_code, (302, 303))

    def test_nothing_to_repair(self):
        good = "\n".join(self.bad_file().splitlines()[i] for i in (0, 4))
        run = self.run_of(good)
        with self.assertRaises(UserError):
            run.action_repair_xlsx()


@tagged("post_install", "-at_install")
class TestTrial(FilesCommon):

    def test_diff(self):
        currency = self.company.currency_id.name
        head = "Order No;Date;Ship By;SKU;Qty;Price;Currency\n"
        row = f"D-1;2026-05-04;2026-05-06;T-MUG;2;12,50;{currency}\n"
        self.run_of(head + row)
        before = self.row_counts()
        run = self.run_of(head + row.replace("05-06", "05-09").replace(";2;", ";3;")
                          + row.replace("D-1", "D-2") + row.replace("D-1", "D-3").replace(
                              "T-MUG", "T-NONE"), dry_run=True)
        after = self.row_counts()
        after.pop("mail_message")  # the trial itself is on record
        self.assertEqual(after, {table: before[table] for table in after})
        self.assertEqual(self.verdicts(run),
                         {"D-1": "updated", "D-2": "created", "D-3": "held"})
        parts = {part["field"]: (part["old"], part["new"])
                 for group in run._get_diff_groups() for row in group["rows"]
                 for part in row["parts"] if part["field"]}
        self.assertTrue(any(old.startswith("2026-05-06") and new.startswith("2026-05-09")
                            for old, new in parts.values()), parts)
        self.assertIn(("2", "3"), parts.values())
        self.assertIn("T-NONE", run.diff_html)

    def test_huge_file_is_refused_before_it_is_decoded(self):
        wizard = self.env["xb.import.wizard"].new({
            "shop_id": self.shop.id, "file": b"A" * (70 * 1024 * 1024)})
        decoded = []
        self.patch(type(wizard), "_decode", lambda self, data: decoded.append(data) or b"")
        reading = wizard._read()
        self.assertEqual([problem.code for problem in reading.problems], ["file_too_large"])
        self.assertFalse(decoded)
