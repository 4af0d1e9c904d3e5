import doctest
from datetime import datetime
from unittest import TestCase

from odoo.addons.xb_logistics.const import STATUSES
from odoo.addons.xb_logistics.core import status

NOON, LATER = datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 13)


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

    def test_late_events_change_nothing(self):
        self.assertFalse(status.accepts("in_transit", LATER, "info_received", NOON))
        self.assertFalse(status.accepts("delivered", LATER, "in_transit", NOON))

    def test_terminal_is_left_by_a_later_event_only(self):
        self.assertFalse(status.accepts("delivered", NOON, "exception", NOON))
        self.assertTrue(status.accepts("delivered", NOON, "exception", LATER))

    def test_expired_wakes_up(self):
        self.assertTrue(status.accepts("expired", NOON, "in_transit", NOON))

    def test_unknown_word(self):
        with self.assertRaises(ValueError):
            status.accepts("pending", None, "lost", NOON)
