"""Arithmetic of the journal entry: balanced in both currencies, whatever the amounts."""

from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..core import posting
from ..core.kinds import KINDS
from ..core.statements.base import BALANCE, PAID_OUT

try:
    from hypothesis import given, settings, strategies
except ImportError:  # comes with what the tests need on top, not with the product
    given = None

D = Decimal


def total(entries):
    return (sum((entry.amount for entry in entries), D(0)),
            sum((entry.value for entry in entries), D(0)))


@tagged("standard", "at_install", "xb_core")
class TestEntries(BaseCase):

    def test_three_rates_by_hand(self):
        """100 USD sold at 0.80, fee 15 and 85 paid out: 0.90 at settlement, 0.85 at the bank."""
        rates = posting.Rates(D("0.90"), D("0.85"))
        settled, paid = posting.entries(
            [posting.Bucket("sale", D(100), D("80.00")),
             posting.Bucket("fee_selling", D(-15), D("-13.50"))],
            PAID_OUT, rates, posting.Carried(), posting.Carried())
        self.assertEqual([(e.role, e.amount, e.value) for e in settled], [
            ("kind", D(15), D("13.50")), ("kind", D(-100), D("-80.00")),
            ("clearing", D(85), D("76.50")), ("exchange", D(0), D("-10.00"))])
        self.assertEqual([(e.role, e.amount, e.value) for e in paid], [
            ("clearing", D(-85), D("-76.50")), ("transit", D(85), D("72.25")),
            ("exchange", D(0), D("4.25"))])

    def test_bank_decides_what_arrived(self):
        rates = posting.Rates(D("0.90"), D("0.85"), received=D("75.00"))
        _settled, paid = posting.entries(
            [posting.Bucket("sale", D(85), D("76.50"))], PAID_OUT, rates, posting.Carried(),
            posting.Carried())
        self.assertEqual(paid[1].value, D("75.00"))

    def test_account_leaves_at_the_average_it_was_carried_at(self):
        rates = posting.Rates(D("0.90"), D("0.90"))
        _settled, paid = posting.entries(
            [posting.Bucket("sale", D(100), D("90.00")),
             posting.Bucket("payout", D(-200), D("-180.00"))],
            BALANCE, rates, posting.Carried(D(100), D("80.00")), posting.Carried())
        # 200 carried at 170: the account is empty in both currencies.
        self.assertEqual(paid[0].value, D("-170.00"))


if given is not None:
    AMOUNTS = strategies.decimals(-100_000, 100_000, places=2)
    RATE = strategies.decimals("0.0001", 200, places=6)
    KIND_NAMES = strategies.sampled_from(list(KINDS))

    @tagged("standard", "at_install", "xb_core")
    class TestProperties(BaseCase):

        @settings(max_examples=200, deadline=None)
        @given(strategies.lists(strategies.tuples(KIND_NAMES, AMOUNTS), max_size=12),
               strategies.sampled_from((PAID_OUT, BALANCE)), RATE, RATE, RATE,
               AMOUNTS, AMOUNTS, strategies.sampled_from((0, 2, 3)))
        def test_debits_are_credits_in_every_currency(
                self, lines, nature, order_rate, rate, bank_rate, carried, held, digits):
            rates = posting.Rates(rate, bank_rate, digits=digits)
            buckets = [posting.Bucket(kind, amount, rates.round(amount * order_rate))
                       for kind, amount in lines if nature == BALANCE or kind != "payout"]
            for entries in posting.entries(
                    buckets, nature, rates,
                    posting.Carried(carried, rates.round(carried * order_rate)),
                    posting.Carried(held, rates.round(held * order_rate))):
                self.assertEqual(total(entries), (0, 0))
                self.assertTrue(all(
                    entry.value == rates.round(entry.value) for entry in entries))

        @settings(max_examples=100, deadline=None)
        @given(strategies.lists(AMOUNTS, min_size=1, max_size=8), RATE, RATE)
        def test_order_of_lines_changes_nothing(self, amounts, rate, bank_rate):
            rates = posting.Rates(rate, bank_rate)
            kinds = list(KINDS)
            buckets = [posting.Bucket(kinds[index % 14], amount, rates.round(amount * rate))
                       for index, amount in enumerate(amounts)]
            none = posting.Carried()
            there = posting.entries(buckets, PAID_OUT, rates, none, none)
            back = posting.entries(buckets[::-1], PAID_OUT, rates, none, none)

            def ledger(lists):
                return [sorted((e.role, e.kind, e.amount, e.value) for e in entries)
                        for entries in lists]
            self.assertEqual(ledger(there), ledger(back))
