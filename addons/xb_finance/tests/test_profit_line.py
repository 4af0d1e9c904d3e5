"""Profit per product and carrier: an order's rows spread over its lines; and as a workbook."""

import io
from datetime import date

import openpyxl

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common import FinanceCommon


@tagged("post_install", "-at_install")
class TestProfitLine(FinanceCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order("P1", 60.0, "EUR")
        cls.order.write({"order_line": [
            Command.create({"product_id": cls.lid.id, "product_uom_qty": 1, "price_unit": 30.0,
                            "xb_sku": "LID", "tax_ids": [Command.clear()]}),
            Command.create({"product_id": cls.lid.id, "product_uom_qty": 1, "price_unit": 9.0,
                            "is_delivery": True, "tax_ids": [Command.clear()]})]})
        cls.mug_line, cls.lid_line, cls.delivery = cls.order.order_line
        cls.mug_line.xb_sku = "MUG"
        cls.mug_line.purchase_price, cls.lid_line.purchase_price = 20.0, 5.0
        cls.delivery.purchase_price = 0
        cls.order.action_confirm()

    def spread(self, component, stage="estimate"):
        self.env["xb.profit.line"].invalidate_model()
        return {row.line_id: round(row.amount, 2) for row in self.env["xb.profit.line"].search(
            [("order_id", "=", self.order.id), ("component", "=", component),
             ("stage", "=", stage)])}

    def assertSpread(self):
        """Whatever is spread adds up to its row."""
        for model in ("amount", "estimate", "actual"):
            sums = [{(component, stage): round(total, 2) for component, stage, total in self.env[
                name]._read_group([("company_id", "=", self.company.id)],
                                  ["component", "stage"], [f"{model}:sum"])}
                    for name in ("xb.order.profit", "xb.profit.line")]
            self.assertEqual(*sums)

    def test_estimates(self):
        # 99.00 with the shipping: goods carry it by their net sales, 60 to 30
        self.assertEqual(self.spread("revenue"), {self.mug_line: 66.0, self.lid_line: 33.0})
        self.assertEqual(self.spread("cost"), {self.mug_line: -20.0, self.lid_line: -5.0})
        self.make_parcel("PP0000000001", self.order, cost=10.0)
        self.env["xb.order.profit"]._run_scheduled()
        self.assertEqual(self.spread("freight"), {self.mug_line: -6.67, self.lid_line: -3.33})
        rows = self.env["xb.profit.line"].search([("order_id", "=", self.order.id)])
        self.assertEqual(rows.carrier_id, self.carrier())
        self.assertEqual(rows.product_id, self.mug | self.lid)
        self.assertEqual(len(set(rows.ids)), len(rows))
        self.assertSpread()

    def test_facts_stay_with_their_line(self):
        lines = [("Order", "P1", "ItemPrice", "Principal", 60.0),
                 ("Order", "P1", "ItemPrice", "Principal", 30.0),
                 ("Order", "P1", "ItemFees", "Commission", -10.0),
                 ("Refund", "P1", "ItemPrice", "Principal", -30.0)]
        data = self.statement("L1", lines, "EUR").decode().splitlines()
        for place, sku in ((2, "MUG"), (3, "LID"), (5, "LID")):
            cells = data[place].split("\t")
            cells[19] = sku
            data[place] = "\t".join(cells)
        settlement = self.load("\n".join(data).encode() + b"\n")
        settlement.action_post()
        self.assertEqual(self.spread("revenue", "actual"),
                         {self.mug_line: 60.0, self.lid_line: 30.0})
        self.assertEqual(self.spread("refund", "actual"), {self.lid_line: -30.0})
        self.assertEqual(self.spread("fee_platform", "actual"),
                         {self.mug_line: -6.67, self.lid_line: -3.33})
        # A statement says what was sold: estimates of sales count no longer.
        self.assertEqual(set(self.spread("revenue").values()), {0.0})
        self.assertSpread()

    def test_rows_without_an_order(self):
        self.load(self.statement("L2", [
            ("ServiceFee", "", "Cost of Advertising", "TransactionTotalAmount", -12.0)],
            "EUR")).action_post()
        self.assertSpread()

    def test_filters_reach_the_rows(self):
        """A report of a month spreads that month only."""
        query = self.env["xb.profit.line"]._search([("day", ">=", "2026-05-01"),
                                                    ("company_id", "=", self.company.id)])
        plan = "\n".join(row[0] for row in self.env.execute_query(
            SQL("EXPLAIN %s", query.select())))
        scan = plan.split("on xb_order_profit r", 1)[1].split("->", 1)[0]
        self.assertRegex(scan, r"(?s)day >= .*|Cond:.*day")
        self.assertIn("company_id =", scan)

    def test_workbook(self):
        Profit = self.env["xb.order.profit"]
        self.load(self.statement("L3", [
            ("Order", "P1", "ItemPrice", "Principal", 99.0),
            ("ServiceFee", "", "Cost of Advertising", "TransactionTotalAmount", -12.0)],
            "EUR")).action_post()
        data = Profit._get_workbook(
            self.company, date(2026, 5, 1), date(2026, 5, 31), self.env["xb.shop"])
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        rows = list(sheet.iter_rows(values_only=True))
        head = rows[0]
        row = dict(zip(head, rows[1], strict=True))
        self.assertEqual((row["Order Number"], row["Revenue"], row["Cost of Goods"],
                          row["Profit"], row["Still Estimated"]), ("P1", 99.0, -25.0, 74.0, -25.0))
        rest = dict(zip(head, rows[2], strict=True))
        self.assertEqual((rest["Order"], rest["Advertising"]), ("Without an Order", -12.0))
        self.assertEqual(rows[3][head.index("Profit")][:5], "=SUM(")
        self.assertEqual(sheet.freeze_panes, "A2")
        with self.assertRaises(AccessError):
            Profit.with_user(self.user("c-book", "xb_base.group_clerk"))._get_workbook(
                self.company, date(2026, 5, 1), date(2026, 5, 31), self.env["xb.shop"])
        wizard = self.env["xb.profit.export"].create(
            {"date_from": "2026-05-01", "date_to": "2026-05-31"})
        self.assertIn("start=2026-05-01", wizard.action_export()["url"])

    def test_one_statement_for_many_orders(self):
        orders = self.order
        for place in range(4):
            order = self.make_order(f"M{place}", 10.0, "EUR")
            order.action_confirm()
            orders |= order
        Profit = self.env["xb.order.profit"]
        Profit._rebuild(orders)
        self.env.flush_all()
        # parcels, what tariffs ask (where `xb_pricing_finance` is), deleted, worked out
        with self.assertQueryCount(4):
            Profit._rebuild(orders)
