"""The platforms' own order files: samples made for this project, and the traps of each."""

import copy
import io
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core import repair
from ..core.layouts import LAYOUTS
from ..core.merging import merged
from ..core.order_value import totals, validate
from ..core.reader import read, signature
from ..core.text import safe_cell, unguarded

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime.fromisoformat("2026-08-01T00:00:00+00:00")


# What the shop says where the file does not.
SHOP_CURRENCY = {"amazon_unshipped.txt": "USD", "shopee_orders_my.xlsx": "MYR"}


def sample(name, **options):
    if name in SHOP_CURRENCY:
        options.setdefault("currency", SHOP_CURRENCY[name])
    return read((FIXTURES / name).read_bytes(), name, {"now": NOW, **options})


def codes(document):
    return [problem.code for problem in document.problems]


def edited(name, *changes):
    """A text sample with replacements."""
    text = (FIXTURES / name).read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read(text.encode(), name, {"now": NOW})


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cells(name):
    return [list(row) for row in openpyxl.load_workbook(FIXTURES / name).active.values]


class PresetCase(BaseCase):

    def by_ref(self, reading):
        self.assertTrue(reading.is_readable, [problem.message for problem in reading.problems])
        return {document.ref: document for document in reading.documents}

    def assertSum(self, document, total):
        self.assertEqual(totals(document.value).total, Decimal(total), document.value)


@tagged("standard", "at_install", "xb_core")
class TestRecognition(PresetCase):

    def test_each_sample_is_known_by_its_headings(self):
        for name, code in (
            ("amazon_all_orders.txt", "amazon_all_orders"), ("amazon_orders.txt", "amazon_orders"),
            ("amazon_unshipped.txt", "amazon_unshipped"), ("shopify_orders.csv", "shopify_orders"),
            ("shopee_orders_my.xlsx", "shopee_orders"), ("shopee_orders_id.xlsx", "shopee_orders"),
        ):
            with self.subTest(name):
                reading = sample(name)
                self.assertEqual(reading.layout, code)
                self.assertFalse(reading.is_ambiguous)
                for layout in LAYOUTS:
                    self.assertEqual(layout.recognise(reading.header) == 1.0, layout.code == code)

    def test_every_order_value_is_valid(self):
        for path in FIXTURES.iterdir():
            for document in sample(path.name).documents:
                if document.kind == "order":
                    self.assertEqual(validate(document.value, now=NOW), [], document.ref)


