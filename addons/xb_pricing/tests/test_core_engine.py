import json
from decimal import Decimal as D
from pathlib import Path

import numpy as np

from odoo.tests import BaseCase, tagged

from odoo.addons.xb_pricing.core import engine as e
from odoo.addons.xb_pricing.core import plan as p
from odoo.addons.xb_pricing.core.exact import Exact, Needs, frac
from odoo.addons.xb_pricing.core.explain import explain

from . import oracle

EXAMPLES = json.loads(
    (Path(__file__).parent / "fixtures" / "worked_examples.json").read_text(encoding="utf-8")
)["examples"]
SEVEN = (p.Fee("fee", "Fee", p.ITEM, (p.Tier(D(15), D("0.05")), p.Tier(D(20), D("0.10")),
                                      p.Tier(None, D("0.17")))),)


def flat(rate="0.15", **more):
    return p.Fee("fee", "Fee", p.ITEM, (p.Tier(None, D(rate)),), **more)


def margin(share):
    return e.Goal(e.MARGIN, int(D(share) * 10 ** 6))


@tagged("post_install", "-at_install")
class TestWorkedExamples(BaseCase):
    """All forty of docs/pricing-examples.md, to the cent, three ways."""

    def test_there_are_forty(self):
        self.assertEqual([item["code"] for item in EXAMPLES],
                         [f"E{number:02d}" for number in range(1, 41)])

    def test_prices_and_what_they_bring(self):
        for item in EXAMPLES:
            with self.subTest(item["code"]):
                self.check(item)

    def check(self, item):
        s = item["scenario"]
        plan = oracle.plan_of(s)
        engine = e.Engine(plan)
        costs = e.Costs(*([oracle.in_units(s, side, goods)] for side, goods in (
            ("costs_home", False), ("costs_sell", False), ("costs_home", True),
            ("costs_sell", True))))
        with_ending = engine.solve(costs, margin(s["margin"]))
        if item["status"] == "infeasible":
            self.assertEqual(with_ending.state[0], e.NO_PRICE)
            self.assertEqual(f"{float(engine.exact.limit_margin()):.6f}", item["margin_limit"])
            return
        lowest = engine.solve(costs, margin(s["margin"]), endings=False)
        listed = D(int(with_ending.price[0])).scaleb(-plan.decimals)
        self.assertEqual(listed, D(item["p_list"]))
        self.assertEqual(D(int(lowest.price[0])).scaleb(-plan.decimals), D(item["p_min"]))
        result = engine.result(with_ending.price, costs)
        self.assertEqual(D(int(result.profit[0])).scaleb(-plan.home_decimals),
                         D(item["profit_home"]))
        self.assertEqual(D(int(result.revenue[0])).scaleb(-plan.home_decimals),
                         D(item["revenue_home"]))
        self.assertEqual(f"{result.margin[0]:.6f}", item["margin"])
        self.check_waterfall(item, plan, listed)
        self.check_intervals(item, plan)

    def check_waterfall(self, item, plan, listed):
        fall = explain(plan, listed, oracle.costs_of(item["scenario"]))
        self.assertEqual(fall.steps[-1].home, D(item["profit_home"]))
        self.assertEqual(sum(step.home for step in fall.steps[:-1]), fall.steps[-1].home)
        self.assertEqual((fall.net, fall.buyer), (D(item["net"]), D(item["buyer_pays"])))
        for name, amount in fall.fees.items():
            self.assertEqual(amount, D(item["lines"][name]), name)
        self.assertEqual(fall.duty, D(item["lines"].get("duty", 0)))

    def check_intervals(self, item, plan):
        s = item["scenario"]
        exact = Exact(plan)
        sell = sum(oracle.frac_of(value) for value in s["costs_sell"].values())
        home = sum(oracle.frac_of(value) for value in s["costs_home"].values())
        salvage = exact.back * frac(plan.returns.salvage) if plan.returns else 0
        goods = oracle.frac_of(s["costs_sell"].get((s["ret"] or {}).get("goods"), 0))
        needs = Needs(frac(s["margin"]), home + exact.keep * (sell - salvage * goods))
        first = exact.intervals(needs)[0]
        self.assertEqual(f"{float(first.low):.4f}", f"{float(item['exact']):.4f}")
        self.assertEqual(len(exact.intervals(needs)), item["intervals"].count(";") + 1)


