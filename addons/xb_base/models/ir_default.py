from odoo import api, models
from odoo.exceptions import ValidationError

from ..fields import Secret


class IrDefault(models.Model):
    _inherit = "ir.default"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: a default is stored in clear, so a secret cannot have one."""
        defaults = super().create(vals_list)
        defaults._check_no_secret()
        return defaults

    def write(self, vals):
        """Override of `base`, see :meth:`create`."""
        result = super().write(vals)
        self._check_no_secret()
        return result

    def _check_no_secret(self):
        for field in self.sudo().field_id:
            if isinstance(self.env[field.model]._fields.get(field.name), Secret):
                raise ValidationError(self.env._("A secret cannot have a default value."))
