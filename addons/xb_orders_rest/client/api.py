"""The own shop's endpoints. Values in, values out; errors are the transport's."""

from urllib.parse import quote

from ..const import API


class UnusableRef(ValueError):
    """A reference that cannot stand in an address."""


class RestShopClient:
    """Requests to one shop.

    :param Transport transport: the way there, limits and errors included
    :param str api_key: the shop's API key
    """

    def __init__(self, transport, api_key):
        self._transport = transport
        self._headers = {"Authorization": f"Bearer {api_key}"}

    def ping(self):
        """Ask which shop this is.

        :return: the answer's JSON
        """
        return self._transport.request("GET", f"{API}/ping", headers=self._headers).json

    def list_orders(self, since=None, cursor=None):
        """Fetch one page of orders, the oldest change first.

        :param datetime since: aware; only orders changed at or after it
        :param str cursor: where the page begins, from the page before
        :return: the answer's bytes: numbers in them must be looked at as they were written
        """
        params = {}
        if since:
            params["updated_since"] = since.isoformat()
        if cursor:
            params["cursor"] = cursor
        return self._transport.request(
            "GET", f"{API}/orders", params=params, headers=self._headers
        ).content

    def count_orders(self, start, end):
        """Ask how many orders were placed in a time, and what they came to.

        :param datetime start: aware, likewise ``end``
        :return: the answer's bytes, see :meth:`list_orders`
        """
        params = {"placed_from": start.isoformat(), "placed_before": end.isoformat()}
        return self._transport.request(
            "GET", f"{API}/count", params=params, headers=self._headers
        ).content

    def get_order(self, ref):
        """Fetch one order.

        :param str ref: the shop's order number
        :return: the answer's bytes, see :meth:`list_orders`
        :raise UnusableRef: the number cannot stand in an address
        """
        path = f"{API}/orders/{segment(ref)}"
        return self._transport.request("GET", path, headers=self._headers).content

    def put_shipment(self, order, shipment, payload, idempotency_key):
        """Create or replace a shipment.

        :param str order: the shop's order number
        :param str shipment: our permanent name of the parcel
        :param dict payload: see ``normalize.shipment_payload``
        :param str idempotency_key: the same for each repeat of this write
        :return: the answer's JSON
        :raise UnusableRef: a reference cannot stand in an address
        """
        path = f"orders/{segment(order)}/shipments/{segment(shipment)}"
        return self._put(path, payload, idempotency_key)

    def put_price(self, sku, payload, idempotency_key):
        """Set the price of an article.

        :param str sku: the shop's name of it
        :param dict payload: ``{"price", "currency"}``, decimal text
        :param str idempotency_key: the same for each repeat of this write
        :return: the answer's JSON
        :raise UnusableRef: the name cannot stand in an address
        """
        return self._put(f"prices/{segment(sku)}", payload, idempotency_key)

    def put_stock(self, sku, payload, idempotency_key):
        """Say how many of an article may be sold.

        :param str sku: the shop's name of it
        :param dict payload: ``{"quantity", "expected"?}``, whole numbers as text; ``expected`` is
            what the shop said last
        :param str idempotency_key: the same for each repeat of this write
        :return: the answer's JSON
        :raise UnusableRef: the name cannot stand in an address
        """
        return self._put(f"stock/{segment(sku)}", payload, idempotency_key)

    def _put(self, path, payload, idempotency_key):
        return self._transport.request(
            "PUT", f"{API}/{path}", json=payload, headers=self._headers,
            idempotency_key=idempotency_key,
        ).json


def segment(ref):
    """Return a reference as one segment of a path.

    >>> segment("INV/2026 7")
    'INV%2F2026%207'

    :raise UnusableRef: empty, or dots that every HTTP library would resolve away
    """
    if ref in ("", ".", ".."):
        raise UnusableRef(f"“{ref}” cannot be part of an address")
    return quote(ref, safe="")