@tagged("standard", "at_install", "xb_core")
class TestAmazon(PresetCase):

    def setUp(self):
        super().setUp()
        self.orders = self.by_ref(sample("amazon_all_orders.txt"))

    def test_amounts_are_of_the_whole_line(self):
        order = self.orders["111-1111111-1111111"]
        self.assertSum(order, "61.49")  # 40.00 + 15.50 + 5.99; its tax is Amazon's to pay
        self.assertEqual(order.value["lines"][0]["unit_price"], "20")
        self.assertEqual(order.value["lines"][0]["title"], 'Steel mug 350 ml, "matte"')

    def test_line_totals_that_do_not_divide(self):
        for total, qty in (("10.00", 3), ("0.01", 7), ("99.99", 11)):
            with self.subTest(total):
                reading = edited("amazon_all_orders.txt", (
                    "Shipped\t2\tUSD\t40.00", f"Shipped\t{qty}\tUSD\t{total}"))
                line = self.by_ref(reading)["111-1111111-1111111"].value["lines"][0]
                price = Decimal(line["unit_price"])
                self.assertEqual(price, round(price, 2))
                self.assertEqual(qty * price - Decimal(line.get("discount", 0)), Decimal(total))

    def test_same_sku_twice_is_two_lines(self):
        order = self.orders["111-2222222-2222222"]
        self.assertEqual([line["ref"] for line in order.value["lines"]], ["1", "2"])
        self.assertEqual({line["fulfilled_by"] for line in order.value["lines"]}, {"platform"})
        self.assertSum(order, "24.98")

    def test_cancelled_and_pending(self):
        cancelled = self.orders["111-3333333-3333333"]
        self.assertEqual((cancelled.kind, cancelled.value["status"], codes(cancelled)),
                         ("order", "cancelled", []))
        pending = self.orders["111-4444444-4444444"]
        self.assertEqual((pending.kind, codes(pending)), ("order", ["price_pending"]))
        self.assertEqual(pending.value["currency"], "USD")  # its cell is empty

    def test_cancelled_item_of_a_live_order(self):
        reading = edited("amazon_all_orders.txt", (
            "COA-4\tB0TEST0002\tShipped\t1\tUSD\t15.50\t1.28",
            "COA-4\tB0TEST0002\tCancelled\t0\tUSD\t\t"))
        order = self.by_ref(reading)["111-1111111-1111111"]
        self.assertEqual([line["sku"] for line in order.value["lines"]], ["MUG-BLK"])
        self.assertEqual((order.kind, codes(order)), ("order", []))

    def test_missing_price_of_a_shipped_order_is_refused(self):
        reading = edited("amazon_all_orders.txt", ("2\tUSD\t40.00", "2\tUSD\t"))
        self.assertEqual(self.by_ref(reading)["111-1111111-1111111"].kind, "rejected")

    def test_order_of_elsewhere_is_no_sale(self):
        elsewhere = self.orders["S01-5555555-5555555"]
        self.assertEqual((elsewhere.kind, codes(elsewhere)), ("adjustment", ["not_a_sale"]))

    def test_tax_by_marketplace(self):
        head = ("Amazon.com\t", "Amazon.de\t")
        reading = edited("amazon_all_orders.txt", head, ("\tUSD\t", "\tEUR\t"))
        value = self.by_ref(reading)["111-1111111-1111111"].value
        self.assertTrue(value["prices_include_tax"])
        self.assertEqual([line["tax"] for line in value["lines"]], ["3.3", "1.28"])

    def test_words_with_more_behind(self):
        for word, status in (("Shipped - Delivered to Buyer", "delivered"),
                             ("Shipped - Returned to Seller", "refunded"),
                             ("Pending - Waiting for Pick Up", "pending")):
            reading = edited("amazon_all_orders.txt", (
                "\tShipped\tMerchant", f"\t{word}\tMerchant"))
            self.assertEqual(
                self.by_ref(reading)["111-1111111-1111111"].value["status"], status)

    def test_promotion_rows_are_no_lines(self):
        [order] = sample("amazon_orders.txt").documents
        self.assertEqual([line["ref"] for line in order.value["lines"]],
                         ["00012345678901", "00012345678902"])
        self.assertEqual(order.value["lines"][0]["discount"], "1.5")
        self.assertSum(order, "59.99")

    def test_reports_complete_each_other(self):
        known = self.orders["111-1111111-1111111"].value
        [details, unknown] = sample("amazon_unshipped.txt").documents
        self.assertEqual((details.merge, codes(details)), ("details", ["prices_missing"]))
        both = merged(known, details.value, details.merge)
        self.assertEqual((both["lines"], both["status"]), (known["lines"], "shipped"))
        self.assertEqual(both["ship_to"]["street"], "1 Example Street")
        self.assertEqual(both["ship_by"], "2026-05-06T23:59:59-07:00")
        again = merged(both, known, "address")
        self.assertEqual(again, both)
        moved = copy.deepcopy(known)
        moved["ship_to"]["zip"] = "99999"
        self.assertNotIn("street", merged(both, moved, "address")["ship_to"])
        self.assertEqual(merged({}, unknown.value, "details"), unknown.value)


