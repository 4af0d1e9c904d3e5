from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.carrier_bill import FIELDS
from ..core.charges import CHARGES
from ..core.statements.source import fold


class XbCarrierBillProfile(models.Model):
    """Which column of a carrier's file is what, where its headings do not say so, and what its
    words mean."""

    _name = "xb.carrier.bill.profile"
    _description = "Carrier Bill Profile"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True,
                                 default=lambda self: self.env.company)
    carrier_id = fields.Many2one("xb.carrier", help="Empty: for any carrier.")
    column_number = fields.Char("Tracking Number Column")
    column_amount = fields.Char("Amount Column")
    column_kind = fields.Char("Kind of Charge Column")
    column_weight = fields.Char("Weight Column")
    column_currency = fields.Char("Currency Column")
    column_bill = fields.Char("Bill Number Column")
    column_date = fields.Char("Bill Date Column")
    words = fields.Text(
        "Carrier's Words", help="A line per word, with its kind: “Zustellgebühr = surcharge”. "
        "Kinds: freight, fuel, surcharge, return, discount, clearance, duty, import_vat, other.")

    # === CONSTRAINT METHODS === #

    @api.constrains("words")
    def _check_words(self):
        for profile in self:
            for line in filter(None, map(str.strip, (profile.words or "").splitlines())):
                word, _sign, kind = line.rpartition("=")
                if not word.strip() or kind.strip() not in CHARGES:
                    raise ValidationError(self.env._(
                        "“%(line)s” is not “word = kind”. Use one of the kinds %(kinds)s.",
                        line=line, kinds=", ".join(CHARGES)))

    # === BUSINESS METHODS === #

    def _get_options(self):
        """Return columns and words as ``core/carrier_bill.py`` takes them."""
        words = {}
        for line in (self.words or "").splitlines():
            word, _sign, kind = line.rpartition("=")
            if word.strip():
                words[fold(word)] = kind.strip()
        return {
            "columns": {name: self[f"column_{name}"] for name in FIELDS
                        if self[f"column_{name}"]},
            "words": words,
        }
