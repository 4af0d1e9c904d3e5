"""PingPong Checkout v4 over HTTP: envelope, signatures both ways, errors of the house."""

import json

from odoo.addons.xb_base.exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RetryableVendorError,
    VendorRejected,
)

from .. import const
from . import signature


class PingPongClient:
    """Requests of one store.

    :param Transport transport: the way there
    :param str account: store id (``accId``); the merchant id is it without its last 3 digits
    :param str salt: the merchant's secret
    :param str sign_type: ``SHA256`` or ``MD5``
    """

    def __init__(self, transport, account, salt, sign_type="SHA256"):
        if not account or not salt:
            raise NeedsReauthorization("pingpong: store id and salt are needed")
        self._transport = transport
        self._account = account
        self._salt = salt
        self._sign_type = sign_type

    def call(self, path, content):
        """Send one request and return the answer's content.

        :param str path: one of ``const``
        :param dict content: the ``bizContent``; empty values are left out
        :rtype: dict
        :raise VendorRejected: with PingPong's own code
        """
        answer = self._transport.request("POST", path, json=self.make_envelope(content)).json
        return self._open(answer)

    def make_envelope(self, content):
        """Return the signed envelope around a ``bizContent``."""
        kept = {name: value for name, value in content.items() if value not in (None, "", [], {})}
        envelope = {
            "accId": self._account,
            "clientId": self._account[:-3],
            "signType": self._sign_type,
            "version": const.VERSION,
            "bizContent": _clean(json.dumps(kept, ensure_ascii=False, separators=(",", ":"))),
        }
        return {**envelope, "sign": signature.sign(self._salt, envelope)}

    def download_statement(self, day):
        """Fetch the statement of a day.

        :param date day: in PingPong's time zone
        :return: ``(file name, bytes)``
        """
        envelope = self.make_envelope({"billDate": day.isoformat(), "billType": "DAY"})
        answer = self._transport.request(
            "POST", const.STATEMENT_PATH, json=envelope, expect="bytes"
        )
        code = answer.headers.get("errorCode")
        if code:
            raise VendorRejected(code, answer.headers.get("errorMsg") or "no statement")
        name = answer.headers.get("fileName") or f"pingpong_{day.isoformat()}.csv"
        return name.replace("/", "_").replace("\\", "_"), answer.content

    def _open(self, answer):
        """Check an answer's signature and code; return its content.

        The signature covers the text of ``bizContent`` as received, so it is checked before that
        is parsed. Refusals may come unsigned (a bad signature of ours is one), so they are read as
        they are: believing one moves no money.
        """
        if not isinstance(answer, dict) or not isinstance(answer.get("code"), str):
            raise MalformedAnswer("pingpong: the answer has no code")
        code = answer["code"]
        if code not in const.OK_CODES:
            raise _refusal(code, str(answer.get("description") or code))
        if not signature.is_genuine([self._salt], answer, (self._sign_type,)):
            raise MalformedAnswer("pingpong: the answer is not signed by PingPong")
        return parse(answer.get("bizContent"))


def parse(text):
    """Return a ``bizContent``.

    :raise MalformedAnswer: not a JSON object
    """
    try:
        content = json.loads(text or "{}", parse_float=str, parse_int=str)
    except (TypeError, ValueError):
        raise MalformedAnswer("pingpong: bizContent is not JSON") from None
    if not isinstance(content, dict):
        raise MalformedAnswer("pingpong: bizContent is not an object")
    return content


def _clean(text):
    """Their filter refuses angle brackets anywhere."""
    return text.replace("<", "(").replace(">", ")")


def _refusal(code, message):
    if code in const.REAUTH_CODES:
        return NeedsReauthorization(f"pingpong {code}: {message}")
    if code.startswith(const.RETRYABLE_SERIES):
        return RetryableVendorError(f"pingpong {code}: {message}")
    return VendorRejected(code, message)