@tagged("standard", "at_install", "xb_core")
class TestShopify(PresetCase):

    def test_totals(self):
        orders = self.by_ref(sample("shopify_orders.csv"))
        for ref, total in (("#1001", "65"), ("#1002", "36"), ("#1003", "18"), ("EU#1004-B", "20")):
            self.assertEqual(orders[ref].value["total"], total)
            self.assertSum(orders[ref], total)
            self.assertEqual(codes(orders[ref]), [])
        self.assertEqual({ref: order.value["status"] for ref, order in orders.items()}, {
            "#1001": "shipped", "#1002": "paid", "#1003": "pending", "EU#1004-B": "cancelled"})

    def test_cells_with_line_ends_and_guards(self):
        order = self.by_ref(sample("shopify_orders.csv"))["#1001"]
        self.assertEqual(order.rows, [2, 4])
        self.assertEqual(order.value["note"], 'Ring twice, please\nLeave at "reception"')
        self.assertEqual(order.value["ship_to"]["zip"], "75008")
        self.assertEqual(order.value["payments"][0]["reference"], "pay_6000000000001")

    def test_tax_goes_to_the_lines_to_the_cent(self):
        for total, included in (("75.01", False), ("65.00", True)):
            with self.subTest(total):
                reading = edited("shopify_orders.csv", (
                    "60.00,5.00,0.00,65.00", f"60.00,5.00,10.01,{total}"))
                value = self.by_ref(reading)["#1001"].value
                self.assertEqual(value["prices_include_tax"], included)
                self.assertEqual([line["tax"] for line in value["lines"]], ["6.67", "3.34"])
                self.assertEqual(codes(self.by_ref(reading)["#1001"]), [])

    def test_discount_that_is_repeated_in_the_lines(self):
        reading = edited("shopify_orders.csv", (
            "000000002,,Low,web,0.00", "000000002,,Low,web,3.60"))
        value = self.by_ref(reading)["#1002"].value
        self.assertNotIn("discount", value)
        self.assertEqual(value["lines"][0]["discount"], "3.6")
        self.assertSum(self.by_ref(reading)["#1002"], "36")

    def test_discount_nobody_states_is_derived_and_told(self):
        reading = edited("shopify_orders.csv", (
            "EUR,32.40,3.60,0.00,36.00,WELCOME10,3.60", "EUR,30.00,3.60,0.00,33.60,,0.00"))
        order = self.by_ref(reading)["#1002"]
        self.assertEqual(codes(order), ["discount_derived"])
        self.assertFalse(order.is_blocked)
        self.assertSum(order, "33.6")

    def test_total_that_is_wrong_is_held(self):
        reading = edited("shopify_orders.csv", ("60.00,5.00,0.00,65.00", "60.00,5.00,0.00,66.00"))
        order = self.by_ref(reading)["#1001"]
        self.assertEqual((order.kind, codes(order)), ("order", ["total_mismatch"]))


@tagged("standard", "at_install", "xb_core")
class TestShopee(PresetCase):

    def my(self, change=None, **options):
        rows = cells("shopee_orders_my.xlsx")
        if change:
            change({name: index for index, name in enumerate(rows[0])}, rows)
        return read(workbook(rows), "", {"now": NOW, "currency": "MYR",
                                         "tz": "Asia/Kuala_Lumpur", **options})

    def test_order_values_count_once(self):
        orders = self.by_ref(self.my())
        self.assertSum(orders["260501TESTAAA1"], "58.30")
        self.assertSum(orders["260502TESTBBB2"], "45.00")
        self.assertEqual(orders["260503TESTCCC3"].value["status"], "cancelled")
        value = orders["260501TESTAAA1"].value
        self.assertEqual(value["placed_at"], "2026-05-01T10:15:00+08:00")
        self.assertEqual([fee["amount"] for fee in value["fees"]], ["1.749", "2.915", "1.4575"])
        self.assertEqual(value["shipments"][0]["tracking"], "SPXMY000000001")

    def test_stars_are_nobody(self):
        value = self.by_ref(self.my())["260501TESTAAA1"].value
        self.assertNotIn("name", value["ship_to"])
        self.assertNotIn("phone", value["ship_to"])
        self.assertNotIn("buyer", value)
        self.assertIn("T****r", str(value["raw"]))

    def test_vouchers(self):
        def change(at, rows):
            for row in rows[1:3]:
                row[at["Seller Voucher"]], row[at["Shopee Voucher"]] = "3.00", "5.00"
                row[at["Total Amount"]] = "50.30"
        order = self.by_ref(self.my(change))["260501TESTAAA1"]
        self.assertEqual(codes(order), [])
        self.assertSum(order, "55.30")  # the platform pays its own voucher

    def test_total_that_nothing_explains(self):
        def change(at, rows):
            for row in rows[1:3]:
                row[at["Total Amount"]] = "58.31"
        order = self.by_ref(self.my(change))["260501TESTAAA1"]
        self.assertEqual((order.kind, codes(order)), ("order", ["total_mismatch"]))

    def test_line_total_proves_the_decimal_sign(self):
        def change(at, rows):
            rows[1][at["Product Subtotal"]] = "400.00"
        self.assertEqual(codes(self.by_ref(self.my(change))["260501TESTAAA1"]),
                         ["line_total_differs"])

    def test_dots_are_thousands_in_indonesia(self):
        reading = sample("shopee_orders_id.xlsx")
        [order] = reading.documents
        self.assertSum(order, "159000")
        self.assertEqual(order.value["currency"], "IDR")
        self.assertEqual(order.value["ship_to"]["country"], "ID")
        self.assertFalse(reading.is_ambiguous)

    def test_wrong_country_is_refused(self):
        reading = sample("shopee_orders_id.xlsx", currency="MYR")
        self.assertEqual([problem.code for problem in reading.problems], ["currency_differs"])
        self.assertIn("IDR", reading.problems[0].message)

    def test_brackets_behind_headings(self):
        def change(at, rows):
            rows[0][at["Seller Voucher"]] = "Seller Voucher(PHP)"
            rows[0][at["Transaction Fee"]] = "Transaction Fee(Incl. GST)"
        reading = self.my(change, currency="PHP")
        self.assertEqual(reading.mapping["seller_voucher"], "Seller Voucher(PHP)")
        self.assertEqual(reading.mapping["fee_payment"], "Transaction Fee(Incl. GST)")
        self.assertFalse(self.my(change).is_readable)  # a shop that sells in ringgit

    def test_other_languages(self):
        for head, words in (
            (("Mã đơn hàng", "Trạng Thái Đơn Hàng", "Ngày đặt hàng", "SKU phân loại hàng",
              "Giá ưu đãi", "Số lượng"), ("Đã hủy bởi người mua", "cancelled")),
            (("訂單編號", "訂單狀態", "訂單成立日期", "商品選項貨號", "商品活動價格", "數量"),
             ("待出貨", "paid")),
            (("ID do pedido", "Status do pedido", "Data de criação do pedido",
              "Número de referência SKU", "Preço acordado", "Quantidade"),
             ("Concluído", "delivered")),
        ):
            with self.subTest(head[0]):
                row = ("X1", words[0], "2026-05-01 10:00", "SKU1", "5", "2")
                reading = read(workbook([head, row]), "", {"now": NOW})
                self.assertEqual(reading.layout, "shopee_orders")
                [order] = reading.documents
                self.assertEqual(order.value["status"], words[1], order.problems)


