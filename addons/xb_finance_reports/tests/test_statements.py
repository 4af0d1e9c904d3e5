"""The worked month in statements, to the cent; and that no account can vanish from them."""

import csv
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import StatementsCommon

FIGURES = Path(__file__).parent / "worked_statements.csv"
CHARTS = {"generic_coa": "Finance GmbH", "cn": "小企业", "cn_large_bis": "一般企业"}


@tagged("post_install", "-at_install")
class TestStatements(StatementsCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.books = {"generic_coa": (cls.company, cls.shop)}
        for chart in ("cn", "cn_large_bis"):
            cls.open_books(CHARTS[chart], chart)
            cls.books[chart] = cls.company, cls.shop

    RATES = {name: {} for name in StatementsCommon.RATES}

    def setUp(self):
        super().setUp()
        self.keep_books()

    def use(self, chart):
        cls = type(self)
        cls.company, cls.shop = self.books[chart]
        cls.env = cls.env(context={
            **cls.env.context, "allowed_company_ids": cls.company.ids})
        self.env.user.company_id = self.company

    def live_the_month(self, chart):
        self.use(chart)
        for event, args in self.events():
            event(*args)
        settlements = self.close()
        transit = self.account("transit", settlements["S1"])
        bank = self.env["account.account"].search([
            ("account_type", "=", "asset_cash"), ("company_ids", "=", self.company.id)], limit=1)
        move = self.env["account.move"].create({
            "move_type": "entry", "date": "2026-05-29", "line_ids": [
                (0, 0, {"account_id": bank.id, "debit": 400.0}),
                (0, 0, {"account_id": transit.id, "credit": 400.0})]})
        move.action_post()

    def expected(self, chart):
        """``{statement: {row: EUR}}`` as worked by hand."""
        found = {}
        with FIGURES.open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                if row[chart]:
                    found.setdefault(row["statement"], {})[row["row"]] = float(row[chart])
        return found

    # === THE WORKED MONTH === #

    def test_side_by_side_to_the_cent(self):
        """The same month in three companies of one database, each with its own chart."""
        for chart in CHARTS:
            self.live_the_month(chart)
        for chart in CHARTS:
            self.use(chart)
            for name, figures in self.expected(chart).items():
                with self.subTest(chart=chart, statement=name):
                    self.assertFigures(self.figures_of(name), figures)
        # All three together, in a currency that all have: three times the month.
        companies = self.env["res.company"].union(*(pair[0] for pair in self.books.values()))
        self.assertFigures(self.figures_of("profit_loss", companies=companies), {
            "net_profit": 3 * 436.98, "check_earnings": 0.0})
        self.assertFigures(self.figures_of("balance_sheet_cn", companies=companies), {
            "total_assets": 3 * 436.98, "check_balance": 0.0})

    def test_the_months_around(self):
        self.live_the_month("generic_coa")
        for column, profit in ((0, 0.0), (1, 436.98), (3, 436.98), (4, 0.0)):
            found = self.figures_of("profit_loss", "2026-06-30", column)
            self.assertFigures(found, {"net_profit": profit, "check_earnings": 0.0})
        # A year later the profit is nobody's yet, but still there.
        self.assertFigures(self.figures_of("balance_sheet", "2027-02-28"), {
            "previous_earnings": 436.98, "current_earnings": 0.0, "total_assets": 436.98,
            "check_balance": 0.0})
        self.assertFigures(self.figures_of("balance_sheet", "2027-02-28", 3), {
            "previous_earnings": 0.0, "current_earnings": 436.98, "check_balance": 0.0})

    def test_drill_down(self):
        """A figure opens the journal items that it is the sum of."""
        self.live_the_month("generic_coa")
        instance = self.instance("profit_loss").with_context(mis_pivot_date="2026-05-31")
        rows = {row.kpi.name: row for row in instance._compute_matrix().iter_rows()
                if not row.account_id}
        cell = next(rows["expenses"].iter_cells())
        action = instance.drilldown(cell.drilldown_arg)
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(round(sum(lines.mapped("balance")), 2), 123.20)

    # === NOTHING VANISHES === #

    def test_every_account_is_in_one_row(self):
        """All accounts of a chart, and made ones with odd numbers, each with another amount."""
        for chart in CHARTS:
            self.use(chart)
            Account = self.env["account.account"]
            types = [key for key, _label in Account._fields["account_type"].selection
                     if key != "equity_unaffected"]
            Account.create([{
                "name": kind, "code": f"{prefix}{number:03}", "account_type": kind,
                "company_ids": [(6, 0, self.company.ids)],
                "reconcile": kind in ("asset_receivable", "liability_payable"),
            } for prefix in ("X", "14", "12", "58", "63")
                for number, kind in enumerate(types, 901)])
            accounts = Account.search([
                ("company_ids", "=", self.company.id), ("account_type", "!=", "off_balance")])
            amounts = [round((-1) ** number * (number + 1) * 1.01, 2)
                       for number in range(len(accounts))]
            amounts[-1] = round(amounts[-1] - sum(amounts), 2)
            self.env["account.move"].create({
                "move_type": "entry", "date": "2026-05-15", "line_ids": [
                    (0, 0, {"account_id": account.id, "debit": max(amount, 0),
                            "credit": max(-amount, 0)})
                    for account, amount in zip(accounts, amounts, strict=True)],
            }).action_post()
            profit = -round(sum(
                amount for account, amount in zip(accounts, amounts, strict=True)
                if account.internal_group in ("income", "expense")), 2)
            for suffix in ("", "_cn"):
                with self.subTest(chart=chart, layout=suffix):
                    self.assertFigures(self.figures_of(f"profit_loss{suffix}"), {
                        "net_profit": profit, "check_earnings": 0.0})
                    self.assertFigures(self.figures_of(f"balance_sheet{suffix}"), {
                        "check_balance": 0.0})
                    self.assertFigures(self.figures_of(f"cash_flow{suffix}"), {
                        "net_profit": profit, "check_cash": 0.0})

    def test_the_check_tells_what_is_missing(self):
        """A changed template that forgets accounts says how much it has lost, in red."""
        self.live_the_month("generic_coa")
        rows = self.env.ref("xb_finance_reports.mis_report_profit_loss").kpi_ids
        rows.filtered(lambda kpi: kpi.name == "expenses").expression = "AccountingNone"
        self.assertFigures(self.figures_of("profit_loss"), {"check_earnings": 123.20})
        matrix = self.instance("profit_loss").with_context(
            mis_pivot_date="2026-05-31")._compute_matrix()
        [check] = [row for row in matrix.iter_rows() if row.kpi.name == "check_earnings"]
        self.assertEqual(next(check.iter_cells()).style_props.color, "#C00000")

    # === WHO SEES WHAT === #

    def test_multi_company(self):
        for chart in ("generic_coa", "cn"):
            self.live_the_month(chart)
        own, other = self.books["generic_coa"][0], self.books["cn"][0]
        self.use("generic_coa")
        finance = self.user("reader", "xb_base.group_finance")
        statement = self.instance("profit_loss").with_user(finance).with_context(
            mis_pivot_date="2026-05-31")
        [net] = [row for row in statement._compute_matrix().iter_rows()
                 if row.kpi.name == "net_profit"]
        self.assertEqual(round(next(net.iter_cells()).val, 2), 436.98)
        with self.assertRaises(AccessError):
            statement.with_context(allowed_company_ids=(own | other).ids).compute()
        with self.assertRaises(AccessError):
            self.instance("profit_loss").with_user(
                self.user("a-clerk", "xb_base.group_clerk")).compute()

    def test_menu_chooses_the_layout(self):
        for chart, layout in (("generic_coa", "generic"), ("cn", "cn"), ("cn_large_bis", "cn")):
            self.use(chart)
            action = self.env["mis.report.instance"].action_xb_statement("balance_sheet")
            report = self.env["mis.report.instance"].browse(action["res_id"])
            self.assertEqual((report.xb_statement, report.xb_chart), ("balance_sheet", layout))

    def test_queries_do_not_grow_with_entries(self):
        self.use("generic_coa")
        self.entry("2026-05-03", a1010=10, a4000=-10)
        self.figures_of("profit_loss")
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.figures_of("profit_loss")
        count = self.env.cr.sql_log_count - before
        for _number in range(20):
            self.entry("2026-05-03", a1010=10, a4000=-10)
        self.env.invalidate_all()
        with self.assertQueryCount(count):
            self.figures_of("profit_loss")
