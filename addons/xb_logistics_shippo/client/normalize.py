"""Between Shippo's JSON and our values."""

import json

from odoo.addons.xb_logistics.core.tracking import TrackUpdate, VendorEvent, join_place, to_utc


class Unreadable(ValueError):
    """The message is not what the documentation says; the text says where, for a person."""


def track(data):
    """Return what a track says, None when it names no number.

    :param data: Shippo's Track object.
    :rtype: TrackUpdate | None
    """
    if not isinstance(data, dict) or not isinstance(data.get("tracking_number"), str):
        return None
    history = data.get("tracking_history")
    points = list(history) if isinstance(history, list) else []
    # The newest status is not always in the history yet.
    points.append(data.get("tracking_status"))
    events = dict.fromkeys(event for point in points if (event := _event(point)))
    return TrackUpdate(
        number=data["tracking_number"],
        carrier=_text(data, "carrier"),
        events=tuple(events),
        eta=to_utc(data.get("eta")) or to_utc(data.get("original_eta")),
    )


def _event(point):
    if not isinstance(point, dict):
        return None
    at = to_utc(point.get("status_date")) or to_utc(point.get("object_created"))
    status = _text(point, "status")
    if not at or not status or status == "UNKNOWN":
        return None
    sub = point.get("substatus")
    special = f"{status}/{_text(sub, 'code')}" if isinstance(sub, dict) and sub.get("code") else ""
    where = point.get("location") if isinstance(point.get("location"), dict) else {}
    place = join_place(_text(where, "city"), _text(where, "state"), _text(where, "country"))
    codes = tuple(filter(None, (special, status)))
    return VendorEvent(at, codes, _text(point, "status_details"), place)


def _text(data, name):
    value = data.get(name)
    return value.strip() if isinstance(value, str) else ""


def webhook(content):
    """Return the parsed body of a webhook.

    :param bytes content: ``{"event", "test", "data"}``
    :raise Unreadable: It is something else.
    """
    try:
        body = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The message is not JSON in UTF-8: {error}") from None
    if not isinstance(body, dict) or not isinstance(body.get("event"), str):
        raise Unreadable("The message has no “event”.")
    return body


def results(body):
    """Return the rows of a list.

    :raise Unreadable: It is something else.
    """
    if not isinstance(body, dict) or not isinstance(body.get("results"), list):
        raise Unreadable("The answer has no list “results”.")
    return [row for row in body["results"] if isinstance(row, dict)]
