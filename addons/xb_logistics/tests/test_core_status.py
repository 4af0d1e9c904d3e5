import doctest
import random
from datetime import datetime, timedelta
from itertools import permutations
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.xb_logistics.const import STATUSES
from odoo.addons.xb_logistics.core import status
from odoo.addons.xb_logistics.core.status import Event, derive

NOON, LATER = datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 13)

# The journey of a parcel from Shenzhen to Berlin as its carrier told it, with two scans at one
# moment, a date without a time, and a late repetition of the announcement.
JOURNEY = [
    Event(datetime(2026, 3, 2, 9, 14), "info_received", "I", "Shipment information received"),
    Event(datetime(2026, 3, 3, 20, 5), "in_transit", "T2", "Accepted", "Shenzhen"),
    Event(datetime(2026, 3, 4, 1, 40), "in_transit", "T7", "Departed facility", "Shenzhen"),
    Event(datetime(2026, 3, 6, 0, 0), "in_transit", "T3", "Arrived at hub", "Liège"),
    Event(datetime(2026, 3, 6, 0, 0), "exception", "E4", "Held by customs", "Liège", "customs"),
    Event(datetime(2026, 3, 6, 0, 0), "info_received", "I", "Shipment information received"),
    Event(datetime(2026, 3, 8, 16, 30), "in_transit", "T5", "Released by customs", "Liège"),
    Event(datetime(2026, 3, 10, 7, 2), "out_for_delivery", "O", "With the courier", "Berlin"),
    Event(datetime(2026, 3, 10, 11, 0), "delivery_failed", "A2", "Nobody home", "Berlin", "pickup"),
    Event(datetime(2026, 3, 11, 7, 0), "out_for_delivery", "O", "With the courier", "Berlin"),
    Event(datetime(2026, 3, 11, 10, 21), "delivered", "D1", "Delivered, signed", "Berlin"),
    Event(datetime(2026, 3, 11, 10, 21), "in_transit", "T3", "Scan of the day", "Berlin"),
]


class TestStatus(TestCase):
    def test_doctests(self):
        self.assertFalse(doctest.testmod(status).failed)

    def test_vocabulary(self):
        expected = (
            "pending info_received in_transit out_for_delivery available_for_pickup delivered"
            " delivery_failed exception returned expired"
        )
        self.assertEqual(" ".join(code for code, _label in STATUSES), expected)
        self.assertLessEqual(status.TERMINAL | status.MOVING, status.VOCABULARY)
        self.assertEqual(set(status._ORDER), status.VOCABULARY)

    def test_journey(self):
        line = derive(JOURNEY)
        self.assertEqual(line.status, "delivered")
        self.assertEqual(line.status_at, datetime(2026, 3, 11, 10, 21))
        self.assertEqual(line.delivered_at, line.status_at)
        self.assertEqual(line.first_movement_at, datetime(2026, 3, 3, 20, 5))
        self.assertTrue(line.final)
        self.assertEqual(len(line.events), len(JOURNEY))
        self.assertEqual(derive(JOURNEY[:5]).reason, "customs")
        self.assertEqual(derive(JOURNEY[:6]).status, "exception")

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_any_order_and_repetition_ends_the_same(self, data):
        """Acceptance 3: permutations with repetitions give one status and one timeline."""
        repeated = JOURNEY + data.draw(st.lists(st.sampled_from(JOURNEY), max_size=20))
        shuffled = data.draw(st.permutations(repeated))
        self.assertEqual(derive(shuffled), derive(JOURNEY))

    def test_any_events_in_any_order(self):
        """Events at the same moments, of all statuses, with and without a vendor's word."""
        chance = random.Random(19)
        words = sorted(status.VOCABULARY)
        for _round in range(500):
            events = [
                Event(
                    NOON + timedelta(hours=chance.randrange(3)),
                    chance.choice(words),
                    code=chance.choice(("", "A", "B")),
                    reason=chance.choice(("", "customs")),
                    final=chance.random() < 0.2,
                )
                for _n in range(chance.randrange(8))
            ]
            again = chance.choices(events, k=3) if events else []
            shuffled = chance.sample(events + again, len(events) + len(again))
            self.assertEqual(derive(shuffled), derive(events))

    def test_all_orders_of_few_events(self):
        few = JOURNEY[3:8]
        lines = [derive(order) for order in permutations(few)]
        self.assertTrue(all(line == lines[0] for line in lines))

    def test_late_events_change_nothing(self):
        self.assertEqual(
            derive([Event(LATER, "in_transit"), Event(NOON, "info_received")]).status, "in_transit"
        )

    def test_terminal_is_left_by_a_later_event_only(self):
        delivered = Event(NOON, "delivered")
        self.assertEqual(derive([delivered, Event(NOON, "exception")]).status, "delivered")
        self.assertEqual(derive([delivered, Event(LATER, "exception")]).status, "exception")
        self.assertEqual(derive([delivered, Event(LATER, "expired")]).status, "delivered")

    def test_expired_wakes_up(self):
        self.assertEqual(
            derive([Event(NOON, "expired"), Event(LATER, "in_transit")]).status, "in_transit"
        )

    def test_key_ignores_what_a_code_means(self):
        self.assertEqual(
            Event(NOON, "exception", "X9", "odd").key, Event(NOON, "in_transit", "X9", "odd").key
        )
        self.assertNotEqual(Event(NOON, "exception").key, Event(NOON, "in_transit").key)

    def test_unknown_word(self):
        with self.assertRaises(ValueError):
            Event(NOON, "lost")

    def test_no_events(self):
        line = derive([])
        self.assertEqual((line.status, line.status_at, line.events), ("pending", None, []))
