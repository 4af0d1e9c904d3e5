from odoo import models


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
