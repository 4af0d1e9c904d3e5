from datetime import UTC, datetime
from unittest.mock import patch

import pytz

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.xb_base.exceptions import VendorRejected

from .common import RestShopCase


class TestCompleteness(RestShopCase):
    """What the platform says it sold is here, or named."""

    def test_gap_is_named_and_fetched(self):
        self.make_orders(5)
        adapter = self.connection._get_adapter()
        orders, cursor = [], None
        while True:
            page = adapter.list_orders(None, cursor)
            orders, cursor = orders + page.orders, page.next_cursor
            if not cursor:
                break
        zone = pytz.timezone(self.shop.tz)
        day = datetime.fromisoformat(orders[-1]["placed_at"]).astimezone(zone).date()
        orders = [order for order in orders
                  if datetime.fromisoformat(order["placed_at"]).astimezone(zone).date() == day]
        self.shop.import_orders(orders[1:])
        # places, postcodes and states of invented buyers fit together like those of real ones
        self.assertFalse(self.shop.env["xb.order.problem"].search(
            [("shop_id", "=", self.shop.id), ("code", "=", "address")]).mapped("message"))
        row = self.shop._check_day(adapter, day)
        self.assertEqual((row.missing, row.state), ([orders[0]["ref"]], "gap"))
        self.assertEqual(row.theirs_count, row.imported_count + row.held_count
                         + row.rejected_count + 1)
        self.assertEqual(self.shop.gap_count, 1)
        row._job_fetch_missing(self.connection)
        self.assertEqual((row.missing_count, row.state), (0, "complete"))
        self.assertEqual(row.theirs_total, row.ours_total)
        self.assertEqual(len(row), 1)

    def count(self, adapter, day):
        """How often a check of the day asks for pages of orders."""
        with patch.object(type(adapter), "list_orders", autospec=True,
                          side_effect=type(adapter).list_orders) as list_orders:
            row = self.shop._check_day(adapter, day)
        return row, list_orders.call_count

    def test_a_day_that_is_all_here_is_counted_not_listed(self):
        self.make_orders(4)
        adapter = self.connection._get_adapter()
        orders = adapter.list_orders(None).orders
        zone = pytz.timezone(self.shop.tz)
        day = datetime.fromisoformat(orders[-1]["placed_at"]).astimezone(zone).date()
        row, asked = self.count(adapter, day)
        self.assertEqual((row.state, asked), ("gap", 1))
        self.shop.import_orders(orders)
        row, asked = self.count(adapter, day)
        self.assertEqual((row.state, row.missing_count, asked), ("complete", 0, 0))
        self.assertEqual(row.theirs_total, row.ours_total)
        self.assertEqual(row.theirs_count, row.imported_count + row.held_count)

    def test_a_gap_that_was_only_early_is_looked_at_again(self):
        """The day was compared before its orders were fetched, as on the very first morning."""
        self.make_orders(3)
        adapter = self.connection._get_adapter()
        order = adapter.list_orders(None).orders[-1]
        zone = pytz.timezone(self.shop.tz)
        day = datetime.fromisoformat(order["placed_at"]).astimezone(zone).date()
        row = self.shop._check_day(adapter, day)
        self.assertEqual(row.state, "gap")
        with trap_jobs() as trap:
            self.shop._job_sync(self.connection, False, False, "2026-11-02T09:00:00+00:00")
            trap.assert_enqueued_job(
                self.shop._job_check_day, args=(self.connection, str(day)))
            trap.perform_enqueued_jobs()
        self.assertEqual((row.state, row.missing_count), ("complete", 0))
        with trap_jobs() as trap:
            self.env["xb.shop.day"]._recheck_arrived(self.shop)
            trap.assert_jobs_count(0)

    def test_an_order_that_comes_to_something_else_here_is_no_complete_day(self):
        self.make_orders(2)
        adapter = self.connection._get_adapter()
        orders = adapter.list_orders(None).orders
        self.shop.import_orders(orders)
        order = self.env["sale.order"].search([("xb_shop_id", "=", self.shop.id)], limit=1)
        order.order_line[:1].price_unit += 1
        # Its own day: the two may have been placed on either side of midnight.
        day = order.xb_placed_at.replace(tzinfo=UTC).astimezone(pytz.timezone(self.shop.tz)).date()
        row, asked = self.count(adapter, day)
        self.assertEqual((row.state, row.missing_count, asked), ("gap", 0, 1))
        self.assertNotEqual(row.theirs_total, row.ours_total)

    def test_a_shop_that_cannot_count_lists(self):
        self.make_orders(1)
        adapter = self.connection._get_adapter()
        [order] = adapter.list_orders(None).orders[-1:]
        day = datetime.fromisoformat(order["placed_at"]).astimezone(
            pytz.timezone(self.shop.tz)).date()
        with patch.object(type(adapter), "count_orders", side_effect=VendorRejected("x", "404")):
            _row, asked = self.count(adapter, day)
        self.assertEqual(asked, 1)
