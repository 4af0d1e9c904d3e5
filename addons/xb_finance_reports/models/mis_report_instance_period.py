from odoo import api, models


class MisReportInstancePeriod(models.Model):
    _inherit = "mis.report.instance.period"

    @api.depends_context("mis_pivot_date")
    def _compute_dates(self):
        """Override of `mis_builder`: the base date is the context's, also where another one was
        asked for before in the same transaction."""
        return super()._compute_dates()
