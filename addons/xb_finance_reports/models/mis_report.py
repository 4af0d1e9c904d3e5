from odoo import models

from odoo.addons.mis_builder.models.accounting_none import AccountingNone

from ..aep import TranslatingProcessor

# What an expression may ask for beside accounts.
DIFFERENCES = ("translation_difference", "cash_translation_difference")
# The row of a cash flow statement whose accounts are cash.
OPENING_CASH = "opening"


class MisReport(models.Model):
    _inherit = "mis.report"

    def _prepare_aep(self, companies, currency=None):
        """Override of `mis_builder`: companies of several currencies are translated at the right
        kind of rate, into the current company's currency where none is given."""
        self.ensure_one()
        currency = currency or (
            companies.currency_id if len(companies.currency_id) == 1
            else self.env.company.currency_id)
        if companies.currency_id == currency or self.account_model != "account.account":
            return super()._prepare_aep(companies, currency)
        processor = TranslatingProcessor(companies, currency, self.account_model)
        for expression in self.all_kpi_ids.expression_ids:
            if expression.name:
                processor.parse_expr(expression.name)
        processor.done_parsing()
        return processor

    def _declare_and_compute_period(self, expression_evaluator, *args, **kwargs):
        """Override of `mis_builder`: translation differences are words of every expression."""
        values = dict.fromkeys(DIFFERENCES, AccountingNone)
        processor = expression_evaluator.aep
        if isinstance(processor, TranslatingProcessor) and self._asks_for_differences():
            expression_evaluator.aep_do_queries()
            found = processor.get_translation_differences(self._get_cash_ids(processor))
            values = {name: float(amount) if amount else AccountingNone
                      for name, amount in zip(DIFFERENCES, found, strict=True)}
        given = kwargs.pop("locals_dict", None)
        given = {} if given is None else given
        given.update(values)
        return super()._declare_and_compute_period(
            expression_evaluator, *args, locals_dict=given, **kwargs)

    def _asks_for_differences(self):
        return any(DIFFERENCES[0] in (expression.name or "")
                   for expression in self.all_kpi_ids.expression_ids)

    def _get_cash_ids(self, processor):
        opening = self.kpi_ids.filtered(lambda kpi: kpi.name == OPENING_CASH)
        return processor.get_account_ids_for_expr(opening.expression or "")
