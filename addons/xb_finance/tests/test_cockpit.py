"""The cockpit: whose figures it shows, in which currency, at which rate, and what stands behind
each of them."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from ..core.profit import FEES, SALES
from .common import FinanceCommon

MONTH = "2026-05-25 12:00:00"
LINES = [
    ("Order", "D-1", "ItemPrice", "Principal", 100.0),
    ("Order", "D-1", "ItemFees", "Commission", -15.0),
    ("Refund", "D-1", "ItemPrice", "Principal", -20.0),
]


class CockpitCommon(FinanceCommon):
    """A company in EUR that is paid in USD, and one that keeps its books in GBP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.market = cls.company, cls.shop
        cls.gbp, cls.usd = cls.env.ref("base.GBP"), cls.env.ref("base.USD")
        order = cls.make_order("D-1", 100.0)
        order.action_confirm()
        cls.make_order("E-1", 60.0, "EUR").action_confirm()
        cls.env["xb.settlement"].flush_model()
        cls.second = cls.env["res.company"].create({
            "name": "Second Ltd", "currency_id": cls.gbp.id,
            "country_id": cls.env.ref("base.uk").id})
        cls.env.user.company_ids += cls.second
        cls.both = cls.env(context=dict(
            cls.env.context, allowed_company_ids=(cls.first | cls.second).ids))
        cls.other = cls.env["xb.shop"].with_company(cls.second).create({
            "name": "Other Market", "company_id": cls.second.id, "currency_id": cls.gbp.id})
        cls.make_second()

    @classmethod
    def make_second(cls):
        """An order of the second company, GBP 80; it knows one rate of USD and none of EUR."""
        cls.env["res.currency.rate"].create({
            "name": "2026-05-01", "currency_id": cls.usd.id, "company_id": cls.second.id,
            "rate": 1.5})
        # The classes' own helpers speak in the name of one company.
        env, cls.env = cls.env, cls.env(context=dict(
            cls.env.context, allowed_company_ids=cls.second.ids))
        company, cls.company = cls.company, cls.second
        cls.make_order("S-1", 80.0, "GBP", shop=cls.other).action_confirm()
        cls.env, cls.company = env, company

    def cockpit(self, *args, env=None):
        return (env or self.both)["xb.finance.cockpit"].get_cockpit(*args)

    def pay(self, total=65.0, **options):
        """Import what the platform pays out for the first company's order."""
        settlement = self.load(self.statement("PAY-1", LINES), shop=self.market, **options)
        self.assertEqual(settlement.payout, -total if settlement.payout < 0 else total)
        return settlement


