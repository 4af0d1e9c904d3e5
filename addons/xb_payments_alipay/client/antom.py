"""Antom (Alipay+): signed JSON both ways, amounts in minor units."""

import json
from datetime import UTC, datetime

from odoo.addons.xb_base.exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RetryableVendorError,
    VendorRejected,
)

from .. import const
from . import keys, signature

_REAUTH = frozenset({"INVALID_SIGNATURE", "INVALID_CLIENT", "ACCESS_DENIED", "KEY_NOT_FOUND"})


class AntomClient:
    """Requests of one client id.

    :param Transport transport: the way there
    :param str client_id: of the merchant; ``SANDBOX_…`` asks the sandbox
    :param private_key: the merchant's
    :param public_key: Antom's
    :param str path_prefix: what the host's path begins with, in the simulator
    """

    def __init__(self, transport, client_id, private_key, public_key, now=None):
        self._transport = transport
        self._client_id = client_id
        self._private_key = private_key
        self._public_key = public_key
        self._now = now or (lambda: datetime.now(UTC))

    def call(self, path, content):
        """Send a request and return the answer, whose ``resultStatus`` is S or U.

        :param str path: such as ``/payments/pay``
        :rtype: dict
        :raise VendorRejected: with Antom's ``resultCode``
        """
        sandbox = self._client_id.startswith("SANDBOX_")
        full = (const.ANTOM_SANDBOX_API if sandbox else const.ANTOM_API) + path
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        time = self._now().isoformat(timespec="seconds")
        text = signature.antom_string(full, self._client_id, time, body)
        answer = self._transport.request(
            "POST",
            full,
            data=body,
            headers={
                "Content-Type": "application/json; charset=UTF-8",
                "client-id": self._client_id,
                "request-time": time,
                "signature": signature.antom_header(keys.sign(self._private_key, text)),
            },
        )
        return self._open(full, answer)

    def _open(self, path, answer):
        found = answer.json
        result = found.get("result") if isinstance(found, dict) else None
        if not isinstance(result, dict):
            raise MalformedAnswer("antom: the answer has no result")
        code = str(result.get("resultCode"))
        status, told = result.get("resultStatus"), str(result.get("resultMessage") or code)
        if status == "F":
            if code in _REAUTH:
                raise NeedsReauthorization(f"antom {code}: {told}")
            raise VendorRejected(code, told)
        text = signature.antom_string(
            path, self._client_id, answer.headers.get("response-time") or "", answer.content
        )
        given = signature.read_antom_header(answer.headers.get("signature"))
        if not keys.is_signed(self._public_key, text, given):
            raise MalformedAnswer("antom: the answer is not signed by Antom")
        if status not in ("S", "U"):
            raise MalformedAnswer(f"antom: unknown status “{status}”")
        if code == "UNKNOWN_EXCEPTION":
            raise RetryableVendorError(f"antom {code}: {told}")
        return found
