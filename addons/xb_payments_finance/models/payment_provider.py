import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.exceptions import RetryableVendorError, VendorRejected
from odoo.addons.xb_base.jobs import vendor_job

# What Finance says of a statement with headings and no rows.
EMPTY = "no_lines"
# Over a day, by the function's retry pattern: a day's bill may take as long.
MAX_RETRIES = 30


class PaymentProvider(models.Model):
    """Yesterday's statement, every morning."""

    _inherit = "payment.provider"

    xb_statement_shop_id = fields.Many2one(
        "xb.shop",
        string="Statements Go To",
        check_company=True,
        copy=False,
        help="Every morning yesterday's statement is fetched and read into the settlements of this"
        " shop: fees become known, and what is paid out is tied to its orders. Empty: by hand.",
    )

    xb_statement_profile_id = fields.Many2one(
        "xb.settlement.profile",
        string="Statement Profile",
        check_company=True,
        help="For providers whose layout is not published: which column is what.",
    )

    @api.model
    def _cron_xb_statements(self):
        """Enqueue a job per provider whose statements are wanted."""
        providers = self.search(
            [("xb_statement_shop_id", "!=", False), ("state", "!=", "disabled")]
        )
        day = fields.Date.context_today(self) - timedelta(days=1)
        for provider in providers.filtered("xb_has_statement"):
            provider._xb_enqueue_statement(day, provider.xb_statement_shop_id)

    def _xb_enqueue_statement(self, day, shop):
        """Enqueue fetching and importing a day, once.

        :param date day: the day
        :param xb.shop shop: whose settlements
        """
        self.with_delay(
            identity_key=f"xb.payment.statement:{self.id}:{day}:{shop.id}",
            description=f"Fetch the statement of {self.name} of {day}",
            max_retries=MAX_RETRIES,
        )._job_xb_statement(fields.Date.to_string(day), shop.id)

    @vendor_job
    def _job_xb_statement(self, day, shop_id=False):
        """Fetch a day's statement and import it. Safe to run twice: what is known is unchanged.

        :param str day: ISO date
        :param int shop_id: whose settlements; the provider's shop when there is none
        :return: what became of it, for the job's list
        """
        self.ensure_one()
        shop = self.env["xb.shop"].browse(shop_id or self.xb_statement_shop_id.id)
        try:
            name, content = self._xb_get_adapter().get_statement(fields.Date.to_date(day))
        except VendorRejected as error:
            # Each says “not yet” in a code of its own; for good it is when the day has passed.
            raise RetryableVendorError(str(error)) from error
        verdicts = self._xb_read_statement(shop, name, content)
        if {problem["code"] for problem in self._xb_get_refusals(verdicts)} == {EMPTY}:
            return "nothing happened on that day"
        self._xb_check_statement(verdicts)
        return ", ".join(f"{verdict['key']}: {verdict['state']}" for verdict in verdicts)

    def _xb_import_statement(self, shop, name, content):
        """Import a statement into a shop's settlements.

        :param xb.shop shop: whose settlements
        :param str name: file name
        :param bytes content: the file
        :return: verdicts, see ``xb.shop.import_statement``
        :raise UserError: it was refused; row, column and remedy are in the message
        """
        verdicts = self._xb_read_statement(shop, name, content)
        self._xb_check_statement(verdicts)
        return verdicts

    def _xb_read_statement(self, shop, name, content):
        options = {}
        if self.xb_statement_profile_id:
            options = {"format": "mapped", "mapping": self.xb_statement_profile_id._get_mapping()}
        return shop.import_statement(name, base64.b64encode(content).decode(), options)

    def _xb_get_refusals(self, verdicts):
        """Return the problems of the documents that were refused."""
        return [
            problem
            for verdict in verdicts
            if verdict["state"] == "refused"
            for problem in verdict["problems"] or ()
        ]

    def _xb_check_statement(self, verdicts):
        if any(verdict["state"] == "refused" for verdict in verdicts):
            refusals = self._xb_get_refusals(verdicts)
            raise UserError("\n".join(problem["message"] for problem in refusals))
