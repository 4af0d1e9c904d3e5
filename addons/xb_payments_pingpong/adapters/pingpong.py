"""PingPong Checkout behind the suite's contract for payment providers."""

import hashlib
import json

from odoo.addons.xb_base.adapters.base import WebhookEvent
from odoo.addons.xb_base.exceptions import InvalidSignature, MalformedAnswer, VendorRejected
from odoo.addons.xb_payments.adapters.base import Page, PaymentAdapter
from odoo.addons.xb_payments.const import CAPTURE, REFUND, TRACKING, VOID
from odoo.addons.xb_payments.core import truth
from odoo.addons.xb_payments.core.truth import Truth

from .. import const
from ..client import normalize, signature
from ..client.api import PingPongClient, parse

_PATHS = {
    REFUND: (truth.REFUND, "merchantRefundId"),
    CAPTURE: (truth.CAPTURE, "merchantCaptureId"),
    VOID: (truth.VOID, "merchantVoidId"),
}


class PingPongAdapter(PaymentAdapter):
    """API v4. Idempotent by our own numbers: PingPong knows each of them once."""

    vendor = const.CODE
    outbox_kinds = PaymentAdapter.outbox_kinds | {TRACKING}
    abilities = frozenset({"tracking", "statement"})
    code_systems = (const.CODE,)

    def ping(self):
        """Override of `xb_base`: a question about a payment that cannot exist proves the salt."""
        try:
            self._get_client().call(const.QUERY, {"merchantTransactionId": "connection-test"})
        except VendorRejected as error:
            if error.code != const.UNKNOWN:
                raise
        return self.settings["account"]

    # === CHECKOUT === #

    def open_checkout(self, checkout, idempotency_key):
        """Override of `xb_payments`: prePay; the same attempt gives the same page."""
        answer = self._get_client().call(const.PREPAY, normalize.checkout_payload(checkout))
        url = answer.get("paymentUrl")
        if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1:")):
            raise MalformedAnswer("pingpong: prePay gave no page")
        return Page.at(url, reference=str(answer.get("transactionId") or ""))

    def get_payment(self, asked):
        """Override of `xb_payments`: the page's address is no proof, this answer is."""
        try:
            content = self._get_client().call(const.QUERY, {"merchantTransactionId": asked.attempt})
        except VendorRejected as error:
            if error.code == const.UNKNOWN:
                return Truth(truth.PAYMENT, asked.attempt, truth.OPEN)
            raise
        return normalize.payment(content)

    # === REFUND, CAPTURE, VOID === #

    def get_change(self, kind, asked):
        """Override of `xb_payments`: refunds have a question of their own, the others have not."""
        if kind == truth.REFUND:
            return self._get_refund(asked.payment, asked.attempt)
        content = self._get_client().call(const.QUERY, {"merchantTransactionId": asked.payment})
        happened = {truth.CAPTURE: "SUCCESS", truth.VOID: "CANCEL"}[kind]
        return Truth(
            kind,
            asked.attempt,
            truth.DONE if content.get("status") == happened else truth.PENDING,
            asked.amount,
            asked.currency,
            str(content.get("transactionId") or ""),
        )

    def _get_refund(self, payment, attempt):
        content = self._get_client().call(
            const.REFUND_QUERY, {"merchantTransactionId": payment, "merchantRefundId": attempt}
        )
        return normalize.change(truth.REFUND, content)

    def send(self, kind, key, value, idempotency_key):
        """Override of `xb_base`: refunds, captures, voids and shipping proof."""
        if kind == TRACKING:
            return self._send_tracking(value)
        if kind not in _PATHS:
            return super().send(kind, key, value, idempotency_key)
        what, number = _PATHS[kind]
        path = {truth.REFUND: const.REFUND}.get(what) or self.settings["paths"][what]
        content = {
            "merchantTransactionId": value["payment"],
            number: value["attempt"],
            "amount": normalize.amount_text(truth.to_amount(value["amount"]), value["currency"]),
            "currency": value["currency"],
            "notificationUrl": value["notify_url"],
        }
        try:
            answer = self._get_client().call(path, content)
        except VendorRejected as error:
            if error.code != const.DUPLICATE or what != truth.REFUND:
                raise
            # Our own repeat after an answer that got lost: what became of the first one counts.
            return self._get_refund(value["payment"], value["attempt"]).as_dict()
        return normalize.change(what, {**answer, number: answer.get(number)}).as_dict()

    def _send_tracking(self, value):
        answer = self._get_client().call(const.LOGISTICS, normalize.tracking_payload(value))
        if answer.get("result") != "YES":
            raise VendorRejected("logistics", str(answer.get("reason") or "not accepted"))
        return {"result": "YES"}

    # === NOTIFICATIONS === #

    def verify_webhook(self, body, headers, now):
        """Override of `xb_base`: the signature over the received text, before it is looked at.

        PingPong signs no time and names no event: the same bytes are the same event.
        """
        try:
            fields = json.loads(body, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            raise InvalidSignature("not JSON") from None
        if not isinstance(fields, dict):
            raise InvalidSignature("not an envelope")
        salts = [self.credentials.get(name) for name in ("api_secret", "webhook_secret")]
        if not signature.is_genuine(salts, fields):
            raise InvalidSignature("the signature is missing or wrong")
        if signature.is_ambiguous(fields):
            raise InvalidSignature("the signed text could have been cut otherwise")
        # Whether disputes name the store is not documented.
        account = self.settings["account"]
        if fields.get("accId", None if "bizContent" in fields else account) != account:
            raise InvalidSignature("the notification is for another store")
        topic = str(fields.get("eventCode") or "notification")
        return WebhookEvent(hashlib.sha256(body).hexdigest(), topic, now)

    def read_notification(self, body):
        """Override of `xb_payments`: payment, refund, capture, void; disputes are flat."""
        fields = json.loads(body, parse_float=str, parse_int=str)
        if "eventCode" in fields:
            return normalize.dispute(fields)
        return normalize.notification(parse(fields.get("bizContent")))

    def get_statement(self, day):
        """Override of `xb_payments`: the day's file from the merchant host."""
        transport = self.settings["statement_transport"]()
        return self._get_client(transport).download_statement(day)

    def _get_client(self, transport=None):
        return PingPongClient(
            transport or self.transport,
            self.settings["account"],
            self.credentials.get("api_secret"),
            self.settings["sign_type"],
        )