@tagged("standard", "at_install", "xb_core")
class TestSavedMapping(PresetCase):
    HEAD = ("Bestellung", "Wann", "Artikel", "Menge", "Preis")
    ROWS = (HEAD, ("A-1", "2026-05-04", "MUG", "2", "1,234"))

    def file(self, head=HEAD):
        return "\n".join(";".join(row) for row in (head, *self.ROWS[1:])).encode()

    MAPPING = {"ref": "Bestellung", "placed_at": "Wann", "sku": "Artikel", "qty": "Menge",
               "unit_price": "Preis"}

    def test_unknown_file_shows_what_can_be_mapped(self):
        reading = read(self.file())
        self.assertFalse(reading.is_readable)
        self.assertEqual(reading.header, list(self.HEAD))
        self.assertEqual(reading.preview[0]["cells"][0]["text"], "A-1")

    def test_mapped_by_hand_then_known(self):
        given = {"mapping": self.MAPPING, "currency": "EUR", "now": NOW}
        self.assertTrue(read(self.file(), "", given).is_readable)
        saved = {signature(self.HEAD): {"mapping": self.MAPPING, "decimal": {"": ","}}}
        reading = read(self.file(), "", {"saved": saved, "currency": "EUR", "now": NOW})
        self.assertEqual(reading.recalled, signature(self.HEAD))
        self.assertEqual(reading.documents[0].value["lines"][0]["unit_price"], "1.234")
        self.assertEqual(signature(("menge", "WANN", "Preis ", "artikel", "bestellung")),
                         signature(self.HEAD))

    def test_choice_of_today_counts_more(self):
        saved = {signature(self.HEAD): {"mapping": self.MAPPING, "decimal": {"": ","}}}
        reading = read(self.file(), "", {"saved": saved, "decimal": ".", "currency": "EUR",
                                         "now": NOW})
        self.assertEqual(reading.documents[0].value["lines"][0]["unit_price"], "1234")

    def test_other_headings_are_not_recalled(self):
        saved = {signature((*self.HEAD, "Farbe")): {"mapping": self.MAPPING}}
        self.assertFalse(read(self.file(), "", {"saved": saved}).recalled)


