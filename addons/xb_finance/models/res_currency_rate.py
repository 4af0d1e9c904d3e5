from odoo import fields, models


class ResCurrencyRate(models.Model):
    _inherit = "res.currency.rate"

    xb_source_id = fields.Many2one("xb.rate.source", "Rate Source", readonly=True, copy=False,
                                   ondelete="set null", index="btree_not_null")

    # === HOOKS === #

    def _xb_get_source(self):
        """Override of `xb_orders`: the source that wrote the rate, and its day."""
        self.ensure_one()
        if self.xb_source_id:
            # In sudo mode: who imports an order need not know where rates come from.
            return f"{self.sudo().xb_source_id.name} {self.name}"
        return super()._xb_get_source()
