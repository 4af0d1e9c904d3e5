from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.xb_base.tests.common import PingAdapter

from ..core.offer import Offer
from .common import StockCase


class StockAdapter(PingAdapter):
    """A shop that can be told of stock."""

    vendor = "teststock"
    outbox_kinds = frozenset({"stock"})


class PublicationCase(StockCase):
    """A shop that is told of one product."""

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

    def assert_sent(self, sent, quantity, expected):
        self.assertEqual(sent.value, {
            "listing": "", "sku": "LAMP", "quantity": quantity, "expected": expected})


@tagged("post_install", "-at_install")
class TestPublication(PublicationCase):
    def test_lists_what_it_knows(self):
        self.assertEqual((self.row.product_id, self.row.key), (self.product, "LAMP"))

    def test_only_changes_and_what_was_confirmed(self):
        sent = self.publish()
        self.assert_sent(sent, "10", False)
        self.assertEqual((self.row.state, self.row.wanted), ("waiting", 10))
        self.confirm(sent)
        self.assertEqual((self.row.state, self.row.confirmed), ("confirmed", 10))
        self.assertGreaterEqual(self.row.lag, 30)
        version = sent.version
        self.publish()
        self.assertEqual(sent.version, version)
        self.put(self.product, -3)
        self.publish()
        self.assert_sent(sent, "7", "10")
        # newest wins; what the shop said last stays what it was
        self.put(self.product, -3)
        self.publish()
        self.assert_sent(sent, "4", "10")

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
        self.assert_sent(sent, "6", "10")
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
        self.assert_sent(sent, "8", False)

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

    def test_a_new_listing_or_policy_is_not_late(self):
        self.env.flush_all()
        self.levels._follow()
        level = self.levels.search([("product_id", "=", self.product.id)])

        def late(change=None):
            """Minutes that the figure is late by, of stock that changed half an hour ago."""
            if change:
                change()
            self.env.flush_all()
            self.levels._follow()
            level.invalidate_recordset()
            level.changed_at = fields.Datetime.now() - timedelta(minutes=30)
            self.publications._publish(self.shop)
            return round((fields.Datetime.now() - self.row.changed_at).total_seconds() / 60)

        self.assertEqual(late(), 0)
        self.assertEqual(late(lambda: self.env["xb.stock.policy"].create(
            {"shop_id": self.shop.id, "has_cap": True, "cap": 8})), 0)
        self.assertEqual(late(lambda: self.put(self.product, -5)), 30)

    def test_lag_is_measured(self):
        self.confirm(self.publish(), seconds=40)
        self.env.flush_all()
        self.publications._cron_publish()
        self.assertAlmostEqual(self.shop.stock_lag, 40, delta=5)


