from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.xb_base.tests.common import PingAdapter

from .common import StockCase


class StockAdapter(PingAdapter):
    """A shop that can be told of stock."""

    vendor = "teststock"
    outbox_kinds = frozenset({"stock"})


@tagged("post_install", "-at_install")
class TestPublication(StockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.register_vendor("teststock", StockAdapter)
        cls.connection = cls.make_connection(vendor="teststock")
        cls.product.default_code = "LAMP"
        cls.env["product.product"].search([("default_code", "!=", "LAMP")]).default_code = False
        cls.shop = cls.make_shop(connection_id=cls.connection.id, stock_push="automatic")
        cls.publications = cls.env["xb.stock.publication"]
        cls.row = cls.publications.search([("shop_id", "=", cls.shop.id)])

    def publish(self):
        self.env.flush_all()
        self.levels._follow()
        self.publications._publish(self.shop)
        return self.env["xb.outbox"].search(
            [("kind", "=", "stock"), ("connection_id", "=", self.connection.id)])

    def confirm(self, row, seconds=30):
        self.row.changed_at = fields.Datetime.now() - timedelta(seconds=seconds)
        row.write({"state": "confirmed", "confirmed_value": row.value})
        row._on_confirmed()

    def test_lists_what_it_knows(self):
        self.assertEqual((self.row.product_id, self.row.key), (self.product, "LAMP"))

    def test_only_changes_and_what_was_confirmed(self):
        sent = self.publish()
        self.assertEqual(sent.value, {"sku": "LAMP", "quantity": "10", "expected": False})
        self.assertEqual((self.row.state, self.row.wanted), ("waiting", 10))
        self.confirm(sent)
        self.assertEqual((self.row.state, self.row.confirmed), ("confirmed", 10))
        self.assertGreaterEqual(self.row.lag, 30)
        version = sent.version
        self.publish()
        self.assertEqual(sent.version, version)
        self.put(self.product, -3)
        self.publish()
        self.assertEqual(sent.value, {"sku": "LAMP", "quantity": "7", "expected": "10"})
        # newest wins; what the shop said last stays what it was
        self.put(self.product, -3)
        self.publish()
        self.assertEqual(sent.value, {"sku": "LAMP", "quantity": "4", "expected": "10"})

    def test_same_figure_after_another_change_is_no_news(self):
        self.env["xb.stock.policy"].create(
            {"shop_id": self.shop.id, "has_cap": True, "cap": 5})
        sent = self.publish()
        self.assertEqual(sent.value["quantity"], "5")
        version = sent.version
        self.put(self.product, -3)
        self.publish()
        self.assertEqual(sent.version, version)
        self.assertFalse(self.publications._get_due(self.shop))

    def test_policy_change_is_published(self):
        sent = self.publish()
        self.confirm(sent)
        self.env["xb.stock.policy"].create(
            {"shop_id": self.shop.id, "buffer_mode": "fixed", "buffer": 4})
        self.publish()
        self.assertEqual((sent.value["quantity"], sent.value["expected"]), ("6", "10"))
        self.assertIn("Buffer", self.row.why_text)

    def test_claims_are_published_by_the_cron(self):
        sent = self.publish()
        self.claim(4)
        self.publications._cron_publish()
        self.publish()
        self.assertEqual(sent.value["quantity"], "6")

    def test_refused_is_compared_with_nothing_next_time(self):
        sent = self.publish()
        self.confirm(sent)
        self.put(self.product, -1)
        self.publish()
        sent.write({"state": "refused", "reason": "the quantity was another one"})
        sent._on_refused()
        self.assertEqual(self.row.state, "refused")
        self.put(self.product, -1)
        self.publish()
        self.assertEqual(sent.value, {"sku": "LAMP", "quantity": "8", "expected": False})

    def test_nothing_while_the_connection_is_down(self):
        self.connection._record_success()
        for health in ({"needs_reauth": True},):
            self.env["xb.connection.health"].search(
                [("connection_id", "=", self.connection.id)]).write(health)
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.state, "reauth")
        self.assertFalse(self.publish())
        self.assertTrue(self.shop.stock_paused_reason)
        self.assertEqual(len(self.shop.activity_ids), 1)
        self.publish()
        self.assertEqual(len(self.shop.activity_ids), 1)
        self.env["xb.connection.health"].search(
            [("connection_id", "=", self.connection.id)]).write({"needs_reauth": False})
        self.connection.invalidate_recordset()
        self.assertTrue(self.publish())
        self.assertFalse(self.shop.stock_paused_reason)
        self.assertFalse(self.shop.activity_ids)

    def test_nothing_while_levels_do_not_follow(self):
        self.env.cr.execute(
            "INSERT INTO xb_stock_touch (product_id, marked_at) VALUES (%s, %s)",
            [self.product.id, fields.Datetime.now() - timedelta(hours=1)])
        self.publications._publish(self.shop)
        self.assertTrue(self.shop.stock_paused_reason)
        self.assertEqual(self.row.state, "new")
        self.publish()
        self.assertEqual(self.row.state, "waiting")

    def test_drifted_product_is_held_back(self):
        self.publish()
        self.levels.search([("product_id", "=", self.product.id)]).drift_at = fields.Datetime.now()
        self.put(self.product, -1)
        sent = self.publish()
        self.assertEqual((self.row.state, sent.value["quantity"]), ("suppressed", "10"))
        self.levels.search([("product_id", "=", self.product.id)]).drift_at = False
        self.publish()
        self.assertEqual((self.row.state, sent.value["quantity"]), ("waiting", "9"))

    def test_wakes_a_job_for_shops_that_list_it(self):
        with trap_jobs():
            self.publish()
        self.put(self.product, -1)
        self.env.flush_all()
        with trap_jobs() as trap:
            self.levels._follow()
        # Other tests and demo shops may have left stock to tell of; ours is told of once.
        ours = [job for job in trap.enqueued_jobs if job.args == (self.shop.id,)]
        self.assertEqual(len(ours), 1)
        self.publications._job_publish(self.shop.id)
        self.assertEqual(self.row.wanted, 9)

    def test_lag_is_measured(self):
        self.confirm(self.publish(), seconds=40)
        self.env.flush_all()
        self.publications._cron_publish()
        self.assertAlmostEqual(self.shop.stock_lag, 40, delta=5)
