import re
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.match import CarrierBook


class XbCarrier(models.Model):
    """A company that moves parcels.

    `delivery.carrier` is a delivery *method* (what it costs, when it applies) and says by
    `xb_carrier_id` which company moves it. Vendor plug-ins keep their own codes for a carrier.
    """

    _name = "xb.carrier"
    _description = "Parcel Carrier"
    _order = "sequence, name, id"
    _rec_names_search = ["name", "code", "aliases"]

    name = fields.Char(required=True, index="trigram")
    code = fields.Char(
        required=True,
        copy=False,
        help="Lower-case letters, digits and underscores. Lists of tracking numbers and"
        " integrations may name the carrier by it.",
    )
    aliases = fields.Char(
        string="Other Names",
        help="Separated by commas: names the carrier goes by in lists and at shops.",
    )
    tracking_url = fields.Char(
        string="Tracking Page",
        help="Address with {number}; {country} and {postcode} of the recipient are filled in too.",
    )
    country_id = fields.Many2one("res.country", help="Where the carrier is at home.")
    color = fields.Integer()
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    delivery_carrier_ids = fields.One2many(
        "delivery.carrier", "xb_carrier_id", string="Delivery Methods"
    )

    _code_unique = models.Constraint("UNIQUE(code)", "Another carrier has this code.")

    # === CONSTRAINT METHODS === #

    @api.constrains("code")
    def _check_code(self):
        for carrier in self:
            if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", carrier.code):
                raise ValidationError(
                    self.env._(
                        "The code “%(code)s” of a carrier may only have lower-case letters,"
                        " digits and underscores.",
                        code=carrier.code,
                    )
                )

    @api.constrains("tracking_url")
    def _check_tracking_url(self):
        for carrier in self.filtered("tracking_url"):
            url = carrier.tracking_url
            if not url.startswith(("https://", "http://")) or "{number}" not in url:
                raise ValidationError(
                    self.env._(
                        "The tracking page of %(carrier)s must be a web address that contains"
                        " {number}.",
                        carrier=carrier.name,
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override: shops are told name and code of a carrier; repaired, they are told again."""
        before = {carrier: (carrier.code, carrier.name) for carrier in self}
        result = super().write(vals)
        renamed = self.filtered(lambda c: (c.code, c.name) != before[c])
        if renamed:
            renamed._on_codes_changed()
        return result

    # === ACTION METHODS === #

    def action_view_parcels(self):
        """Open the parcels this carrier moves."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_logistics.xb_parcel_action")
        return {**action, "domain": [("carrier_id", "=", self.id)], "context": {}}

    # === BUSINESS METHODS === #

    @api.model
    def _get_book(self) -> CarrierBook:
        """Return all active carriers, to be found by what a person calls them. One search."""
        return CarrierBook(
            (carrier.id, carrier.code, carrier.name, carrier.aliases or "")
            for carrier in self.search([])
        )

    def _get_tracking_url(self, number, country_code="", postcode=""):
        """Return the address of the carrier's page about one parcel, False if it has none.

        :param str number: The tracking number.
        :param str country_code: ISO code of the recipient's country.
        :param str postcode: The recipient's post code.
        """
        self.ensure_one()
        if not self.tracking_url or not number:
            return False
        values = {"number": number, "country": country_code, "postcode": postcode}
        url = self.tracking_url
        for placeholder, value in values.items():
            url = url.replace(f"{{{placeholder}}}", quote(value or "", safe=""))
        return url
