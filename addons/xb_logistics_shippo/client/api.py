"""Shippo's endpoints. Values in, values out; errors are the transport's."""

from urllib.parse import quote

from ..const import API_VERSION


def read_error(body):
    """Return ``(code, message)`` of a refusal; its shape is not documented, so both seen ones.

    >>> read_error({"detail": "No such rate."})
    ('refused', 'No such rate.')
    >>> read_error({"parcels": ["This field is required."]})
    ('parcels', 'parcels: This field is required.')
    """
    if not isinstance(body, dict) or not body:
        return None
    if isinstance(body.get("detail"), str):
        return "refused", body["detail"]
    parts = []
    for name, texts in body.items():
        texts = texts if isinstance(texts, list) else [texts]
        parts.append(f"{name}: {' '.join(str(text) for text in texts)}")
    return next(iter(body)), "; ".join(parts)


class ShippoClient:
    """Requests to one account.

    :param Transport transport: The way there, limits and errors included.
    :param str token: ``shippo_live_…`` or ``shippo_test_…``.
    """

    def __init__(self, transport, token):
        self._transport = transport
        self._headers = {
            "Authorization": f"ShippoToken {token}",
            "SHIPPO-API-VERSION": API_VERSION,
        }

    def _request(self, method, path, **options):
        return self._transport.request(method, path, headers=self._headers, **options).json

    # === ACCOUNT === #

    def list_carrier_accounts(self):
        """Return the account's carriers: the cheapest call that proves the token."""
        return self._request("GET", "carrier_accounts", params={"results": "1"})

    def list_webhooks(self):
        """Return the webhooks that are set up."""
        return self._request("GET", "webhooks")

    def create_webhook(self, url, is_test):
        """Have news of parcels sent to an address."""
        payload = {"url": url, "event": "track_updated", "is_test": is_test, "active": True}
        return self._request("POST", "webhooks", json=payload)

    # === TRACKING === #

    def create_track(self, carrier, number, metadata):
        """Have a number watched; again is no error."""
        payload = {"carrier": carrier, "tracking_number": number, "metadata": metadata}
        return self._request("POST", "tracks", json=payload)

    def get_track(self, carrier, number):
        """Return what is known of a number."""
        return self._request("GET", f"tracks/{quote(carrier, safe='')}/{quote(number, safe='')}")

    # === LABELS === #

    def create_shipment(self, payload):
        """Return a shipment with its rates; one without rates is no error, but says why."""
        return self._request("POST", "shipments", json=payload)

    def create_declaration(self, payload):
        """Return a customs declaration."""
        return self._request("POST", "customs/declarations", json=payload)

    def create_transaction(self, payload):
        """Buy a label. A refusal is HTTP 201 with ``status: ERROR``."""
        return self._request("POST", "transactions", json=payload)

    def list_transactions(self, rate):
        """Return the labels bought from a rate."""
        return self._request("GET", "transactions", params={"rate": rate, "results": "100"})

    def create_refund(self, transaction):
        """Ask for a label's money back."""
        payload = {"transaction": transaction, "async": False}
        return self._request("POST", "refunds", json=payload)
