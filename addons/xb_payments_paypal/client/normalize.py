"""PayPal's words into ours, and ours into its."""

from dataclasses import replace
from datetime import datetime

from odoo.addons.xb_base.exceptions import MalformedAnswer
from odoo.addons.xb_payments.core import truth
from odoo.addons.xb_payments.core.money import to_text
from odoo.addons.xb_payments.core.truth import Claim, Nudge, Truth, to_amount

from .. import const


def money(amount, currency):
    """Return PayPal's money object.

    :param Decimal amount: major units
    """
    places = 0 if currency in const.WHOLE else 2
    return {"currency_code": currency, "value": to_text(amount, places)}


def order_payload(checkout):
    """Return the body that creates an order.

    :param Checkout checkout: see ``xb_payments.adapters.base``
    """
    unit = {
        "reference_id": checkout.title[:256],
        "custom_id": checkout.attempt,
        "invoice_id": checkout.attempt,
        "description": f"{checkout.brand}: {checkout.title}"[:127],
        "amount": money(checkout.amount, checkout.currency),
    }
    address = _address(checkout.buyer)
    if address:
        name = checkout.buyer["name"][:300]
        unit["shipping"] = {"name": {"full_name": name}, "address": address}
    context = {
        "brand_name": checkout.brand[:127],
        "locale": _locale(checkout.language),
        "shipping_preference": "SET_PROVIDED_ADDRESS" if address else "NO_SHIPPING",
        "user_action": "PAY_NOW",
        "return_url": checkout.return_url,
        "cancel_url": checkout.cancel_url,
    }
    wallet = {"experience_context": context}
    if "@" in checkout.buyer["email"]:
        wallet["email_address"] = checkout.buyer["email"]
    return {
        "intent": "AUTHORIZE" if checkout.authorize else "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": wallet},
    }


def _address(buyer):
    if not (buyer["country"] and buyer["street"] and buyer["name"]):
        return None
    address = {
        "address_line_1": buyer["street"][:300],
        "admin_area_2": buyer["city"][:120],
        "admin_area_1": buyer["state"][:300],
        "postal_code": buyer["postcode"][:60],
        "country_code": buyer["country"],
    }
    return {name: value for name, value in address.items() if value}


def _locale(language):
    code = language.replace("_", "-").split("@")[0]
    return code if len(code) in (2, 5) else "en-US"


def page_url(order):
    """Return where the buyer approves an order.

    :raise MalformedAnswer: nowhere
    """
    for link in order.get("links") or []:
        if link.get("rel") in ("payer-action", "approve"):
            url = str(link.get("href"))
            if url.startswith(("https://", "http://127.0.0.1:")):
                return url
    raise MalformedAnswer("paypal: the order has no page to approve it on")


def order_truth(order, asked):
    """Return what an order says about a payment.

    :param dict order: PayPal's order
    :param Asked asked: which payment
    :rtype: Truth
    """
    unit = _unit(order)
    payments = unit.get("payments") or {}
    captures = payments.get("captures") or []
    authorizations = payments.get("authorizations") or []
    number = str(order.get("id") or "")
    attempt = str(unit.get("custom_id") or "")
    if order.get("intent") == "AUTHORIZE" and authorizations:
        return _truth(
            truth.PAYMENT, attempt, authorizations[-1], const.AUTHORIZATION_STATUS, number
        )
    if captures:
        done = [c for c in captures if const.CAPTURE_STATUS.get(c.get("status")) == "done"]
        return _truth(truth.PAYMENT, attempt, (done or captures)[-1], const.CAPTURE_STATUS, number)
    status = truth.CLOSED if order.get("status") == "VOIDED" else truth.OPEN
    if order.get("status") == "APPROVED":
        status = truth.PENDING
    said = unit.get("amount") or {}
    return Truth(
        truth.PAYMENT,
        attempt or asked.attempt,
        status,
        to_amount(said.get("value")),
        str(said.get("currency_code") or ""),
        order=number,
    )


def find_change(order, kind, attempt):
    """Return what an order tells of a refund or capture of ours, None when it has no such one.

    :param dict order: PayPal's order
    :param str kind: ``refund`` or ``capture``
    :param str attempt: our name of it
    :rtype: Truth
    """
    payments = _unit(order).get("payments") or {}
    if kind == truth.REFUND:
        for refund in payments.get("refunds") or []:
            if attempt in (refund.get("custom_id"), refund.get("invoice_id")):
                return refund_truth(refund, attempt)
    else:
        for capture in payments.get("captures") or []:
            if capture.get("invoice_id") == attempt:
                return capture_truth(capture, attempt)
    return None


def refund_truth(refund, attempt):
    """Return what a refund says.

    :rtype: Truth
    """
    said = _truth(truth.REFUND, attempt, refund, const.REFUND_STATUS)
    return replace(said, payment=_get_parent(refund))


def _get_parent(resource):
    """Return PayPal's number of the capture that a refund was made of; empty when not told."""
    for link in resource.get("links") or []:
        if link.get("rel") == "up":
            return str(link.get("href") or "").rstrip("/").rpartition("/")[2]
    return ""


def capture_truth(capture, attempt):
    """Return what the capture of an authorization says.

    :rtype: Truth
    """
    return _truth(truth.CAPTURE, attempt, capture, const.CAPTURE_STATUS)


