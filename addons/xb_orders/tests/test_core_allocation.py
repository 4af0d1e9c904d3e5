import doctest
import itertools
import random
import unittest

from ..core import allocation
from ..core.allocation import Item, Shelves, plan

PLACES = ["own", "east", "west"]


class TestAllocation(unittest.TestCase):
    """Where goods leave from: what must hold for any stock, against trying everything."""

    def test_doctests(self):
        result = doctest.testmod(allocation)
        self.assertTrue(result.attempted)
        self.assertFalse(result.failed)

    def some(self, seed):
        pick = random.Random(seed)
        items = [Item(number, float(pick.randrange(1, 4)), {
            pick.choice("abcd"): float(pick.choice((1, 1, 2)))
            for _part in range(pick.choice((1, 1, 2)))
        }, pick.choice((0, 1, 1))) for number in range(pick.randrange(1, 5))]
        free = {(product, place): float(pick.randrange(-1, 6))
                for product in "abc" for place in PLACES}
        return items, free

    def fits(self, items, free, chosen):
        """Whether all items can leave whole from the places chosen for them."""
        shelves = Shelves(free)
        for item, place in zip(items, chosen, strict=True):
            if shelves.count(item, place) < item.units:
                return False
            shelves.take(item, place, item.units)
        return True

    def test_never_more_than_there_is(self):
        for seed in range(400):
            items, free = self.some(seed)
            shelves = Shelves(free)
            found = plan(items, PLACES, shelves, in_parts=seed % 2 == 0)
            with self.subTest(seed=seed):
                used = {}
                for item in items if found else ():
                    place, units = found[item.key]
                    for product, qty in item.per_unit.items():
                        used[product, place] = used.get((product, place), 0.0) + qty * units
                for key, qty in used.items():
                    if key in free:
                        self.assertLessEqual(qty, max(free[key], 0.0) + 1e-6)
                left = {key: qty for key, qty in shelves.taken.items() if abs(qty) > 1e-6}
                self.assertEqual(left, {key: qty for key, qty in used.items() if qty})

    def test_whole_or_waiting(self):
        """Without parts an order leaves whole; where one place has it all, from one place."""
        one = many = 0
        for seed in range(400):
            items, free = self.some(seed)
            found = plan(items, PLACES, Shelves(free))
            with self.subTest(seed=seed):
                single = [place for place in PLACES
                          if self.fits(items, free, [place] * len(items))]
                if single:
                    one += 1
                    self.assertEqual({place for place, _units in found.values()}, {single[0]})
                elif found:
                    many += 1
                    self.assertTrue(all(found[item.key][1] == item.units for item in items))
                    self.assertTrue(any(
                        self.fits(items, free, chosen)
                        for chosen in itertools.product(PLACES, repeat=len(items))))
        self.assertGreater(one, 50)
        self.assertGreater(many, 20)

    def test_bundles_leave_in_sets(self):
        sets = Item("set", 3.0, {"cup": 2.0, "saucer": 1.0})
        found = plan([sets], ["own"], Shelves({("cup", "own"): 5.0, ("saucer", "own"): 9.0}),
                     in_parts=True)
        self.assertEqual(found, {"set": ("own", 2.0)})

    def test_kits_leave_whole(self):
        kit = Item("kit", 3.0, {"a": 1.0, "b": 1.0}, 0)
        other = Item("c", 1.0, {"c": 1.0})
        found = plan([kit, other], ["own"], Shelves({
            ("a", "own"): 2.0, ("b", "own"): 2.0, ("c", "own"): 1.0}), in_parts=True)
        self.assertEqual(found, {"kit": ("own", 0.0), "c": ("own", 1.0)})

    def test_what_is_never_short_follows(self):
        cup, paper = Item("cup", 1.0, {"cup": 1.0}), Item("paper", 9.0, {"paper": 1.0})
        free = {("cup", "own"): 0.0, ("cup", "east"): 1.0}
        self.assertEqual(plan([paper, cup], ["own", "east"], Shelves(free)),
                         {"paper": ("east", 9.0), "cup": ("east", 1.0)})
