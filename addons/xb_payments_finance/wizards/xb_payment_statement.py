import base64

from odoo import api, fields, models


class XbPaymentStatement(models.TransientModel):
    _inherit = "xb.payment.statement"

    shop_id = fields.Many2one(
        "xb.shop", compute="_compute_shop_id", store=True, readonly=False, string="Settlements Of"
    )

    @api.depends("provider_id")
    def _compute_shop_id(self):
        for wizard in self:
            wizard.shop_id = wizard.provider_id.xb_statement_shop_id

    def action_import(self):
        """Read the fetched statement into the shop's settlements, and open them.

        :raise UserError: it was refused; row, column and remedy are in the message
        """
        self.ensure_one()
        content = base64.b64decode(self.with_context(bin_size=False).file or b"")
        verdicts = self.provider_id._xb_import_statement(self.shop_id, self.file_name, content)
        ids = [verdict["settlement_id"] for verdict in verdicts if verdict["settlement_id"]]
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_finance.xb_settlement_action")
        return {**action, "domain": [("id", "in", ids)], "context": {}}
