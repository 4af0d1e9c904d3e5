"""The order value: every check names its place and its remedy; digest and arithmetic."""

import copy
import itertools
from datetime import UTC, datetime
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..core.order_value import check_total, digest, parse_time, totals, validate, without_nulls

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def order(**changes):
    """Return a valid order value with some fields changed; ``...`` removes one."""
    value = {
        "ref": "A-1", "placed_at": "2026-05-04T06:15:22+00:00", "status": "paid",
        "currency": "EUR",
        "lines": [
            {"ref": "1", "sku": "MUG-BLK", "qty": "2", "unit_price": "20.00", "tax": "7.60"},
            {"ref": "2", "sku": "COA-4", "qty": "1", "unit_price": "15.50", "discount": "1.50"},
        ],
        "shipping": {"price": "4.99", "tax": "0.95"},
        "total": "67.54",
    }
    value.update(changes)
    return {key: item for key, item in value.items() if item is not ...}


def with_line(**changes):
    value = order()
    value["lines"][0].update(changes)
    value["lines"][0] = {k: v for k, v in value["lines"][0].items() if v is not ...}
    return value


@tagged("standard", "at_install", "xb_core")
class TestValidate(BaseCase):

    def found(self, value, **options):
        return [(problem.code, problem.path) for problem in validate(value, now=NOW, **options)]

    def test_valid(self):
        self.assertEqual(self.found(order()), [])
        self.assertEqual(self.found(order(paid_at=None, buyer={"id": None})), [])
        self.assertEqual(self.found(order(placed_at="2026-05-04T06:15:22.123Z")), [])

    def test_shape(self):
        cases = [
            ("missing", "$.ref", order(ref=...)),
            ("missing", "$.ref", order(ref=None)),
            ("missing", "$.lines[0].sku", with_line(sku=...)),
            ("empty_text", "$.ref", order(ref="")),
            ("text_too_long", "$.ref", order(ref="x" * 129)),
            ("unknown_field", "$.colour", order(colour="red")),
            ("unknown_field", '$["odd key"]', order(**{"odd key": 1})),
            ("wrong_type", "$.lines", order(lines={})),
            ("wrong_type", "$.prices_include_tax", order(prices_include_tax="yes")),
            ("empty_list", "$.lines", order(lines=[])),
            ("unknown_choice", "$.status", order(status="payed")),
            ("decimal_expected", "$.lines[0].qty", with_line(qty=2)),
            ("decimal_expected", "$.total", order(total=67.54)),
            ("decimal_malformed", "$.lines[0].unit_price", with_line(unit_price="1,50")),
            ("decimal_malformed", "$.lines[0].unit_price", with_line(unit_price="1e3")),
            ("decimal_malformed", "$.lines[0].unit_price", with_line(unit_price="1.5\n")),
            ("decimal_malformed", "$.lines[0].unit_price", with_line(unit_price="NaN")),
            ("decimal_malformed", "$.lines[0].unit_price", with_line(unit_price="1e999999999")),
            ("decimal_malformed", "$.lines[0].unit_price", with_line(unit_price="١")),
            ("currency_malformed", "$.currency", order(currency="eur")),
            ("currency_malformed", "$.currency", order(currency="EUR\n")),
            ("country_malformed", "$.ship_to.country", order(ship_to={"country": "Germany"})),
            ("missing", "$.ship_to.country", order(ship_to={"city": "Bonn"})),
            ("time_malformed", "$.placed_at", order(placed_at="2026-05-04 06:15")),
            ("time_malformed", "$.placed_at", order(placed_at="2026-05-04T06:15:22")),
            ("time_malformed", "$.placed_at", order(placed_at="2026-02-30T06:15:22Z")),
        ]
        for code, path, value in cases:
            with self.subTest(code=code, path=path):
                self.assertEqual(self.found(value), [(code, path)])

    def test_beyond_the_schema(self):
        two = order()
        two["lines"][1]["ref"] = "1"
        shipped = order(shipments=[{"ref": "P", "lines": [{"ref": "9", "qty": "0"}]}])
        cases = [
            ({("duplicate_line_ref", "$.lines[1].ref")}, two),
            ({("qty_not_positive", "$.lines[0].qty")}, with_line(qty="0")),
            ({("qty_not_positive", "$.lines[0].qty")}, with_line(qty="-1")),
            ({("negative_amount", "$.lines[0].unit_price")}, with_line(unit_price="-1")),
            ({("negative_amount", "$.lines[0].discount")}, with_line(discount="-1")),
            ({("negative_amount", "$.shipping.price")}, order(shipping={"price": "-1"})),
            ({("negative_amount", "$.discount")}, order(discount="-1")),
            ({("blank_in_ref", "$.ref")}, order(ref=" A-1")),
            ({("time_out_of_range", "$.placed_at")}, order(placed_at="2026-07-01T00:00:00Z")),
            ({("time_out_of_range", "$.placed_at")}, order(placed_at="0001-01-01T00:00:00+14:00")),
            ({("time_out_of_range", "$.ship_by")}, order(ship_by="2126-05-04T00:00:00Z")),
            ({("unstorable_text", "$.note")}, order(note="a\x00b")),
            ({("unstorable_text", "$.raw.deep[0]")}, order(raw={"deep": ["\ud800"]})),
            ({("unknown_line_ref", "$.shipments[0].lines[0].ref"),
              ("qty_not_positive", "$.shipments[0].lines[0].qty")}, shipped),
        ]
        for expected, value in cases:
            with self.subTest(expected=expected):
                self.assertEqual(set(self.found(value)), expected)

    def test_known_codes(self):
        value = order(currency="XXQ", ship_to={"country": "QQ"})
        self.assertEqual(self.found(value), [])
        self.assertEqual(
            self.found(value, currencies={"EUR"}, countries={"DE"}),
            [("unknown_currency", "$.currency"), ("unknown_country", "$.ship_to.country")])

    def test_all_problems_at_once(self):
        value = order(currency="euro", status="?", lines=[{"qty": 1}])
        codes = [code for code, _path in self.found(value)]
        self.assertCountEqual(codes, [
            "currency_malformed", "unknown_choice", "decimal_expected",
            "missing", "missing", "missing"])

    def test_any_value_is_answered(self):
        endless = {}
        endless["raw"] = endless
        deep = []
        for _index in range(5000):
            deep = [deep]
        for value in (None, 1, "x", [], {}, b"", float("nan"), {"lines": None}, {1: 2},
                      {"lines": [None, 1, "x"]}, {"shipping": []}, endless, order(raw={"d": deep})):
            with self.subTest(value=type(value)):
                self.assertTrue(validate(value, now=NOW))

    def test_emoji_is_fine(self):
        self.assertEqual(self.found(order(note="🎁 \\u0000")), [])

    def test_sentences(self):
        problem = validate(with_line(qty=2.5), now=NOW)[0]
        self.assertIn("$.lines[0].qty", problem.message)
        self.assertIn("2.5", problem.message)
        self.assertEqual(problem.line, "1")
        plain = problem.as_dict()
        self.assertNotIn(None, plain.values())
        self.assertEqual(plain["message"], problem.message)
        upper = problem.as_dict(lambda source, **values: (source % values).upper())
        self.assertEqual(upper["message"], problem.message.upper())


