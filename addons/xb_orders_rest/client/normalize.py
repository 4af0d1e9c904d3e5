"""Between the shop's JSON and our values.

The protocol speaks our order value, so orders pass through: what is wrong inside of one is said by
``import_orders``, which keeps it with the reason. Here only what makes it unreadable is refused.
"""

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation

from ..const import CARRIER_CODES, CARRIER_OTHER


class Unreadable(ValueError):
    """The message is not what the protocol says; the text says where, for a person."""


def parse(content):
    """Return the JSON of a message, numbers as plain JSON numbers.

    Not as Decimal: the protocol wants money as strings, and a number must come to the validator
    looking like one.

    :param bytes content: UTF-8
    :raise Unreadable: it is something else than JSON
    """
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The message is not JSON in UTF-8: {error}") from None


def _refuse_constant(name):
    raise ValueError(f"{name} is no JSON number")


def page(content):
    """Return ``(orders, cursor of the next page or None)`` of a page of orders.

    :param bytes content: ``{"orders": […], "next": …}``
    :raise Unreadable: it is something else
    """
    body = parse(content)
    if not isinstance(body, dict) or not isinstance(body.get("orders"), list):
        raise Unreadable("The page has no list “orders”.")
    following = body.get("next") or None
    if following is not None and not isinstance(following, str):
        raise Unreadable("“next” is neither text nor null.")
    return body["orders"], following


def day_count(content):
    """Return ``(count, {currency: Decimal})`` of an answer.

    :param bytes content: ``{"count": 3, "totals": {"EUR": "120.50"}}``
    :raise Unreadable: it is something else
    """
    body = parse(content)
    count = body.get("count") if isinstance(body, dict) else None
    totals = body.get("totals") if isinstance(body, dict) else None
    if type(count) is not int or not isinstance(totals, dict):
        raise Unreadable("The answer has no number “count” or no “totals”.")
    if not all(isinstance(total, str) for total in totals.values()):
        raise Unreadable("“totals” are decimal texts by currency.")
    try:
        return count, {currency: Decimal(total) for currency, total in totals.items()}
    except InvalidOperation:
        raise Unreadable("“totals” are decimal texts by currency.") from None


def order(content):
    """Return the order value of an answer.

    :raise Unreadable: it is no JSON object
    """
    body = parse(content)
    if not isinstance(body, dict):
        raise Unreadable("The order is no JSON object.")
    return body


def event_order(content):
    """Return the order value that a webhook brings.

    :param bytes content: ``{"order": {…}}``
    :raise Unreadable: there is none in it
    """
    body = parse(content)
    if not isinstance(body, dict) or not isinstance(body.get("order"), dict):
        raise Unreadable("The message has no “order”.")
    return body["order"]


def changed_at(value):
    """Return when the shop last changed an order, None when the order does not say.

    >>> changed_at({"updated_at": "2026-11-02T09:12:00+01:00"}).isoformat()
    '2026-11-02T09:12:00+01:00'
    >>> changed_at({"updated_at": "yesterday"}) is None
    True

    :rtype: datetime.datetime
    """
    try:
        moment = datetime.fromisoformat(value.get("updated_at"))
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def carrier_code(code):
    """Return a carrier's code as the protocol writes it.

    >>> carrier_code("royal_mail"), carrier_code("dhl_paket"), carrier_code("")
    ('royal-mail', 'dhl', 'other')
    """
    if not code:
        return CARRIER_OTHER
    return CARRIER_CODES.get(code) or code.replace("_", "-")


def shipment_payload(value):
    """Return the body of a PUT for a shipment.

    :param dict value: what the outbox holds: ``{"order", "shipment", "carrier", "carrier_name",
        "tracking", "shipped_at", "lines": [{"ref", "qty"}]}``
    """
    return {
        "carrier": carrier_code(value.get("carrier")),
        "carrier_name": value.get("carrier_name") or "",
        "tracking": value["tracking"],
        "shipped_at": value.get("shipped_at") or None,
        "lines": [{"ref": line["ref"], "qty": line["qty"]} for line in value.get("lines") or []],
    }


def shipment_answer(body):
    """Return what the shop has stored: ``{"shipment", "tracking", "revision"}``.

    :raise Unreadable: the answer does not say what was stored
    """
    if not isinstance(body, dict) or not isinstance(body.get("tracking"), str):
        raise Unreadable("The answer does not say which tracking number was stored.")
    return {name: body[name] for name in ("shipment", "tracking", "revision") if name in body}


def price_answer(body, value):
    """Return what the shop has stored: ``{"sku", "price", "currency"}``.

    :param dict value: what it was told
    :raise Unreadable: the answer does not say so, or says something else
    """
    if not isinstance(body, dict) or body.get("price") != value["price"]:
        raise Unreadable("The answer does not say which price was stored.")
    return {name: body[name] for name in ("sku", "price", "currency") if name in body}


def stock_answer(body, value):
    """Return what the shop has stored: ``{"sku", "quantity"}``.

    :param dict value: what it was told
    :raise Unreadable: the answer does not say so, or says something else
    """
    if not isinstance(body, dict) or body.get("quantity") != value["quantity"]:
        raise Unreadable("The answer does not say which quantity was stored.")
    return {name: body[name] for name in ("sku", "quantity") if name in body}


def shop_name(body):
    """Return the name in the answer to a ping.

    :raise Unreadable: there is none
    """
    name = body.get("shop") if isinstance(body, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise Unreadable("The answer to the ping names no shop.")
    return name.strip()
