"""Between AfterShip's JSON and our values."""

import json

from odoo.addons.xb_logistics.core.tracking import TrackUpdate, VendorEvent, join_place, to_utc

from .countries import ALPHA3


class Unreadable(ValueError):
    """The message is not what the documentation says; the text says where, for a person."""


def create_payload(value):
    """Return the body of POST /trackings.

    Without a slug AfterShip finds the courier out by itself.

    :param dict value: As `TrackingAdapter.register` gets it.
    """
    payload = {
        "tracking_number": value["number"],
        "slug": value.get("carrier"),
        "order_id": value.get("order"),
        "destination_country_region": ALPHA3.get(value.get("country") or ""),
        "destination_postal_code": value.get("postcode"),
        "tracking_ship_date": value.get("shipped_on"),
        "shipment_direction": "return" if value.get("direction") == "return" else "forward",
    }
    return {name: text for name, text in payload.items() if text}


def tracking(data):
    """Return what a tracking object says, None when it names no number.

    :param data: AfterShip's tracking object.
    :rtype: TrackUpdate | None
    """
    if not isinstance(data, dict) or not isinstance(data.get("tracking_number"), str):
        return None
    checkpoints = data.get("checkpoints")
    events = [e for c in checkpoints if (e := _event(c))] if isinstance(checkpoints, list) else []
    return TrackUpdate(
        number=data["tracking_number"],
        carrier=_text(data, "slug"),
        ref=_text(data, "id"),
        events=tuple(events or _status_event(data)),
        eta=_eta(data),
    )


def _event(point):
    if not isinstance(point, dict):
        return None
    at = to_utc(point.get("checkpoint_time")) or to_utc(point.get("created_at"))
    if not at:
        return None
    place = _text(point, "location") or join_place(
        _text(point, "city"), _text(point, "state"), _text(point, "country_region_name")
    )
    codes = (_text(point, "subtag"), _text(point, "tag"))
    text = _text(point, "message") or _text(point, "subtag_message")
    return VendorEvent(at, tuple(filter(None, codes)), text, place)


def _status_event(data):
    """A short message has a status but no history: that is an event, too."""
    at = to_utc(data.get("updated_at")) or to_utc(data.get("created_at"))
    codes = tuple(filter(None, (_text(data, "subtag"), _text(data, "tag"))))
    if not at or not codes or codes[-1] == "Pending":
        return []
    return [VendorEvent(at, codes, _text(data, "subtag_message"))]


def _eta(data):
    for name, inner in (
        ("latest_estimated_delivery", "datetime"),
        ("courier_estimated_delivery_date", "estimated_delivery_date"),
    ):
        found = data.get(name)
        if isinstance(found, dict) and (moment := to_utc(found.get(inner))):
            return moment
    return None


def _text(data, name):
    value = data.get(name)
    return value.strip() if isinstance(value, str) else ""


def trackings(body):
    """Return ``(updates, cursor of the next page or "")`` of a list.

    :raise Unreadable: It is something else.
    """
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("trackings"), list):
        raise Unreadable("The answer has no list “trackings”.")
    page = data.get("pagination") if isinstance(data.get("pagination"), dict) else {}
    cursor = page.get("next_cursor") if page.get("has_next_page") else ""
    return [u for item in data["trackings"] if (u := tracking(item))], cursor or ""


def created_id(body):
    """Return the id in the answer to POST /trackings, empty when it names none."""
    data = body.get("data") if isinstance(body, dict) else None
    return _text(data, "id") if isinstance(data, dict) else ""


def webhook(content):
    """Return the parsed body of a webhook.

    :param bytes content: ``{"ts", "event", "event_id", "msg"}``
    :raise Unreadable: It is something else.
    """
    try:
        body = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The message is not JSON in UTF-8: {error}") from None
    if not isinstance(body, dict) or not isinstance(body.get("msg"), dict):
        raise Unreadable("The message has no “msg”.")
    return body
