import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class XbCodeSystem(models.Model):
    """A platform, payment service or aggregator that has its own names for carriers and statuses.

    Only a name here: what speaks to it is a plug-in, which asks by the key.
    """

    _name = "xb.code.system"
    _description = "Code System"
    _order = "name, id"

    name = fields.Char(required=True)
    key = fields.Char(required=True, copy=False, help="By which plug-ins ask for it.")
    active = fields.Boolean(default=True)
    code_ids = fields.One2many("xb.carrier.code", "system_id", string="Carrier Codes")
    code_count = fields.Integer(compute="_compute_code_count")

    _key_unique = models.Constraint("UNIQUE(key)", "Another code system has this key.")

    @api.depends("code_ids")
    def _compute_code_count(self):
        counts = dict(
            self.env["xb.carrier.code"]._read_group(
                [("system_id", "in", self.ids)], ["system_id"], ["__count"]
            )
        )
        for system in self:
            system.code_count = counts.get(system, 0)

    @api.constrains("key")
    def _check_key(self):
        for system in self:
            if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", system.key):
                raise ValidationError(
                    self.env._(
                        "The key “%(key)s” may only have lower-case letters, digits and"
                        " underscores.",
                        key=system.key,
                    )
                )

    @api.model
    def _get(self, key):
        """Return the system with a key, made when a plug-in names a new one.

        :param str key: As in `xb.carrier._get_code`.
        :rtype: xb.code.system
        """
        system = self.with_context(active_test=False).search([("key", "=", key)], limit=1)
        return system or self.create({"key": key, "name": key.replace("_", " ").title()})
