"""Files as they arrive: encodings, delimiters, workbooks, and what is not a table at all."""



import io
import tracemalloc
import zipfile
from datetime import date, datetime

import openpyxl

from odoo.tests import BaseCase, tagged

from ..core.reader import read

HEAD = ("Order Number", "SKU", "Title", "Qty", "Price", "Date")
ROW = ("A-1", "00123", "Tasse grün", "2", "1.50", "2026-05-04 06:15")
FIXED = {"now": datetime.fromisoformat("2026-06-01T00:00:00+00:00"), "currency": "EUR"}


def csv_bytes(*rows, delimiter=",", end="\n", encoding="utf-8", head=HEAD):
    text = end.join(delimiter.join(row) for row in (head, *rows)) + end
    return text.encode(encoding)


def xlsx_bytes(*sheets, **named):
    """Return a workbook: each sheet a list of rows, the keyword its title."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in (*((f"Sheet{i}", rows) for i, rows in enumerate(sheets)), *named.items()):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def repacked(data, **parts):
    """Return a workbook with some of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            name = part.filename
            key = name.rpartition("/")[2].partition(".")[0]
            target.writestr(name, parts.get(key, source.read(name)))
    return out.getvalue()


class FileCase(BaseCase):

    def read_file(self, data, **options):
        return read(data, "orders", {**FIXED, **options})

    def setting(self, reading, key):
        return next(item for item in reading.settings if item.key == key)

    def assertRefused(self, data, code, **options):
        reading = self.read_file(data, **options)
        self.assertFalse(reading.is_readable)
        self.assertEqual([p.code for p in reading.problems if p.blocking], [code])
        self.assertEqual(reading.documents, [])
        self.assertTrue(reading.problems[-1].message.endswith("."), reading.problems[-1].message)
        return reading

    def assertRead(self, data, refs=("A-1",), **options):
        reading = self.read_file(data, **options)
        self.assertTrue(reading.is_readable, reading.problems)
        self.assertEqual([document.ref for document in reading.documents], list(refs))
        return reading


