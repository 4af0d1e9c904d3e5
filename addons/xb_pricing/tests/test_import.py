import base64
import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_open

from .common import PricingCommon

HEAD = "schedule,currency,code,category,mode,up to,percent,fixed,minimum\n"


@tagged("post_install", "-at_install")
class TestImport(PricingCommon):
    def wizard(self, text, kind="fees", name="fees.csv"):
        data = text if isinstance(text, bytes) else text.encode()
        return self.env["xb.price.import"].create({
            "kind": kind, "data": base64.b64encode(data), "filename": name})

    def verdicts(self, text, **kwargs):
        wizard = self.wizard(text, **kwargs)
        wizard.action_read()
        return wizard, [(line.row, line.state) for line in wizard.line_ids]

    def test_read_writes_nothing_and_import_writes_the_good_rows(self):
        text = HEAD + ("New,USD,referral,,whole,15,5,,0.30\n"
                       "New,USD,referral,,whole,,15,,0.30\n"
                       "New,USD,bad,,whole,,150,,\n")
        wizard, verdicts = self.verdicts(text)
        self.assertEqual(verdicts, [(2, "new"), (3, "new"), (4, "refused")])
        self.assertFalse(self.env["xb.fee.schedule"].search([("name", "=", "New")]))
        self.assertIn("Row 4", wizard.line_ids[2].message)
        self.assertIn("percent", wizard.line_ids[2].message)
        wizard.action_import()
        schedule = self.env["xb.fee.schedule"].search([("name", "=", "New")])
        self.assertEqual([(line.up_to, line.rate) for line in schedule.line_ids],
                         [(15.0, 0.05), (0.0, 0.15)])
        _wizard, again = self.verdicts(text)
        self.assertEqual([state for _row, state in again], ["same", "same", "refused"])
        _wizard, changed = self.verdicts(text.replace(",15,5,", ",15,6,"))
        self.assertEqual([state for _row, state in changed], ["changed", "same", "refused"])

    def test_bad_rows_say_row_field_and_remedy(self):
        cases = [
            ("A,USD,r,,whole,,abc,,", 'Row 2, column "percent"'),
            ("A,USD,r,,whole,,abc,,", "not a number"),
            ("A,USD,r,,whole,,100,,", 'Row 2, column "percent"'),
            ("A,USD,r,,whole,,-5,,", "below zero"),
            ("A,USD,r,,sometimes,,5,,", "Use one of"),
            ("A,USD,,,whole,,5,,", "nothing in the column"),
            ("A,USD,r,,whole,20,5,,", "no limit" and "Leave its limit empty"),
            ("A,XXQ,r,,whole,,5,,", "no currency"),
            (",USD,r,,whole,,5,,", "names no schedule"),
        ]
        for row, wanted in cases:
            wizard, verdicts = self.verdicts(HEAD + row + "\n")
            self.assertEqual(verdicts, [(2, "refused")], row)
            self.assertIn(wanted, wizard.line_ids.message, row)

    def test_same_step_twice(self):
        wizard, verdicts = self.verdicts(
            HEAD + "A,USD,r,,whole,,5,,\nA,USD,r,,whole,,6,,\n")
        self.assertEqual([state for _row, state in verdicts], ["new", "refused"])
        self.assertIn("row 2", wizard.line_ids[1].message)

    def test_fee_on_a_missing_fee_is_refused_when_computed(self):
        wizard, verdicts = self.verdicts(
            "schedule,currency,code,base,percent\nA,USD,r,fee,5\n")
        self.assertEqual(verdicts[0][1], "refused")
        self.assertIn("parent", wizard.line_ids.message)

    def test_xlsx(self):
        book = openpyxl.Workbook()
        for row in [line.split(",") for line in (
                HEAD + "Book,EUR,referral,,whole,,15,,0.30").splitlines()]:
            book.active.append([float(cell) if cell.replace(".", "").isdigit() else cell
                                for cell in row])
        stream = io.BytesIO()
        book.save(stream)
        wizard, verdicts = self.verdicts(stream.getvalue(), name="fees.xlsx")
        self.assertEqual(verdicts, [(2, "new")])
        wizard.action_import()
        self.assertEqual(self.env["xb.fee.schedule"].search(
            [("name", "=", "Book")]).line_ids.minimum, 0.3)

    def test_freight(self):
        with file_open("xb_pricing/static/examples/freight.csv", "rb") as file:
            text = file.read().decode().replace("SYN-", "TEST-")
        wizard, verdicts = self.verdicts(text, kind="freight")
        self.assertEqual({state for _row, state in verdicts}, {"new"})
        wizard.action_import()
        table = self.env["xb.freight.table"].search(
            [("name", "=like", "TEST-LINE%")])
        self.assertEqual((table.rule, table.divisor), ("if_twice", 8000))
        self.assertEqual(table.line_ids[0].country_ids.code, "US")
        _wizard, again = self.verdicts(text, kind="freight")
        self.assertEqual({state for _row, state in again}, {"same"})

    def test_bad_freight(self):
        head = "carrier,zone,country,currency,from kg,to kg,per kg,volume rule,divisor\n"
        cases = [
            ("T,Z,US,CNY,1,1,5,,", "not above"),
            ("T,Z,US,CNY,0,0,5,,", "Zero is"),
            ("T,Z,US,CNY,0,x,5,,", "not a number"),
            ("T,Z,US,CNY,0,1,-5,,", "below zero"),
            ("T,Z,US,CNY,0,1,5,max,", "divisor"),
            ("T,Z,QQ,CNY,0,1,5,,", "no country"),
        ]
        for row, wanted in cases:
            wizard, verdicts = self.verdicts(head + row + "\n", kind="freight")
            self.assertEqual(verdicts[0][1], "refused", row)
            self.assertIn(wanted, wizard.line_ids.message, row)
        wizard, verdicts = self.verdicts(
            head + "T,Z,US,CNY,0,2,5,,\nT,Z,US,CNY,1,3,5,,\n", kind="freight")
        self.assertEqual([state for _row, state in verdicts], ["new", "refused"])

    def test_no_table_at_all(self):
        with self.assertRaises(UserError):
            self.wizard("").action_read()
        with self.assertRaises(UserError):
            self.wizard("hello;world\n1;2\n").action_read()
        with self.assertRaises(UserError):
            self.wizard(b"%PDF-1.4 nothing").action_read()

    def test_who_may(self):
        wizard = self.wizard(HEAD + "A,USD,r,,whole,,5,,\n")
        with self.assertRaises(AccessError):
            wizard.with_user(self.user("finance")).action_read()


