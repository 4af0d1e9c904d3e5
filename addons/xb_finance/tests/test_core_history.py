import doctest
from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..core.rates import history
from ..core.rates.history import History, average, cross

DAY = date(2026, 2, 1)


@tagged("post_install", "-at_install")
class TestHistory(BaseCase):

    def test_examples(self):
        self.assertEqual(doctest.testmod(history).failed, 0)

    def test_average_weighs_days(self):
        base = History()
        dollar = History(((DAY, Decimal(1)), (date(2026, 2, 22), Decimal(2))))
        # 21 days at 1 and 7 at 2
        self.assertEqual(average(base, dollar, DAY, date(2026, 2, 28)), Decimal("1.25"))
        self.assertEqual(average(base, dollar, DAY, DAY), Decimal(1))
        with self.assertRaises(ValueError):
            average(base, dollar, date(2026, 2, 2), DAY)

    def test_cross(self):
        euro, dollar = History(((DAY, Decimal(2)),)), History(((DAY, Decimal(3)),))
        self.assertEqual(cross(euro, dollar, DAY), Decimal("1.5"))
