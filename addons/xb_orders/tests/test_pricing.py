import doctest
import random
from decimal import Decimal as D

from odoo.tests import BaseCase, tagged

from ..core import draft, pricing

CENT = D("0.01")


def load_tests(_loader, tests, _ignore):
    tests.addTests(doctest.DocTestSuite(pricing))
    tests.addTests(doctest.DocTestSuite(draft))
    return tests


@tagged("post_install", "-at_install")
class TestPricing(BaseCase):
    """The arithmetic between an order value and the lines of a sales order."""

    def value(self, *lines, **more):
        return {"lines": [{"ref": str(i), "sku": "A", **line} for i, line in enumerate(lines)],
                **more}

    def test_doctests(self):
        for module in (pricing, draft):
            self.assertEqual(doctest.testmod(module).failed, 0)

    def test_every_cent_of_every_discount(self):
        """Whatever the discount, percentage or line: the net is exact."""
        for qty, price in ((D(1), D("9.99")), (D(3), D("3.33")), (D(7), D("123.45"))):
            gross = qty * price
            for cents in range(1, 1000, 7):
                discount = min(D(cents) / 100, gross)
                lines = pricing.plan_lines(self.value(
                    {"qty": str(qty), "unit_price": str(price), "discount": str(discount)}), CENT)
                net = sum(pricing.round_to(line.qty * line.unit_price * (1 - line.percent / 100),
                                           CENT) for line in lines)
                self.assertEqual(net, gross - discount, (qty, price, discount))

    def test_many_discounts_add_up_however_one_rounds(self):
        """Rounded per line or over the whole order: the total is what was paid."""
        pick, percentages = random.Random(20261128), 0
        for turn in range(500):
            lines = []
            for _line in range(pick.randrange(2, 7)):
                qty, cents = pick.choice((1, 1, 2, 3)), pick.randrange(99, 9999)
                lines.append({"qty": str(qty), "unit_price": str(D(cents) / 100),
                              "discount": str(D(pick.randrange(qty * cents)) / 100)})
            planned = pricing.plan_lines(self.value(*lines), CENT)
            raw = [line.qty * line.unit_price * (1 - line.percent / 100) for line in planned]
            paid = sum(D(line["qty"]) * D(line["unit_price"]) - D(line["discount"])
                       for line in lines)
            with self.subTest(turn=turn):
                self.assertEqual(sum(pricing.round_to(net, CENT) for net in raw), paid)
                self.assertEqual(pricing.round_to(sum(raw), CENT), paid)
            percentages += any(line.percent % 1 for line in planned)
        self.assertGreater(percentages, 20, "where they fit, percentages are used")

    def test_no_cents_in_yen(self):
        [line] = pricing.plan_lines(
            self.value({"qty": "1", "unit_price": "1000", "discount": "100"}), D(1))
        self.assertEqual(line.percent, 10)

    def test_tax_follows_its_discount_line(self):
        lines = pricing.plan_lines(self.value(
            {"qty": "1000", "unit_price": "3.33", "discount": "1.11", "tax": "665.78"}), CENT)
        self.assertEqual([line.kind for line in lines], ["goods", "discount"])
        rate = pricing.Rate(7, D(20), False)
        taxes, unexplained = pricing.explain_taxes(lines, [rate], {}, False, CENT)
        self.assertEqual((set(taxes.values()), len(taxes), unexplained), ({7}, 2, []))

    def test_included_and_additive_rates_are_not_mixed(self):
        lines = pricing.plan_lines(
            self.value({"qty": "1", "unit_price": "120", "tax": "20"}), CENT)
        rates = [pricing.Rate(1, D(20), True), pricing.Rate(2, D(20), False)]
        self.assertEqual(pricing.explain_taxes(lines, rates, {}, True, CENT)[0], {"0": 1})
        self.assertEqual(pricing.explain_taxes(lines, rates, {}, False, CENT)[1], ["0"])

    def test_own_tax_of_the_product_first(self):
        lines = pricing.plan_lines(
            self.value({"qty": "1", "unit_price": "100", "tax": "20"}), CENT)
        rates = [pricing.Rate(1, D(20), False), pricing.Rate(2, D(20), False)]
        self.assertEqual(pricing.explain_taxes(lines, rates, {"0": {2}}, False, CENT)[0], {"0": 2})
