from odoo import api, models


class XbCachedMixin(models.AbstractModel):
    """Small tables that are asked so often that they are kept in memory (`ormcache`): whoever
    changes one has it read again, in every process."""

    _name = "xb.cached.mixin"
    _description = "Kept in Memory"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: forget what is in memory."""
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """Override: forget what is in memory."""
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        """Override: forget what is in memory."""
        self.env.registry.clear_cache()
        return super().unlink()
