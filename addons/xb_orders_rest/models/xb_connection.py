from datetime import UTC

from odoo import fields, models
from odoo.exceptions import UserError

from ..adapters.rest_shop import RestShopAdapter
from ..client import normalize
from ..const import VENDOR


def _forget(connections):
    """Delete the connections of an uninstalled plug-in and what passed through; shops stay."""
    for model in ("xb.inbox", "xb.outbox"):
        connections.env[model].search([("connection_id", "in", connections.ids)]).unlink()
    shops = connections.env["xb.shop"].with_context(active_test=False)
    shops.search([("connection_id", "in", connections.ids)]).write({"connection_id": False})
    connections.unlink()


class XbConnection(models.Model):
    _inherit = "xb.connection"

    # === FIELDS === #

    vendor = fields.Selection(
        selection_add=[(VENDOR, "Own Shop (REST)")], ondelete={VENDOR: _forget}
    )

    # === BUSINESS METHODS === #

    def _get_adapter_class(self):
        """Override of `xb_base` to speak the own-shop protocol."""
        if self.vendor != VENDOR:
            return super()._get_adapter_class()
        return RestShopAdapter

    def _process_inbox(self, events):
        """Override of `xb_base`: import the orders that webhooks bring.

        Of several events about one order only the newest version counts, whatever the order of
        their arrival; ``import_orders`` in turn ignores a version older than the one it has.
        """
        if self.vendor != VENDOR:
            return super()._process_inbox(events)
        shop = self._get_rest_shop()
        newest = {}
        for event in events:
            try:
                order = normalize.event_order(event._get_body())
            except normalize.Unreadable as error:
                event._reject(str(error))
                continue
            # The signature's time is that of sending, which a late repeat has, too.
            moment = normalize.changed_at(order) or event.occurred_at.replace(tzinfo=UTC)
            ref = order.get("ref")
            key = ref if isinstance(ref, str) else event.id
            if key not in newest or newest[key][0] <= moment:
                newest[key] = (moment, order)
        orders = sorted(newest.values(), key=lambda item: item[0])
        shop.import_orders([order for _moment, order in orders])

    def _get_rest_shop(self):
        """Return the shop whose orders this connection brings.

        :rtype: xb.shop
        :raise UserError: none is set up
        """
        self.ensure_one()
        shop = self.shop_ids.filtered(lambda shop: shop.platform == VENDOR)
        if not shop:
            raise UserError(
                self.env._(
                    "Orders arrive through “%(connection)s”, but no shop with the platform "
                    "“Own Shop (REST)” uses it. Set one up, then retry.",
                    connection=self.name,
                )
            )
        return shop
