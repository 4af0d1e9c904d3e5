from odoo import models
from odoo.fields import Domain


class XbShop(models.Model):
    _inherit = "xb.shop"

    def _get_kept_domain(self):
        """Override of `xb_inventory`: of a kit there are as many as its components make."""
        kits = self.env["mrp.bom"]._xb_get_kit_ids(self.company_id.id)
        return super()._get_kept_domain() | Domain("id", "in", list(kits))
