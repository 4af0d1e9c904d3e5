from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestListingStock(OrdersCommon):
    """A shop is told of stock by its listings' names, and of bundles by what they contain."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.publications = cls.env["xb.stock.publication"]

    def offers(self):
        return {offer.key: offer for offer in self.shop._get_stock_offers()}

    def test_a_listing_is_told_by_its_name(self):
        self.assertEqual(self.offers()["T-MUG"].content, {self.mug.id: 1.0})
        self.map("CUP-1", (self.mug, 1))
        self.map("CUP-2", (self.mug, 1), ref="v2")
        offers = self.offers()
        self.assertNotIn("T-MUG", offers)
        self.assertEqual(offers["CUP-1"][1:], ("CUP-1", "", {self.mug.id: 1.0}))
        self.assertEqual(offers["v2"][1:], ("CUP-2", "v2", {self.mug.id: 1.0}))

    def test_a_bundle_is_told_by_what_it_contains(self):
        self.map("SET", (self.mug, 2), (self.lid, 1))
        offers = self.offers()
        self.assertEqual(offers["SET"].content, {self.mug.id: 2.0, self.lid.id: 1.0})
        # the products are sold alone as well, by their references
        self.assertIn("T-MUG", offers)

    def test_a_name_that_means_something_else(self):
        listing = self.map("T-MUG", (self.lid, 1))
        self.assertEqual(self.offers()["T-MUG"].content, {self.lid.id: 1.0})
        listing.line_ids.unlink()
        self.assertNotIn("T-MUG", self.offers(), "nobody knows what it is")

    def test_what_is_not_kept_is_not_told(self):
        service = self.env["product.product"].create({"name": "Wrapping", "type": "service"})
        self.map("WRAP", (service, 1))
        self.map("GIFT", (self.mug, 1), (service, 1))
        self.assertNotIn("WRAP", self.offers())
        self.assertIn("GIFT", self.offers())

    def test_every_change_is_listed_anew(self):
        self.shop.stock_push = "automatic"

        def relisted(change):
            with trap_jobs() as trap:
                result = change()
                trap.assert_enqueued_job(self.publications._job_list, args=(self.shop.id,))
                trap.perform_enqueued_jobs()
            rows = self.publications.search([("shop_id", "=", self.shop.id)])
            return result, {row.key: row._get_content() for row in rows}

        listing, rows = relisted(lambda: self.map("SET", (self.mug, 2)))
        self.assertEqual(rows["SET"], {self.mug.id: 2.0})
        self.assertEqual(
            relisted(lambda: listing.line_ids.write({"quantity": 3}))[1]["SET"],
            {self.mug.id: 3.0})
        rows = relisted(lambda: listing.write({"product_id": self.lid.id}))[1]
        self.assertEqual(rows["SET"], {self.lid.id: 1.0})
        self.assertNotIn("SET", relisted(lambda: listing.write({"active": False}))[1])
        self.assertIn("SET", relisted(lambda: listing.write({"active": True}))[1])
        self.assertNotIn("SET", relisted(listing.unlink)[1])

    def test_a_shop_that_has_sold_meanwhile(self):
        """It refuses; its orders are fetched, and it is told again."""
        row = self.publications.create({
            "shop_id": self.shop.id, "product_id": self.mug.id, "key": "T-MUG", "sku": "T-MUG",
            "state": "waiting", "wanted": 3, "has_wanted": True, "dirty": False})
        outbox = self.env["xb.outbox"]
        cases = (("5", True, [self.shop]), (False, False, []))
        for expected, again, fetched in cases:
            sent = outbox.new({"state": "refused", "reason": "stock_changed: it has 4",
                               "value": {"quantity": "3", "expected": expected}})
            row.has_wanted, synced = True, []
            with patch.object(type(self.shop), "_supports", lambda *_args: True), patch.object(
                    type(self.shop), "_enqueue_sync",
                    lambda shops, seen=synced: seen.extend(shops)):
                self.shop.invalidate_recordset(["can_list_orders"])
                row._xb_outbox_changed(sent)
            self.assertEqual((row.state, row.dirty, row.has_wanted), ("refused", True, not again))
            self.assertEqual(synced, fetched)
