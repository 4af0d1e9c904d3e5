import doctest
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.xb_inventory.core import buffer, claim_lines, policy


class TestPolicy(unittest.TestCase):
    def told(self, free, **rules):
        return policy.publish(free, policy.Policy(**rules)).quantity

    def test_doctests(self):
        for module in (buffer, policy):
            with self.subTest(module=module.__name__):
                result = doctest.testmod(module)
                self.assertGreater(result.attempted, 0)
                self.assertEqual(result.failed, 0)

    def test_no_rule(self):
        self.assertEqual(self.told(7.0), 7)

    def test_each_rule(self):
        for rules, expected in (
            ({"buffer": 3}, 17),
            ({"buffer": 30}, 0),
            ({"cap": 5}, 5),
            ({"cap": 0}, 0),
            ({"allocation": 4}, 4),
            ({"allocation": 40}, 20),
            ({"withheld": 15}, 5),
            ({"withheld": 25}, 0),
            ({"minimum": 21}, 0),
            ({"minimum": 20}, 20),
            ({"replenishable": 5}, 25),
        ):
            with self.subTest(rules=rules):
                self.assertEqual(self.told(20.0, **rules), expected)

    def test_replenishable_is_not_eaten_by_what_is_missing(self):
        self.assertEqual(self.told(-4.0, replenishable=5), 5)

    def test_order_of_rules(self):
        # allocated 10 of 12, two kept back, five shown at most, five is enough to list
        rules = {"allocation": 10, "buffer": 2, "cap": 5, "minimum": 5}
        self.assertEqual(self.told(12.0, **rules), 5)
        self.assertEqual(self.told(6.0, **rules), 0)

    def test_whole_units(self):
        self.assertEqual(self.told(2.9), 2)
        self.assertEqual(self.told(2.9999999), 3)
        told = policy.publish(2.9, policy.Policy(), whole=False)
        self.assertEqual(told.quantity, 2.9)

    @settings(max_examples=200, deadline=None)
    @given(
        free=st.floats(-1000, 1000),
        buffer_=st.floats(0, 100),
        cap=st.none() | st.floats(0, 100),
        allocation=st.none() | st.floats(0, 100),
        withheld=st.floats(0, 100),
        minimum=st.floats(0, 100),
    )
    def test_never_more_than_there_is(self, free, buffer_, cap, allocation, withheld, minimum):
        rule = policy.Policy(buffer_, cap, allocation, minimum, 0.0, withheld)
        told = policy.publish(free, rule)
        self.assertGreaterEqual(told.quantity, 0)
        self.assertLessEqual(told.quantity, max(0, free) + policy.NOISE)
        if cap is not None:
            self.assertLessEqual(told.quantity, cap + policy.NOISE)
        # the explanation ends with what is told
        self.assertEqual(told.steps[-1].after, told.quantity)


class TestBuffer(unittest.TestCase):
    def test_grows_with_velocity_and_lag(self):
        sizes = [buffer.self_sized(per_day, 600) for per_day in (0, 10, 100, 1000, 10_000)]
        self.assertEqual(sizes, sorted(sizes))
        self.assertGreater(sizes[-1], sizes[1])

    def test_keeps_its_promise(self):
        # 144 a day, ten minutes late: one expected; at most one time in a hundred more than four
        self.assertEqual(buffer.self_sized(144, 600, 0.01), 4)
        self.assertEqual(buffer.self_sized(144, 600, 0.5), 1)

    def test_large_means_agree_with_small_ones(self):
        below = buffer.self_sized(499.9 * 24, 3600)
        above = buffer.self_sized(500.1 * 24, 3600)
        self.assertAlmostEqual(below, above, delta=3)

    def test_refuses_nonsense(self):
        for arguments in ((1, 1, 0), (1, 1, 1), (-1, 1), (1, -1)):
            with self.subTest(arguments=arguments), self.assertRaises(ValueError):
                buffer.self_sized(*arguments)


class TestClaimLines(unittest.TestCase):
    def test_reads(self):
        [line] = claim_lines.read([{"product_id": 5, "qty": "2.5", "uom_id": False}])
        self.assertEqual((line.row, line.product_id, line.qty, line.uom_id), (1, 5, 2.5, 0))

    def test_names_row_and_field(self):
        good = {"product_id": 1, "qty": 1}
        for bad, field, code in (
            ({"product_id": 1, "qty": 0}, "qty", "positive"),
            ({"product_id": 1, "qty": -1}, "qty", "positive"),
            ({"product_id": 1, "qty": "many"}, "qty", "type"),
            ({"product_id": 1, "qty": float("nan")}, "qty", "finite"),
            ({"product_id": 1, "qty": "inf"}, "qty", "finite"),
            ({"product_id": 1, "qty": True}, "qty", "type"),
            ({"product_id": 1, "qty": [1]}, "qty", "type"),
            ({"product_id": 1}, "qty", "missing"),
            ({"qty": 1}, "product_id", "missing"),
            ({"product_id": "1", "qty": 1}, "product_id", "type"),
            ({"product_id": True, "qty": 1}, "product_id", "type"),
            ({"product_id": -1, "qty": 1}, "product_id", "positive"),
            ({"product_id": 2**40, "qty": 1}, "product_id", "positive"),
            ({"product_id": 1, "qty": 1, "price": 2}, "price", "unknown_field"),
            ("lamp", "line", "type"),
        ):
            with self.subTest(bad=bad), self.assertRaises(claim_lines.BadLine) as caught:
                claim_lines.read([good, bad])
            self.assertEqual(
                (caught.exception.row, caught.exception.field, caught.exception.code),
                (2, field, code),
            )

    def test_needs_lines(self):
        for bad in ([], None, {}, "x"):
            with self.subTest(bad=bad), self.assertRaises(claim_lines.BadLine):
                claim_lines.read(bad)
