"""A catalogue in three shops from simulation to sale and back: 600 listings by default, 20,000
with `XB_PRICE_LISTINGS=20000`."""

import os
from decimal import Decimal as D

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import PricingCommon

COUNT = int(os.environ.get("XB_PRICE_LISTINGS", "600"))
TABLES = {
    "xb_listing": "id, price::float, active",
    "product_pricelist_item": "id, fixed_price, xb_listing_id",
    "xb_price_rule": "t.*", "xb_fee_line": "t.*", "res_currency_rate": "t.*"}


@tagged("post_install", "-at_install")
class TestFull(PricingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        count = COUNT // len(cls.shops)
        products = cls.env["product.product"].create([{
            "name": f"F{number}", "default_code": f"F{number}", "type": "consu",
            "is_storable": True, "standard_price": 5 + number % 97} for number in range(count)])
        # A few cannot be priced: without cost.
        products[:3].standard_price = 0
        cls.listings = cls.env["xb.listing"].create([{
            "shop_id": shop.id, "sku": product.default_code, "title": product.name,
            "product_id": product.id,
            "price": (200 if shop == cls.shop_jp else 2) * (1 + number % 50)}
            for shop in cls.shops for number, product in enumerate(products)])
        cls.products = products
        cls.shops.price_approval_change = 0
        cls.domain = [("shop_id", "in", cls.shops.ids)]

    def state(self):
        """Return a sum over everything that prices are kept in."""
        self.env.flush_all()
        answers = {}
        for table, columns in TABLES.items():
            self.env.cr.execute(
                f"SELECT count(*), md5(string_agg(row::text, ',' ORDER BY row::text))"
                f" FROM (SELECT {columns} FROM {table} t) row")
            answers[table] = self.env.cr.fetchone()
        return answers

    def test_from_simulation_to_sale_and_back(self):
        before = self.state()
        answer = self.simulate_all()
        self.assertEqual(self.state(), before, "a simulation writes nothing")
        [asked] = self.env["xb.price.desk"].ask(self.domain, "Spring")
        run = self.env["xb.price.run"].browse(asked["id"])
        self.check_lines(run, answer)
        run.action_publish()
        self.assertEqual((run.published_count, run.skipped_count), (run.line_count, 0))
        self.check_published(run)
        for shop in self.shops:
            self.sell_one(run, shop)
        run.action_undo()
        self.assertEqual(set(run.line_ids.mapped("state")), {"undone"})
        self.assertEqual(self.state(), before, "undo restores all")

    def simulate_all(self):
        """Return the simulation with every row; the diff must add up."""
        desk, rows = self.env["xb.price.desk"], []
        answer = desk.simulate(self.domain, sort="name", limit=500)
        rows += answer["rows"]
        while len(rows) < answer["total"]:
            rows += desk.simulate(
                self.domain, sort="name", limit=500, offset=len(rows))["rows"]
        self.assertEqual(len({row["id"] for row in rows}), len(self.listings))
        for shop in answer["shops"]:
            own = [row for row in rows if row["shop"] == shop["name"]]
            ups = sum(D(row["new"]) > D(row["old"]) for row in own if row["new"])
            downs = sum(D(row["new"]) < D(row["old"]) for row in own if row["new"])
            problems = sum(not row["new"] for row in own)
            self.assertEqual((shop["up"], shop["down"], shop["problems"], shop["count"]),
                             (ups, downs, problems, len(own)))
            self.assertEqual(problems, 3)
            self.assertEqual(shop["changed"] + shop["same"] + problems, len(own))
        self.assertEqual(sum(answer["histogram"]["after"]), len(rows) - 9)
        return {**answer, "rows": {row["id"]: row for row in rows}}

    def check_lines(self, run, answer):
        """A run's lines are the rows of the simulation that change by the threshold."""
        lines = {line["listing_id"][0]: line for line in run.line_ids.read(
            ["listing_id", "old_price", "new_price"], load="_classic_read")}
        for row in answer["rows"].values():
            if not row["new"] or row["new"] == row["old"]:
                self.assertNotIn(row["id"], lines)
            elif abs(D(row["new"]) / D(row["old"]) - 1) > D("0.01"):
                line = lines[row["id"]]
                self.assertAlmostEqual(line["old_price"], float(row["old"]))
                self.assertAlmostEqual(line["new_price"], float(row["new"]))
        self.assertEqual(run.line_count, len(lines))

    def check_published(self, run):
        """Listing and price list say the same, whatever the currency's decimals."""
        self.env.cr.execute(
            """SELECT count(*), count(*) FILTER (WHERE x.price = l.new_price
                      AND i.fixed_price = l.new_price AND i.currency_id = x.currency_id)
                 FROM xb_price_line l JOIN xb_listing x ON x.id = l.listing_id
                 LEFT JOIN product_pricelist_item i ON i.xb_listing_id = x.id
                WHERE l.run_id = %s AND l.state = 'published'""", [run.id])
        total, same = self.env.cr.fetchone()
        self.assertEqual((total, same), (run.line_count, run.line_count))

    def sell_one(self, run, shop):
        """Sell one through a sales order, as a person enters it."""
        line = run.line_ids.filtered(lambda line: line.shop_id == shop)[0]
        with Form(self.env["sale.order"].with_company(self.company)) as form:
            form.partner_id = self.env["res.partner"].create({"name": f"Buyer {shop.name}"})
            form.pricelist_id = shop.pricelist_id
            with form.order_line.new() as entry:
                entry.product_id = line.product_id
                entry.product_uom_qty = 2
        order = form.record
        order.order_line.tax_ids = [Command.clear()]
        self.assertEqual(order.currency_id, shop.currency_id)
        self.assertEqual(order.order_line.price_unit, line.new_price)
        self.assertEqual(shop.currency_id.compare_amounts(
            order.amount_total, 2 * line.new_price), 0)
