from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError


class XbProfitExport(models.TransientModel):
    """Which days and shop a workbook of profit is wanted for."""

    _name = "xb.profit.export"
    _description = "Export Profit"

    date_from = fields.Date("From", required=True, default=lambda self: fields.Date.context_today(
        self) + relativedelta(months=-1, day=1))
    date_to = fields.Date("To", required=True, default=lambda self: fields.Date.context_today(
        self) + relativedelta(day=1, days=-1))
    shop_id = fields.Many2one("xb.shop", help="Empty: all shops of the company.")

    # === ACTION METHODS === #

    def action_export(self):
        """Download the workbook.

        :raise UserError: when the days are the wrong way round
        """
        self.ensure_one()
        if self.date_from > self.date_to:
            raise UserError(self.env._("The first day is after the last. Exchange them."))
        return {
            "type": "ir.actions.act_url", "target": "download",
            "url": f"/xb/finance/profit.xlsx?start={self.date_from}&end={self.date_to}"
                   f"&shop={self.shop_id.id or ''}"}