@tagged("post_install", "-at_install")
class TestExamples(PricingCommon):
    """Examples that come with the addon name their source and date."""

    def test_platforms(self):
        schedules = self.env["xb.fee.schedule"].search([("name", "like", "(example)")])
        for platform in ("Amazon", "Shopify", "Shopee", "PayPal"):
            own = schedules.filtered(lambda one, name=platform: one.name.startswith(name))
            self.assertTrue(own, platform)
            self.assertTrue(all(line.source and line.source_date for line in own.line_ids))
            self.assertFalse(any(own.mapped("is_confirmed")))
        for market in self.env["xb.price.market"].search([("name", "like", "(example)")]):
            self.assertTrue(market.source and market.source_date, market.name)

    def test_every_schedule_can_be_computed_with(self):
        for schedule in self.env["xb.fee.schedule"].search([("name", "like", "(example)")]):
            schedule.currency_id.active = True
            if schedule.currency_id not in self.usd | self.eur | self.jpy:
                self.env["res.currency.rate"].search([
                    ("currency_id", "=", schedule.currency_id.id), ("name", "=", self.today),
                    ("company_id", "=", self.company.id)]).unlink()
                self.set_rate(schedule.currency_id, 1.0)
            shop = self.shop_us.copy({
                "name": schedule.name, "currency_id": schedule.currency_id.id,
                "price_market_id": False, "fee_schedule_ids": schedule.ids})
            market = self.markets[self.usd].copy({
                "name": schedule.name, "currency_id": schedule.currency_id.id,
                "ceiling": 10 ** 9})
            shop.price_market_id = market
            self.assertEqual(self.codes(shop=shop), [], schedule.name)


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    def test_demo_shows_something(self):
        """Made once; its screens have prices that are right and prices that lose money."""
        company = self.env.ref("base.main_company")
        if not self.env["product.product"].search([("default_code", "=", "MUG-BLUE")]):
            self.skipTest("no demo data")
        self.env["xb.shop"].search([("name", "like", "Pottery on")]).unlink()
        self.env["xb.price.rule"].search([("company_id", "=", company.id)]).unlink()
        self.env["xb.price.rule"]._prepare_demo()
        listings = self.env["xb.listing"].search([("shop_id.name", "like", "Pottery on")])
        self.assertEqual(len(listings), 8)
        self.assertIn("negative", listings.mapped("price_problem"))
        self.assertNotIn("no_price", listings.mapped("price_problem"))
        self.env["xb.price.rule"]._prepare_demo()
        self.assertEqual(len(self.env["xb.shop"].search([("name", "like", "Pottery on")])), 2)
