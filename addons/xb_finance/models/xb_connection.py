from odoo import fields, models

from ..adapters.rates import RatesAdapter

VENDOR = "rates"


def _forget(connections):
    """Delete the connections of rate sources when the addon goes."""
    connections.env["xb.rate.source"].search(
        [("connection_id", "in", connections.ids)]).write({"connection_id": False})
    connections.unlink()


class XbConnection(models.Model):
    _inherit = "xb.connection"

    vendor = fields.Selection(
        selection_add=[(VENDOR, "Exchange Rates")], ondelete={VENDOR: _forget})

    # === BUSINESS METHODS === #

    def _get_adapter_class(self):
        """Override of `xb_base` for sources of exchange rates."""
        if self.vendor != VENDOR:
            return super()._get_adapter_class()
        return RatesAdapter
