from odoo.addons.xb_orders.tests.adapter_contract import ShopAdapterContract

from ..client.signature import sign
from ..const import HEADER_EVENT, HEADER_SIGNATURE, HEADER_TIMESTAMP, HEADER_TOPIC
from .common import RestShopCase


class TestContract(ShopAdapterContract, RestShopCase):
    """The simulator's own platform keeps what every platform plug-in keeps."""

    def make_orders(self, count):
        return [order["ref"] for order in RestShopCase.make_orders(self, count)]

    def told(self, kind, name):
        shop = self.other_side
        if kind == "shipment":
            return [shipment["tracking"] for shipment in shop.shipments(name)]
        return shop.stock()[name] if kind == "stock" else shop.prices()[name]["price"]

    def sign(self, body, moment):
        secret, timestamp = self.connection._get_credentials()["webhook_secret"], str(
            int(moment.timestamp()))
        return {
            HEADER_EVENT: "evt-1", HEADER_TOPIC: "order.created", HEADER_TIMESTAMP: timestamp,
            HEADER_SIGNATURE: sign(secret, timestamp, body),
        }
