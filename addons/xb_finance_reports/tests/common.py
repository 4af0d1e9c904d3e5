from odoo.addons.xb_finance.tests.worked_month import WorkedMonth


class StatementsCommon(WorkedMonth):
    """Reads statements as a screen shows them."""

    def instance(self, name):
        return self.env.ref(f"xb_finance_reports.mis_report_instance_{name}")

    def figures_of(self, name, day="2026-05-31", column=0, companies=None):
        """Return ``{row: figure}`` of one column, None where it is empty.

        :param str name: of the report, such as ``profit_loss_cn``
        :param str day: base date
        :param companies: all that are selected; the case's where none is given
        """
        companies = companies or self.company
        instance = self.instance(name).with_context(
            mis_pivot_date=day, allowed_company_ids=companies.ids)
        figures = {}
        for row in instance._compute_matrix().iter_rows():
            cell = list(row.iter_cells())[column]
            if not row.account_id:
                figures[row.kpi.name] = round(cell.val, 2) if cell and isinstance(
                    cell.val, (int, float)) else None
        return figures

    def assertFigures(self, found, expected):
        self.assertEqual({name: found[name] or 0.0 for name in expected}, expected)

    def entry(self, day, company=None, **accounts):
        """Post an entry: ``code=amount``, debits positive; codes of the company's chart."""
        company = company or self.company
        Account = self.env["account.account"].with_company(company)
        move = self.env["account.move"].with_company(company).create({
            "move_type": "entry", "date": day, "company_id": company.id,
            "line_ids": [(0, 0, {
                "account_id": Account.search([
                    ("code", "=like", f"{code.removeprefix('a')}%"),
                    ("company_ids", "=", company.id)], order="id", limit=1).id,
                "debit": max(amount, 0), "credit": max(-amount, 0),
            }) for code, amount in accounts.items()],
        })
        move.action_post()
        return move