@tagged("standard", "at_install", "xb_core")
class TestDigest(BaseCase):

    def test_same_meaning(self):
        base = digest(order())
        spelled = order(total="67.540", buyer=None, prices_include_tax=False, raw={"a": 1})
        spelled["placed_at"] = "2026-05-04T08:15:22+02:00"
        spelled["lines"][0]["qty"] = "2.00"
        spelled["lines"][0]["unit_price"] = "20"
        self.assertEqual(digest(dict(reversed(spelled.items()))), base)

    def test_other_meaning(self):
        base = digest(order())
        for other in (
            order(ref="A-2"), order(total="67.55"), order(note="x"), with_line(sku="MUG"),
            order(placed_at="2026-05-04T06:15:23Z"), order(prices_include_tax=True),
            order(lines=order()["lines"][::-1]),
        ):
            self.assertNotEqual(digest(other), base)

    def test_text_is_not_a_number(self):
        self.assertNotEqual(digest(with_line(sku="1.50")), digest(with_line(sku="1.5")))

    def test_zero_has_one_spelling(self):
        spellings = ("0", "-0", "0.00", "-0.0")
        self.assertEqual(len({digest(order(discount=text)) for text in spellings}), 1)

    def test_rejected_values_too(self):
        for value in (None, [], {}, order(total="x"), order(total="1e999999999"),
                      order(placed_at=3), {"a": {1, 2}}):
            self.assertRegex(digest(value), "^[0-9a-f]{64}$")

    def test_input_untouched(self):
        value = order(buyer=None, raw={"a": None})
        before = copy.deepcopy(value)
        digest(value)
        validate(value, now=NOW)
        self.assertEqual(value, before)
        self.assertEqual(without_nulls(value)["raw"], {"a": None})


