from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Whose job the books are; the finance role implies the first.
READERS = ("account.group_account_readonly", "account.group_account_user",
           "account.group_account_manager")
STATEMENTS = [
    ("profit_loss", "Profit and Loss"),
    ("balance_sheet", "Balance Sheet"),
    ("cash_flow", "Cash Flow"),
]


class MisReportInstance(models.Model):
    _inherit = "mis.report.instance"

    # === FIELDS === #

    xb_statement = fields.Selection(
        STATEMENTS, "Statement", index="btree_not_null",
        help="Opened from the menu of this statement; the first one in the order of reports.")
    xb_chart = fields.Selection(
        [("generic", "By Account Types"), ("cn", "Chinese Standards")], "Layout",
        help="Chinese: for companies with a Chinese chart of accounts.")
    xb_note = fields.Char("Basis", compute="_compute_xb_note")

    # === COMPUTE METHODS === #

    @api.depends("date", "xb_statement")
    @api.depends_context("mis_pivot_date")
    def _compute_pivot_date(self):
        """Override of `mis_builder`: a statement is about the month that has ended, unless
        somebody chooses another day."""
        super()._compute_pivot_date()
        if self.env.context.get("mis_pivot_date"):
            return
        ended = fields.Date.context_today(self) + relativedelta(day=1, days=-1)
        for instance in self.filtered(lambda report: report.xb_statement and not report.date):
            instance.pivot_date = ended

    @api.depends("currency_id", "multi_company", "company_id", "company_ids", "target_move")
    @api.depends_context("allowed_company_ids", "lang")
    def _compute_xb_note(self):
        for instance in self:
            instance.xb_note = " · ".join(instance._get_basis())

    def _get_basis(self):
        """Return what the figures are of, in sentences."""
        self.ensure_one()
        companies = self.query_company_ids
        currency = self._get_statement_currency()
        basis = [", ".join(companies.mapped("name")),
                 self.env._("amounts in %(currency)s", currency=currency.name)]
        if companies.currency_id - currency:
            basis.append(self.env._(
                "income and expenses at the average rate of each month, assets and liabilities at "
                "the closing rate, equity at the rate of its day"))
        if self.target_move == "all":
            basis.append(self.env._("drafts included"))
        return basis

    def _get_statement_currency(self):
        """Return the currency of the figures; see `mis.report._prepare_aep`."""
        currencies = self.query_company_ids.currency_id
        return self.currency_id or (
            currencies if len(currencies) == 1 else self.env.company.currency_id)

    # === ACTION METHODS === #

    @api.model
    def action_xb_statement(self, statement):
        """Open a statement of the chosen companies, laid out for the current one's chart.

        :param str statement: key of `STATEMENTS`
        :raise UserError: when all reports of it have been deleted
        """
        chart = self.env.company.chart_template or ""
        layout = "cn" if chart == "cn" or chart.startswith("cn_") else "generic"
        found = self.search([("xb_statement", "=", statement)])
        instance = found.filtered(lambda report: report.xb_chart == layout)[:1] or found[:1]
        if not instance:
            raise UserError(self.env._(
                "No report is a %(statement)s any more. Choose one under Finance, Configuration, "
                "Statements, and set its Statement.",
                statement=dict(self._fields["xb_statement"]._description_selection(self.env))
                .get(statement, statement)))
        return {**instance.preview(), "name": instance.name}

    # === BUSINESS METHODS === #

    def _compute_matrix(self):
        """Override of `mis_builder`: whoever sees some journal items, such as those of his own
        invoices, would get a statement of these alone.

        :raise AccessError: for who has no rights in accounting
        """
        if not self.env.su and not any(map(self.env.user.has_group, READERS)):
            raise AccessError(self.env._("Only finance and accounting read statements."))
        return super()._compute_matrix()

    def get_filter_descriptions(self):
        """Override of `mis_builder`: what is printed above the figures."""
        found = super().get_filter_descriptions()
        return [*found, *self.xb_note.split("\n")] if self.xb_note else found
