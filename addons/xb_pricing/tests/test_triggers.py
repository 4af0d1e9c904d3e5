from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import PricingCommon


@tagged("post_install", "-at_install")
class TestTriggers(PricingCommon):
    """Prices follow an input that moved far enough, at once, with the reason in their history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.listing = cls.make_listing(cls.shop_us, cls.mug, 7.99)
        cls.other = cls.make_listing(cls.shop_us, cls.make_product("T-P-OTHER", 30.0), 7.99)
        cls.table = cls.env["xb.freight.table"].create({
            "name": "T", "company_id": cls.company.id, "currency_id": cls.cny.id,
            "line_ids": [Command.create({"zone": "All", "to_kg": 9, "registration": 1.0})]})
        cls.mug.weight = 0.4
        cls.other.product_id.weight = 0.4
        cls.shop_us.write({"price_schedule": "publish", "freight_table_id": cls.table.id,
                           "price_approval_change": 0})
        (cls.listing | cls.other)._watch()
        cls.env.cr.precommit.run()

    def jobs_after(self, change):
        """Return what is enqueued before the commit of a change, and run it."""
        with trap_jobs() as trap:
            change()
            self.env.flush_all()
            self.env.cr.precommit.run()
            jobs = [(job.recordset, job.args) for job in trap.enqueued_jobs
                    if job.method_name == "_job_reprice_moved"]
            trap.perform_enqueued_jobs()
        return jobs

    def change_of(self, change):
        """Return the newest price change of the listing after something moved."""
        self.jobs_after(change)
        return self.env["xb.price.line"].search(
            [("listing_id", "=", self.listing.id)], limit=1)

    def test_cost(self):
        jobs = self.jobs_after(lambda: self.mug.write({"standard_price": 45}))
        self.assertEqual(jobs, [(self.shop_us, ([self.mug.id],))])
        line = self.listing.price_line_ids
        self.assertEqual((line.reason, line.state, line.run_id.reason), ("cost",
                         "published", "cost"))
        self.assertEqual(self.listing.price, line.new_price)
        self.assertGreater(line.new_price, 7.99)
        self.assertFalse(self.other.price_line_ids)

    def test_freight_fee_and_rate(self):
        fee = self.shop_us.fee_schedule_ids.line_ids
        rate = self.env["res.currency.rate"].search([
            ("currency_id", "=", self.usd.id), ("company_id", "=", self.company.id)])
        for reason, change in (
                ("freight", lambda: self.table.line_ids.write({"registration": 9})),
                ("fee", lambda: fee.write({"rate": 0.25})),
                ("rate", lambda: rate.write({"rate": 1 / 5.0}))):
            line = self.change_of(change)
            self.assertEqual((line.reason, line.state), (reason, "published"), reason)
            self.assertEqual(line.user_id, self.env.user)
            self.assertEqual(self.listing.price, line.new_price)

    def test_below_the_threshold_nothing_happens(self):
        self.shop_us.price_trigger_change = 0.20
        jobs = self.jobs_after(lambda: self.mug.write({"standard_price": 36}))
        self.assertTrue(jobs)
        self.assertFalse(self.listing.price_line_ids)
        # small steps add up: what counts is how far it is from when the price was set
        self.assertEqual(self.change_of(
            lambda: self.mug.write({"standard_price": 42})).reason, "cost")

    def test_only_shops_that_want_it(self):
        self.shop_us.price_schedule = "manual"
        self.assertFalse(self.jobs_after(lambda: self.mug.write({"standard_price": 60})))
        self.shop_us.write({"price_schedule": "propose", "price_trigger_change": 0})
        self.assertFalse(self.jobs_after(lambda: self.mug.write({"standard_price": 70})))
        self.shop_us.price_trigger_change = 0.02
        self.jobs_after(lambda: self.mug.write({"standard_price": 80}))
        self.assertEqual(self.listing.price_line_ids.state, "proposed")
        self.assertEqual(self.listing.price, 7.99)

    def test_words_change_no_price(self):
        fee = self.shop_us.fee_schedule_ids.line_ids
        self.assertFalse(self.jobs_after(lambda: fee.write({"name": "Commission"})))
        self.assertFalse(self.jobs_after(lambda: self.mug.write({"default_code": "NEW"})))
        self.assertFalse(self.jobs_after(lambda: self.rule.write({"target_share": 0.3})))
        self.assertTrue(self.jobs_after(lambda: self.rule.write({"packaging": 5})))

    def test_beyond_the_limit_waits_and_the_rest_is_published(self):
        manager = self.user("manager")
        self.shop_us.price_approval_change = 0.30
        self.jobs_after(lambda: (self.mug.write({"standard_price": 60}),
                                 self.other.product_id.write({"standard_price": 34})))
        self.assertEqual((self.listing.price_line_ids.state, self.listing.price),
                         ("proposed", 7.99))
        self.assertEqual(self.other.price_line_ids.state, "published")
        waiting = self.listing.price_line_ids.run_id
        self.assertEqual((waiting.state, waiting.over_limit_count), ("to_approve", 1))
        activity = waiting.activity_ids.filtered(lambda one: one.user_id == manager)
        self.assertIn("beyond the limit", activity.summary)

    def test_the_same_proposal_is_not_made_twice_and_a_newer_one_replaces_it(self):
        self.shop_us.price_schedule = "propose"
        self.mug.standard_price = 60
        self.shop_us._job_reprice()
        first = self.listing.price_line_ids
        self.assertEqual(first.state, "proposed")
        self.shop_us._job_reprice()
        self.assertEqual(self.listing.price_line_ids, first)
        self.mug.standard_price = 70
        self.shop_us._job_reprice()
        second = self.listing.price_line_ids - first
        self.assertEqual((first.state, first.remark, second.state),
                         ("skipped", "newer", "proposed"))
        self.assertEqual(first.run_id.state, "replaced")

    def test_a_price_set_by_hand_rests_on_today(self):
        self.mug.standard_price = 60
        self.listing.price = 9.99
        self.listing._watch()
        moves = self.env["xb.listing"]._get_moves(*self.price(self.listing), slice(None))
        self.assertEqual(moves.max(), 0)

    def test_supplier_and_receipt(self):
        self.rule.cost_source = "supplier"
        self.env.cr.precommit.run()
        vendor = self.env["res.partner"].create({"name": "Maker"})
        jobs = self.jobs_after(lambda: self.env["product.supplierinfo"].create({
            "partner_id": vendor.id, "product_tmpl_id": self.mug.product_tmpl_id.id,
            "price": 60, "currency_id": self.cny.id}))
        self.assertIn((self.shop_us, ([self.mug.id],)), jobs)
        self.assertEqual(self.listing.price_line_ids.reason, "cost")

    def test_many_products_are_one_job(self):
        products = self.mug | self.other.product_id | self.make_product("T-P-UNLISTED", 3)
        jobs = self.jobs_after(lambda: [one.write({"standard_price": 31}) for one in products])
        self.assertEqual(jobs, [(self.shop_us, (sorted(products[:2].ids),))])