@tagged("standard", "at_install", "xb_core")
class TestTotals(BaseCase):

    def test_sum(self):
        result = totals(order(discount="1"))
        self.assertEqual(result.goods, Decimal("55.50"))
        self.assertEqual(result.tax, Decimal("8.55"))
        self.assertEqual(result.total, Decimal("66.54"))
        self.assertEqual(result.as_dict()["line_discount"], "1.5")

    def test_tax_included(self):
        self.assertEqual(totals(order(prices_include_tax=True)).total, Decimal("58.99"))

    def test_no_rounding(self):
        most = "99999999999999.99999999"  # (10^14 - 10^-8)^2 + 15.50
        goods = totals(with_line(qty=most, unit_price=most)).goods
        self.assertEqual(goods, Decimal("9999999999999999999998000015.5000000000000001"))

    def test_check(self):
        cases = [
            (None, order(), 2),
            (None, order(total=...), 2),
            ("total_mismatch", order(total="67.55"), 2),
            ("total_mismatch", order(total="0"), 2),
            ("total_mismatch", order(total="68"), 2),
        ]
        for code, value, decimals in cases:
            problem = check_total(value, decimals)
            self.assertEqual(problem and problem.code, code)

    def test_slack_only_for_finer_amounts(self):
        line = {"ref": "1", "sku": "X", "qty": "3", "unit_price": "0.335"}
        value = order(lines=[line], shipping=..., total="1.01")
        self.assertIsNone(check_total(value, 2))  # 1.005
        value["total"] = "1.02"
        self.assertEqual(check_total(value, 2).code, "total_mismatch")
        yen = order(lines=[{**line, "unit_price": "100"}], shipping=..., total="301")
        self.assertEqual(check_total(yen, 0).code, "total_mismatch")

    def test_mismatch_is_explained(self):
        message = check_total(order(total="70.00"), 2).message
        for part in ("70.00", "67.54", "EUR", "2.46"):
            self.assertIn(part, message)


@tagged("standard", "at_install", "xb_core")
class TestTime(BaseCase):

    def test_parse(self):
        expected = datetime(2026, 5, 4, 6, 15, 22, tzinfo=UTC)
        for text in ("2026-05-04T06:15:22Z", "2026-05-04t06:15:22z", "2026-05-04T08:15:22+02:00"):
            self.assertEqual(parse_time(text), expected)
        for text in ("2026-W19-1T06:15:22Z", "20260504T061522Z", "2026-05-04T06:15:22", "", "now",
                     "2026-05-04T06:15:22Z\n", "2026-05-04T25:15:22Z"):
            with self.assertRaises(ValueError):
                parse_time(text)

    def test_zone_order_agrees(self):
        texts = ("2026-05-04T00:30:00+02:00", "2026-05-03T22:30:00Z")
        for left, right in itertools.combinations(texts, 2):
            self.assertEqual(digest(order(placed_at=left)), digest(order(placed_at=right)))
