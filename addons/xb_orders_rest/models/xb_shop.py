from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import VENDOR


class XbShop(models.Model):
    _inherit = "xb.shop"

    # === FIELDS === #

    platform = fields.Selection(
        selection_add=[(VENDOR, "Own Shop (REST)")], ondelete={VENDOR: "set default"}
    )

    # === CONSTRAINTS AND INDEXES === #

    _rest_connection_unique = models.UniqueIndex(
        f"(connection_id) WHERE platform = '{VENDOR}' AND active",
        "This connection is another own shop's already: each has a connection of its own.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("platform", "connection_id")
    def _check_rest_connection(self):
        for shop in self:
            vendor = shop.connection_id.vendor
            if shop.platform == VENDOR and vendor and vendor != VENDOR:
                raise ValidationError(
                    self.env._(
                        "“%(shop)s” is an own shop, but “%(connection)s” leads somewhere else. "
                        "Choose a connection of the vendor “Own Shop (REST)”.",
                        shop=shop.name,
                        connection=shop.connection_id.name,
                    )
                )
