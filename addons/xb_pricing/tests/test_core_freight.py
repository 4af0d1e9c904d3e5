import csv
from decimal import Decimal as D
from pathlib import Path

from odoo.tests import BaseCase, tagged

from odoo.addons.xb_pricing.core import freight as f
from odoo.addons.xb_pricing.core.plan import PlanError

CARD = Path(__file__).parents[1] / "data" / "freight_example.csv"


def card(carrier, zone):
    with CARD.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines)
                if (row["carrier"], row["zone"]) == (carrier, zone)]
    first = rows[0]
    return f.Card(
        tuple(f.Band(f.grams(row["from_kg"]), f.grams(row["to_kg"]), D(row["registration"]),
                     f.grams(row["first_kg"] or 0), D(row["first_fee"] or 0), D(row["per_kg"]))
              for row in rows),
        f.grams(first["step_kg"]), f.grams(first["min_kg"]), int(first["divisor"] or 0),
        first["volume_rule"], D(first["fuel"]) / 100,
        max_length=int(first["max_length_cm"] or 0) * 10,
        max_sum=int(first["max_sum_cm"] or 0) * 10).checked()


@tagged("post_install", "-at_install")
class TestFreight(BaseCase):
    def check(self, carrier, zone, weight, sizes, amount, chargeable):
        answer = f.freight(card(carrier, zone), [weight], [[side * 10 for side in sizes]])
        self.assertEqual((answer.state[0], answer.amount[0], answer.chargeable[0]),
                         (f.OK, amount, chargeable))

    def test_worked_checks(self):
        """Computed by hand from the card; see docs/pricing.md."""
        self.check("SYN-POST", "Z2-GB", 180, (20, 15, 4), 29_88, 180)
        self.check("SYN-LINE", "Z3-EU", 850, (30, 22, 12), 72_05, 850)
        self.check("SYN-LINE", "Z1-US", 400, (40, 30, 20), 302_00, 3000)
        self.check("SYN-EXP", "Z1-US", 620, (26, 20, 9), 193_80, 1000)
        self.check("SYN-EXP", "Z4-JPKR", 2300, (40, 30, 25), 418_20, 6000)

    def test_why_there_is_none(self):
        post = card("SYN-POST", "Z5-SEA")
        answer = f.freight(post, [2100, 0, -5, 100, 100],
                           [[200, 150, 100]] * 3 + [[700, 10, 10], [590, 300, 100]])
        self.assertEqual(answer.state.tolist(), [
            f.TOO_HEAVY, f.NO_WEIGHT, f.NO_WEIGHT, f.TOO_LONG, f.TOO_LONG])
        self.assertFalse(answer.amount.any())

    def test_half_a_size_is_not_a_size(self):
        answer = f.freight(card("SYN-EXP", "Z1-US"), [500, 500], [[0, 100, 100], [0, 0, 0]])
        self.assertEqual(answer.state.tolist(), [f.NO_SIZE, f.OK])

    def test_limits_belong_to_the_lower_band(self):
        line = card("SYN-LINE", "Z1-US")
        answer = f.freight(line, [300, 301])
        self.assertEqual(answer.amount.tolist(), [19_00 + 32_40, 21_00 + 30_40])

    def test_volume_counts_from_a_long_side(self):
        long = f.Card((f.Band(0, 30_000, per_kg=D(10)),), divisor=8000, rule=f.LONG).checked()
        answer = f.freight(long, [1000, 1000], [[590, 590, 590], [600, 590, 590]])
        self.assertEqual(answer.chargeable.tolist(), [1000, 26108])

    def test_refused(self):
        for bands, code in (
                ((), "bands_missing"),
                ((f.Band(0, 500), f.Band(400, 900)), "bands_order"),
                ((f.Band(0, 500, per_kg=D(-1)),), "amount_negative")):
            with self.assertRaises(PlanError) as caught:
                f.Card(bands).checked()
            self.assertEqual(caught.exception.problem.code, code)
        with self.assertRaises(PlanError) as caught:
            f.Card((f.Band(0, 500),), rule=f.GREATER).checked()
        self.assertEqual(caught.exception.problem.code, "divisor_missing")
