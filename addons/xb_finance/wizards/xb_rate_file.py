import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_orders.core.problem import ReadError
from odoo.addons.xb_orders.words import words

from ..core.rates import rate_file


class XbRateFile(models.TransientModel):
    """Reads a file of exchange rates into a source."""

    _name = "xb.rate.file"
    _description = "Upload Rates"

    source_id = fields.Many2one("xb.rate.source", required=True,
                                default=lambda self: self._default_source())
    file = fields.Binary(attachment=False, required=True)
    filename = fields.Char()
    decimal = fields.Selection(
        [(".", "Point: 1234.50"), (",", "Comma: 1234,50")], "Decimal Sign", required=True,
        default=".")

    # === DEFAULTS === #

    @api.model
    def _default_source(self):
        if self.env.context.get("active_model") == "xb.rate.source":
            return self.env["xb.rate.source"].browse(self.env.context.get("active_id"))
        return False

    # === ACTION METHODS === #

    def action_upload(self):
        """Read the file and write its rates.

        :raise UserError: naming row, column and remedy; then nothing is written
        """
        self.ensure_one()
        self.source_id._check_rate_access()
        data = base64.b64decode(self.with_context(bin_size=False).file)
        try:
            table = rate_file.parse(self.filename or "", data,
                                    self.source_id.base_currency_id.name, self.decimal)
        except ReadError as error:
            raise UserError(error.problem.as_dict(words(self.env))["message"]) from None
        self.source_id._write_table(table)
        return self.source_id.action_view_rates()
