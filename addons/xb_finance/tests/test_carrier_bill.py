"""A carrier's bill: verdicts first, an ordinary vendor bill then, facts of the orders last."""

import base64
import io
from datetime import date
from itertools import pairwise

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import FinanceCommon

NUMBER = "XB000000000{}"


@tagged("post_install", "-at_install")
class TestCarrierBill(FinanceCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one = cls.make_order("A1", 75.0, "EUR")
        cls.two = cls.make_order("A2", 25.0, "EUR")
        (cls.one | cls.two).order_line.purchase_price = 0
        (cls.one | cls.two).action_confirm()
        cls.parcel = cls.make_parcel(NUMBER.format(1), cls.one, cls.two, cost=8.0)

    def profit(self, order, component="freight"):
        rows = self.env["xb.order.profit"].search(
            [("order_id", "=", order.id), ("component", "=", component)])
        return {row.stage: round(row.amount, 2) for row in rows}

    def settle_transaction(self):
        """What happens when the transaction ends."""
        self.env["xb.order.profit"]._run_scheduled()

    def tie_out(self):
        ties = self.env["xb.profit.tie.out"].search([("company_id", "=", self.company.id)])
        self.assertEqual([round(tie.difference, 2) for tie in ties], [0.0] * len(ties))
        return ties

    def sum_of_rows(self):
        [[amount]] = self.env["xb.order.profit"]._read_group(
            [("company_id", "=", self.company.id)], [], ["actual:sum"])
        return round(amount or 0.0, 2)

    # === ESTIMATE === #

    def test_estimate_from_the_parcels_cost(self):
        self.settle_transaction()
        # 8.00 by value: 75 to 25
        self.assertEqual((self.profit(self.one), self.profit(self.two)),
                         ({"estimate": -6.0}, {"estimate": -2.0}))
        self.parcel.cost = 8.01
        self.settle_transaction()
        # 6.0075 and 2.0025: the odd cent to the larger remainder
        self.assertEqual((self.profit(self.one), self.profit(self.two)),
                         ({"estimate": -6.01}, {"estimate": -2.0}))
        self.parcel.active = False
        self.settle_transaction()
        self.assertEqual(self.profit(self.one), {})

    def test_a_cost_that_is_taken_back(self):
        self.settle_transaction()
        self.parcel.cost = 0
        self.settle_transaction()
        self.assertEqual((self.profit(self.one), self.profit(self.two)), ({}, {}))
        self.parcel.cost = 8.0
        self.settle_transaction()
        self.assertEqual(self.profit(self.one), {"estimate": -6.0})
        self.parcel.unlink()
        self.settle_transaction()
        self.assertEqual((self.profit(self.one), self.profit(self.two)), ({}, {}))

    def test_by_weight_where_everything_has_one(self):
        self.mug.weight = 0.5
        self.env["xb.order.profit"]._rebuild(self.one | self.two)
        self.assertEqual((self.profit(self.one), self.profit(self.two)),
                         ({"estimate": -4.0}, {"estimate": -4.0}))

    def test_estimate_from_the_delivery_line(self):
        order = self.make_order("A3", 50.0, "EUR")
        order.write({"order_line": [Command.create({
            "product_id": self.lid.id, "product_uom_qty": 1, "price_unit": 5.0,
            "is_delivery": True, "tax_ids": [Command.clear()]})]})
        order.order_line.filtered("is_delivery").purchase_price = 4.2
        order.order_line.filtered(lambda line: not line.is_delivery).purchase_price = 20.0
        order.action_confirm()
        self.assertEqual(self.profit(order), {"estimate": -4.2})
        self.assertEqual(self.profit(order, "cost"), {"estimate": -20.0})
        self.make_parcel(NUMBER.format(3), order, cost=12.8, currency="USD")
        self.settle_transaction()
        self.assertEqual(self.profit(order), {"estimate": -10.24})  # 12.80 / 1.25

    def test_discount_is_a_component(self):
        order = self.make_order("A4", 100.0, "EUR")
        order.order_line.write({"discount": 10, "purchase_price": 0})
        order.write({"order_line": [Command.create({
            "product_id": self.lid.id, "product_uom_qty": 1, "price_unit": -5.0,
            "tax_ids": [Command.clear()]})]})
        order.order_line.purchase_price = 0
        order.action_confirm()
        self.assertEqual((self.profit(order, "revenue"), self.profit(order, "discount")),
                         ({"estimate": 100.0}, {"estimate": -15.0}))
        self.assertEqual(order.xb_profit, 85.0)

    def test_stated_fees_by_kind(self):
        order = self.make_order("A7", 100.0, "EUR")
        order.order_line.purchase_price = 0
        order.write({"xb_fee_amount": 20.0, "xb_fees": [
            {"kind": "commission", "amount": "11.00"}, {"kind": "payment", "amount": "3.50"},
            {"kind": "advertising", "amount": "2.00", "currency": "EUR"},
            {"kind": "payment", "amount": "9.00", "currency": "USD"},
            {"kind": "other", "amount": "3.50"}]})
        order.action_confirm()
        self.assertEqual(
            {component: self.profit(order, component) for component in (
                "fee_platform", "fee_payment", "advertising")},
            {"fee_platform": {"estimate": -14.5}, "fee_payment": {"estimate": -3.5},
             "advertising": {"estimate": -2.0}})
        self.assertEqual(order.xb_profit, 80.0)

    # === VERDICTS === #

    def test_verdicts_before_anything_is_written(self):
        before = self.count_rows("account_move", "xb_carrier_charge")
        self.load_bill(self.bill_file([
            (NUMBER.format(1), "Freight", "9.00"), (NUMBER.format(2), "Freight", "1.00"),
            ("", "Monthly fee", "3.00")]), dry_run=True)
        [verdict] = self.verdicts
        self.assertEqual((verdict["state"], verdict["total"], verdict["estimate"]),
                         ("created", "13.00", "8.0"))
        self.assertEqual([(row["state"], row["reason"]) for row in verdict["rows"]], [
            ("matched", False), ("open", "unknown_number"), ("open", "no_number")])
        self.assertEqual(self.count_rows("account_move", "xb_carrier_charge"), before)

    def test_a_broken_row_keeps_the_bill_out(self):
        bills = self.load_bill(self.bill_file([
            (NUMBER.format(1), "Freight", "9.00"), (NUMBER.format(2), "Freight", "nine")]))
        [verdict] = self.verdicts
        self.assertFalse(bills)
        self.assertEqual(verdict["state"], "refused")
        self.assertEqual([row["state"] for row in verdict["rows"]], ["matched", "refused"])
        self.assertIn("Row 3", verdict["rows"][1]["message"])

    def test_refusals_say_what_to_do(self):
        for data, options, code in (
                (b"%PDF-1.4 x", {}, "wrong_type"), (b"a,b\n1,2\n", {}, "columns_missing"),
                (self.bill_file([(NUMBER.format(1), "Freight", "1.00")], currency="ZWL"), {},
                 "currency_inactive"),
                (self.bill_file([(NUMBER.format(1), "Freight", "1.00")]), {"total": "2.00"},
                 "not_balanced")):
            self.assertFalse(self.load_bill(data, **options), code)
            self.assertEqual(self.codes(self.verdicts[0]), [code])
            self.assertTrue(self.verdicts[0]["problems"][0]["message"])

    def test_workbook(self):
        book = openpyxl.Workbook()
        book.active.append(["Notes of the carrier"])
        book.active.append(["Waybill number", "Freight charge", "Duty", "Total amount"])
        book.active.append([NUMBER.format(1), 9.5, 2.25, 11.75])
        stream = io.BytesIO()
        book.save(stream)
        bill = self.load_bill(stream.getvalue(), name="C9", currency="EUR")
        self.assertEqual((bill.ref, bill.amount_untaxed), ("C9", 11.75))
        self.assertEqual([(c.kind, c.amount) for c in bill.xb_charge_ids.sorted("id")],
                         [("freight", 9.5), ("duty", 2.25)])

    # === BILL === #

    def bill(self, *rows, name="C1", **kwargs):
        return self.load_bill(self.bill_file(
            rows or [(NUMBER.format(1), "Freight", "10.00"), (NUMBER.format(1), "Duty", "4.00")],
            name, **kwargs))

    def test_an_ordinary_vendor_bill(self):
        analytic = self.env["account.analytic.account"].create({
            "name": "Market", "plan_id": self.env["account.analytic.plan"].create(
                {"name": "Shops"}).id, "company_id": self.company.id})
        self.shop.analytic_account_id = analytic
        bill = self.bill()
        self.assertEqual((bill.move_type, bill.state, bill.partner_id.name, bill.ref),
                         ("in_invoice", "draft", "DHL Billing", "C1"))
        self.assertEqual({line.account_id.name: (line.price_subtotal, line.analytic_distribution)
                          for line in bill.invoice_line_ids}, {
            "Freight": (10.0, {str(analytic.id): 100}),
            "Duty and Customs Clearance": (4.0, {str(analytic.id): 100})})
        self.assertEqual(set(bill.invoice_line_ids.account_id.mapped("account_type")), {"expense"})
        self.assertEqual(self.profit(self.one, "duty"), {})  # a draft is no fact
        bill.action_post()
        self.assertEqual((self.profit(self.one), self.profit(self.two)), (
            {"estimate": 0.0, "actual": -7.5}, {"estimate": 0.0, "actual": -2.5}))
        self.assertEqual((self.profit(self.one, "duty"), self.profit(self.two, "duty")),
                         ({"actual": -3.0}, {"actual": -1.0}))
        rows = self.env["xb.order.profit"].search([("move_id", "=", bill.id)])
        self.assertEqual(set(rows.mapped("source")), {"C1"})
        self.assertEqual(rows[0].action_open_source()["res_id"], bill.id)
        self.assertEqual(rows.carrier_id, self.carrier())
        self.assertEqual((bill.xb_freight_estimate, bill.xb_freight_billed,
                          bill.xb_freight_difference), (8.0, 10.0, 2.0))
        self.assertEqual((self.parcel.estimated_cost, self.parcel.billed_cost,
                          self.parcel.billed_difference, self.parcel.billed_duty),
                         (8.0, 10.0, 2.0, 4.0))
        self.assertEqual(self.tie_out().mapped("document"), ["C1"])

    def test_estimate_comes_back(self):
        self.settle_transaction()
        bill = self.bill()
        bill.action_post()
        bill.button_draft()
        self.assertEqual((self.profit(self.one), self.profit(self.one, "duty")),
                         ({"estimate": -6.0}, {}))
        bill.action_post()
        refund = bill._reverse_moves([{"date": bill.date, "invoice_date": bill.date}],
                                     cancel=True)
        self.assertEqual((refund.move_type, refund.state, refund.xb_carrier_id),
                         ("in_refund", "posted", bill.xb_carrier_id))
        # Both documents stay; together they say nothing.
        rows = self.env["xb.order.profit"].search(
            [("order_id", "=", self.one.id), ("component", "=", "freight")])
        self.assertEqual(sorted(rows.mapped("amount")), [-7.5, -6.0, 7.5])
        self.assertEqual(self.sum_of_rows(), 0.0)
        self.assertEqual(len(self.tie_out()), 2)
        refund.button_draft()
        self.assertEqual(self.profit(self.one), {"estimate": 0.0, "actual": -7.5})
        refund.button_cancel()
        bill.button_draft()
        bill.button_cancel()
        self.assertEqual(self.profit(self.one), {"estimate": -6.0})
        self.assertFalse(self.env["xb.order.profit"].search([("move_id", "!=", False),
                                                             ("company_id", "=",
                                                              self.company.id)]))

    def test_importing_again_changes_nothing(self):
        bill = self.bill()
        before = self.count_rows("account_move", "account_move_line", "xb_carrier_charge")
        self.assertEqual(self.bill(), bill)
        self.assertEqual(self.verdicts[0]["state"], "unchanged")
        self.assertEqual(self.count_rows(
            "account_move", "account_move_line", "xb_carrier_charge"), before)
        # A draft takes a corrected file, a posted bill does not.
        self.bill((NUMBER.format(1), "Freight", "11.00"))
        self.assertEqual((self.verdicts[0]["state"], bill.amount_untaxed,
                          len(bill.invoice_line_ids)), ("replaced", 11.0, 1))
        bill.action_post()
        self.bill((NUMBER.format(1), "Freight", "12.00"))
        self.assertEqual((self.verdicts[0]["state"], self.codes(self.verdicts[0])),
                         ("refused", ["bill_posted"]))
        self.assertEqual(bill.amount_untaxed, 11.0)

    def test_identical_rows_are_two(self):
        row = (NUMBER.format(1), "Freight", "5.00")
        bill = self.bill(row, row)
        self.assertEqual((len(bill.xb_charge_ids), bill.amount_untaxed), (2, 10.0))

    def test_correction_is_a_line_of_its_own(self):
        bill = self.bill()
        charge = bill.xb_charge_ids[0]
        finance = self.user("f-bill", "xb_base.group_finance")
        mine = charge.with_user(finance)
        for vals in ({"amount": 1.0}, {"number": "x"}, {"value": 1.0}, {"state": "matched"}):
            with self.assertRaises(UserError):
                mine.write(vals)
        Charge = self.env["xb.carrier.charge"].with_user(finance)
        with self.assertRaises(UserError):
            Charge.create({"move_id": bill.id, "amount": -2.0, "kind": "freight"})
        correction = Charge.create({
            "move_id": bill.id, "amount": -2.0, "kind": "freight", "number": NUMBER.format(1),
            "note": "Weighed wrongly", "value": 99.0})
        self.assertEqual((correction.is_correction, correction.parcel_id, correction.value),
                         (True, self.parcel, 0.0))
        self.assertEqual(bill.amount_untaxed, 12.0)
        bill.action_post()
        self.assertEqual(self.profit(self.one), {"estimate": 0.0, "actual": -6.0})
        with self.assertRaises(UserError):
            Charge.create({"move_id": bill.id, "amount": 1.0, "note": "late"})
        # A corrected file replaces the carrier's rows, not ours.
        bill.button_draft()
        self.bill((NUMBER.format(1), "Freight", "11.00"))
        self.assertEqual(bill.amount_untaxed, 9.0)

    def test_line_and_charges_say_the_same(self):
        bill = self.bill()
        bill.invoice_line_ids[0].price_unit += 1
        with self.assertRaisesRegex(UserError, "C1"):
            bill.action_post()

    def test_a_line_of_ones_own_counts(self):
        bill = self.bill()
        bill.write({"invoice_line_ids": [Command.create({
            "name": "Monthly fee", "price_unit": 30.0, "tax_ids": [Command.clear()],
            "account_id": bill.invoice_line_ids[0].account_id.id})]})
        bill.action_post()
        self.tie_out()
        self.assertEqual(self.sum_of_rows(), -44.0)

    def test_credit_of_the_carrier(self):
        self.bill().action_post()
        credit = self.bill((NUMBER.format(1), "Freight", "-4.00"), name="C2")
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("in_refund", 4.0))
        credit.action_post()
        rows = self.env["xb.order.profit"].search(
            [("order_id", "=", self.one.id), ("component", "=", "freight"),
             ("stage", "=", "actual")])
        self.assertEqual(sorted(rows.mapped("amount")), [-7.5, 3.0])
        self.tie_out()

    def test_billed_twice_is_told(self):
        self.bill((NUMBER.format(1), "Freight", "10.00"))
        self.bill((NUMBER.format(1), "Freight", "10.00"), name="C7")
        self.assertIn("C1", self.verdicts[0]["rows"][0]["message"])

    # === OPEN === #

    def test_open_until_the_parcel_comes(self):
        bill = self.bill((NUMBER.format(1), "Freight", "10.00"),
                         (NUMBER.format(5), "Freight", "5.00"))
        bill.action_post()
        [charge] = bill.xb_charge_ids.filtered(lambda c: c.state == "open")
        self.assertEqual((charge.reason, bill.xb_charge_open_count), ("unknown_number", 1))
        self.assertEqual(self.sum_of_rows(), -15.0)
        self.tie_out()
        late = self.make_order("A5", 50.0, "EUR")
        late.action_confirm()
        parcel = self.make_parcel(NUMBER.format(5), late)
        self.settle_transaction()
        self.assertEqual((charge.parcel_id, charge.state, charge.reason),
                         (parcel, "matched", False))
        self.assertEqual(self.profit(late), {"actual": -5.0})
        self.assertEqual(self.sum_of_rows(), -15.0)
        self.tie_out()
        # An order that joins the parcel shares it.
        joins = self.make_order("A6", 50.0, "EUR")
        joins.action_confirm()
        self.env["xb.parcel.item"].create({
            "parcel_id": parcel.id, "sale_line_id": joins.order_line.id, "quantity": 1})
        self.settle_transaction()
        self.assertEqual((self.profit(late), self.profit(joins)),
                         ({"actual": -2.5}, {"actual": -2.5}))
        self.tie_out()

    def test_a_person_names_the_parcel(self):
        bill = self.bill((NUMBER.format(7), "Freight", "6.00"))
        bill.action_post()
        finance = self.user("f-name", "xb_base.group_finance")
        bill.xb_charge_ids.with_user(finance).parcel_id = self.parcel
        self.assertEqual((bill.xb_charge_ids.state, self.profit(self.one)),
                         ("matched", {"estimate": 0.0, "actual": -4.5}))
        self.tie_out()
        bill.xb_charge_ids.with_user(finance).parcel_id = False
        self.assertEqual(bill.xb_charge_ids.state, "open")
        self.assertNotIn("actual", self.profit(self.one))
        self.tie_out()

    def test_goods_of_no_shop(self):
        self.two.xb_shop_id = False
        self.bill().action_post()
        self.assertEqual(self.profit(self.one), {"estimate": 0.0, "actual": -7.5})
        rest = self.env["xb.order.profit"].search(
            [("order_id", "=", False), ("company_id", "=", self.company.id)])
        self.assertEqual(sorted(rest.mapped("amount")), [-2.5, -1.0])
        self.tie_out()

    # === IMPORT VAT === #

    def test_import_vat_is_a_cost_unless_it_comes_back(self):
        france = self.env.ref("base.fr")
        self.parcel.partner_id.country_id = france
        rows = [(NUMBER.format(1), "Import VAT", "20.00")]
        bill = self.bill(*rows)
        self.assertEqual(bill.invoice_line_ids.account_id.account_type, "expense")
        bill.action_post()
        self.assertEqual(self.profit(self.one, "duty"), {"actual": -15.0})
        self.env["account.fiscal.position"].create({
            "name": "France", "country_id": france.id, "foreign_vat": "FR23334175221",
            "company_id": self.company.id})
        again = self.bill(*rows, name="C2")
        self.assertEqual(again.invoice_line_ids.account_id.account_type, "asset_current")
        again.action_post()
        self.assertEqual(self.profit(self.one, "duty"), {"actual": -15.0})
        self.tie_out()

    # === TO THE CENT === #

    def test_every_cent_of_a_foreign_bill(self):
        orders = self.env["sale.order"]
        for place in range(7):
            order = self.make_order(f"Z{place}", 10.0 + place, "EUR")
            order.action_confirm()
            orders += order
            self.make_parcel(f"ZZ000000000{place}", order, self.one)
        bill = self.bill(*[(f"ZZ000000000{place}", "Freight", "0.37") for place in range(7)],
                         currency="USD", day="2026-05-05")
        bill.action_post()
        # 2.59 / 1.25 = 2.07, over fourteen shares
        self.assertEqual(self.sum_of_rows(), -2.07)
        self.assertEqual(round(sum(bill.xb_charge_ids.mapped("value")), 2), 2.07)
        for row in self.env["xb.order.profit"].search([("move_id", "=", bill.id)]):
            self.assertTrue(row.order_id)
        self.tie_out()

    def test_every_fils_and_every_yen(self):
        """Currencies of three decimals and of none, in books of two, three and none."""
        for code, rate in (("KWD", 0.34), ("BHD", 0.41), ("TND", 3.4), ("JPY", 160), ("KRW", 1500)):
            currency = self.env.ref(f"base.{code}")
            currency.active = True
            self.env["res.currency.rate"].search([("currency_id", "=", currency.id)]).unlink()
            self.env["res.currency.rate"].create({
                "name": "2026-05-01", "currency_id": currency.id, "company_id": self.company.id,
                "rate": rate})
            amounts = ("1.234", "0.001", "2.500") if currency.decimal_places == 3 \
                else ("1234", "1", "2500")
            with self.subTest(code):
                bill = self.bill(*[(self.parcel.number, words, amount) for words, amount in zip(
                    ("Freight", "Fuel Surcharge", "Duty"), amounts, strict=True)],
                    name=f"B{code}", currency=code)
                total = sum(float(amount) for amount in amounts)
                self.assertEqual(currency.compare_amounts(bill.amount_total, total), 0)
                self.assertEqual(bill.xb_charge_ids.mapped("amount"), [float(a) for a in amounts])
                bill.action_post()
                self.check_units(bill)

    def test_books_without_decimals_and_with_three(self):
        for code in ("JPY", "KWD"):
            with self.subTest(code):
                currency = self.env.ref(f"base.{code}")
                self.other_books(f"Books in {code}")
                currency.active = True
                self.env["res.currency.rate"].search(
                    [("company_id", "=", self.company.id)]).unlink()
                self.company.currency_id = currency
                self.env["res.currency.rate"].create({
                    "name": "2026-05-01", "currency_id": self.eur.id,
                    "company_id": self.company.id, "rate": 1 / 163.7 if code == "JPY" else 3.003})
                orders = [self.make_order(f"{code}{place}", 7.0 + place, "EUR")
                          for place in range(3)]
                for order in orders:
                    order.action_confirm()
                parcel = self.make_parcel(f"PP{code}00001", *orders, cost=3.33)
                self.settle_transaction()
                bill = self.bill((parcel.number, "Freight", "3.35"),
                                 (parcel.number, "Duty", "0.07"), name=f"B{code}")
                estimate = self.eur._convert(3.33, currency, self.company, date(2026, 5, 10))
                self.assertEqual(bill.xb_freight_estimate, estimate)
                bill.action_post()
                self.check_units(bill)
                self.assertEqual(currency.compare_amounts(
                    bill.xb_freight_difference,
                    bill.xb_freight_billed - bill.xb_freight_estimate), 0)

    def check_units(self, bill):
        """Charges and profit are the entry, in whole smallest units."""
        own = bill.company_currency_id
        cost = sum(bill.line_ids.filtered("xb_charge_key").mapped("balance"))
        self.assertGreater(cost, 0)
        values = bill.xb_charge_ids.mapped("value")
        rows = self.env["xb.order.profit"].search([("move_id", "=", bill.id)])
        self.assertEqual(own.compare_amounts(sum(values), cost), 0)
        self.assertEqual(own.compare_amounts(-sum(rows.mapped("actual")), cost), 0)
        for amount in (*values, *rows.mapped("actual")):
            self.assertEqual(own.round(amount), amount)
        self.tie_out()

    def test_fractions_are_told_and_nothing_is_lost(self):
        bill = self.bill(*[(self.parcel.number, "Freight", "0.3333")] * 3)
        [problem] = self.verdicts[0]["problems"]
        self.assertEqual((problem["code"], problem["blocking"]), ("fractions", False))
        self.assertIn("1.00", problem["message"])
        self.assertEqual(bill.amount_total, 1.0)
        self.load_bill(self.bill_file([(self.parcel.number, "Freight", "0.3333")] * 3))
        self.assertEqual(self.verdicts[0]["state"], "unchanged")

    def test_the_dialog_shows_the_currencys_decimals(self):
        self.env.ref("base.KWD").active = True
        wizard = self.env["xb.carrier.bill.wizard"].create({
            "carrier_id": self.carrier().id, "filename": "bill.csv",
            "file": base64.b64encode(self.bill_file(
                [(self.parcel.number, "Freight", "12.500")], currency="KWD"))})
        self.assertIn("12.500", wizard.preview_html)
        self.assertNotIn("12,500", wizard.preview_html)

    # === RIGHTS AND SIZE === #

    def test_only_finance(self):
        clerk = self.user("c-bill", "xb_base.group_clerk")
        with self.assertRaises(AccessError):
            self.carrier().with_user(clerk).import_bill("x.csv", "", {})
        with self.assertRaises(AccessError):
            self.env["xb.carrier.charge"].with_user(clerk).search([])
        finance = self.user("f-all", "xb_base.group_finance")
        bill = self.load_bill(self.bill_file([(NUMBER.format(1), "Freight", "1.00")]),
                              carrier=self.carrier().with_user(finance))
        bill.with_user(finance).action_post()
        self.assertEqual(bill.state, "posted")

    def test_another_companys_parcels_are_not_matched(self):
        data = self.bill_file([(NUMBER.format(1), "Freight", "1.00")])
        self.other_books("Other Ltd")
        self.carrier()
        self.load_bill(data)
        self.assertEqual(self.verdicts[0]["rows"][0]["reason"], "unknown_number")

    def test_queries_do_not_grow_with_the_rows(self):
        counts = []
        for start, size in ((100, 20), (200, 120)):
            for place in range(start, start + size):
                self.make_parcel(f"QQ0000000{place}", self.one)
            data = self.bill_file([(f"QQ0000000{place}", "Freight", "1.00")
                                   for place in range(start, start + size)], f"Q{start}")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.load_bill(data).action_post()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        for small, large in pairwise(counts):
            self.assertLess(large, small + 60, counts)
