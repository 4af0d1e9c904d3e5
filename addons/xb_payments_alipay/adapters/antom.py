"""Antom (Alipay+) behind the suite's contract: wallets of many countries, many currencies."""

import hashlib
import json

from odoo.addons.xb_base.adapters.base import WebhookEvent
from odoo.addons.xb_base.exceptions import (
    InvalidSignature,
    MalformedAnswer,
    NeedsReauthorization,
    VendorRejected,
)
from odoo.addons.xb_payments.adapters.base import Page, PaymentAdapter
from odoo.addons.xb_payments.const import REFUND
from odoo.addons.xb_payments.core import truth
from odoo.addons.xb_payments.core.money import from_minor, places, to_minor
from odoo.addons.xb_payments.core.truth import Claim, Truth, to_amount

from .. import const
from ..client import keys, signature
from ..client.antom import AntomClient


def to_money(amount, currency):
    """Return Antom's amount: minor units as text."""
    return {"currency": currency, "value": to_minor(amount, places(currency))}


def from_money(value):
    """Return ``(amount, currency)`` of Antom's amount; ``(None, "")`` for nothing.

    :raise MalformedAnswer: not an amount
    """
    if not value:
        return None, ""
    text = str(value.get("value")) if isinstance(value, dict) else ""
    if not (text.isascii() and text.isdigit()):
        raise MalformedAnswer("antom: the amount is not in minor units")
    currency = str(value.get("currency") or "")
    return from_minor(text, places(currency)), currency


