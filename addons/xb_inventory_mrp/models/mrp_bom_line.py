from odoo import api, models


class MrpBomLine(models.Model):
    _inherit = "mrp.bom.line"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `mrp`: what the kit is made of is remembered, and is another matter now."""
        lines = super().create(vals_list)
        lines.bom_id._xb_recipes_changed()
        return lines

    def write(self, vals):
        """Override of `mrp`: likewise."""
        result = super().write(vals)
        self.bom_id._xb_recipes_changed()
        return result

    def unlink(self):
        """Override of `mrp`: likewise."""
        boms = self.bom_id
        result = super().unlink()
        boms.exists()._xb_recipes_changed()
        return result
