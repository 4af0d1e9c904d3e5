from odoo import api, fields, models

from ..adapters.aftership import AfterShipAdapter
from ..const import BASE_URL, RATE_PER_MINUTE, VENDOR


class XbConnection(models.Model):
    _inherit = "xb.connection"

    vendor = fields.Selection(
        selection_add=[(VENDOR, "AfterShip")],
        ondelete={VENDOR: lambda connections: connections._forget_exchange()},
    )

    # === ONCHANGE METHODS === #

    @api.onchange("vendor")
    def _onchange_vendor_aftership(self):
        if self.vendor == VENDOR:
            self.base_url = self.base_url or BASE_URL
            self.rate_per_minute = RATE_PER_MINUTE

    # === BUSINESS METHODS === #

    def _get_base_url(self):
        """Override of `xb_base`: AfterShip has one address."""
        return super()._get_base_url() or (BASE_URL if self.vendor == VENDOR else "")

    def _get_adapter_class(self):
        """Override of `xb_base` to speak to AfterShip."""
        return AfterShipAdapter if self.vendor == VENDOR else super()._get_adapter_class()

    def _get_tracking_class(self):
        """Override of `xb_logistics`: AfterShip tracks parcels."""
        return AfterShipAdapter if self.vendor == VENDOR else super()._get_tracking_class()
