"""The last units of one product, wanted by many clients through three doors at once.

Ours claims, imports and confirms with *Guard all sales* on. Plain makes the same attempts as a
script at plain Odoo does: each door reads `free_qty`, creates the order if there is one left, and
confirms it; the gate is off. `oversell.sold`: units sold of each hundred on the shelf, 100 is
right; `oversell.attempts`: attempts answered a second, from the first to the last; conflicts
are tried again by the client as in `tests/faults/test_oversell.py`.

`XB_OVERSELL=units,clients,attempts,rounds` sets the size, `60,12,240,3` by default.
"""

import os
import time

from support.erp import Erp
from support.race import Race

from . import harness

NEEDS = "xb_inventory"
UNITS, CLIENTS, ATTEMPTS, ROUNDS = map(
    int, os.environ.get("XB_OVERSELL", "60,12,240,3").split(","))


class PlainRace(Race):
    """The same doors, as they are without claims."""

    guarded_sales = False

    def claim(self, ask, keys):
        """Nothing can be put aside before it is sold: sell it."""
        return self.confirm(ask, keys)

    def import_(self, ask, keys):
        """Ten orders from one file."""
        return self.confirm(ask, keys)

    def confirm_one(self, ask, order):
        [product] = ask("product.product", "read", [self.product], ["free_qty"])
        return product["free_qty"] >= 1 and super().confirm_one(ask, order)


def main():
    """Print the rows."""
    figures = {Race: ([], []), PlainRace: ([], [])}
    with Erp(harness.place(), harness.DATABASE + "_race") as erp:
        erp.start()
        for _ in range(ROUNDS):
            for kind, (sold, speed) in figures.items():
                race = kind(erp, UNITS)
                start = time.monotonic()
                race.run(CLIENTS, ATTEMPTS)
                speed.append(ATTEMPTS / (time.monotonic() - start))
                if kind is Race:
                    race.check()
                sold.append(100 * race.sold() / UNITS)
    harness.row("oversell.sold", "of 100 units", figures[Race][0], figures[PlainRace][0])
    harness.row("oversell.attempts", "attempts/s", figures[Race][1], figures[PlainRace][1])


if __name__ == "__main__":
    main()
