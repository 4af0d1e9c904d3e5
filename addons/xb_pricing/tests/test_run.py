from decimal import Decimal as D

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import PricingCommon


@tagged("post_install", "-at_install")
class TestRun(PricingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.listing = cls.make_listing(cls.shop_us, cls.mug, 6.99)

    def run_of(self, listings=None):
        return self.propose(listings or self.listing)

    def test_proposal_says_what_and_why(self):
        run = self.run_of()
        line = run.line_ids
        self.assertEqual((run.state, run.line_count, line.old_price, line.new_price, line.reason),
                         ("to_approve", 1, 6.99, 7.99, "manual"))
        self.assertAlmostEqual(line.change, 1 / 6.99, 5)
        self.assertAlmostEqual(line.new_profit, 14.77)
        self.assertEqual(self.listing.price, 6.99)
        self.assertFalse(line.over_limit)

    def test_small_changes_are_ignored_unless_below_the_floor(self):
        self.listing.price = 7.95
        self.assertFalse(self.run_of())
        self.rule.floor_share = 0.1999
        self.mug.standard_price = 33.55  # 7.95 is now below the floor, 7.99 is too
        self.assertTrue(self.run_of())

    def test_publish_sells_at_exactly_that_price(self):
        run = self.run_of()
        run.action_publish()
        self.assertEqual((run.state, run.published_count), ("published", 1))
        self.assertEqual((self.listing.price, self.listing.price_margin > 0.2), (7.99, True))
        self.assertEqual(self.shop_us.pricelist_id.currency_id, self.usd)
        partner = self.env["res.partner"].create({"name": "Buyer"})
        with Form(self.env["sale.order"].with_company(self.company)) as form:
            form.partner_id = partner
            form.pricelist_id = self.shop_us.pricelist_id
            with form.order_line.new() as line:
                line.product_id = self.mug
                line.product_uom_qty = 3
        order = form.record
        self.assertEqual(order.currency_id, self.usd)
        self.assertEqual(order.order_line.price_unit, 7.99)
        self.assertAlmostEqual(order.amount_untaxed, 23.97)

    def test_undo_restores_everything(self):
        first = self.run_of()
        first.action_publish()
        self.mug.standard_price = 60
        second = self.run_of()
        second.action_publish()
        item = self.env["product.pricelist.item"].search(
            [("xb_listing_id", "=", self.listing.id)])
        self.assertEqual(item.fixed_price, second.line_ids.new_price)
        second.action_undo()
        self.assertEqual((self.listing.price, item.fixed_price, second.state),
                         (7.99, 7.99, "undone"))
        first.action_undo()
        self.assertEqual(self.listing.price, 6.99)
        self.assertFalse(item.exists())
        with self.assertRaises(UserError):
            first.action_undo()

    def test_undo_keeps_what_was_changed_since(self):
        run = self.run_of()
        run.action_publish()
        self.listing.price = 8.50
        run.action_undo()
        self.assertEqual((self.listing.price, run.line_ids.state), (8.50, "published"))

    def test_what_moved_meanwhile_is_left_out(self):
        run = self.run_of()
        self.listing.price = 7.10
        run.action_publish()
        self.assertEqual((self.listing.price, run.line_ids.state, run.line_ids.remark),
                         (7.10, "skipped", "moved"))
        self.assertEqual((run.published_count, run.skipped_count), (0, 1))

    def test_floor_guard_at_the_moment_of_publishing(self):
        run = self.run_of()
        self.mug.standard_price = 45
        run.action_publish()
        self.assertEqual((self.listing.price, run.line_ids.remark), (6.99, "floor"))

    def test_approval_beyond_the_limit(self):
        self.listing.price = 5.00
        run = self.run_of()
        self.assertEqual(run.over_limit_count, 1)
        buyer, manager = self.user("buyer"), self.user("manager")
        with self.assertRaisesRegex(UserError, "manager"):
            run.with_user(buyer).action_publish()
        with self.assertRaises(AccessError):
            run.with_user(buyer).action_approve()
        run.with_user(manager).action_approve()
        self.assertEqual((run.state, run.approver_id), ("approved", manager))
        run.with_user(buyer).action_publish()
        self.assertEqual((run.state, run.publisher_id), ("published", buyer))
        self.assertEqual(self.listing.price, 7.99)

    def test_refused_runs_are_not_published(self):
        run = self.run_of()
        run.action_refuse()
        with self.assertRaises(UserError):
            run.action_publish()
        with self.assertRaises(AccessError):
            self.run_of().with_user(self.user("finance")).action_publish()

    def test_a_run_cannot_be_written_past_its_buttons(self):
        run = self.run_of()
        with self.assertRaises(AccessError):
            run.with_user(self.user("manager")).write({"state": "published"})

    def test_reason_is_what_moved(self):
        self.run_of().action_publish()
        self.mug.standard_price = 40
        self.assertEqual(self.run_of().line_ids.reason, "cost")
        self.mug.standard_price = 30
        self.env["res.currency.rate"].search([
            ("currency_id", "=", self.usd.id), ("company_id", "=", self.company.id),
        ]).rate = 1 / 5.5
        self.assertEqual(self.run_of().line_ids.reason, "rate")

    def test_nightly_repricing(self):
        self.shop_us.price_schedule = "propose"
        self.shop_us._job_reprice()
        run = self.env["xb.price.run"].search([("shop_ids", "in", self.shop_us.ids)])
        self.assertEqual(run.state, "to_approve")
        self.assertEqual(self.listing.price_problem, "drift")
        self.shop_us.price_schedule = "publish"
        self.shop_us._job_reprice()
        self.assertEqual((self.listing.price, self.listing.price_problem), (7.99, False))
        count = self.env["xb.price.run"].search_count([])
        self.shop_us._job_reprice()
        self.assertEqual(self.env["xb.price.run"].search_count([]), count)

    def test_effect_on_last_month(self):
        self.run_of().action_publish()
        order = self.env["sale.order"].create({
            "partner_id": self.env["res.partner"].create({"name": "B"}).id,
            "company_id": self.company.id, "xb_shop_id": self.shop_us.id,
            "order_line": [Command.create({"product_id": self.mug.id, "product_uom_qty": 10})]})
        order.action_confirm()
        self.mug.standard_price = 40
        run = self.run_of()
        line = run.line_ids
        self.assertAlmostEqual(run.effect, (line.new_profit - line.old_profit) * 10, 2)

    def test_queries_do_not_grow(self):
        products = self.make_product("Q", 12)
        for number in range(40):
            products |= self.make_product(f"Q{number}", 10 + number)
        listings = self.env["xb.listing"]
        for product in products:
            listings |= self.make_listing(self.shop_us, product, 1.0)
        run = self.run_of(listings)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(__system__=80):
            run.action_publish()
        self.assertEqual(run.published_count, 41)


@tagged("post_install", "-at_install")
class TestDesk(PricingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = [cls.make_product(f"D{number}", 5 + number) for number in range(30)]
        for shop in cls.shops:
            for number, product in enumerate(cls.products):
                cls.make_listing(shop, product, 300.0 if shop == cls.shop_jp else 3.0 + number)
        cls.domain = [("shop_id", "in", cls.shops.ids)]

    def simulate(self, **kwargs):
        return self.env["xb.price.desk"].simulate(self.domain, **kwargs)

    def test_the_sums_add_up(self):
        answer = self.simulate()
        self.assertEqual(answer["total"], 90)
        for shop in answer["shops"]:
            self.assertEqual(shop["up"] + shop["down"] + shop["same"] + shop["problems"],
                             shop["count"])
            self.assertEqual(shop["changed"], shop["up"] + shop["down"])
        self.assertEqual(sum(answer["histogram"]["after"]), 90)
        self.assertEqual(sum(answer["histogram"]["before"]), 90)
        self.assertAlmostEqual(float(answer["effect"]),
                               sum(float(shop["effect"]) for shop in answer["shops"]))

    def test_nothing_is_written(self):
        self.env.flush_all()
        tables = ("xb_listing", "xb_price_run", "xb_price_line", "product_pricelist_item",
                  "xb_price_rule", "xb_fee_line", "res_currency_rate")

        def state():
            answers = []
            for table in tables:
                self.env.cr.execute(
                    f"SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM {table} t")
                answers.append(self.env.cr.fetchone())
            return answers

        before = state()
        self.simulate(what_if={"target_points": 0.05, "fee_points": 0.02, "rate": -0.05})
        self.env.flush_all()
        self.assertEqual(before, state())

    def test_what_if(self):
        plain = self.simulate(sort="name")
        for change, sign in (({"target_points": 0.05}, 1), ({"fee_points": 0.03}, 1),
                             ({"cost": 0.2}, 1), ({"rate": 0.2}, -1), ({"target": 0.3}, 1)):
            tried = self.simulate(what_if=change, sort="name")
            moved = [D(b["new"]) - D(a["new"]) for a, b in zip(
                plain["rows"], tried["rows"], strict=True)]
            self.assertTrue(all(one * sign >= 0 for one in moved), change)
            self.assertTrue(any(moved), change)

    def test_bad_what_if(self):
        for change in ({"rate": "x"}, {"cost": -1}, {"target": 99}, {"fee_points": True}):
            with self.assertRaises(UserError):
                self.simulate(what_if=change)

    def test_filters_and_pages(self):
        first = self.simulate(limit=10)
        second = self.simulate(limit=10, offset=10)
        self.assertEqual(len(first["rows"]), 10)
        self.assertFalse({row["id"] for row in first["rows"]} & {
            row["id"] for row in second["rows"]})
        ups = self.simulate(only="up", limit=500)
        self.assertTrue(all(D(row["new"]) > D(row["old"]) for row in ups["rows"]))

    def test_ask(self):
        [run] = self.env["xb.price.desk"].ask(self.domain, "Spring")
        record = self.env["xb.price.run"].browse(run["id"])
        self.assertEqual((record.note, record.line_count), ("Spring", run["count"]))
        with self.assertRaises(AccessError):
            self.env["xb.price.desk"].with_user(self.user("finance")).ask(self.domain)
        with self.assertRaises(AccessError):
            self.env["xb.price.desk"].with_user(self.user("clerk")).simulate(self.domain)

    def test_setup_and_explanation(self):
        setup = self.env["xb.price.desk"].get_setup()
        self.assertEqual({shop["name"] for shop in setup["shops"]}, set(self.shops.mapped("name")))
        self.assertTrue(setup["can_approve"])
        listing = self.env["xb.listing"].search(self.domain, limit=1)
        answer = self.env["xb.price.desk"].explain(listing.id)
        self.assertEqual(answer["listing_id"], listing.id)
        with self.assertRaises(UserError):
            self.env["xb.price.desk"].explain(10 ** 9)


@tagged("post_install", "-at_install")
class TestWatch(PricingCommon):
    def watched(self, **values):
        listing = self.make_listing(self.shop_us, self.mug, **values)
        listing._watch()
        return listing

    def test_problems(self):
        listing = self.watched(price=3.99)
        self.assertEqual((listing.price_problem, listing.price_margin_band), ("negative", "1"))
        self.assertLess(listing.price_profit, 0)
        for price, problem, band in ((6.0, "below_floor", "2"), (7.50, False, "4"),
                                     (20.0, False, "5")):
            listing.price = price
            listing._watch()
            self.assertEqual((listing.price_problem and (
                listing.price_problem if listing.price_problem != "drift" else False)),
                problem, price)
            self.assertEqual(listing.price_margin_band, band, price)

    def test_stale_cost_and_rate(self):
        listing = self.watched(price=9.99)
        self.assertFalse(listing.price_problem)
        self.rule.cost_days = 10
        self.env["product.value"].search([("product_id", "=", self.mug.id)]).date = \
            self.days_ago(11)
        self.env.cr.execute("UPDATE product_product SET create_date = %s WHERE id = %s",
                            [self.days_ago(11), self.mug.id])
        listing._watch()
        self.assertEqual((listing.price_problem, listing.price_cost_days), ("stale_cost", 11))
        self.env["res.currency.rate"].search([
            ("currency_id", "=", self.usd.id)]).filtered(
                lambda rate: rate.company_id == self.company).name = self.days_ago(9)
        listing._watch()
        self.assertEqual(listing.price_problem, "stale_rate")
        self.assertIn("9 days old", listing.price_remark)

    def test_no_price(self):
        self.mug.standard_price = 0
        listing = self.watched(price=9.99)
        self.assertEqual(listing.price_problem, "no_price")
        self.assertIn("no cost", listing.price_remark)
