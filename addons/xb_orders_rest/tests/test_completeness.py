from datetime import datetime

import pytz

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
        row = self.shop._check_day(adapter, day)
        self.assertEqual((row.missing, row.state), ([orders[0]["ref"]], "gap"))
        self.assertEqual(row.theirs_count, row.imported_count + row.held_count
                         + row.rejected_count + 1)
        self.assertEqual(self.shop.gap_count, 1)
        row._job_fetch_missing(self.connection)
        self.assertEqual((row.missing_count, row.state), (0, "complete"))
        self.assertEqual(row.theirs_total, row.ours_total)
        self.assertEqual(len(row), 1)
