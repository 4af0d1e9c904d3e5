import random

from odoo.tests import BaseCase

from ..core.lanes import assign_lanes


class TestLanes(BaseCase):
    """Documents that may meet at one order are never imported at the same time."""

    def test_one_lane(self):
        self.assertEqual(assign_lanes([("1", "", ""), ("2", "", "")], 1), [0, 0])
        self.assertEqual(assign_lanes([], 8), [])

    def test_strangers_are_spread_evenly(self):
        lanes = assign_lanes([(str(n), "", f"b{n}") for n in range(80)], 8)
        self.assertEqual([lanes.count(lane) for lane in range(8)], [10] * 8)

    def test_a_cancellation_goes_with_its_sale_and_its_buyer(self):
        documents = [("1", "", "b1"), ("2", "", "b2"), ("3", "", "b3"),
                     ("C1", "1", ""), ("C2", "", "b2"), ("C3", "2", "b3")]
        lanes = assign_lanes(documents, 4)
        self.assertEqual(lanes[0], lanes[3])
        self.assertEqual(len({lanes[1], lanes[2], lanes[4], lanes[5]}), 1)
        self.assertNotEqual(lanes[0], lanes[1])

    def test_any_documents(self):
        pick = random.Random(5)
        for _turn in range(50):
            documents = [
                (f"r{n}", pick.choice(["", f"r{pick.randrange(60)}"]),
                 pick.choice(["", f"b{pick.randrange(40)}"])) for n in range(60)]
            lanes = assign_lanes(documents, 5)
            self.assertTrue(set(lanes) <= set(range(5)))
            at = {}
            for (ref, cancels, buyer), lane in zip(documents, lanes, strict=True):
                for key in (("ref", ref), ("ref", cancels), ("buyer", buyer)):
                    if key[1]:
                        self.assertEqual(at.setdefault(key, lane), lane, key)