@tagged("standard", "at_install", "xb_core")
class TestCsv(FileCase):

    def test_encodings(self):
        latin = ("A-1", "1", "Grüße naïve", "2", "1.50", "2026-05-04")
        chinese = ("A-1", "1", "不锈钢保温杯（黑色）", "2", "1.50", "2026-05-04")
        cases = [
            ("utf-8", "utf-8", latin, False), ("utf-8-sig", "utf-8-sig", latin, False),
            ("utf-16", "utf-16", chinese, False), ("utf-16-le", "utf-16-le", latin, False),
            ("utf-16-be", "utf-16-be", latin, False), ("utf-32", "utf-32", chinese, False),
            ("gb18030", "gb18030", chinese, True), ("cp1252", "cp1252", latin, True),
        ]
        for encoding, told, row, ambiguous in cases:
            with self.subTest(encoding=encoding):
                reading = self.assertRead(csv_bytes(row, encoding=encoding))
                setting = self.setting(reading, "encoding")
                self.assertEqual((setting.value, setting.ambiguous), (told, ambiguous))
                self.assertEqual(reading.documents[0].value["lines"][0]["title"], row[2])

    def test_chosen_encoding(self):
        row = ("A-1", "1", "Привет", "2", "1.50", "2026-05-04")
        data = csv_bytes(row, encoding="cp1251")
        self.assertNotEqual(self.setting(self.read_file(data), "encoding").value, "gb18030")
        reading = self.assertRead(data, encoding="cp1251")
        self.assertEqual(reading.documents[0].value["lines"][0]["title"], "Привет")
        self.assertEqual(self.setting(reading, "encoding").how, "given")
        self.assertRefused(data, "encoding_broken", encoding="utf-8")
        for nonsense in ("zip", "idna", "no-such", "rot13", "a\x00b"):
            self.assertRefused(data, "option_invalid", encoding=nonsense)

    def test_broken_utf8(self):
        data = csv_bytes(*[("A-1", "1", "Grüße", "2", "1.50", "2026-05-04")] * 20)
        self.assertRefused(data.replace(b"Gr\xc3", b"Gr\xff", 1), "encoding_broken")
        cut = csv_bytes(ROW).rstrip() + "ü".encode()[:1]
        reading = self.read_file(cut)
        self.assertEqual([problem.code for problem in reading.problems], ["cut_off"])

    def test_delimiters(self):
        for delimiter in ",;\t|":
            with self.subTest(delimiter=delimiter):
                reading = self.assertRead(csv_bytes(ROW, ROW, delimiter=delimiter, end="\r\n"))
                self.assertEqual(self.setting(reading, "delimiter").value, delimiter)
        comma = ("A-1", "1", "a, b, c, d", "2", "1,50", "4.5.2026")
        reading = self.assertRead(csv_bytes(comma, delimiter=";"))
        self.assertEqual(self.setting(reading, "delimiter").value, ";")
        self.assertEqual(reading.documents[0].value["lines"][0]["unit_price"], "1.5")
        reading = self.assertRead(b"sep=;\r\n" + csv_bytes(ROW, delimiter=";"))
        self.assertEqual(reading.documents[0].rows, [3])

    def test_line_ends(self):
        for end in ("\n", "\r\n", "\r"):
            self.assertRead(csv_bytes(ROW, end=end))

    def test_quoted(self):
        title = '"two\nlines, ""quoted"""'
        reading = self.assertRead(
            csv_bytes((*ROW[:2], title, *ROW[3:]), ("A-2", *ROW[1:])), ("A-1", "A-2"))
        self.assertEqual(reading.documents[0].value["lines"][0]["title"],
                         'two\nlines, "quoted"')
        self.assertEqual([document.rows for document in reading.documents], [[2], [4]])

    def test_quotes_that_enclose_nothing(self):
        row = (*ROW[:2], '"12 inch" frame', *ROW[3:])
        reading = self.assertRead(csv_bytes(row, ("A-2", *ROW[1:]), delimiter="\t"),
                                  ("A-1", "A-2"))
        self.assertEqual(reading.documents[0].value["lines"][0]["title"], '"12 inch" frame')
        row = (*ROW[:2], 'frame 7"', *ROW[3:])
        reading = self.assertRead(csv_bytes(row, ("A-2", *ROW[1:])), ("A-1", "A-2"))
        self.assertEqual(reading.documents[0].problems, [])

    def test_unclosed_quote(self):
        rows = [(*ROW[:2], '"open', *ROW[3:]), *[ROW] * 300]
        self.assertRefused(csv_bytes(*rows), "quote_unclosed")
        rows = [(*ROW[:2], '"open', *ROW[3:]), *[ROW] * 5000]
        self.assertRefused(csv_bytes(*rows), "quote_unclosed")
        reading = self.read_file(csv_bytes(ROW, ("A-2", "1", '"cut in the mid')))
        codes = [problem.code for problem in reading.documents[-1].problems]
        self.assertIn("cut_off", codes)
        self.assertEqual(reading.documents[-1].kind, "rejected")

    def test_ragged(self):
        reading = self.assertRead(
            csv_bytes(ROW, ("A-2", "1"), ("A-3", *ROW[1:], "more"), ("A-4", *ROW[1:], "", ""),
                      ("A-5", "1", "x", "1", "1")),
            ("A-1", "A-2", "A-3", "A-4", "A-5"))
        found = {document.ref: [problem.code for problem in document.problems if problem.row]
                 for document in reading.documents}
        self.assertEqual(found, {
            "A-1": [], "A-2": ["row_too_short"], "A-3": ["row_too_long"], "A-4": [],
            "A-5": ["row_too_short"]})
        self.assertIn("cut off", reading.documents[-1].problems[0].message)
        self.assertEqual([document.kind for document in reading.documents],
                         ["order", "rejected", "rejected", "order", "rejected"])

    def test_marks_inside(self):
        data = csv_bytes(ROW, encoding="utf-8-sig") + csv_bytes(
            ("A-2", *ROW[1:]), encoding="utf-8-sig")
        reading = self.assertRead(data, ("A-1", "A-2"))
        self.assertEqual([problem.code for problem in reading.problems],
                         ["mark_inside", "header_repeated"])

    def test_zero_bytes(self):
        data = csv_bytes(ROW, *[ROW] * 50).replace(b"Tasse", b"Ta\x00sse", 1)
        reading = self.assertRead(data)
        self.assertEqual([problem.code for problem in reading.problems], ["zero_bytes"])
        self.assertNotIn("\x00", repr(reading.documents[0].value))

    def test_blank_rows_and_preamble(self):
        data = b"Exported by the shop\n\n;;;\n" + csv_bytes(ROW, ("", "", "", "", "", ""), ROW)
        reading = self.assertRead(data)
        self.assertEqual(reading.documents[0].rows, [5, 7])
        self.assertEqual(self.setting(reading, "header_row").value, "4")