class AntomAdapter(PaymentAdapter):
    """Cashier payment. Idempotent by ``paymentRequestId`` and ``refundRequestId``."""

    vendor = const.ANTOM
    outbox_kinds = frozenset({REFUND})
    abilities = frozenset({"close"})
    acknowledgement = (
        '{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}',
        "application/json; charset=utf-8",
    )

    def ping(self):
        """Override of `xb_base`: a question about a payment that cannot exist proves the keys."""
        try:
            self._get_client().call(
                "/payments/inquiryPayment", {"paymentRequestId": "connection-test"}
            )
        except VendorRejected as error:
            if error.code not in const.ANTOM_ORDER_UNKNOWN:
                raise
        return self.settings["client_id"]

    # === CHECKOUT === #

    def open_checkout(self, checkout, idempotency_key):
        """Override of `xb_payments`: the cashier's page."""
        amount = to_money(checkout.amount, checkout.currency)
        answer = self._get_client().call(
            "/payments/pay",
            {
                "productCode": "CASHIER_PAYMENT",
                "paymentRequestId": checkout.attempt,
                "order": {
                    "referenceOrderId": checkout.title[:64],
                    "orderDescription": f"{checkout.brand} {checkout.title}"[:256],
                    "orderAmount": amount,
                },
                "paymentAmount": amount,
                "paymentMethod": {"paymentMethodType": self.settings["method_type"]},
                "paymentRedirectUrl": checkout.return_url,
                "paymentNotifyUrl": checkout.notify_url,
                "paymentExpiryTime": checkout.expires.isoformat(timespec="seconds"),
                "settlementStrategy": {"settlementCurrency": checkout.currency},
                "env": {"terminalType": "WAP" if checkout.mobile else "WEB"},
            },
        )
        url = answer.get("normalUrl")
        if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1:")):
            raise MalformedAnswer("antom: no page to pay on")
        return Page.at(url, reference=str(answer.get("paymentId") or ""))

    def get_payment(self, asked):
        """Override of `xb_payments`."""
        try:
            answer = self._get_client().call(
                "/payments/inquiryPayment", {"paymentRequestId": asked.attempt}
            )
        except VendorRejected as error:
            if error.code in const.ANTOM_ORDER_UNKNOWN:
                return Truth(truth.PAYMENT, asked.attempt, truth.OPEN)
            raise
        return self._payment(answer, const.ANTOM_STATUS.get(answer.get("paymentStatus")))

    def close_payment(self, asked):
        """Override of `xb_payments`."""
        try:
            self._get_client().call("/payments/cancel", {"paymentRequestId": asked.attempt})
        except VendorRejected as error:
            if error.code in const.ANTOM_ORDER_UNKNOWN:
                return Truth(truth.PAYMENT, asked.attempt, truth.CLOSED)
        return self.get_payment(asked)

    def _payment(self, said, status):
        if status is None:
            raise MalformedAnswer("antom: unknown status of a payment")
        amount, currency = from_money(said.get("paymentAmount"))
        return Truth(
            truth.PAYMENT,
            str(said.get("paymentRequestId") or ""),
            status,
            amount,
            currency,
            reference=str(said.get("paymentId") or ""),
            message=str(said.get("paymentResultMessage") or "") if status == "closed" else "",
        )

    # === REFUND === #

    def send(self, kind, key, value, idempotency_key):
        """Override of `xb_base`: refund; ``U`` means that nobody knows yet, so it is asked."""
        if kind != REFUND:
            return super().send(kind, key, value, idempotency_key)
        answer = self._get_client().call(
            "/payments/refund",
            {
                "refundRequestId": value["attempt"],
                "paymentId": value["payment_reference"],
                "refundAmount": to_money(to_amount(value["amount"]), value["currency"]),
                "refundNotifyUrl": value["notify_url"],
            },
        )
        done = answer["result"].get("resultStatus") == "S"
        return Truth(
            truth.REFUND,
            value["attempt"],
            truth.DONE if done else truth.PENDING,
            to_amount(value["amount"]),
            value["currency"],
            reference=str(answer.get("refundId") or ""),
        ).as_dict()

    def get_change(self, kind, asked):
        """Override of `xb_payments`."""
        if kind != truth.REFUND:
            return super().get_change(kind, asked)
        answer = self._get_client().call(
            "/payments/inquiryRefund", {"refundRequestId": asked.attempt}
        )
        return self._refund(answer)

    def _refund(self, said):
        status = const.ANTOM_REFUND_STATUS.get(said.get("refundStatus"))
        if status is None:
            raise MalformedAnswer("antom: unknown status of a refund")
        amount, currency = from_money(said.get("refundAmount"))
        return Truth(
            truth.REFUND,
            str(said.get("refundRequestId") or ""),
            status,
            amount,
            currency,
            reference=str(said.get("refundId") or ""),
            payment=str(said.get("paymentRequestId") or said.get("paymentId") or ""),
        )

    # === NOTIFICATIONS === #

    def verify_webhook(self, body, headers, now):
        """Override of `xb_base`: the signature covers our own path, which tells the account."""
        try:
            public_key = keys.load_public(self.credentials.get("webhook_secret"))
            text = signature.antom_string(
                self.settings["notify_path"],
                self.settings["client_id"],
                headers.get("request-time") or "",
                body,
            )
        except ValueError as error:
            raise InvalidSignature(str(error)) from None
        if headers.get("client-id") not in (None, self.settings["client_id"]):
            raise InvalidSignature("the notification is for another client")
        given = signature.read_antom_header(headers.get("signature"))
        if not given or not keys.is_signed(public_key, text, given):
            raise InvalidSignature("the signature is missing or wrong")
        try:
            topic = json.loads(body).get("notifyType") or "dispute"
        except (ValueError, AttributeError, RecursionError):
            raise InvalidSignature("genuine, but no notification") from None
        return WebhookEvent(hashlib.sha256(body).hexdigest(), str(topic), now)

    def read_notification(self, body):
        """Override of `xb_payments`."""
        said = json.loads(body)
        if said.get("disputeNotificationType"):
            return [self._claim(said)]
        kind = said.get("notifyType")
        result = (said.get("result") or {}).get("resultStatus")
        if kind == "PAYMENT_PENDING":
            return [self._payment(said, truth.PENDING)]
        if kind == "PAYMENT_RESULT":
            status = {"S": truth.DONE, "F": truth.CLOSED}.get(result)
            return [self._payment(said, status)] if status else []
        if kind == "REFUND_RESULT":
            return [self._refund(said)]
        return []

    def _claim(self, said):
        amount, currency = from_money(said.get("disputeAmount"))
        judged = said.get("disputeNotificationType") == "DISPUTE_JUDGED"
        won = said.get("disputeJudgedResult") == "ACCEPT_BY_MERCHANT_WON"
        state = ("won" if won else "lost") if judged else "needs_response"
        return Claim(
            reference=str(said.get("disputeId") or ""),
            payment=str(said.get("paymentRequestId") or said.get("paymentId") or ""),
            state=state,
            reason=str(said.get("disputeReasonMsg") or said.get("disputeReasonCode") or ""),
            amount=amount,
            currency=currency,
        )

    def _get_client(self):
        try:
            private_key = keys.load_private(self.credentials.get("api_secret"))
            public_key = keys.load_public(self.credentials.get("webhook_secret"))
        except ValueError as error:
            raise NeedsReauthorization(f"antom: a key is missing or unusable: {error}") from None
        return AntomClient(self.transport, self.settings["client_id"], private_key, public_key)
