import doctest
import io
from unittest import TestCase

import openpyxl

from odoo.addons.xb_logistics.core import details, paste
from odoo.addons.xb_logistics.core.match import CarrierBook

BOOK = CarrierBook([(1, "yunexpress", "YunExpress", "云途物流"), (2, "ups", "UPS", "")])


def read(text, orders=()):
    return paste.recognise(paste.read_text(text), carriers=BOOK, orders=set(orders))


class TestPaste(TestCase):
    def test_doctests(self):
        self.assertFalse(doctest.testmod(paste).failed)
        self.assertFalse(doctest.testmod(details).failed)

    def test_any_separator_and_column_order(self):
        expected = [
            {"order": "S00001", "number": "YT2600000000000001", "carrier": "Yun Express"},
            {"order": "S00002", "number": "1Z999AA10123456784", "carrier": "UPS"},
        ]
        orders = (
            ("order", "number", "carrier"),
            ("carrier", "order", "number"),
            (
                "number",
                "carrier",
                "order",
            ),
        )
        for separator in "\t,;|":
            for columns in orders:
                lines = (separator.join(row[name] for name in columns) for row in expected)
                text = "\n".join(lines)
                reading = read(text, ["S00001", "S00002"])
                self.assertEqual(reading.rows, expected, text)
                self.assertFalse(reading.has_header)

    def test_titles_in_several_languages(self):
        for header in (
            "Order ID,Tracking Number,Carrier",
            "订单号,物流单号,物流公司",
            "Bestellnummer,Sendungsnummer,Versanddienst",
        ):
            reading = read(f"{header}\nA-1,77,Foo\nA-2,78,Bar")
            self.assertTrue(reading.has_header, header)
            self.assertEqual(reading.rows[0], {"order": "A-1", "number": "77", "carrier": "Foo"})
            self.assertEqual(len(reading.rows), 2)

    def test_other_columns_are_left_out(self):
        reading = read("Name\tOrder\tNote\tAWB\nAnna\tS1\t0.5\tYT2600000000000001")
        self.assertEqual(
            reading.rows, [{"order": "S1", "number": "YT2600000000000001", "carrier": ""}]
        )

    def test_weight_and_cost_are_known_by_their_titles(self):
        [row] = read("Cost,AWB,Weight (g),Currency,Order\n4.20,YT2600000000000001,350,USD,S1").rows
        self.assertEqual((row["weight"], row["cost"]), ("350 g", "4.20 USD"))
        [row] = read("订单号\t运单号\t重量\t运费\nS1\tYT2600000000000001\t0.5\t¥12").rows
        self.assertEqual((row["weight"], row["cost"]), ("0.5", "¥12"))
        [row] = read("Order\tAWB\tWeight\tCost\nS1\tYT2600000000000001\t\t").rows
        self.assertEqual(set(row), {"order", "number", "carrier"})

    def test_platform_order_numbers_are_not_taken_for_tracking_numbers(self):
        reading = read(
            "YT2600000000000001,114-3941689-8772232\nYT2600000000000002,114-3941689-8772233"
        )
        self.assertEqual(reading.rows[0]["order"], "114-3941689-8772232")
        self.assertEqual(reading.rows[0]["number"], "YT2600000000000001")

    def test_known_orders_win_over_looks(self):
        # An order number that looks just like a tracking number, and the other way round.
        reading = read("123456789012,99887\n123456789013,99888", ["123456789012", "123456789013"])
        self.assertEqual(
            reading.rows[0], {"order": "123456789012", "number": "99887", "carrier": ""}
        )

    def test_unknown_carrier_still_is_the_carrier(self):
        reading = read("S1,YT2600000000000001,Foo\nS2,YT2600000000000002,Foo", ["S1"])
        self.assertEqual(reading.rows[1]["carrier"], "Foo")

    def test_single_columns(self):
        self.assertEqual(read("YT2600000000000001\nYT2600000000000002").columns, {"number": 0})
        self.assertEqual(read("S1\nS2", ["S1", "S2"]).columns, {"order": 0})

    def test_stray_quote_does_not_swallow_rows(self):
        self.assertEqual(len(read('S1,"YT1\nS2,YT2\nS3,YT3', ["S1", "S2", "S3"]).rows), 3)

    def test_empty_and_too_many(self):
        for text, code in (("  \n\t\n", "empty"), ("S1,1\n" * 7, "too_many")):
            with self.assertRaises(paste.UnreadableFile) as caught:
                paste.read_text(text, max_rows=5)
            self.assertEqual(caught.exception.code, code)


class TestFile(TestCase):
    def test_encodings(self):
        text = "订单号,物流单号,物流公司\nS1,YT2600000000000001,云途物流\n"
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
            table = paste.read_file(text.encode(encoding), "list.csv")
            self.assertEqual(table[0], ["订单号", "物流单号", "物流公司"], encoding)
        table = paste.read_file("Größe;Nr\nä;1".encode("cp1252"))
        self.assertEqual(table, [["Größe", "Nr"], ["ä", "1"]])

    def make_xlsx(self, *rows):
        book = openpyxl.Workbook()
        book.create_sheet("Second")
        for row in rows:
            book["Second"].append(row)
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()

    def test_xlsx(self):
        data = self.make_xlsx(["Order", "Tracking"], ["S1", "YT1"], [1042, 123456789012], [None])
        self.assertEqual(
            paste.read_file(data, "list.xlsx"),
            [["Order", "Tracking"], ["S1", "YT1"], ["1042", "123456789012"]],
        )

    def test_xlsx_number_that_lost_digits_is_shown_as_such(self):
        data = self.make_xlsx(["S1", 9400111200000000000017])
        cell = paste.read_file(data, "list.xlsx")[0][1]
        self.assertIn("E+21", cell)

    def test_unreadable(self):
        cases = {
            b"PK\x03\x04 no zip": "broken",
            b"\xd0\xcf\x11\xe0old": "old_excel",
            b"": "empty",
            self.make_xlsx(): "empty",
        }
        for data, code in cases.items():
            with self.assertRaises(paste.UnreadableFile) as caught:
                paste.read_file(data)
            self.assertEqual(caught.exception.code, code)
