from odoo import api, models

from ..batch import default_get, unchecked


class ResPartner(models.Model):
    _inherit = "res.partner"

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `base`: a repaired address takes its warning off the orders that go there.
        """
        result = super().write(vals)
        # the import checks the addresses of all its orders at the end, in one go
        if self.env["xb.order.address"].FIELDS & set(vals) and not self.env.context.get(
                "xb_importing"):
            self.env["xb.order.address"]._check_partners(self)
        return result

    # === BATCHES === #

    @api.model
    def default_get(self, fields):
        """Override of `base`: asked once per batch."""
        return default_get(self, fields, super().default_get)

    def _check_company(self, fnames=None):
        """Override of `base`: what is the same in many records of a batch is checked once."""
        return super(ResPartner, unchecked(self, fnames))._check_company(fnames)
