import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..core.checkdigit import CHECKS
from ..core.formats import Format


class XbCarrierFormat(models.Model):
    """One shape of a carrier's tracking numbers, to warn before an upload that would be refused."""

    _name = "xb.carrier.format"
    _inherit = "xb.cached.mixin"
    _description = "Tracking Number Format"
    _order = "carrier_id, sequence, id"
    _rec_name = "pattern"

    carrier_id = fields.Many2one("xb.carrier", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    pattern = fields.Char(
        required=True,
        help="Regular expression for the whole number in capitals, without blanks and dashes.",
    )
    check = fields.Selection(
        selection=lambda self: [(key, key) for key in sorted(CHECKS)],
        string="Check Digit",
        help="How the check digit is computed; empty when the numbers have none.",
    )

    @api.constrains("pattern")
    def _check_pattern(self):
        for shape in self:
            try:
                re.compile(shape.pattern)
            except re.error as error:
                raise ValidationError(
                    self.env._(
                        "“%(pattern)s” is no regular expression: %(error)s",
                        pattern=shape.pattern,
                        error=error,
                    )
                ) from error

    @api.model
    @tools.ormcache()
    def _get_formats(self):
        """Return {carrier id: [core.formats.Format]} of all active carriers."""
        formats = {}
        for shape in self.sudo().search([("carrier_id.active", "=", True)]):
            formats.setdefault(shape.carrier_id.id, []).append(
                Format(shape.pattern, shape.check or "")
            )
        return formats
