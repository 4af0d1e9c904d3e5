from odoo import models

from .xb_stock_level import BUS_SUBCHANNEL


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Override of `bus`: a monitor asks for “xb_stock” and gets the user's companies' channels.

        Without the right to read levels the word opens nothing.
        """
        channels = list(channels)
        if BUS_SUBCHANNEL in channels:
            channels.remove(BUS_SUBCHANNEL)
            if self.env["xb.stock.level"].has_access("read"):
                channels += [
                    (company, BUS_SUBCHANNEL) for company in self.env.user.company_ids
                ]
        return super()._build_bus_channel_list(channels)
