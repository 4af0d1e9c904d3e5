"""Alipay's classic gateway: signed forms there, signed JSON back."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone

from odoo.addons.xb_base.exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RetryableVendorError,
    VendorRejected,
)

from .. import const
from . import keys, signature

BEIJING = timezone(timedelta(hours=8))


class AlipayClient:
    """Requests of one app.

    :param Transport transport: the way there
    :param str app_id: of the app
    :param private_key: the app's
    :param public_key: Alipay's
    :param Callable now: current time, aware
    """

    def __init__(self, transport, app_id, private_key, public_key, now=lambda: datetime.now(UTC)):
        self._transport = transport
        self._app_id = app_id
        self._private_key = private_key
        self._public_key = public_key
        self._now = now

    def prepare(self, method, content, **more):
        """Return the signed parameters of a request; for pages, the browser sends them.

        :param str method: such as ``alipay.trade.page.pay``
        :param dict content: the ``biz_content``; empty values are left out
        :param more: further common parameters (``notify_url``, ``return_url``)
        """
        kept = {name: value for name, value in content.items() if value not in (None, "", [], {})}
        params = {
            "app_id": self._app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": const.SIGN_TYPE,
            "timestamp": self._now().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "biz_content": json.dumps(kept, ensure_ascii=False, separators=(",", ":")),
            **{name: value for name, value in more.items() if value},
        }
        return {**params, "sign": keys.sign(self._private_key, signature.request_string(params))}

    def call(self, method, content, **more):
        """Send a request and return the node of the answer.

        :rtype: dict
        :raise VendorRejected: with Alipay's ``sub_code``
        """
        answer = self._transport.request(
            "POST", const.GATEWAY_PATH, data=self.prepare(method, content, **more), expect="bytes"
        )
        text = answer.content.decode(errors="replace")
        name = f"{method.replace('.', '_')}_response"
        node = name if f'"{name}"' in text else "error_response"
        try:
            raw = signature.response_node(text, node)
            found, sign = json.loads(raw), json.loads(text).get("sign")
        except (ValueError, AttributeError):
            raise MalformedAnswer("alipay: the answer cannot be read") from None
        self._judge(found)
        # Success is believed only with Alipay's signature; a refusal moves no money.
        if not keys.is_signed(self._public_key, raw, sign):
            raise MalformedAnswer("alipay: the answer is not signed by Alipay")
        return found

    def _judge(self, node):
        code = str(node.get("code"))
        if code == const.OK:
            return
        sub, told = str(node.get("sub_code") or code), node.get("sub_msg") or node.get("msg") or ""
        if code == const.UNKNOWN_RESULT or sub in const.UNCERTAIN:
            raise RetryableVendorError(f"alipay {sub}: {told}")
        if code in const.REAUTH_CODES or sub in const.BAD_SIGNATURES:
            raise NeedsReauthorization(f"alipay {sub}: {told}")
        raise VendorRejected(sub, str(told) or sub)


def beijing(moment):
    """Return an aware moment as Alipay writes it."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def clean(text):
    """Return a title without the characters Alipay refuses.

    >>> clean("S00001/2 = 5 & more")
    'S00001 2 5 more'
    """
    return re.sub(r"[/=&\s]+", " ", text).strip()
