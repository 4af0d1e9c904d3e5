import csv
from unittest import TestCase

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open, mute_logger

from odoo.addons.xb_logistics.core import checkdigit, formats

from .common import YT, LogisticsCase

# Public test numbers or computed ones, nobody's parcels: {check: (right, wrong)}.
NUMBERS = {
    "s10": ("RR123456785CN LX000000014CN RR000000080GB RR000000155GB", "RR123456786CN"),
    "ups_1z": ("1Z999AA10123456784 1Z12345E0200000003", "1Z999AA10123456785"),
    "ups_waybill": ("K1500000018 K1506235620", "K1500000019"),
    "usps_mod10": (
        "9400111200000000000017 92701900000000000000000015 420100019400111200000000000017"
        " 4201000112349400111200000000000017 4201000192701900000000000000000015",
        "9400111200000000000018 92701900000000000000000016",
    ),
    "usps_20": ("03071790000000000010 71969010000000000014", "03071790000000000011"),
    "fedex_12": ("123456789012 795000000000", "123456789013"),
    "mod10_31": ("123456789012343 00340434123456789012 12345678901231", "123456789012344"),
    "fedex_smartpost_20": ("61299000000000000017", "61299000000000000018"),
    "fedex_ground96": ("9611020987654312345672", "9611020987654312345673"),
    "fedex_34": ("1001900000000010003001234567890129", "1001900000000010003001234567890128"),
    "mod7": ("1234567891 9000000015 123456789013", "1234567892"),
    "identcode": ("123456789016 201000000014", "123456789017"),
    "mod37_36": ("09980000020033F 012345678901233 007110001500000000001327276I", "09980000020033D"),
    "gls": ("123456789011 366310000017", "123456789012"),
    "colissimo": ("8L01234567895 6A12345678905", "8L01234567896"),
    "luhn": ("123456789015 330000000019", "123456789016"),
    "ontrac": ("C12345678901236 D10000000000011", "C12345678901237"),
}


class TestCheckDigits(TestCase):
    def test_published_numbers(self):
        self.assertEqual(set(NUMBERS), set(checkdigit.CHECKS))
        for check, (right, wrong) in NUMBERS.items():
            for number in right.split():
                self.assertTrue(checkdigit.holds(check, number), (check, number))
            for number in wrong.split():
                self.assertFalse(checkdigit.holds(check, number), (check, number))

    def test_one_mistyped_digit_is_found(self):
        number = "9400111200000000000017"
        for place, char in enumerate(number):
            other = str((int(char) + 1) % 10)
            mistyped = number[:place] + other + number[place + 1 :]
            self.assertFalse(checkdigit.holds("usps_mod10", mistyped), mistyped)

    def test_nonsense_is_wrong_not_a_crash(self):
        for check in checkdigit.CHECKS:
            for number in ("", "X", "ÄÖ", "1" * 60):
                self.assertIn(checkdigit.holds(check, number), (True, False))

    def test_seed_is_readable(self):
        with file_open("xb_logistics/data/tables/carriers.csv") as file:
            rows = list(csv.DictReader(file))
        self.assertGreaterEqual(len(rows), 107)
        self.assertEqual(len({row["code"] for row in rows}), len(rows))
        for row in rows:
            for part in filter(None, row["formats"].split(" || ")):
                pattern, _at, check = part.partition(" @ ")
                self.assertTrue(formats._compiled(pattern), part)
                self.assertIn(check, {"", *checkdigit.CHECKS})


@tagged("post_install", "-at_install")
class TestCarrierCodes(LogisticsCase):
    def carrier(self, code):
        return self.env.ref(f"xb_logistics.xb_carrier_{code}")

    def test_one_carrier_many_codes(self):
        four = self.carrier("4px")
        self.assertEqual(four._get_code("aftership"), "4px")
        self.assertEqual(four._get_code("paypal_v1"), "HK_FOUR_PX_EXPRESS")
        self.assertEqual(four._get_code("paypal_v2"), "FOUR_PX_EXPRESS")
        self.assertIs(four._get_code("pingpong"), False)
        self.assertIs(four._get_code("nobody"), False)
        self.assertIs(self.env["xb.carrier"]._get_code("paypal_v1"), False)

    def test_variant_wins(self):
        system = self.env["xb.code.system"]._get("amazon")
        royal = self.carrier("royal_mail")
        self.env["xb.carrier.code"].create(
            {"carrier_id": royal.id, "system_id": system.id, "variant": "DE", "code": " RM DE "}
        )
        self.assertEqual(royal._get_code("amazon", "de"), "RM DE")
        self.assertEqual(royal._get_code("amazon", "FR"), royal._get_code("amazon"))

    def test_one_code_per_system_and_variant(self):
        line = self.carrier("4px").code_ids.filtered(lambda row: row.system_key == "aftership")
        for variant in ("", "DE"):
            values = {"carrier_id": line.carrier_id.id, "system_id": line.system_id.id,
                      "variant": variant, "code": "other"}
            if variant:
                self.env["xb.carrier.code"].create(values)
            with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
                self.env["xb.carrier.code"].create(values)

    def test_back_from_the_code(self):
        Carrier = self.env["xb.carrier"]
        self.assertEqual(Carrier._find_by_code("aftership", "YunExpress").code, "yunexpress")
        self.assertFalse(Carrier._find_by_code("aftership", "no-such"))
        self.assertFalse(Carrier._find_by_code("aftership", None))

    def test_edit_is_seen_at_once_and_belongs_to_managers(self):
        code = self.carrier("yanwen").code_ids.filtered(lambda c: c.system_key == "aftership")
        code.code = "yanwen-new"
        self.assertEqual(self.carrier("yanwen")._get_code("aftership"), "yanwen-new")
        code.unlink()
        self.assertFalse(self.carrier("yanwen")._get_code("aftership"))
        clerk = new_test_user(self.env, "t_clerk", "xb_base.group_clerk")
        with self.assertRaises(AccessError):
            self.carrier("ups").code_ids[:1].with_user(clerk).code = "X"

    def test_reload_keeps_what_was_edited(self):
        count = self.env["xb.carrier.code"].search_count([])
        self.carrier("ups").name = "My UPS"
        code = self.carrier("ups").code_ids[0]
        code.code = "edited"
        self.env["xb.carrier"]._load_seed()
        self.assertEqual(self.carrier("ups").name, "My UPS")
        self.assertEqual(code.code, "edited")
        self.assertEqual(self.env["xb.carrier.code"].search_count([]), count)

    def test_bad_pattern(self):
        with self.assertRaisesRegex(ValidationError, "regular expression"):
            self.swift.format_ids = [(0, 0, {"pattern": "YT[0-9"})]

    def test_odd_numbers_are_remarked_and_written(self):
        order = self.make_order()
        ups = self.carrier("ups")
        rows = ((order, "1Z999AA10123456785", "ups"),)
        self.assertVerdicts(self.track(*rows, dry_run=True), ["created"], [["odd_check_digit"]])
        [verdict] = self.track((order, YT % 1, "ups"), dry_run=True)
        self.assertEqual([p["code"] for p in verdict["problems"]], ["odd_shape"])
        self.assertIn("YunExpress", verdict["problems"][0]["message"])
        self.assertVerdicts(self.track((order, "1Z12345E0200000003", "ups")), ["created"], [[]])
        self.assertEqual(order.xb_parcel_ids.carrier_id, ups)

    def test_no_formats_no_remark(self):
        self.assertVerdicts(self.track((self.make_order(), "ANY-123456", "t_swift")), ["created"])
