"""The answer for many listings, as columns."""

from dataclasses import dataclass, field

import numpy as np

from odoo.addons.xb_orders.core.problem import Problem

from .engine import NO_PRICE


@dataclass(slots=True)
class Quotes:
    """Entry i of each column belongs to listing i of the source.

    Prices are smallest units of the shop's currency, costs and profits of the company's.

    :param rule: id of the rule that decided, 0 for none.
    :param state: see :mod:`.engine`.
    :param problem: position in :attr:`problems`; 0 for none.
    :param price: what it should cost; ``floor`` what it must cost at least, 0 for none.
    :param profit, margin: of the new price; ``old_profit``, ``old_fees``, ``old_margin`` of
        today's.
    :param old_ok: whether today's price keeps the floor.
    :param cost: goods; ``other`` everything else paid in company currency; ``freight`` of it.
    :param cost_days: how old the cost is.
    """

    rule: np.ndarray
    state: np.ndarray
    problem: np.ndarray
    price: np.ndarray
    floor: np.ndarray
    profit: np.ndarray
    margin: np.ndarray
    fees: np.ndarray
    old_profit: np.ndarray
    old_fees: np.ndarray
    old_margin: np.ndarray
    old_ok: np.ndarray
    cost: np.ndarray
    freight: np.ndarray
    other: np.ndarray
    cost_days: np.ndarray
    stale_cost: np.ndarray
    rate: np.ndarray
    problems: list[Problem | None] = field(default_factory=lambda: [None])

    @classmethod
    def empty(cls, count):
        """Return the answer before anything is known."""
        whole = [np.zeros(count, np.int64) for _ in range(4)]
        return cls(
            rule=np.zeros(count, np.int64), state=np.full(count, NO_PRICE, np.int8),
            problem=np.zeros(count, np.int32), price=np.zeros(count, np.int64),
            floor=np.zeros(count, np.int64), profit=np.zeros(count, np.int64),
            margin=np.zeros(count), fees=np.zeros(count, np.int64),
            old_profit=np.zeros(count, np.int64), old_fees=np.zeros(count, np.int64),
            old_margin=np.zeros(count),
            old_ok=np.ones(count, bool), cost=whole[0], freight=whole[1], other=whole[2],
            cost_days=whole[3], stale_cost=np.zeros(count, bool), rate=np.zeros(count))

    def __len__(self):
        return len(self.rule)

    def blame(self, rows, problem: Problem):
        """Say why rows have no price."""
        if not len(rows):
            return
        self.problems.append(problem)
        self.problem[rows] = len(self.problems) - 1
        self.state[rows] = NO_PRICE
        self.price[rows] = 0

    def problem_of(self, row):
        """Return the problem of a row, None for none."""
        return self.problems[self.problem[row]]