@tagged("post_install", "-at_install")
class TestEngine(BaseCase):
    def test_kinds_of_target(self):
        engine = e.Engine(p.Plan(fees=(flat(),)))
        costs = e.Costs([850])
        self.assertEqual(engine.solve(costs, e.Goal(e.PROFIT, 0)).price[0], 10_00)
        self.assertEqual(engine.solve(costs, e.Goal(e.PROFIT, 170)).price[0], 12_00)
        self.assertEqual(engine.solve(costs, e.Goal(e.MARKUP, 200_000)).price[0], 12_00)
        # 12 - 1.80 - 8.50 = 1.70 of 12 is 14.17 %
        self.assertEqual(engine.solve(costs, margin("0.141666")).price[0], 12_00)

    def test_both_goals_hold(self):
        engine = e.Engine(p.Plan(fees=(flat(),)))
        costs = e.Costs([850, 850])
        prices = engine.solve(costs, e.Goal(e.PROFIT, [0, 170]), e.Goal(e.PROFIT, [170, 0]))
        self.assertEqual(prices.price.tolist(), [12_00, 12_00])

    def test_bounds_of_the_price(self):
        engine = e.Engine(p.Plan(fees=(flat(),)))
        costs = e.Costs([850, 850])
        prices = engine.solve(costs, e.Goal(e.PROFIT, 0), lowest=[1500, 1], highest=[3000, 900])
        self.assertEqual(prices.price.tolist(), [15_00, 0])
        self.assertEqual(prices.state.tolist(), [e.OK, e.NO_PRICE])

    def test_endings_by_size_of_price(self):
        plan = p.Plan(endings=(p.Ending(D(1), (D("0.49"), D("0.99"))),
                               p.Ending(D(5), (D("4.95"),), start=D(25))))
        engine = e.Engine(plan)
        costs = e.Costs([130, 160, 2450, 2540, 2999])
        prices = engine.solve(costs, e.Goal(e.PROFIT, 0))
        self.assertEqual(prices.price.tolist(), [149, 199, 2499, 2995, 3495])

    def test_match_within_a_floor(self):
        plan = p.Plan(fees=SEVEN, endings=(p.Ending(D(1), (D("0.95"),)),))
        engine = e.Engine(plan)
        costs = e.Costs([11_22] * 4)
        floor = margin("0.20")
        prices = engine.match(costs, floor, [30_00, 15_95, 12_00, 0])
        # within the floor; in a dead zone; below the floor; no reference
        self.assertEqual(prices.price.tolist(), [29_95, 16_95, 16_95, 16_95])
        self.assertEqual(prices.state.tolist(), [e.MATCHED, e.RAISED, e.RAISED, e.OK])

    def test_match_leaves_a_dead_zone_downwards(self):
        engine = e.Engine(p.Plan(fees=SEVEN))
        prices = engine.match(e.Costs([11_22]), margin("0.20"), [15_90])
        self.assertEqual(prices.price.tolist(), [15_00])
        self.assertEqual(prices.state.tolist(), [e.MATCHED])

    def test_a_hundred_thousand_agree_with_one_by_one(self):
        """The same prices whatever stands beside a product."""
        engine = e.Engine(oracle.plan_of(EXAMPLES[4]["scenario"]))
        home = np.arange(3000, 23000, 97)
        together = engine.solve(e.Costs(home), margin("0.15"))
        alone = [engine.solve(e.Costs([cost]), margin("0.15")).price[0] for cost in home[:40]]
        self.assertEqual(together.price[:40].tolist(), alone)

    def test_rounding_of_lines(self):
        for rounding, fee in ((p.HALF_UP, 150), (p.UP, 151), (p.DOWN, 150)):
            engine = e.Engine(p.Plan(fees=(flat(),), rounding=rounding))
            self.assertEqual(engine.result([10_01], e.Costs([0])).fees[0], fee)

    def test_three_decimals(self):
        engine = e.Engine(p.Plan(decimals=3, fees=(flat(),)))
        self.assertEqual(engine.solve(e.Costs([850]), e.Goal(e.PROFIT, 0)).price[0], 10_000)

    def test_currency_round_trip(self):
        """What is converted there and back is the same to the cent, spread and buffer apart."""
        for fx in ("7.10", "0.1408450704", "0.0468", "23250"):
            engine = e.Engine(p.Plan(fx=D(fx)))
            home = np.arange(1000, 100_000, 733)
            prices = engine.solve(e.Costs(home), e.Goal(e.PROFIT, 0), endings=False)
            back = engine.result(prices.price, e.Costs(home))
            cent = max(1, float(D(fx)))
            self.assertTrue(((back.profit >= 0) & (back.profit <= cent)).all(), fx)


@tagged("post_install", "-at_install")
class TestRefused(BaseCase):
    def check(self, code, column, line="", **values):
        with self.assertRaises(p.PlanError) as caught:
            e.Engine(p.Plan(**values))
        problem = caught.exception.problem
        self.assertEqual((problem.code, problem.column, problem.line), (code, column, line))
        self.assertNotIn("%(", problem.message)

    def test_plans_nothing_can_be_computed_with(self):
        self.check("rate_missing", "fx", fx=D(0))
        self.check("share_invalid", "tax", tax=D("-0.1"))
        self.check("share_invalid", "buffer", buffer=D(1))
        self.check("fee_too_high", "rate", "fee", fees=(flat("15"),))
        self.check("fees_too_high", "rate", fees=(
            flat("0.6"), p.Fee("b", "B", p.TOTAL, (p.Tier(None, D("0.4")),))))
        self.check("fee_negative", "rate", "fee", fees=(flat("-0.1"),))
        self.check("fee_open_end", "up_to", "fee", fees=(
            p.Fee("fee", "Fee", p.ITEM, (p.Tier(D(10), D("0.1")),)),))
        self.check("fee_order", "up_to", "fee", fees=(p.Fee("fee", "Fee", p.ITEM, (
            p.Tier(D(20), D("0.1")), p.Tier(D(10), D("0.1")), p.Tier(None, D("0.1")))),))
        self.check("fee_limits", "minimum", "fee", fees=(flat(minimum=D(5), maximum=D(3)),))
        self.check("fee_cycle", "base", "a", fees=(
            p.Fee("a", "A", "fee:b", (p.Tier(None, D("0.1")),)),
            p.Fee("b", "B", "fee:a", (p.Tier(None, D("0.1")),))))
        self.check("fee_on_fee_tiers", "base", "b", fees=(flat(), p.Fee(
            "b", "B", "fee:fee", (p.Tier(None, D("0.1")),), minimum=D(1))))
        self.check("ending_invalid", "endings", endings=(p.Ending(D(1), (D("1.99"),)),))
        self.check("admin_fee_unknown", "admin_of", returns=p.Returns(D("0.1"), admin_of="x"))

    def test_more_digits_than_can_be_exact(self):
        self.check("rate_too_precise", "rate", fees=(flat("0.12345678901234567"),))
