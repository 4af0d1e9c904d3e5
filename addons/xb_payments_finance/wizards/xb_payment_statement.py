import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

# A quarter: what a seller who sets up his books late fetches at once.
MAX_DAYS = 92


class XbPaymentStatement(models.TransientModel):
    """Into the settlements: the day that was fetched, or every day of a period."""

    _inherit = "xb.payment.statement"

    shop_id = fields.Many2one(
        "xb.shop", compute="_compute_shop_id", store=True, readonly=False, string="Settlements Of"
    )
    day_to = fields.Date(
        "To",
        compute="_compute_day_to",
        store=True,
        readonly=False,
        help="Later than the first day: every day between them is fetched in the background.",
    )
    is_period = fields.Boolean(compute="_compute_is_period")

    @api.depends("provider_id")
    def _compute_shop_id(self):
        for wizard in self:
            wizard.shop_id = wizard.provider_id.xb_statement_shop_id

    @api.depends("day")
    def _compute_day_to(self):
        for wizard in self:
            if not wizard.day_to or (wizard.day and wizard.day_to < wizard.day):
                wizard.day_to = wizard.day

    @api.depends("day", "day_to")
    def _compute_is_period(self):
        for wizard in self:
            wizard.is_period = bool(wizard.day_to and wizard.day and wizard.day_to > wizard.day)

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

    def action_import_period(self):
        """Fetch and import every day of the period, a job each: the oldest first.

        :raise UserError: the period is too long, turned round, or not over
        """
        self.ensure_one()
        provider, shop = self.provider_id, self.shop_id
        shop._check_finance_access()
        if not provider.xb_has_statement:
            raise UserError(
                self.env._(
                    "%s gives no statements by its API. Download it on its own site.", provider.name
                )
            )
        if not shop:
            raise UserError(self.env._("Choose the shop whose settlements they are."))
        days = (self.day_to - self.day).days + 1
        if self.day_to >= fields.Date.context_today(self):
            raise UserError(self.env._("Choose a last day that is over: yesterday or earlier."))
        if not 1 <= days <= MAX_DAYS:
            raise UserError(
                self.env._("Choose a period of 1 to %(limit)s days, oldest first.", limit=MAX_DAYS)
            )
        for place in range(days):
            provider._xb_enqueue_statement(self.day + timedelta(days=place), shop)
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_finance.xb_settlement_action")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(days)s days are fetched in the background; each appears among the"
                    " settlements when it is there.",
                    days=days,
                ),
                "next": {**action, "domain": [("shop_id", "=", shop.id)], "context": {}},
            },
        }
