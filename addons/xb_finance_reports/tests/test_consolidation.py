"""Two companies of two currencies in one statement: which rate goes where."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import StatementsCommon


@tagged("post_install", "-at_install")
class TestConsolidation(StatementsCommon):

    RATES = {
        "USD": {"2026-01-01": 1.25, "2026-02-01": 1.00, "2026-02-15": 0.80},
        "GBP": {}, "JPY": {},
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parent = cls.company
        cls.dollar = cls.env["res.company"].create({
            "name": "Dollar Inc.", "currency_id": cls.env.ref("base.USD").id})
        cls.env.user.company_ids += cls.dollar
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=cls.dollar, install_demo=False)
        cls.both = cls.parent | cls.dollar
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.both.ids})

    def setUp(self):
        super().setUp()
        bank = self.env["account.account"].search([
            ("account_type", "=", "asset_cash"), ("company_ids", "=", self.dollar.id)], limit=1)
        code = "a" + bank.with_company(self.dollar).code
        # 1,000.00 USD at 1.25 per EUR, 40.00 spent in January, 100.00 earned in February
        self.entry("2026-01-10", self.dollar, **{code: 1000, "a3010": -1000})
        self.entry("2026-01-20", self.dollar, **{code: -40, "a6000": 40})
        self.entry("2026-02-10", self.dollar, **{code: 100, "a4000": -100})

    def test_income_at_the_average_of_its_month(self):
        # February: 14 days at 1 EUR, 14 at 1.25
        self.assertFigures(self.figures_of("profit_loss", "2026-02-28", companies=self.both), {
            "revenue": 112.50, "expenses": 0.0, "net_profit": 112.50, "check_earnings": 0.0})
        # The year: January's 40 USD at 0.80
        self.assertFigures(self.figures_of("profit_loss", "2026-02-28", 3, self.both), {
            "revenue": 112.50, "expenses": 32.0, "net_profit": 80.50, "check_earnings": 0.0})

    def test_balance_sheet_at_closing_with_the_difference_as_a_row(self):
        self.assertFigures(self.figures_of("balance_sheet", "2026-02-28", companies=self.both), {
            "cash": 1325.0,  # 1,060 USD at 1.25
            "capital": 800.0,  # 1,000 USD at 0.80
            "current_earnings": 80.50,
            "translation": 444.50,  # 1,325.00 - 800.00 - 80.50
            "total_assets": 1325.0, "total_liabilities_equity": 1325.0, "check_balance": 0.0})
        # At the end of January everything was at one rate.
        self.assertFigures(self.figures_of("balance_sheet", "2026-02-28", 1, self.both), {
            "cash": 768.0, "capital": 800.0, "current_earnings": -32.0, "translation": 0.0,
            "check_balance": 0.0})
        # The next year: the average of each month still, whatever the column.
        self.assertFigures(self.figures_of("balance_sheet", "2027-01-31", companies=self.both), {
            "cash": 1325.0, "previous_earnings": 80.50, "current_earnings": 0.0,
            "translation": 444.50, "check_balance": 0.0})

    def test_cash_flow_with_the_effect_of_rates(self):
        self.assertFigures(self.figures_of("cash_flow", "2026-02-28", companies=self.both), {
            "opening": 768.0,  # 960 USD at January's 0.80
            "operating": 112.50, "translation": 444.50, "closing": 1325.0, "check_cash": 0.0})

    def test_month_that_goes_on(self):
        """Half a month is worth the average of that half, in both statements."""
        report = self.instance("profit_loss").copy({"xb_statement": False})
        report.period_ids.filtered(lambda period: period.source == "cmpcol").unlink()
        report.period_ids[1:].unlink()
        report.period_ids.write({
            "mode": "fix", "manual_date_from": "2026-02-01", "manual_date_to": "2026-02-14"})
        rows = {row.kpi.name: next(row.iter_cells()) for row in
                report.with_context(allowed_company_ids=self.both.ids)
                ._compute_matrix().iter_rows() if not row.account_id}
        self.assertEqual(round(rows["revenue"].val, 2), 100.0)
        self.assertEqual(round(rows["check_earnings"].val, 2), 0.0)

    def test_in_a_currency_of_neither(self):
        self.env.ref("base.GBP").active = True
        self.env["res.currency.rate"].create({
            "name": "2026-01-01", "currency_id": self.env.ref("base.GBP").id, "rate": 0.5,
            "company_id": self.parent.id})
        instance = self.instance("balance_sheet")
        instance.currency_id = self.env.ref("base.GBP")
        self.assertFigures(self.figures_of("balance_sheet", "2026-02-28", companies=self.both), {
            "cash": 662.50, "capital": 400.0, "current_earnings": 40.25, "translation": 222.25,
            "check_balance": 0.0})

    def test_only_the_dollar_company(self):
        """Nothing is translated: no difference, its own figures."""
        env = self.env(context={**self.env.context, "allowed_company_ids": self.dollar.ids})
        self.env = env
        self.assertFigures(self.figures_of(
            "balance_sheet", "2026-02-28", companies=self.dollar), {
                "cash": 1060.0, "capital": 1000.0, "current_earnings": 60.0, "translation": 0.0})

    def test_no_rate_is_not_one(self):
        self.env["res.currency.rate"].search([
            ("currency_id", "=", self.env.ref("base.USD").id)]).unlink()
        with self.assertRaisesRegex(UserError, "knows no rate of USD"):
            self.figures_of("balance_sheet", "2026-02-28", companies=self.both)

    @freeze_time("2026-03-05")
    def test_what_is_said_of_it(self):
        instance = self.instance("balance_sheet").with_context(allowed_company_ids=self.both.ids)
        self.assertIn("Finance GmbH, Dollar Inc. · amounts in EUR · income and expenses at the "
                      "average rate of each month", instance.xb_note)
        self.assertEqual(str(instance.pivot_date), "2026-02-28")
        alone = instance.with_context(allowed_company_ids=self.parent.ids)
        self.assertEqual(alone.xb_note, "Finance GmbH · amounts in EUR")

    def test_drafts_only_when_asked_for(self):
        self.env["account.move"].create({
            "move_type": "entry", "date": "2026-02-20", "line_ids": [
                (0, 0, {"account_id": self.env["account.account"].search([
                    ("account_type", "=", kind), ("company_ids", "=", self.parent.id)],
                    limit=1).id, "debit": debit, "credit": credit})
                for kind, debit, credit in (("asset_current", 7, 0), ("income_other", 0, 7))]})
        self.assertFigures(self.figures_of("profit_loss", "2026-02-28", companies=self.both), {
            "other_income": 0.0})
        self.instance("profit_loss").target_move = "all"
        self.assertFigures(self.figures_of("profit_loss", "2026-02-28", companies=self.both), {
            "other_income": 7.0})