@tagged("standard", "at_install", "xb_core")
class TestRepair(PresetCase):

    def back(self, name, write, **options):
        """Read a sample, write all its rows to a file to be repaired, and read that."""
        data = (FIXTURES / name).read_bytes()
        first = read(data, name, {"now": NOW, **options})
        rows = {row for document in first.documents for row in document.rows}
        table = repair.table(data, {item.key: item.value for item in first.settings}, rows)
        again = write(table, ("Problem", "What to do"), {min(rows): ("=HYPERLINK(1)", "Mend it")})
        return first, again, read(again, "", {"now": NOW, **options})

    @staticmethod
    def meaning(reading):
        found = []
        for document in copy.deepcopy(reading.documents):
            document.value.get("raw", {}).pop("rows", None)
            found.append((document.ref, document.kind, document.value, document.amount))
        return found

    def test_repaired_file_says_the_same(self):
        for path in sorted(FIXTURES.iterdir()):
            for write in (repair.write_csv, repair.write_xlsx):
                with self.subTest(f"{path.name} {write.__name__}"):
                    options = {"currency": "MYR"} if "_my" in path.name else {}
                    first, _data, second = self.back(path.name, write, **options)
                    self.assertEqual(self.meaning(first), self.meaning(second))
                    self.assertEqual(first.signature, second.signature)

    def test_reasons_stand_beside_their_rows_and_never_come_back(self):
        _first, data, second = self.back("shopify_orders.csv", repair.write_xlsx)
        rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.values)
        self.assertEqual(rows[0][-2:], ("⚠ Problem", "⚠ What to do"))
        self.assertEqual(rows[1][-2:], ("'=HYPERLINK(1)", "Mend it"))
        self.assertNotIn("HYPERLINK", str([document.value for document in second.documents]))

    def test_nothing_becomes_a_formula(self):
        text = (FIXTURES / "shopify_orders.csv").read_text("utf-8").replace(
            "Steel mug - Black", "=cmd|' /C calc'!A0")
        first = read(text.encode(), "", {"now": NOW})
        self.assertEqual(first.documents[0].value["lines"][0]["title"], "=cmd|' /C calc'!A0")
        rows = {row for document in first.documents for row in document.rows}
        table = repair.table(text.encode(), {item.key: item.value for item in first.settings},
                             rows)
        csv_file = repair.write_csv(table, ("P", "R"), {}).decode("utf-8-sig")
        self.assertIn("'=cmd|", csv_file)
        self.assertFalse(re.search(r'(^|,)"?[=+@]', csv_file, re.MULTILINE))
        book = openpyxl.load_workbook(io.BytesIO(repair.write_xlsx(table, ("P", "R"), {})))
        self.assertFalse([cell for row in book.active.iter_rows() for cell in row
                          if cell.data_type == "f"])
        again = read(csv_file.encode(), "", {"now": NOW})
        self.assertEqual(again.documents[0].value["lines"][0]["title"], "=cmd|' /C calc'!A0")

    @settings(max_examples=200, deadline=None)
    @given(st.text())
    def test_guard_is_undone(self, text):
        self.assertEqual(unguarded(safe_cell(text)),
                         text if safe_cell(text) != text else unguarded(text))

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(
        st.integers(1, 99), st.decimals("0.01", "9999.99", places=2),
        st.decimals("0", "99.99", places=2)), min_size=1, max_size=6))
    def test_any_line_totals_add_up(self, lines):
        """Property: whatever a report's line totals are, the order is worth exactly them."""
        head = ("amazon-order-id\tpurchase-date\torder-status\tfulfillment-channel\t"
                "sales-channel\tproduct-name\tsku\tquantity\tcurrency\titem-price\t"
                "item-promotion-discount\tship-country\n")
        rows = "".join(
            f"1-1\t2026-05-04T06:15:22+00:00\tShipped\tMerchant\tAmazon.com\tThing\tS{index}\t"
            f"{qty}\tUSD\t{total}\t{min(less, total)}\tUS\n"
            for index, (qty, total, less) in enumerate(lines))
        [order] = read((head + rows).encode(), "", {"now": NOW}).documents
        self.assertEqual((order.kind, codes(order)), ("order", []))
        self.assertSum(order, sum(total - min(less, total) for _qty, total, less in lines))


@tagged("standard", "at_install", "xb_core")
class TestDays(PresetCase):

    def test_days_of_the_shop(self):
        reading = sample("shopify_orders.csv")
        self.assertEqual(reading.day_totals(ZoneInfo("UTC")), {
            "2026-07-01": {"EUR": {"count": 1, "sum": "65"}},
            "2026-07-02": {"EUR": {"count": 1, "sum": "36"}},
            "2026-07-03": {"EUR": {"count": 1, "sum": "18"}},
        })
        self.assertIn("2026-07-04", reading.day_totals(ZoneInfo("Asia/Shanghai")))
