from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core import freight
from ..money import to_decimal


class XbFreightLine(models.Model):
    """The price of one zone and weight band."""

    _name = "xb.freight.line"
    _description = "Freight Price"
    _inherit = ["xb.price.input"]
    _order = "table_id, zone, from_kg, id"

    table_id = fields.Many2one("xb.freight.table", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="table_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="table_id.currency_id")
    zone = fields.Char(required=True)
    country_ids = fields.Many2many("res.country", string="Countries", help="Empty: all others.")
    from_kg = fields.Float("Above (kg)", digits=(9, 3))
    to_kg = fields.Float("Up to (kg)", digits=(9, 3), required=True)
    registration = fields.Monetary("Per Parcel")
    first_kg = fields.Float("First Weight (kg)", digits=(9, 3))
    first_fee = fields.Monetary("First Weight Fee")
    per_kg = fields.Monetary("Per kg")
    surcharge = fields.Monetary(help="Remote area, battery, customs … without fuel on it.")
    valid_from = fields.Date()
    valid_to = fields.Date()
    source = fields.Char()

    @api.constrains("from_kg", "to_kg", "registration", "first_fee", "per_kg", "surcharge")
    def _check_line(self):
        for line in self:
            if not 0 <= line.from_kg < line.to_kg:
                raise ValidationError(self.env._(
                    "%(zone)s: weights from %(low)g to %(high)g kg are no band. The second must"
                    " be above the first.", zone=line.zone, low=line.from_kg, high=line.to_kg))
            if min(line.registration, line.first_fee, line.per_kg, line.surcharge,
                   line.first_kg) < 0:
                raise ValidationError(self.env._(
                    "%(zone)s: a price of freight cannot be below zero.", zone=line.zone))

    def _prepare_band(self):
        """Return the line as the engine's band."""
        return freight.Band(
            freight.grams(to_decimal(self.from_kg, 3)), freight.grams(to_decimal(self.to_kg, 3)),
            to_decimal(self.registration), freight.grams(to_decimal(self.first_kg, 3)),
            to_decimal(self.first_fee), to_decimal(self.per_kg))

    # === HOOKS === #

    def _get_price_scope(self):
        """Override of `xb_pricing`: the shops that ship by the table, or a rule of theirs does."""
        return self.table_id._get_shop_domain(), None
