"""Properties that hold for any market, searched for counterexamples."""

from decimal import Decimal as D

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.xb_pricing.core import engine as e

from . import oracle

CENTS = st.integers(1, 4000).map(lambda n: str(D(n) / 100))
PERMILLE = st.integers(0, 250).map(lambda n: str(D(n) / 1000))
SLOW = settings(max_examples=60, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck))


@st.composite
def fees(draw):
    """One to three fees with jumps, kinks, limits and tax, the last perhaps on the first."""
    made = []
    for number in range(draw(st.integers(1, 2))):
        limits = sorted(draw(st.sets(st.integers(3, 38), max_size=2)))
        fee = {"name": f"f{number}", "base": draw(st.sampled_from(
                   ["item", "total", "buyer", "net"])),
               "mode": draw(st.sampled_from(["slab", "marginal"])), "incl": draw(st.booleans()),
               "mult": draw(st.sampled_from(["1", "1.08", "1.2"])),
               "refundable": draw(st.booleans()), "min": None, "max": None,
               "tiers": [[str(limit), draw(PERMILLE), draw(st.sampled_from(["0", "0.30"]))]
                         for limit in limits] + [[None, draw(PERMILLE), "0"]]}
        if draw(st.booleans()):
            fee["min"] = draw(st.sampled_from(["0.30", "1"]))
        if draw(st.booleans()):
            fee["max"] = draw(st.sampled_from(["2.50", "4"]))
        made.append(fee)
    if draw(st.booleans()):
        made.append({"name": "on fee", "base": "fee:f0", "mode": "slab", "incl": True, "mult": "1",
                     "refundable": True, "min": None, "max": None, "tiers": [[None, "0.02", "0"]]})
    return made


@st.composite
def scenarios(draw):
    """A market with everything that may bend its profit."""
    threshold = draw(st.none() | st.just({
        "limit": "15", "fixed_below": "1", "duty_above": "0.04", "fixed_above": "3"}))
    return {
        "minor": "0.01", "home_minor": "0.01", "fx": draw(st.sampled_from(["1", "7.1", "0.86"])),
        "spread": draw(st.sampled_from(["0", "0.01"])), "buffer": draw(PERMILLE),
        "ship_charged": draw(st.sampled_from(["0", "4.95"])),
        "ship_is_revenue": draw(st.booleans()),
        "tax_mode": "incl" if threshold else draw(st.sampled_from(["none", "incl", "excl"])),
        "tax": draw(st.sampled_from(["0.2", "0.19", "0.0825"])),
        "duty_rate": draw(st.sampled_from(["0", "0.15"])), "duty_fixed": "0",
        "threshold": threshold, "costs_home": {}, "costs_sell": {"goods": draw(CENTS)},
        "fees": draw(fees()), "margin": draw(PERMILLE),
        "ret": draw(st.none() | st.just({
            "rate": "0.08", "salvage": "0.5", "handling": "2", "goods": "goods",
            "admin": {"cap": "1", "share": "0.2", "of": "f0"}})),
        "ending": draw(st.none() | st.just({"mod": "1", "ends": ["0.49", "0.99"]})),
        "pmax": "45",
    }


def engine_and_costs(s):
    plan = oracle.plan_of(s)
    costs = e.Costs(*([oracle.in_units(s, side, goods)] for side, goods in (
        ("costs_home", False), ("costs_sell", False), ("costs_home", True),
        ("costs_sell", True))))
    return e.Engine(plan), costs, e.Goal(e.MARGIN, int(D(s["margin"]) * 10 ** 6))


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    @SLOW
    @given(scenarios())
    def test_against_every_cent(self, s):
        """The lowest price that passes is the one found by trying all prices of the range."""
        if sum(D(fee["tiers"][-1][1]) for fee in s["fees"]) * D("1.3") >= 1:
            return
        engine, costs, goal = engine_and_costs(s)
        found = engine.solve(costs, goal, endings=False).price[0]
        wanted = oracle.first_price(s, "0.01", "0.01", "45")
        self.assertEqual(D(int(found)) / 100, wanted or 0)

    @SLOW
    @given(scenarios())
    def test_listed_price_keeps_target_and_ending(self, s):
        engine, costs, goal = engine_and_costs(s)
        listed = engine.solve(costs, goal).price[0]
        lowest = engine.solve(costs, goal, endings=False).price[0]
        if not listed:
            return
        price = D(int(listed)) / 100
        self.assertTrue(oracle.forward(s, price)["ok"])
        self.assertLessEqual(lowest, listed)
        if s["ending"]:
            self.assertIn(price % 1, [D("0.49"), D("0.99")])
            # no allowed price between them would have done
            for cents in range(int(lowest), int(listed)):
                if cents % 100 in (49, 99):
                    self.assertFalse(oracle.forward(s, D(cents) / 100)["ok"])

    @SLOW
    @given(scenarios(), st.integers(1, 500))
    def test_monotone_in_cost(self, s, more):
        """A dearer product is never cheaper."""
        engine, costs, goal = engine_and_costs(s)
        dearer = e.Costs(costs.home + more, costs.sell, costs.home_goods, costs.sell_goods)
        first, second = (engine.solve(c, goal).price[0] for c in (costs, dearer))
        if second:
            self.assertTrue(first)
            self.assertLessEqual(first, second)

    @SLOW
    @given(scenarios(), st.integers(0, 4500))
    def test_matching_never_breaks_the_floor(self, s, reference):
        engine, costs, goal = engine_and_costs(s)
        matched = engine.match(costs, goal, [reference]).price[0]
        if matched:
            self.assertTrue(oracle.forward(s, D(int(matched)) / 100)["ok"])
        else:
            self.assertFalse(engine.solve(costs, goal).price[0])

    @SLOW
    @given(scenarios(), st.integers(1, 4500))
    def test_result_is_the_oracle_s(self, s, cents):
        engine, costs, _goal = engine_and_costs(s)
        ours = engine.result([cents], costs)
        theirs = oracle.forward(s, D(cents) / 100)
        self.assertEqual(D(int(ours.net[0])) / 100, theirs["net"])
        self.assertEqual(D(int(ours.duty[0])) / 100, theirs["duty"])
        self.assertEqual(D(int(ours.fees[0])) / 100, sum(theirs["fees"].values()))
        self.assertEqual(D(int(ours.profit[0])) / 100, oracle.rounded(theirs["profit"], "0.01"))