@tagged("post_install", "-at_install")
class TestOffers(PublicationCase):
    """What the shop sells under which name; sets of several products."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shade = cls.make_product("Shade", 9)
        cls.bulb = cls.make_product("Bulb", 100)
        cls.set = cls.publications.create({
            "shop_id": cls.shop.id, "key": "SET", "sku": "SET", "part_ids": [
                Command.create({"product_id": part.id, "quantity": quantity})
                for part, quantity in ((cls.product, 1), (cls.shade, 2), (cls.bulb, 6))]})

    def told(self):
        self.publish()
        return self.set.wanted, self.set.scarce_id

    def test_a_set_is_what_its_scarcest_part_makes(self):
        self.assertEqual(self.told(), (4, self.shade))
        self.assertEqual(self.set.content, "1 × [LAMP] Lamp, 2 × Shade, 6 × Bulb")
        self.assertEqual(self.set.why_text.splitlines()[-1], "Bundles, of so many each (2) → 4")
        self.put(self.product, -7)
        self.assertEqual(self.told(), (3, self.product))
        self.put(self.bulb, -95)
        self.assertEqual(self.told(), (0, self.bulb))
        self.assertFalse(self.publications._get_due(self.shop))

    def test_policies_of_its_parts_hold_for_a_set(self):
        self.env["xb.stock.policy"].create([
            {"shop_id": self.shop.id, "product_id": self.shade.id, "buffer_mode": "fixed",
             "buffer": 3},
            {"shop_id": self.shop.id, "product_id": self.bulb.id, "has_cap": True, "cap": 12}])
        self.assertEqual(self.told(), (2, self.bulb))

    def test_a_part_that_is_never_refused_limits_no_set(self):
        self.shade.xb_sell_beyond = True
        self.assertEqual(self.told(), (10, self.product))
        (self.product | self.bulb).xb_sell_beyond = True
        self.assertEqual(self.told(), (4, self.shade))

    def test_claims_and_drift_of_a_part(self):
        self.publish()
        self.claim(5, self.shade)
        self.publications._cron_publish()
        self.assertEqual(self.told(), (2, self.shade))
        self.levels.search([("product_id", "=", self.bulb.id)]).drift_at = fields.Datetime.now()
        self.set.dirty = True
        self.publish()
        self.assertEqual(self.set.state, "suppressed")

    def test_a_part_wakes_the_shop(self):
        with trap_jobs():
            self.publish()
        self.put(self.bulb, -1)
        self.env.flush_all()
        with trap_jobs() as trap:
            self.levels._follow()
        self.assertIn((self.shop.id,), [job.args for job in trap.enqueued_jobs])

    def test_other_content_by_the_same_name(self):
        self.assertEqual(self.told(), (4, self.shade))
        offers = [Offer("SET", "SET", "", {self.bulb.id: 20.0}),
                  Offer("LAMP", "LAMP", "v1", {self.product.id: 1.0})]
        with patch.object(type(self.shop), "_get_stock_offers", lambda shop: offers):
            self.publications._list_offers(self.shop)
        self.assertEqual(self.told(), (5, self.bulb))
        self.assertEqual((self.row.ref, self.row.state), ("v1", "waiting"))
        with patch.object(type(self.shop), "_get_stock_offers", lambda shop: offers[1:]):
            self.publications._list_offers(self.shop)
        self.assertFalse(self.set.exists())
        self.assertTrue(self.row.exists())
        gone = self.env["xb.outbox"].search([
            ("connection_id", "=", self.connection.id), ("key", "=", f"{self.shop.id}:SET")])
        self.assertEqual(gone.value["quantity"], "0", "the shop would go on selling it")

    def test_whoever_shares_a_reference_is_left_out(self):
        self.shade.default_code = "LAMP"
        self.publications._list_offers(self.shop)
        self.assertFalse(self.row.exists())

    def test_a_new_product_is_listed(self):
        with trap_jobs() as trap:
            self.make_product("Vase", 3, default_code="VASE")
            trap.assert_enqueued_job(self.publications._job_list, args=(self.shop.id,))
            trap.perform_enqueued_jobs()
        rows = self.publications.search([("shop_id", "=", self.shop.id)])
        self.assertIn("VASE", rows.mapped("key"))

    def test_many_are_listed_by_few_queries(self):
        self.env["product.product"].create([
            {"name": f"P{n}", "type": "consu", "is_storable": True, "default_code": f"P{n}"}
            for n in range(200)])
        self.env.flush_all()
        for most in (20, 6):
            self.env.invalidate_all()
            with self.assertQueryCount(most):
                self.publications._list_offers(self.shop)
                self.env.flush_all()
        rows = self.publications.search([("shop_id", "=", self.shop.id)])
        self.assertEqual(len(rows), 201, "the bundle has no listing, the lamp has a reference")

    def test_a_deleted_product_is_told_zero(self):
        vase = self.env["product.product"].create(
            {"name": "Vase", "type": "consu", "is_storable": True, "default_code": "VASE"})
        self.publications._list_offers(self.shop)
        row = self.publications.search(
            [("shop_id", "=", self.shop.id), ("product_id", "=", vase.id)])
        row.write({"confirmed": 3, "has_confirmed": True, "wanted": 3, "state": "confirmed"})
        vase.unlink()
        self.assertFalse(row.exists())
        sent = self.env["xb.outbox"].search([("key", "=", f"{self.shop.id}:VASE")])
        self.assertEqual(sent.value, {
            "listing": "", "sku": "VASE", "quantity": "0", "expected": False})

    def test_sold_again_and_there_is_none(self):
        """The outbox has the zero already, and sends nothing: the row is confirmed all the same."""
        self.confirm(self.publish().filtered(lambda row: row.value["sku"] == "LAMP"))
        self.product.sale_ok = False
        self.publications._list_offers(self.shop)
        sent = self.env["xb.outbox"].search([("key", "=", f"{self.shop.id}:LAMP")])
        sent.write({"state": "confirmed", "confirmed_value": sent.value})
        self.put(self.product, -10)
        self.product.sale_ok = True
        self.publications._list_offers(self.shop)
        self.publish()
        row = self.publications.search(
            [("shop_id", "=", self.shop.id), ("product_id", "=", self.product.id)])
        self.assertEqual((row.state, row.confirmed, sent.res_id), ("confirmed", 0, row.id))

    def test_two_shops_on_one_connection(self):
        other = self.make_shop("Other", connection_id=self.connection.id, stock_push="automatic")
        self.env["xb.stock.policy"].create({"shop_id": other.id, "has_cap": True, "cap": 1})
        self.publish()
        self.publications._publish(other)
        rows = self.env["xb.outbox"].search([
            ("kind", "=", "stock"), ("value", "like", "LAMP"),
            ("connection_id", "=", self.connection.id)])
        self.assertEqual(sorted(row.value["quantity"] for row in rows), ["1", "10"])

    def test_refused_once_more_without_comparing(self):
        sent = self.publish().filtered(lambda row: row.value["sku"] == "LAMP")
        self.confirm(sent)
        self.put(self.product, -1)
        self.publish()
        self.assert_sent(sent, "9", "10")
        sent.write({"state": "refused", "reason": "stock_changed: it has 50"})
        sent._on_refused()
        self.publish()
        self.assert_sent(sent, "9", False)
        version = sent.version
        sent.write({"state": "refused", "reason": "unknown_sku: no such article"})
        sent._on_refused()
        self.publish()
        self.assertEqual((sent.version, self.row.state), (version, "refused"))
        self.assertIn("no such article", self.row.reason)

    def test_preview_says_the_same(self):
        self.publish()
        offers = [Offer("SET", "SET", "", self.set._get_content())]
        with patch.object(type(self.shop), "_get_stock_offers", lambda shop: offers):
            lines = self.env["xb.stock.preview.line"]._reckon(
                self.shop, self.bulb, self.env["product.category"])
            self.assertFalse(self.env["xb.stock.preview.line"]._reckon(
                self.shop, self.make_product("Else"), self.env["product.category"]))
        self.assertEqual(
            [(line["key"], line["quantity"], line["product_id"]) for line in lines],
            [("SET", self.set.wanted, self.shade.id)])

    def test_monitor_tells_of_the_set(self):
        self.publish()
        self.levels._follow()
        level = self.levels.search([("product_id", "=", self.bulb.id)])
        [told] = self.levels.monitor_detail(level.id)["shops"]
        self.assertEqual((told["key"], told["told"]), ("SET", 4))
        self.assertEqual(told["steps"][-1]["after"], 4)
        found = self.levels.search([("shop_id", "in", self.shop.ids)])
        self.assertIn(level, found)
        page = self.levels.monitor_page({"shop_id": self.shop.id})
        self.assertIn(level.id, [row["id"] for row in page["rows"]])
