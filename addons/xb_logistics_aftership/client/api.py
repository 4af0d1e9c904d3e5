"""AfterShip's endpoints. Values in, values out; errors are the transport's."""

from email.utils import formatdate
from urllib.parse import urlsplit

from ..const import API, HEADER_KEY, HEADER_REQUEST_SIGNATURE
from .signature import request_signature, string_to_sign


class SignedAuth:
    """Signs each request when the account's key demands it ("AES" keys have a secret).

    :param str api_key: The account's key.
    :param str api_secret: Its secret, empty for plain keys.
    :param str prefix: What stands before the API's path at the address used, not signed.
    """

    def __init__(self, api_key, api_secret="", prefix="", clock=None):
        self._key, self._secret, self._prefix = api_key, api_secret or "", prefix
        self._clock = clock or (lambda: formatdate(usegmt=True))

    def __call__(self, request):
        request.headers[HEADER_KEY] = self._key
        if self._secret:
            date = self._clock()
            body = request.body or b""
            body = body.encode() if isinstance(body, str) else body
            parts = urlsplit(request.url)
            resource = parts.path.removeprefix(self._prefix)
            resource += f"?{parts.query}" if parts.query else ""
            named = {HEADER_KEY: self._key}
            text = string_to_sign(request.method, resource, body, date, named)
            request.headers["date"] = date
            request.headers[HEADER_REQUEST_SIGNATURE] = request_signature(self._secret, text)
        return request


def read_error(body):
    """Return ``(code, message)`` of AfterShip's ``{"meta": {"code", "type", "message"}}``."""
    meta = body.get("meta") if isinstance(body, dict) else None
    if not isinstance(meta, dict) or "code" not in meta:
        return None
    return str(meta["code"]), meta.get("message") or meta.get("type") or ""


class AfterShipClient:
    """Requests to one account.

    :param Transport transport: The way there, limits and errors included.
    :param str api_key: The account's key.
    :param str api_secret: Secret to sign requests with, empty for plain keys.
    """

    def __init__(self, transport, api_key, api_secret=""):
        self._transport = transport
        prefix = urlsplit(getattr(transport, "base_url", "")).path.rstrip("/")
        self._auth = SignedAuth(api_key, api_secret, prefix)

    def _request(self, method, path, **options):
        return self._transport.request(method, f"{API}{path}", auth=self._auth, **options).json

    def list_couriers(self):
        """Return the account's active couriers: the cheapest call that proves the key."""
        return self._request("GET", "/couriers", params={"active": "true"})

    def create_tracking(self, payload):
        """Have a number watched.

        :param dict payload: See ``normalize.create_payload``.
        :raise VendorRejected: code 4003 when it is watched already.
        """
        return self._request("POST", "/trackings", json=payload)

    def list_trackings(self, numbers, slug="", cursor=""):
        """Return one page of what is known of up to 50 numbers."""
        params = {"tracking_numbers": ",".join(numbers), "limit": "200"}
        if slug:
            params["slug"] = slug
        if cursor:
            params["cursor"] = cursor
        return self._request("GET", "/trackings", params=params)
