"""PayPal's REST API: Orders v2, Payments v2, shipment tracking, disputes, reporting, webhooks."""

import hashlib
import json
from urllib.parse import quote

from urllib3.filepost import encode_multipart_formdata

from odoo.addons.xb_base.exceptions import MalformedAnswer, NeedsReauthorization

from .. import const
from . import tokens


def read_error(body):
    """Return ``(code, message)`` of a refusal: the first issue, else the error's name."""
    if not isinstance(body, dict):
        return None
    if "error" in body:
        return body["error"], body.get("error_description") or body["error"]
    details = body.get("details") or [{}]
    first = details[0] if isinstance(details[0], dict) else {}
    code = first.get("issue") or body.get("name")
    told = first.get("description") or body.get("message") or code
    number = body.get("debug_id")
    return code, f"{told} (debug id {number})" if number else told


class PayPalClient:
    """Requests of one REST app.

    :param Transport transport: the way there
    :param str client_id: of the app
    :param str secret: of the app
    :param TokenCache cache: of access tokens
    """

    def __init__(self, transport, client_id, secret, cache=tokens.CACHE):
        if not client_id or not secret:
            raise NeedsReauthorization("paypal: client id and secret are needed")
        self._transport = transport
        self._auth = client_id, secret
        # Another secret is another account, so that a corrected one is tried at once.
        digest = hashlib.sha256(secret.encode()).hexdigest()
        self._account = transport.base_url, client_id, digest
        self._cache = cache

    def call(self, method, path, payload=None, *, request_id=None, params=None, expect="json"):
        """Send a request; when the token was refused, once more with a new one.

        :param str request_id: ``PayPal-Request-Id``, the idempotency key
        :return: the answer's JSON, ``{}`` for none
        """
        body, content_type = None, "application/json"
        if payload is not None:
            body = json.dumps(payload).encode()
        return self._send(method, path, body, content_type, request_id, params, expect)

    def upload(self, path, payload):
        """Send JSON as the ``input`` part of a form, which the dispute API wants."""
        body, content_type = encode_multipart_formdata(
            {"input": ("input.json", json.dumps(payload), "application/json")}
        )
        return self._send("POST", path, body, content_type, None, None, "json")

    def verify_by_postback(self, headers, webhook_id, body):
        """Ask PayPal whether it has sent a webhook.

        The event goes back as the text it came as: written anew it would be another one.

        :return: whether it says so
        :rtype: bool
        """
        fields = {**headers, "webhook_id": webhook_id}
        head = json.dumps(fields)[:-1].encode()
        text = head + b', "webhook_event": ' + body + b"}"
        path = "/v1/notifications/verify-webhook-signature"
        answer = self._send("POST", path, text, "application/json", None, None, "json")
        return answer.get("verification_status") == "SUCCESS"

    # === TOKEN === #

    def _send(self, method, path, body, content_type, request_id, params, expect):
        for is_last in (False, True):
            headers = {
                "Authorization": f"Bearer {self._cache.get(self._account, self._fetch_token)}",
                "Content-Type": content_type,
                "Prefer": "return=representation",
            }
            if request_id:
                headers["PayPal-Request-Id"] = request_id[: const.REQUEST_ID_LENGTH]
            try:
                answer = self._transport.request(
                    method, path, data=body, params=params, headers=headers, expect=expect
                )
            except NeedsReauthorization:
                self._cache.forget(self._account)
                if is_last:
                    raise
            else:
                return self._read(answer, expect)

    def _read(self, answer, expect):
        if expect != "json" or not answer.content:
            return {}
        if not isinstance(answer.json, dict):
            raise MalformedAnswer("paypal: the answer is no object")
        return answer.json

    def _fetch_token(self):
        answer = self._transport.request(
            "POST",
            "/v1/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=self._auth,
        ).json
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not token or not str(seconds).isdigit():
            raise MalformedAnswer("paypal: no access token in the answer")
        return token, int(seconds)


def segment(text):
    """Return a number of PayPal's as one segment of a path."""
    return quote(str(text), safe="")
