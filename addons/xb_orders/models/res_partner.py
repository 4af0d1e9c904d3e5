from odoo import api, models

from ..batch import default_get, unchecked


class ResPartner(models.Model):
    _inherit = "res.partner"

    # === BATCHES === #

    @api.model
    def default_get(self, fields):
        """Override of `base`: asked once per batch."""
        return default_get(self, fields, super().default_get)

    def _check_company(self, fnames=None):
        """Override of `base`: what is the same in many records of a batch is checked once."""
        return super(ResPartner, unchecked(self, fnames))._check_company(fnames)