@tagged("post_install", "-at_install")
class TestCockpit(CockpitCommon):

    def tiles(self, data):
        return {tile["key"]: round(tile["amount"], 2) for tile in data["tiles"]}

    def row(self, data, company, currency=None):
        row = next(row for row in data["companies"] if row["id"] == company.id)
        if currency:
            row = next(each for each in row["currencies"] if each["id"] == currency.id)
        return {key: (cell["amount"], cell["value"]) for key, cell in row.items()
                if isinstance(cell, dict)}

    @freeze_time(MONTH)
    def test_each_currency_in_itself_and_in_the_companys(self):
        data = self.cockpit(30, env=self.env)
        self.assertEqual(data["currency_id"], self.eur.id)
        # USD 100 at the order's rate of 1.25
        self.assertEqual(self.row(data, self.first, self.usd)["sales"], (100.0, 80.0))
        self.assertEqual(self.row(data, self.first, self.eur)["sales"], (60.0, 60.0))
        self.assertEqual(self.row(data, self.first)["sales"], (140.0, 140.0))
        self.assertEqual(self.tiles(data)["revenue"], 140.0)
        self.assertEqual((data["rates"], data["unknown"]), ([], []))
        shares = [row["share"] for row in data["companies"][0]["currencies"]]
        self.assertEqual(round(sum(shares), 6), 100)

    @freeze_time(MONTH)
    def test_facts_are_in_the_settlements_currency(self):
        settlement = self.pay()
        data = self.cockpit(30, env=self.env)
        # Expected: USD 65 at 1.28; the estimate still stands for sales.
        self.assertEqual(self.row(data, self.first, self.usd)["cash"], (65.0, 50.78))
        self.assertEqual([(row["day"], row["amount"], row["value"], row["late"])
                          for row in data["cash"]], [("2026-05-20", 65.0, 50.78, True)])
        settlement.action_post()
        row = self.row(self.cockpit(30, env=self.env), self.first, self.usd)
        # Sales and refunds at the order's rate, fees at the settlement's (1.20).
        self.assertEqual((row["sales"], row["refunds"], row["fees"]),
                         ((100.0, 80.0), (-20.0, -16.0), (-15.0, -12.5)))
        self.assertEqual((row["cash"], row["at_platforms"]), ((0.0, 0.0), (0.0, 0.0)))

    @freeze_time(MONTH)
    def test_every_figure_is_its_rows(self):
        self.pay().action_post()
        data = self.cockpit(30, env=self.env)
        Profit = self.env["xb.order.profit"]
        for key, components in (("sales", SALES), ("refunds", ("refund",)), ("fees", FEES)):
            for currency in data["companies"][0]["currencies"]:
                [[amount, value]] = Profit._read_group(
                    [("company_id", "=", self.first.id), ("currency_id", "=", currency["id"]),
                     ("component", "in", components), ("day", ">=", data["from"]),
                     ("day", "<=", data["to"])], [], ["amount_currency:sum", "amount:sum"])
                self.assertEqual((currency[key]["amount"], currency[key]["value"]),
                                 (amount or 0.0, value or 0.0))
        [[net]] = Profit._read_group([("company_id", "=", self.first.id)], [], ["amount:sum"])
        self.assertAlmostEqual(self.tiles(data)["net"], net, 2)

    @freeze_time(MONTH)
    def test_companies_of_two_currencies(self):
        data = self.cockpit(30)
        self.assertEqual(data["currency_id"], self.eur.id)
        # The average of May up to the 25th: 17 days at 0.80, 2 at 0.82, 6 at 0.81 GBP per EUR.
        average = (17 / 0.80 + 2 / 0.82 + 6 / 0.81) / 25
        sales = self.row(data, self.second)["sales"]
        self.assertEqual(sales[0], 80.0)
        self.assertAlmostEqual(sales[1], 80 * average, 6)
        self.assertEqual(self.tiles(data)["revenue"], round(140 + 80 * average, 2))
        self.assertEqual([(rate["name"], round(rate["rate"], 6), rate["day"])
                          for rate in data["rates"]], [("GBP", round(1 / 0.81, 6), "2026-05-20")])
        self.assertAlmostEqual(sum(row[1] for row in data["trend"]),
                               self.tiles(data)["revenue"], 1)
        self.assertEqual({shop["name"] for shop in data["shops"]}, {"Market", "Other Market"})
        # Turned round: the second company's currency and what it knows.
        turned = self.cockpit(30, env=self.env(context=dict(
            self.env.context, allowed_company_ids=(self.second | self.first).ids)))
        self.assertEqual((turned["currency_id"], turned["unknown"]), (self.gbp.id, ["EUR"]))
        self.assertEqual(self.tiles(turned)["revenue"], 80.0)
        self.assertIs(self.row(turned, self.first)["sales"][1], False)

    @freeze_time(MONTH)
    def test_one_company_is_chosen(self):
        data = self.cockpit(30, False, self.second.id)
        self.assertEqual((data["currency_id"], self.tiles(data)["revenue"]), (self.gbp.id, 80.0))
        self.assertEqual([row["name"] for row in data["companies"]], ["Second Ltd"])
        self.assertEqual([shop["name"] for shop in data["shop_choices"]], ["Other Market"])
        self.assertEqual(len(data["company_choices"]), 2)
        data = self.cockpit(30, self.other.id, False)
        self.assertEqual(self.tiles(data)["net"], round(self.cockpit(
            30, False, self.second.id)["tiles"][2]["amount"] * data["companies"][1]["sales"][
                "value"] / 80, 2))
        for args in ((30, self.market.id, self.second.id), (30, 0.5), (30, False, 10 ** 6)):
            with self.assertRaises(UserError):
                self.cockpit(*args)

    @freeze_time(MONTH)
    def test_another_company_is_nobodys_business(self):
        user = self.user("a-finance", "xb_base.group_finance")
        user.write({"company_ids": [Command.set(self.first.ids)], "company_id": self.first.id})
        own = self.env["xb.finance.cockpit"].with_user(user)
        data = own.with_context(allowed_company_ids=self.first.ids).get_cockpit(30)
        self.assertEqual([row["name"] for row in data["companies"]], [self.first.name])
        self.assertEqual(data["company_choices"],
                         [{"id": self.first.id, "name": self.first.name}])
        self.assertEqual(self.tiles(data)["revenue"], 140.0)
        for company in (self.second, self.first | self.second):
            with self.assertRaises(AccessError):
                own.with_context(allowed_company_ids=company.ids).get_cockpit(30)
        with self.assertRaises(UserError):
            own.with_context(allowed_company_ids=self.first.ids).get_cockpit(
                30, False, self.second.id)

    @freeze_time(MONTH)
    def test_what_is_open_of_all_companies(self):
        data = self.cockpit(30)
        stale = {row["company"]: row["currencies"] for row in data["open"]["stale"]}
        # Its one rate is of the first of May; the first company's are of the 20th.
        self.assertIn("USD", stale[self.second.name])
        self.assertEqual(data["open"]["stale"], [
            {"company": company.name, "currencies": codes} for company, codes in (
                (company, self.env["xb.rate.source"]._get_stale_currencies(company, 2))
                for company in (self.first, self.second)) if codes])

    @freeze_time(MONTH)
    def test_as_many_queries_for_more(self):
        def count(work):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            work()
            return self.env.cr.sql_log_count - before

        self.cockpit(30)
        self.pay()
        few = count(lambda: self.cockpit(30))
        for place in range(6):
            self.make_order(f"M-{place}", 10.0, ("USD", "EUR", "JPY")[place % 3],
                            day=f"2026-05-{10 + place}").action_confirm()
            self.load(self.statement(f"MORE-{place}", [
                ("Order", f"M-{place}", "ItemPrice", "Principal", 10.0)],
                paid=f"2026-06-{10 + place}"), shop=self.market)
        self.assertEqual(count(lambda: self.cockpit(30)), few)
        self.assertLessEqual(few, 40)
        self.assertLessEqual(count(lambda: self.cockpit(365)), few)

    @freeze_time(MONTH)
    def test_read_once_by_the_day(self):
        cockpit = self.both["xb.finance.cockpit"]
        scope = cockpit._get_scope(30, False, False)
        query = cockpit._sql_profit(scope, cockpit._get_rates(scope, []))
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in self.env.execute_query(
            SQL("EXPLAIN %s", query)))
        self.assertEqual(plan.count("on xb_order_profit"), 1, plan)
        self.assertIn("xb_order_profit_day_idx", plan)


@tagged("post_install", "-at_install")
class TestCockpitScreen(CockpitCommon, HttpCase):

    def look(self, lang):
        self.env["res.lang"]._activate_lang(lang)
        companies = self.first | self.second
        admin = self.env.ref("base.user_admin")
        admin.write({"lang": lang, "company_ids": [Command.link(id_) for id_ in companies.ids],
                     "company_id": self.first.id, "tz": "UTC",
                     "group_ids": [Command.link(self.env.ref("xb_base.group_manager").id)]})
        # What is looked at is of this month: orders and rates of May are years ago by then.
        self.env.cr.execute(
            "UPDATE xb_order_profit SET day = CURRENT_DATE - 3 WHERE company_id IN %s",
            [tuple(companies.ids)])
        self.pay()
        cids = "-".join(map(str, companies.ids))
        self.start_tour("/odoo/action-xb_finance.xb_finance_cockpit_action",
                        "xb_finance_cockpit", login="admin", timeout=120,
                        cookies={"cids": cids})

    def test_by_company_and_currency(self):
        self.look("en_US")

    def test_by_company_and_currency_in_chinese(self):
        self.look("zh_CN")