def _truth(kind, attempt, resource, statuses, order=""):
    status = statuses.get(resource.get("status"))
    if status is None:
        raise MalformedAnswer(f"paypal: unknown status “{resource.get('status')}”")
    said = resource.get("amount") or {}
    split = resource.get("seller_receivable_breakdown") or {}
    fee = split.get("paypal_fee") or {}
    reason = (resource.get("status_details") or {}).get("reason") or ""
    return Truth(
        kind,
        attempt,
        status,
        to_amount(said.get("value")),
        str(said.get("currency_code") or ""),
        reference=str(resource.get("id") or ""),
        order=order,
        fee=to_amount(fee.get("value")),
        fee_currency=str(fee.get("currency_code") or ""),
        message=str(reason) if status in ("declined", "pending") else "",
    )


# === WEBHOOKS === #


def event_statements(event):
    """Return what a webhook event says.

    :param dict event: the event, verified
    :return: list of ``Truth``, ``Nudge`` and ``Claim``
    """
    kind = str(event.get("event_type") or "")
    resource = event.get("resource")
    if not isinstance(resource, dict):
        raise MalformedAnswer("paypal: the event has no resource")
    if kind.startswith("CUSTOMER.DISPUTE."):
        return [claim(resource)]
    if kind.startswith("CHECKOUT."):
        unit = _unit(resource, strict=False)
        return [Nudge(str(unit.get("custom_id") or ""), str(resource.get("id") or ""))]
    if kind == "PAYMENT.CAPTURE.REFUNDED":
        return [refund_truth(resource, str(resource.get("custom_id") or ""))]
    if kind == "PAYMENT.CAPTURE.REVERSED":
        return [Nudge(str(resource.get("custom_id") or ""), str(resource.get("id") or ""))]
    if kind.startswith("PAYMENT.CAPTURE."):
        return [_captured(resource)]
    if kind.startswith("PAYMENT.AUTHORIZATION."):
        attempt = str(resource.get("custom_id") or "")
        return [_truth(truth.PAYMENT, attempt, resource, const.AUTHORIZATION_STATUS)]
    return []


def _captured(resource):
    """A capture of an authorization carries a number of its own beside the payment's."""
    payment, own = str(resource.get("custom_id") or ""), str(resource.get("invoice_id") or "")
    if own and own != payment:
        return capture_truth(resource, own)
    related = (resource.get("supplementary_data") or {}).get("related_ids") or {}
    order = str(related.get("order_id") or "")
    return _truth(truth.PAYMENT, payment, resource, const.CAPTURE_STATUS, order)


def claim(dispute):
    """Return what a dispute says.

    :rtype: Claim
    """
    outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code")
    state = const.DISPUTE_STATUS.get(dispute.get("status"), "under_review")
    if dispute.get("status") == "RESOLVED":
        state = const.DISPUTE_OUTCOME.get(outcome, "closed")
    transactions = dispute.get("disputed_transactions") or [{}]
    amount = dispute.get("dispute_amount") or {}
    return Claim(
        reference=str(dispute.get("dispute_id") or ""),
        payment=str(transactions[0].get("seller_transaction_id") or ""),
        state=state,
        reason=str(dispute.get("reason") or ""),
        amount=to_amount(amount.get("value")),
        currency=str(amount.get("currency_code") or ""),
        deadline=moment(dispute.get("seller_response_due_date")),
    )


def moment(text):
    """Return an ISO 8601 time as an aware datetime, None for nothing or nonsense."""
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


# === SHIPPING PROOF, EVIDENCE === #


def carrier(value, system):
    """Return PayPal's carrier fields: a code of that API's own list, else the name.

    :param dict value: the outbox value of a parcel
    :param str system: ``paypal_v1`` (trackers) or ``paypal_v2`` (orders): the lists differ
    """
    code = (value.get("codes") or {}).get(system)
    if code and code != "OTHER":
        return {"carrier": code}
    name = value.get("carrier_name") or value.get("carrier") or "Other"
    return {"carrier": "OTHER", "carrier_name_other": name[:64]}


def order_tracking_payload(value):
    """Return the body that adds tracking to an order (Orders v2)."""
    return {
        "capture_id": value["payment_reference"],
        "tracking_number": value["number"][:64],
        **carrier(value, "paypal_v2"),
        "notify_payer": False,
    }


def tracker_payload(value):
    """Return one tracker of a batch (shipment tracking v1)."""
    return {
        "transaction_id": value["payment_reference"],
        "tracking_number": value["number"][:64],
        "tracking_number_type": "CARRIER_PROVIDED",
        "status": "SHIPPED",
        "shipment_date": value["shipped"],
        **carrier(value, "paypal_v1"),
    }


def evidence_payload(value):
    """Return the evidence that answers a dispute.

    :param dict value: the outbox value of the answer
    """
    evidence = {"evidence_type": "OTHER"}
    if value.get("parcels"):
        evidence["evidence_type"] = "PROOF_OF_FULFILLMENT"
        evidence["evidence_info"] = {
            "tracking_info": [_proof(parcel) for parcel in value["parcels"][:10]]
        }
    if value.get("note"):
        evidence["notes"] = value["note"][:2000]
    return {"evidences": [evidence]}


def _proof(parcel):
    code = parcel["carrier"].upper()
    if code in const.DISPUTE_CARRIERS:
        return {"carrier_name": code, "tracking_number": parcel["number"][:255]}
    name = parcel["carrier_name"] or parcel["carrier"] or "Other"
    return {
        "carrier_name": "OTHER",
        "carrier_name_other": name[:2000],
        "tracking_number": parcel["number"][:255],
    }


def _unit(order, strict=True):
    units = order.get("purchase_units")
    if isinstance(units, list) and units and isinstance(units[0], dict):
        return units[0]
    if strict:
        raise MalformedAnswer("paypal: the order has no purchase unit")
    return {}
