"""Where an order's goods leave from, and what of them can leave now. Knows no database.

>>> cups = Item("cups", 3.0, {"cup": 1.0})
>>> pots = Item("pots", 1.0, {"pot": 1.0})
>>> free = {("cup", "west"): 5.0, ("pot", "east"): 1.0}
>>> plan([cups, pots], ["west", "east"], Shelves(free))
{'cups': ('west', 3.0), 'pots': ('east', 1.0)}
>>> plan([cups, pots], ["west"], Shelves(free)) is None
True
>>> plan([cups, pots], ["west"], Shelves(free), in_parts=True)
{'cups': ('west', 3.0), 'pots': ('west', 0.0)}
"""

import math
from dataclasses import dataclass, field

# A millionth of a unit is the noise of floats, not stock.
NOISE = 1e-6


@dataclass(frozen=True)
class Item:
    """What leaves together: one line, or the lines of one bundle.

    :param key: whatever names it
    :param float units: how many were sold
    :param dict per_unit: what one unit takes of each product, in the products' units
    :param float step: part of it is a multiple of this; 0: it leaves as a whole or not at all
    """

    key: object
    units: float
    per_unit: dict
    step: float = 1.0


@dataclass
class Shelves:
    """What is free, less what was planned so far. A product that is never short is in neither.

    :param dict free: quantity by (product, place); all places of a product that can be short
    :param dict taken: likewise; may be shared with the shelves of other shops
    """

    free: dict
    taken: dict = field(default_factory=dict)
    limited: set = field(init=False)

    def __post_init__(self):
        self.limited = {product for product, _place in self.free}

    def count(self, item, place):
        """How many units of an item a place has.

        :rtype: float
        """
        units = item.units
        for product, qty in item.per_unit.items():
            if product in self.limited and qty > 0:
                left = self.free.get((product, place), 0.0) - self.taken.get((product, place), 0.0)
                units = min(units, (left + NOISE) / qty)
        if units >= item.units - NOISE:
            return item.units
        if not item.step:
            return 0.0
        return max(0.0, round(math.floor((units + NOISE) / item.step) * item.step, 6))

    def grant(self, needs):
        """Take what is wanted at certain places, all of it or nothing.

        :param dict needs: quantity by (product, place)
        :return: whether it is there
        :rtype: bool
        """
        for key, qty in needs.items():
            if key[0] in self.limited and (
                    self.free.get(key, 0.0) - self.taken.get(key, 0.0) < qty - NOISE):
                return False
        for key, qty in needs.items():
            self.taken[key] = self.taken.get(key, 0.0) + qty
        return True

    def take(self, item, place, units):
        """Take units of an item off a place; negative ones are put back."""
        for product, qty in item.per_unit.items():
            key = product, place
            self.taken[key] = self.taken.get(key, 0.0) + qty * units


def plan(items, places, shelves, *, in_parts=False):
    """Choose the places from which items leave: few of them, the first in the list among equals.

    A place with all items is taken; else the one with the most of them, and so on for the rest.

    :param list items: :class:`Item` objects
    :param list places: in the order of preference, at least one
    :param Shelves shelves: what is planned is taken off them
    :param bool in_parts: what no place has leaves later
    :return: ``(place, units that leave now)`` by the items' keys; None where nothing can leave
        yet, or not all of it and the order does not leave in parts
    :rtype: dict | None
    """
    result, left = {}, list(items)
    while left:
        found = {place: _fitting(left, place, shelves) for place in places}
        best = max(places, key=lambda place: len(found[place]))
        if not found[best]:
            break
        for item in found[best]:
            shelves.take(item, best, item.units)
            result[item.key] = best, item.units
        left = [item for item in left if item.key not in result]
    for item in left if in_parts else ():
        best = max(places, key=lambda place: shelves.count(item, place))
        units = shelves.count(item, best)
        shelves.take(item, best, units)
        result[item.key] = best, units
    if (left and not in_parts) or not any(units for _place, units in result.values()):
        for item in items:
            place, units = result.get(item.key, (None, 0.0))
            shelves.take(item, place, -units)
        return None
    return {item.key: result[item.key] for item in items}


def _fitting(items, place, shelves):
    """The items that a place has all of, one beside the other."""
    fitting = []
    for item in items:
        if shelves.count(item, place) >= item.units:
            shelves.take(item, place, item.units)
            fitting.append(item)
    for item in fitting:
        shelves.take(item, place, -item.units)
    return fitting
