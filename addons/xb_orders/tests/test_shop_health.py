from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import OrdersCommon


@tagged("standard", "post_install", "-at_install")
class TestShopHealth(OrdersCommon):

    def arrive(self, ref, minutes):
        """An order that was placed so many minutes before it came."""
        placed = fields.Datetime.now() - timedelta(minutes=minutes)
        self.imported(self.order_value(ref, placed_at=f"{placed.isoformat()}+00:00"))

    def lag(self):
        self.shop.invalidate_recordset(["order_lag"])
        return round(self.shop.order_lag)

    def test_lag_is_the_median_of_what_came_live(self):
        self.assertEqual(self.lag(), 0)
        for ref, minutes in (("H1", 2), ("H2", 4), ("H3", 30)):
            self.arrive(ref, minutes)
        self.assertEqual(self.lag(), 4)
        self.arrive("H4", 60 * 24 * 9)  # fetched afterwards: says nothing of the way
        self.assertEqual(self.lag(), 4)
        self.assertAlmostEqual(self.shop._get_order_lag(), self.shop.order_lag * 60)

    def test_last_event(self):
        self.assertFalse(self.shop.last_event_at)
        self.shop.last_sync_at = fields.Datetime.now()
        self.shop.invalidate_recordset(["last_event_at"])
        clerk = self.user("ann", "xb_base.group_clerk")
        self.assertEqual(self.shop.with_user(clerk).last_event_at, self.shop.last_sync_at)
