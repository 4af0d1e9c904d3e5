"""Addresses: written one way, checked by their country, repaired by a person."""

from odoo.tests import BaseCase, tagged

from ..core import address
from .common import OrdersCommon

PLACE = {"name": "Ann", "street": "Lindenweg 3", "city": "Berlin", "zip": "10115", "country": "DE"}


@tagged("standard", "at_install", "xb_core")
class TestCoreAddress(BaseCase):

    def test_postcodes_as_their_country_writes_them(self):
        for country, text, written in (
            ("GB", "sw1a2aa", "SW1A 2AA"), ("GB", "M2 5BQ", "M2 5BQ"), ("NL", "1012ab", "1012 AB"),
            ("JP", "1000001", "100-0001"), ("JP", "１００－０００１", "100-0001"),
            ("DE", "D-10115", "10115"), ("DE", "10 115", "10115"), ("SE", "SE-11455", "114 55"),
            ("LV", "1010", "LV-1010"), ("LV", "LV 1010", "LV-1010"), ("PL", "00950", "00-950"),
            ("PT", "1000001", "1000-001"), ("BR", "70002900", "70002-900"),
            ("US", "221621010", "22162-1010"), ("US", "90210", "90210"),
            ("CA", "h3z2y7", "H3Z 2Y7"), ("IE", "a65f4e2", "A65 F4E2"), ("??", "1", "1"),
            ("DE", "unknown", "unknown"), ("AE", "0", "0"),
        ):
            with self.subTest(country=country, text=text):
                self.assertEqual(address.postcode(text, country), written)
                self.assertEqual(address.postcode(written, country), written)

    def test_tidy(self):
        self.assertEqual(
            address.tidy({"street": "\u200b Linden\tweg  3\x00", "zip": "10115 ", "country": "de",
                          "street2": None}),
            {"street": "Linden weg 3", "zip": "10115", "country": "DE", "street2": None})

    def doubts(self, state_required=False, **changes):
        value = address.tidy({**PLACE, **changes})
        return [problem.path.split(".")[-1]
                for problem in address.doubts(value, state_required)]

    def test_doubts(self):
        cases = (
            ({}, []), ({"zip": "1011"}, ["zip"]), ({"zip": ""}, ["zip"]), ({"city": ""}, ["city"]),
            ({"street": ""}, []), ({"name": ""}, ["name"]), ({"name": "", "company": "K AG"}, []),
            ({"country": "HK", "zip": ""}, []), ({"country": "IE", "zip": ""}, []),
            ({"country": "US", "state": "NY", "zip": "10001"}, []),
            ({"country": "US", "state": "US-NY", "zip": "10001"}, []),
            ({"country": "US", "state": "New York", "zip": "90210"}, ["zip"]),
            ({"country": "GB", "zip": "10115"}, ["zip"]), ({"country": ""}, []),
            ({"country": "SG", "city": "", "zip": "546080"}, []),
        )
        for changes, found in cases:
            with self.subTest(changes):
                self.assertEqual(self.doubts(**changes), found)
        self.assertEqual(self.doubts(True, country="US", zip="10001"), ["state"])

    def test_names_of_an_area(self):
        for word in ("Tokyo", "東京都", " tokyo "):
            self.assertIn("東京都", address.area_names("JP", word))
        self.assertIn("CALIFORNIA", address.area_names("US", "ca"))
        self.assertEqual(address.area_names("US", "nowhere"), ("NOWHERE",))
        self.assertEqual(address.area_names("", "x"), ("X",))

    def test_zeros_a_spreadsheet_took(self):
        [problem] = address.doubts({**PLACE, "zip": "1067"})
        self.assertIn("01067", problem.message)
        self.assertFalse(problem.blocking)


