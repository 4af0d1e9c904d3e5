from datetime import datetime
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.xb_base.tests.common import XbBaseCase

from ..adapters.base import Page, ShopAdapter
from .common import OrdersCommon


class Platform(ShopAdapter):
    """A platform with three pages of orders, in memory; the real thing is tested in its plug-in."""

    vendor = "test"
    outbox_kinds = frozenset({"shipment"})
    capabilities = frozenset({"list_orders"})
    pages = ()
    asked = ()

    def ping(self):
        return "Test platform"

    def list_orders(self, since, cursor=None):
        Platform.asked = [*Platform.asked, (since, cursor)]
        number = int(cursor or 0)
        more = str(number + 1) if number + 1 < len(self.pages) else None
        return Page(self.pages[number], more)

    def get_order(self, ref):
        return next(order for page in self.pages for order in page if order["ref"] == ref)


@tagged("post_install", "-at_install")
class TestPlatformExchange(XbBaseCase, OrdersCommon):
    """Numbers go out to the platform, orders come in from it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.register_vendor("test", Platform)
        cls.connection = cls.make_connection()
        cls.shop.connection_id = cls.connection
        cls.carrier = cls.env["xb.carrier"].create({"name": "Test post", "code": "test_post"})

    def rows(self):
        return self.env["xb.outbox"].search([("connection_id", "=", self.connection.id)])

    def track(self, order, number, ref=None):
        [verdict] = self.env["xb.parcel"].set_tracking(
            [{"order": ref or order.name, "number": number, "carrier": "test_post"}])
        self.assertTrue(verdict["parcel_id"], verdict)
        return self.env["xb.parcel"].browse(verdict["parcel_id"])

    # === OUT === #

    def test_upload_by_hand(self):
        order = self.imported()
        parcel = self.track(order, "TT000001", ref="1001")
        self.assertFalse(self.rows())
        parcel.shipped_at = datetime(2026, 5, 5, 12)
        order.action_upload_tracking()
        row = self.rows()
        self.assertEqual((row.kind, row.key), ("shipment", f"{parcel.key}:1001"))
        self.assertEqual(row.value, {
            "order": "1001", "shipment": parcel.key, "carrier": "test_post",
            "carrier_name": "Test post", "tracking": "TT000001",
            "shipped_at": "2026-05-05T12:00:00+00:00",
            "lines": [{"ref": "L1", "qty": "2"}, {"ref": "L2", "qty": "1"}],
        })
        self.assertEqual(order.xb_tracking, "Test post TT000001")
        self.assertEqual(order.xb_upload_state, "waiting")

    def test_corrected_number_goes_out_by_itself(self):
        order = self.imported()
        parcel = self.track(order, "TT000001")
        order.action_upload_tracking()
        parcel.number = "TT000002"
        self.assertEqual(self.rows().value["tracking"], "TT000002")

    def test_automatic_upload(self):
        self.shop.tracking_upload = "automatic"
        self.track(self.imported(), "TT000001")
        self.assertEqual(self.rows().value["tracking"], "TT000001")

    def test_the_platforms_own_numbers_are_not_sent_back(self):
        self.shop.tracking_upload = "automatic"
        self.imported(self.order_value(status="shipped", shipments=[
            {"ref": "S1", "carrier": "test_post", "tracking": "TT000009"}]))
        self.assertFalse(self.rows())

    def test_one_parcel_of_two_orders_is_two_shipments(self):
        first, second = self.imported(self.order_value("1")), self.imported(self.order_value("2"))
        self.track(first, "TT000001")
        parcel = self.track(second, "TT000001")
        self.assertEqual(parcel.order_ids, first + second)
        parcel.action_upload_tracking()
        self.assertEqual({row.value["order"] for row in self.rows()}, {"1", "2"})

    def test_order_of_no_shop_goes_nowhere(self):
        order = self.env["sale.order"].create({"partner_id": self.env.user.partner_id.id})
        parcel = self.env["xb.parcel"].create({"number": "TT000001"})
        self.assertEqual(parcel._get_upload_destinations(), [])
        self.assertFalse(order.xb_tracking)

    # === IN === #

    def test_all_pages_are_fetched(self):
        self.shop.platform = "file"
        self.assertFalse(self.shop.can_list_orders)
        pages = [[self.order_value("1"), self.order_value("2")], [self.order_value("3")], []]
        with (
            patch.object(Platform, "pages", pages), patch.object(Platform, "asked", ()),
            patch.object(type(self.shop), "_enqueue_page", self.shop_runs_at_once()),
        ):
            self.shop._enqueue_sync()
            first_time = Platform.asked
            self.shop._enqueue_sync()
            since = Platform.asked[len(first_time)][0]
        self.assertEqual([cursor for _since, cursor in first_time], [None, "1", "2"])
        self.assertEqual({since for since, _cursor in first_time}, {None})
        self.assertIsNotNone(since.tzinfo)
        self.assertLess(since.replace(tzinfo=None), self.shop.last_sync_at)
        orders = self.env["sale.order"].search([("xb_shop_id", "=", self.shop.id)])
        self.assertEqual(set(orders.mapped("xb_ref")), {"1", "2", "3"})

    def shop_runs_at_once(self):
        """Instead of enqueueing the job of a page, do it."""
        def _enqueue_page(shop, cursor, since, started):
            shop._job_sync(shop.connection_id, cursor, since, started)
        return _enqueue_page
