import doctest

from odoo.tests import BaseCase

from ..core import refusals


class TestRefusals(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(refusals)
        self.assertEqual((result.failed, result.attempted > 0), (0, True))

    def test_memory_is_bounded(self):
        counter = refusals.RefusalCounter(lambda: 0)
        for number in range(10_500):
            counter.count(str(number), 1)
        self.assertLessEqual(len(counter._senders), 10_002)