@tagged("standard", "post_install", "-at_install")
class TestOrderAddress(OrdersCommon):

    def place(self, **changes):
        return self.order_value(ship_to={**PLACE, **changes})

    def warnings(self, order):
        return order.xb_problem_ids.filtered(lambda problem: problem.state == "open")

    def test_good_address_has_no_warning_and_is_tidied(self):
        order = self.imported(self.place(zip="D-10115", street="Lindenweg  3\u200b"))
        self.assertFalse(order.xb_problem_ids)
        self.assertEqual(order.partner_shipping_id.zip, "10115")
        self.assertEqual(order.partner_shipping_id.street, "Lindenweg 3")
        self.assertEqual(order.xb_intake_id.value["ship_to"]["zip"], "D-10115")  # the original

    def test_doubtful_address_warns_and_does_not_hold(self):
        order = self.imported(self.place(zip="1011"))
        self.assertEqual(order.state, "sale")
        [problem] = self.warnings(order)
        self.assertEqual((problem.code, problem.severity), ("address", "warning"))
        self.assertIn("01011", problem.message)
        self.assertTrue(problem.remedy)
        # the same again changes nothing
        self.assertEqual(self.import_one(self.place(zip="1011"))["state"], "unchanged")
        self.assertEqual(order.xb_problem_ids, problem)

    def test_repaired_by_hand(self):
        order = self.imported(self.place(zip="1011"))
        [problem] = self.warnings(order)
        clerk = self.user("ann", "xb_base.group_clerk")
        action = problem.with_user(clerk).action_fix()
        self.assertEqual((action["res_model"], action["res_id"]),
                         ("res.partner", order.partner_shipping_id.id))
        order.partner_shipping_id.with_user(clerk).zip = "01011"
        self.assertEqual(problem.state, "solved")

    def test_another_address_by_hand_or_from_the_platform(self):
        order = self.imported(self.place(zip="1011"))
        other = order.partner_shipping_id.copy({"zip": "10117"})
        order.partner_shipping_id = other
        self.assertFalse(self.warnings(order))
        self.assertEqual(self.import_one(self.place(zip="99"))["state"], "updated")
        self.assertIn("99", self.warnings(order).message)
        self.assertEqual(self.import_one(self.place(zip="10119"))["state"], "updated")
        self.assertFalse(self.warnings(order))

    def test_a_state_by_any_of_its_names(self):
        for number, (country, word, zip_code, code) in enumerate((
            ("JP", "Tokyo", "1500001", "JP-13"), ("JP", "13", "1500001", "JP-13"),
            ("US", "california", "90210", "CA"), ("CN", "Guangdong Sheng", "510000", "粤"),
            ("CA", "CA-QC", "H3Z2Y7", "QC"), ("ES", "Madrid", "28001", "M"),
        )):
            with self.subTest(country=country, word=word):
                order = self.imported(self.order_value(
                    f"S{number}", buyer={"id": f"S{number}", "name": "Ann"},
                    ship_to={**PLACE, "country": country, "state": word, "zip": zip_code}))
                self.assertEqual(order.partner_shipping_id.state_id.code, code)
                self.assertFalse(order.xb_problem_ids.mapped("message"))

    def test_waived_stays_waived(self):
        order = self.imported(self.place(zip="1011"))
        self.warnings(order).action_waive("asked him")
        value = self.place(zip="1011")
        value["notes"] = "ring twice"
        self.import_one(value)
        order._xb_recheck_problems()
        self.assertFalse(self.warnings(order))

    def test_a_place_without_a_street_is_not_judged(self):
        value = self.order_value(ship_to={"country": "GB"}, buyer=None)
        self.assertFalse(self.imported(value).xb_problem_ids)

    def test_an_address_is_found_again_in_capitals(self):
        first = self.imported(self.order_value("F1", ship_to=PLACE))
        loud = {**PLACE, "street": PLACE["street"].upper()}
        self.assertEqual(
            self.imported(self.order_value("F2", ship_to=loud)).partner_shipping_id,
            first.partner_shipping_id)

    def test_of_a_shops_guests_only_those_in_the_street_are_read(self):
        guests = [self.imported(self.order_value(
            f"G{number}", buyer=None, ship_to={**PLACE, "street": f"Lindenweg {number}"}))
            for number in range(4)]
        guest, place = guests[0].partner_id, guests[2].partner_shipping_id
        self.assertEqual(len(guest.child_ids), 4)
        contacts = self.env["xb.order.contacts"]
        self.assertEqual(contacts._find_children(guest, {"lindenweg 2", "Elsewhere"}), place)
        again = self.order_value(
            "G9", buyer=None, ship_to={**PLACE, "street": "Lindenweg 2"})
        self.assertEqual(self.imported(again).partner_shipping_id, place)
        self.assertEqual(len(guest.child_ids), 4)

    def test_queries_do_not_grow_with_the_batch(self):
        orders = self.env["sale.order"].union(*(
            self.imported(self.order_value(
                f"A-{number}", buyer={"id": f"B{number}", "name": "Ann"},
                ship_to={**PLACE, "zip": str(number)})) for number in range(6)))
        self.env.flush_all()

        def count(some):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["xb.order.address"]._check_orders(some)
            return self.cr.sql_log_count - before

        count(orders)  # fills the caches of access rules
        self.assertEqual(count(orders[:1]), count(orders))
