"""PingPong's words into ours, and ours into its."""

import re
from datetime import UTC, datetime

from odoo.addons.xb_base.exceptions import MalformedAnswer
from odoo.addons.xb_payments.core import truth
from odoo.addons.xb_payments.core.money import to_text
from odoo.addons.xb_payments.core.truth import Claim, Truth, to_amount

from .. import const

_LANGUAGES = {"zh_CN": "zh", "zh_TW": "zh-TW", "zh_HK": "zh-HK"}
_KINDS = {
    "RECHARGE": truth.PAYMENT,
    "REFUND": truth.REFUND,
    "CAPTURE": truth.CAPTURE,
    "VOID": truth.VOID,
}
_IDS = {
    truth.PAYMENT: ("merchantTransactionId", "transactionId"),
    truth.REFUND: ("merchantRefundId", "refundId"),
    truth.CAPTURE: ("merchantCaptureId", "transactionId"),
    truth.VOID: ("merchantVoidId", "transactionId"),
}


def amount_text(amount, currency):
    """Return an amount with the decimals PingPong wants for the currency."""
    return to_text(amount, const.DECIMALS.get(currency, 2))


def checkout_payload(checkout):
    """Return the ``bizContent`` of prePay.

    :param Checkout checkout: see ``xb_payments.adapters.base``
    """
    address = _address(checkout.buyer)
    return {
        "captureDelayHours": -1 if checkout.authorize else 0,
        "amount": amount_text(checkout.amount, checkout.currency),
        "currency": checkout.currency,
        "merchantTransactionId": checkout.attempt,
        "shopperIP": checkout.buyer_ip or "127.0.0.1",
        "payResultUrl": checkout.return_url,
        "payCancelUrl": checkout.cancel_url,
        "notificationUrl": checkout.notify_url,
        "timeExpire": str(int(checkout.expires.timestamp())),
        "remark": checkout.title[:255],
        "language": _LANGUAGES.get(checkout.language, checkout.language[:2]),
        "tradeCountry": checkout.buyer["country"],
        "goods": [_goods(line, checkout.currency) for line in checkout.lines],
        "billingAddress": address,
        "shippingAddress": address,
        "customer": _customer(checkout.buyer),
    }


def _goods(line, currency):
    return {
        "name": line["name"][:500],
        "sku": line["sku"][:500],
        "unitPrice": amount_text(to_amount(line["price"]), currency),
        "number": line["quantity"],
        "imgUrl": "-",
        "virtualProduct": "N",
    }


def _address(buyer):
    return {
        "street": buyer["street"][:256] or "-",
        "postcode": buyer["postcode"][:16] or "-",
        "city": buyer["city"][:50] or "-",
        "state": buyer["state"] or buyer["city"][:128] or "-",
        "country": buyer["country"],
    }


def _customer(buyer):
    first, _space, last = (buyer["name"] or "-").partition(" ")
    return {
        "firstName": first,
        "lastName": last or first,
        "email": buyer["email"][:128],
        "phone": re.sub(r"[^0-9+ -]", "", buyer["phone"])[:20],
    }


def payment(content):
    """Return what a query or a RECHARGE notification says.

    :rtype: Truth
    """
    return _truth(truth.PAYMENT, content, const.PAYMENT_STATUS)


def change(kind, content):
    """Return what an answer or a notification says about a refund, capture or void.

    :rtype: Truth
    """
    return _truth(kind, content, const.CHANGE_STATUS)


def notification(content):
    """Return what a notification says.

    :param dict content: its ``bizContent``
    :return: list of one ``Truth``; empty for kinds that do not concern us
    """
    kind = _KINDS.get(content.get("notifyType"))
    if kind is None:
        return []
    return [payment(content) if kind == truth.PAYMENT else change(kind, content)]


def dispute(event):
    """Return what a dispute webhook says.

    :param dict event: the flat JSON
    :rtype: list
    """
    state = const.DISPUTE_STATE.get(event.get("eventCode"))
    number = event.get("disputeId") or event.get("chargebackId") or event.get("transactionId")
    if state is None or not number:
        return []
    return [
        Claim(
            reference=str(number),
            payment=str(event.get("merchantTransactionId") or event.get("transactionId") or ""),
            state=state,
            reason=str(event.get("reason") or event.get("eventCode")),
            amount=to_amount(event.get("amount")),
            currency=str(event.get("currency") or ""),
            deadline=moment(event.get("deadline")),
        )
    ]


def moment(text):
    """Return a timestamp in milliseconds or seconds as an aware datetime, None for nothing."""
    if not text or not str(text).isdigit():
        return None
    number = int(text)
    return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)


def tracking_payload(value):
    """Return the ``bizContent`` of a logistics upload.

    :param dict value: the outbox value of a parcel
    """
    company = value.get("codes", {}).get("pingpong") or value["carrier_name"] or value["carrier"]
    return {
        "merchantTransactionId": value["attempt"],
        "trackingNumber": value["number"][:64],
        "logisticsCompany": company[:64],
        # Their field takes 64 characters: the carrier's site, where the full address is longer.
        "logisticsCompanyUrl": _short_url(value.get("tracking_url") or "")[:64],
    }


def _short_url(url):
    if len(url) <= 64:
        return url or "-"
    return "/".join(url.split("/")[:3])


def _truth(kind, content, statuses):
    ours, theirs = _IDS[kind]
    status = statuses.get(content.get("status"))
    if status is None:
        raise MalformedAnswer(f"pingpong: unknown status “{content.get('status')}”")
    attempt = content.get(ours)
    if not attempt:
        raise MalformedAnswer(f"pingpong: {ours} is missing")
    return Truth(
        kind=kind,
        attempt=str(attempt),
        status=status,
        amount=to_amount(content.get("amount")),
        currency=str(content.get("currency") or ""),
        reference=str(content.get(theirs) or ""),
        message=_message(content, status),
        payment="" if kind == truth.PAYMENT else str(content.get("merchantTransactionId") or ""),
    )


def _message(content, status):
    if status != "declined":
        return ""
    issuer = content.get("issuerInfo") or {}
    parts = [
        content.get("resultCode"),
        content.get("resultDescription"),
        issuer.get("issuerResultMsg") if isinstance(issuer, dict) else None,
    ]
    return " ".join(str(part) for part in parts if part)