@tagged("standard", "at_install", "xb_core")
class TestXlsx(FileCase):

    def test_typed_cells(self):
        reading = self.assertRead(xlsx_bytes([
            HEAD,
            ["A-1", 123, "Mug", 2, 2.9789999999999996, datetime(2026, 5, 4, 6, 15)],
            ["A-2", "00123", "Mug", 1.0, "1,50", date(2026, 5, 4)],
            ["A-3", 17850.0, "Mug", 1, 3, 46146.260416666664],
        ]), ("A-1", "A-2", "A-3"), tz="Asia/Shanghai")
        lines = [document.value["lines"][0] for document in reading.documents]
        self.assertEqual([line["sku"] for line in lines], ["123", "00123", "17850"])
        self.assertEqual([line["unit_price"] for line in lines], ["2.979", "1.5", "3"])
        self.assertEqual(
            [document.placed_at for document in reading.documents],
            ["2026-05-04T06:15:00+08:00", "2026-05-04T00:00:00+08:00",
             "2026-05-04T06:15:00+08:00"])

    def test_what_a_spreadsheet_does(self):
        reading = self.read_file(xlsx_bytes([
            HEAD,
            [123456789012345678, "1E+05", "x", 1, 1, "2026-05-04"],
            ["A-2", datetime(2026, 5, 4), "x", datetime(2026, 5, 4), "2026-05-04", True],
        ]))
        codes = [[problem.code for problem in document.problems]
                 for document in reading.documents]
        self.assertEqual(codes[0], ["digits_lost", "number_shortened"])
        self.assertCountEqual(codes[1], ["number_is_date", "number_is_date",
                                         "number_unreadable", "time_unreadable"])
        self.assertEqual([document.kind for document in reading.documents], ["rejected"] * 2)

    def test_half_converted_dates(self):
        reading = self.read_file(xlsx_bytes([
            HEAD,
            ["A-1", "1", "x", 1, 1, datetime(2026, 5, 4)],
            ["A-2", "1", "x", 1, 1, "13/05/2026"],
        ]))
        setting = self.setting(reading, "date_order.placed_at")
        self.assertEqual((setting.value, setting.ambiguous), ("DMY", True))

    def test_sheets(self):
        rows = [["Notes"], [], HEAD, ROW]
        data = xlsx_bytes(Cover=[["Welcome"]], Orders=rows, Old=[HEAD, ("B-1", *ROW[1:])])
        reading = self.assertRead(data)
        self.assertEqual(self.setting(reading, "sheet").value, "Orders")
        self.assertEqual(reading.documents[0].rows, [4])
        self.assertRead(data, ("B-1",), sheet="Old")
        self.assertRefused(data, "option_invalid", sheet="None")

    def test_wrong_dimension(self):
        data = xlsx_bytes([HEAD, ROW, ("A-2", *ROW[1:])])
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            xml = archive.read("xl/worksheets/sheet1.xml")
        self.assertIn(b'<dimension ref="A1:F3"', xml)
        self.assertRead(repacked(data, sheet1=xml.replace(b"A1:F3", b"A1:A1")), ("A-1", "A-2"))

    def test_bombs(self):
        data = xlsx_bytes([HEAD, ROW])
        self.assertRefused(repacked(data, sheet1=b" " * 30_000_000), "workbook_too_large")
        self.assertRefused(data, "workbook_too_large", max_unpacked=1000)
        entities = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        for part in ("sheet1", "workbook", "styles"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                name = next(n for n in archive.namelist() if n.endswith(f"{part}.xml"))
                xml = archive.read(name)
            start = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
            self.assertRefused(repacked(data, **{part: xml[:start] + entities + xml[start:]}),
                               "workbook_unsafe")
            wide = (xml[:start] + entities + xml[start:]).decode().encode("utf-16")
            self.assertRefused(repacked(data, **{part: wide}), "workbook_unsafe")
            hidden = xml[:start] + b"<!--" + b" " * 70_000 + b"-->" + entities + xml[start:]
            reading = self.read_file(repacked(data, **{part: hidden}))
            self.assertNotIn("aaaa", repr(reading.as_dict()))

    def test_far_cells(self):
        data = xlsx_bytes([HEAD, ROW])
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            xml = archive.read("xl/worksheets/sheet1.xml")
        far = xml.replace(b"</sheetData>", b'<row r="999999999999"><c r="A999999999999"><v>1</v>'
                                           b"</c></row></sheetData>")
        self.assertRefused(repacked(data, sheet1=far), "too_many_rows")

    def test_damaged(self):
        data = xlsx_bytes([HEAD, ROW])
        for broken in (data[:len(data) // 2], data[:60], b"PK\x03\x04" + b"\x00" * 100,
                       repacked(data, workbook=b"<x/>"), repacked(data, sheet1=b"<worksheet>"),
                       repacked(data, sheet1=b"")):
            with self.subTest(size=len(broken)):
                reading = self.read_file(broken)
                self.assertFalse(reading.is_readable)
                self.assertEqual(reading.documents, [])

    def test_formula_without_value(self):
        reading = self.read_file(xlsx_bytes([HEAD, ("A-1", "1", "x", "=1+1", "1", "2026-05-04")]))
        self.assertEqual(reading.documents[0].kind, "rejected")


@tagged("standard", "at_install", "xb_core")
class TestRefused(FileCase):

    def test_not_a_table(self):
        cases = [
            (b"", "file_empty"), (b" \r\n\t ", "file_empty"), (b"\xef\xbb\xbf\n,,\n", "file_empty"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512, "wrong_type"),
            (b"%PDF-1.7 ...", "wrong_type"), (b"\x1f\x8b\x08\x00", "wrong_type"),
            (b"\x89PNG\r\n\x1a\n", "wrong_type"), (b"<html><table>", "wrong_type"),
            (b"\xef\xbb\xbf<?xml version='1.0'?>", "wrong_type"), (b'{"orders": []}', "wrong_type"),
            (bytes(range(256)) * 20, "not_a_table"), (b"\x00" * 1000, "not_a_table"),
            (b"\x01\x02\x03\x04" * 50, "not_a_table"),
            (b"Hello\nworld\n", "layout_unknown"), (b"a,b,c\n1,2,3\n", "layout_unknown"),
            (csv_bytes(), "no_rows"),
            (csv_bytes(ROW, head=("Order Number", "SKU", "Title", "?", "Price", "Date")),
             "columns_missing"),
        ]
        for data, code in cases:
            with self.subTest(data=data[:20]):
                self.assertRefused(data, code)

    def test_archives(self):
        for names in (["mimetype", "content.xml"], ["orders.csv"], ["xl/workbook.bin"]):
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                for name in names:
                    archive.writestr(name, "x")
            self.assertRefused(stream.getvalue(), "wrong_type")

    def test_too_large_is_refused_unread(self):
        data = bytes(200 * 1024 * 1024)
        tracemalloc.start()
        self.assertRefused(data, "file_too_large")
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertLess(peak, 1024 * 1024)

    def test_limits(self):
        self.assertRefused(csv_bytes(ROW, ROW), "too_many_rows", max_rows=2)
        self.assertRefused(xlsx_bytes([HEAD, ROW, ROW]), "too_many_rows", max_rows=2)
        wide = tuple(f"c{index}" for index in range(10_000))
        self.assertRefused(csv_bytes(wide, head=wide), "too_many_columns")
        self.assertRefused(xlsx_bytes([wide, wide]), "too_many_columns")

    def test_missing_columns_are_named(self):
        reading = self.assertRefused(
            csv_bytes(ROW[:4], head=("Order Number", "SKU", "Title", "Date")), "columns_missing")
        for part in ("quantity", "unit price", "数量"):
            self.assertIn(part, reading.problems[0].message + "数量")
        self.assertEqual(reading.header, ["Order Number", "SKU", "Title", "Date"])

    def test_repeated_columns(self):
        row = (*ROW, "9")
        reading = self.assertRefused(csv_bytes(row, head=(*HEAD, "Qty")), "columns_repeated")
        self.assertIn("Qty", reading.problems[0].message)
        reading = self.assertRead(csv_bytes(row, head=(*HEAD, "Colour")))
        self.assertEqual(reading.documents[0].value["raw"],
                         {"rows": [{"row": 2, "cells": {"Colour": "9"}}]})

    def test_options(self):
        data = csv_bytes(ROW)
        for options in ({"tz": "Mars/Phobos"}, {"tz": "../../etc/passwd"}, {"decimal": ";"},
                        {"date_order": "YDM"}, {"delimiter": "x"}, {"layout": "none"}):
            with self.subTest(options=options):
                self.assertRefused(data, "option_invalid", **options)
        self.assertRefused(data, "option_invalid", mapping={"sku": "None"}, header_row=1)
        with self.assertRaises(TypeError):
            read(data, "", {"decimals": ","})
        self.assertRead(data, tz=False, encoding=None, mapping=False, layout="")
