"""The tables that decide what is paid, without a database."""

import doctest
from datetime import datetime, timedelta
from decimal import Decimal

from odoo.tests import BaseCase

from ..core import decide, money, poll
from ..core.decide import ASK, CONTRADICTION, KEEP, MOVE
from ..core.truth import STATUSES, Truth, to_amount

STATES = ("draft", "pending", "authorized", "done", "error", "cancel")


class TestDecide(BaseCase):
    def test_paid_wins_from_every_state(self):
        for state in STATES:
            for asked in (True, False):
                expected = KEEP if state == "done" else MOVE
                self.assertEqual(decide.decide(state, "done", asked=asked), expected, state)

    def test_a_notification_never_takes_paid_back(self):
        for status in STATUSES:
            if status != "done":
                self.assertEqual(decide.decide("done", status, asked=False), ASK, status)
                self.assertEqual(decide.decide("done", status, asked=True), CONTRADICTION, status)

    def test_late_notifications_are_doubted(self):
        table = {
            ("authorized", "declined"): ASK,
            ("authorized", "pending"): ASK,
            ("authorized", "closed"): ASK,
            ("cancel", "authorized"): ASK,
            ("cancel", "declined"): ASK,
            ("error", "pending"): ASK,
            ("error", "authorized"): MOVE,
            ("pending", "declined"): MOVE,
            ("draft", "pending"): MOVE,
            ("error", "closed"): MOVE,
        }
        for (state, status), verdict in table.items():
            self.assertEqual(decide.decide(state, status, asked=False), verdict, (state, status))

    def test_the_answer_to_a_question_is_obeyed(self):
        for state in STATES:
            for status, target in decide.STATE_OF.items():
                if state == "done" or target is None:
                    continue
                expected = KEEP if target == state else MOVE
                self.assertEqual(decide.decide(state, status, asked=True), expected)

    def test_open_changes_nothing(self):
        for state in ("draft", "pending", "error", "cancel"):
            self.assertEqual(decide.decide(state, "open", asked=True), KEEP)


class TestDifference(BaseCase):
    def said(self, amount, currency="USD", status="done"):
        return Truth("payment", "A", status, to_amount(amount), currency)

    def difference(self, said, amount="10.00", currency="USD", places=2):
        return decide.find_difference(said, Decimal(amount), currency, places)

    def test_same(self):
        for text in ("10", "10.00", "10.000000"):
            self.assertEqual(self.difference(self.said(text)), "")

    def test_other_amount(self):
        for text in ("9.99", "10.01", "1000", "-10.00"):
            self.assertEqual(self.difference(self.said(text)), "amount")

    def test_other_currency_of_the_same_number(self):
        self.assertEqual(self.difference(self.said("10.00", "JPY")), "currency")

    def test_money_without_amount_is_not_believed(self):
        self.assertEqual(self.difference(self.said(None)), "missing")
        self.assertEqual(self.difference(self.said("10", "")), "missing")
        self.assertEqual(self.difference(self.said(None, "", "declined")), "")

    def test_decimals_of_the_currency(self):
        self.assertEqual(self.difference(self.said("1500", "JPY"), "1500", "JPY", 0), "")
        self.assertEqual(self.difference(self.said("1.001", "KWD"), "1.000", "KWD", 3), "amount")

    def test_nonsense_is_no_amount(self):
        for text in ("NaN", "Infinity", "ten", "1,00"):
            with self.assertRaises(ValueError):
                to_amount(text)


class TestMoney(BaseCase):
    def test_never_rounds(self):
        with self.assertRaises(ValueError):
            money.to_text(Decimal("10.005"), 2)

    def test_minor_units(self):
        for amount, places, text in (("10.05", 2, "1005"), ("1500", 0, "1500"), ("1.5", 3, "1500")):
            self.assertEqual(money.to_minor(Decimal(amount), places), text)
            self.assertEqual(money.from_minor(text, places), Decimal(amount))

    def test_doctests(self):
        for module in (decide, money, poll):
            self.assertEqual(doctest.testmod(module).failed, 0)


class TestPoll(BaseCase):
    def test_close_at_first_then_rarely_then_never(self):
        begun = now = datetime(2026, 1, 1)
        expires = begun + timedelta(hours=48)
        moments = []
        while moment := poll.next_poll(begun, now, expires):
            self.assertGreater(moment, now)
            moments.append(moment)
            now = moment
        self.assertEqual((moments[0] - begun).seconds, 30)
        self.assertIn(expires, moments)
        self.assertLess(len(moments), 20)
        self.assertLessEqual(moments[-1], expires + timedelta(days=2))

    def test_a_truth_survives_the_outbox(self):
        said = Truth("refund", "R-1", "done", Decimal("10.50"), "USD", "X", fee=Decimal("0.3"))
        self.assertEqual(Truth.from_dict(said.as_dict()), said)
