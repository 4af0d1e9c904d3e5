import doctest
from unittest import TestCase

from odoo.addons.xb_logistics.core import polling, tracking
from odoo.addons.xb_logistics.core.polling import DAY, HOUR, Facts, plan

NOW = 1_800_000_000.0


class TestPolling(TestCase):
    def test_doctests(self):
        self.assertFalse(doctest.testmod(polling).failed)
        self.assertFalse(doctest.testmod(tracking).failed)

    def wait(self, **facts):
        return polling.interval(Facts(1, **facts), NOW)[1]

    def test_soon_after_hand_over_rarely_at_sea_often_at_the_end(self):
        fresh = self.wait(status="info_received", shipped=NOW - DAY)
        at_sea = self.wait(status="in_transit", shipped=NOW - 9 * DAY, expected=NOW + 20 * DAY)
        near = self.wait(status="in_transit", shipped=NOW - 28 * DAY, expected=NOW + DAY)
        out = self.wait(status="out_for_delivery", shipped=NOW - 29 * DAY, expected=NOW)
        self.assertLess(fresh, at_sea)
        self.assertLess(near, fresh)
        self.assertLess(out, near)

    def test_never_after_the_end(self):
        for status in ("delivered", "returned"):
            self.assertEqual(polling.next_poll(Facts(1, status, shipped=NOW), NOW), 0.0)
        self.assertEqual(self.wait(status="in_transit", shipped=NOW - 121 * DAY), 0.0)

    def test_news_count_as_asked(self):
        facts = Facts(1, "in_transit", shipped=NOW - 9 * DAY, polled=NOW - 3 * DAY)
        self.assertLess(polling.next_poll(facts, NOW), NOW)
        facts.event = NOW - HOUR
        self.assertGreater(polling.next_poll(facts, NOW), NOW)

    def test_plan_counts_the_day(self):
        parcels = [Facts(n, "out_for_delivery", NOW - DAY, polled=NOW - HOUR) for n in range(100)]
        result = plan(parcels, NOW, batch=50)
        self.assertEqual(result.due, [])
        self.assertAlmostEqual(result.per_day, 100 * 12 / 50)
        self.assertAlmostEqual(sum(result.by_hour), result.per_day, delta=2)
        self.assertEqual(result.by_stage, {"last_mile": (100, result.per_day)})

    def test_longest_overdue_first(self):
        parcels = [
            Facts(1, "out_for_delivery", NOW - 9 * DAY, polled=NOW - 3 * HOUR),
            Facts(2, "out_for_delivery", NOW - 9 * DAY, polled=NOW - 5 * HOUR),
            Facts(3, "out_for_delivery", NOW - 9 * DAY, polled=NOW - 1 * HOUR),
            Facts(4, "delivered", NOW - 9 * DAY),
        ]
        self.assertEqual(plan(parcels, NOW).due, [2, 1])

    def test_limit_slows_everything_down(self):
        parcels = [Facts(n, "out_for_delivery", NOW - DAY) for n in range(1000)]
        free, held = plan(parcels, NOW), plan(parcels, NOW, allowed_per_day=3000)
        self.assertEqual(free.stretch, 1.0)
        self.assertAlmostEqual(held.stretch, 4.0)
        self.assertAlmostEqual(held.per_day, 3000)

    def test_webhooks_widen_the_meshes(self):
        parcels = [Facts(n, "in_transit", NOW - DAY) for n in range(90)]
        asked, told = plan(parcels, NOW), plan(parcels, NOW, webhooks=True)
        self.assertAlmostEqual(told.per_day, asked.per_day / polling.RELAX)
