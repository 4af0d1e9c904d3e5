"""The own shop behind the suite's contract for shops."""

from contextlib import contextmanager
from datetime import timedelta

from odoo.addons.xb_base.adapters.base import WebhookEvent
from odoo.addons.xb_base.exceptions import (
    InvalidSignature,
    MalformedAnswer,
    NeedsReauthorization,
    StaleMessage,
    VendorRejected,
)
from odoo.addons.xb_orders.adapters.base import DayCount, Page, ShopAdapter

from .. import const
from ..client import normalize, signature
from ..client.api import RestShopClient, UnusableRef


class RestShopAdapter(ShopAdapter):
    """See docs/own-shop-protocol.md."""

    vendor = const.VENDOR
    outbox_kinds = frozenset({const.SHIPMENT_KIND, const.PRICE_KIND, const.STOCK_KIND})
    replay_window = timedelta(seconds=const.REPLAY_SECONDS)
    capabilities = frozenset(
        {"list_orders", "count_orders", "upload_shipment", "publish_price", "publish_stock"})

    def ping(self):
        """Override of `xb_base`: return the shop's name."""
        with _readable():
            return normalize.shop_name(self._get_client().ping())

    def list_orders(self, since, cursor=None):
        """Override of `xb_orders`: fetch one page of orders."""
        with _readable():
            return Page(*normalize.page(self._get_client().list_orders(since, cursor)))

    def count_orders(self, start, end):
        """Override of `xb_orders`: ask what was sold in a time."""
        with _readable():
            return DayCount(*normalize.day_count(self._get_client().count_orders(start, end)))

    def get_order(self, ref):
        """Override of `xb_orders`: fetch one order."""
        with _readable():
            return normalize.order(self._get_client().get_order(ref))

    def send(self, kind, key, value, idempotency_key):
        """Override of `xb_base`: tell the shop a parcel's carrier and number, a price, or
        how many there are."""
        if kind not in self.outbox_kinds:
            return super().send(kind, key, value, idempotency_key)
        if kind == const.PRICE_KIND:
            return self._send_price(value, idempotency_key)
        if kind == const.STOCK_KIND:
            return self._send_stock(value, idempotency_key)
        payload = normalize.shipment_payload(value)
        with _readable():
            answer = self._get_client().put_shipment(
                value["order"], value["shipment"], payload, idempotency_key
            )
            return normalize.shipment_answer(answer)

    def _send_price(self, value, idempotency_key):
        payload = {name: value[name] for name in ("price", "currency")}
        with _readable():
            answer = self._get_client().put_price(
                value["sku"] or value["listing"], payload, idempotency_key)
            return normalize.price_answer(answer, value)

    def _send_stock(self, value, idempotency_key):
        payload = {"quantity": value["quantity"]}
        if value["expected"]:
            payload["expected"] = value["expected"]
        with _readable():
            answer = self._get_client().put_stock(
                value["sku"] or value["listing"], payload, idempotency_key)
            return normalize.stock_answer(answer, value)

    def verify_webhook(self, body, headers, now):
        """Override of `xb_base`: check signature first, then age."""
        timestamp = headers.get(const.HEADER_TIMESTAMP)
        given = headers.get(const.HEADER_SIGNATURE)
        secrets = [
            self.credentials.get(name) for name in ("webhook_secret", "webhook_secret_previous")
        ]
        if not signature.is_genuine(secrets, timestamp, given, body):
            raise InvalidSignature("the signature is missing or wrong")
        try:
            sent_at = signature.moment(timestamp)
        except ValueError as error:
            raise InvalidSignature(str(error)) from None
        if abs(now - sent_at) > self.replay_window:
            raise StaleMessage(f"signed at {sent_at.isoformat()}")
        key, topic = headers.get(const.HEADER_EVENT), headers.get(const.HEADER_TOPIC)
        return WebhookEvent(key or "", topic or "", sent_at)

    def _get_client(self):
        """Return the client.

        :raise NeedsReauthorization: no API key was entered
        """
        api_key = self.credentials.get("api_key")
        if not api_key:
            raise NeedsReauthorization(f"{self.vendor}: no API key is set")
        return RestShopClient(self.transport, api_key)


@contextmanager
def _readable():
    """Turn the client's own errors into those of the house."""
    try:
        yield
    except normalize.Unreadable as error:
        raise MalformedAnswer(f"{const.VENDOR}: {error}") from None
    except UnusableRef as error:
        raise VendorRejected("unusable_ref", str(error)) from None
