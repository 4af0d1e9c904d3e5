import doctest
from unittest import TestCase

from odoo.addons.xb_logistics.core import number


class TestNumber(TestCase):
    def test_doctests(self):
        self.assertFalse(doctest.testmod(number).failed)

    def test_spellings_of_one_number(self):
        for typed in (
            "YT2600000000000001",
            " yt2600000000000001\n",
            "YT26 0000 0000 0000 01",
            "YT26\u00a00000\u200b00000000\ufeff01",
            "YT2600000000000001".translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)}),
            "'YT2600000000000001",
        ):
            self.assertEqual(number.normalize(typed), "YT2600000000000001", repr(typed))

    def test_unknown_shapes_keep_their_case(self):
        self.assertEqual(number.normalize("aB3-x9"), "aB3-x9")

    def test_numbers_of_spreadsheets(self):
        self.assertEqual(number.normalize(123456789012), "123456789012")
        self.assertEqual(number.normalize(123456789012.0), "123456789012")
        # More than 15 digits do not survive as a float: never pretend they did.
        self.assertEqual(number.problem(number.normalize(9.400111e21)), "rounded_number")

    def test_problems(self):
        cases = {
            "": "missing_number",
            "1,23457E+15": "rounded_number",
            "9E21": "rounded_number",
            "YT26;YT27": "bad_characters",
            "-YT26": "bad_characters",
            "<b>12345</b>": "bad_characters",
            "123": "bad_length",
            "1" * 51: "bad_length",
            "114-3941689-8772232": "",
            "1Z999AA10123456784": "",
        }
        for text, code in cases.items():
            self.assertEqual(number.problem(text), code, text)

    def test_split(self):
        self.assertEqual(number.split_refs("AB12345, ab-1,,AB12345"), ["AB12345", "ab-1"])
        self.assertEqual(number.split_refs(False), [])
