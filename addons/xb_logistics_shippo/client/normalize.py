"""Between Shippo's JSON and our values."""

import json
from decimal import Decimal, InvalidOperation

from odoo.addons.xb_logistics.adapters.labels import Rate
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


# === LABELS === #


def shipment_payload(shipment, declaration=""):
    """Return the body of POST /shipments.

    :param dict shipment: As `LabelAdapter.get_rates` gets it.
    :param str declaration: Id of the customs declaration, empty within a country.
    """
    payload = {
        "address_from": shipment["from"],
        "address_to": shipment["to"],
        "parcels": [
            {**box, "distance_unit": "cm", "mass_unit": "kg"} for box in shipment["parcels"]
        ],
        "async": False,
    }
    if declaration:
        payload["customs_declaration"] = declaration
    if shipment.get("is_return"):
        payload["extra"] = {"is_return": True}
    return payload


def declaration_payload(customs):
    """Return the body of POST /customs/declarations."""
    return {
        "certify": True,
        "certify_signer": customs["signer"],
        "contents_type": "RETURN_MERCHANDISE" if customs.get("is_return") else "MERCHANDISE",
        "non_delivery_option": "RETURN",
        "incoterm": "DDU",
        "items": [
            {
                "description": item["description"],
                "quantity": item["quantity"],
                "net_weight": item["net_weight"],
                "mass_unit": "kg",
                "value_amount": item["value"],
                "value_currency": item["currency"],
                "origin_country": item["origin"],
                "tariff_number": item["hs_code"],
            }
            for item in customs["items"]
        ],
    }


def object_id(body):
    """Return the id of an object.

    :raise Unreadable: It has none.
    """
    found = body.get("object_id") if isinstance(body, dict) else None
    if not isinstance(found, str) or not found:
        raise Unreadable("The answer has no “object_id”.")
    return found


def rates(body):
    """Return the rates of a shipment.

    :rtype: list[Rate]
    """
    found = []
    for row in body.get("rates") or []:
        try:
            level = row.get("servicelevel") or {}
            found.append(
                Rate(
                    ref=row["object_id"],
                    carrier=str(row["provider"]).lower().replace(" ", "_"),
                    provider=row["provider"],
                    service=level.get("name") or level.get("token") or "",
                    service_code=level.get("token") or "",
                    amount=Decimal(str(row["amount"])),
                    currency=row["currency"],
                    days=row.get("estimated_days"),
                )
            )
        except (KeyError, TypeError, InvalidOperation):
            continue
    return found


def messages(body):
    """Return what Shippo's carriers say, in one line."""
    rows = body.get("messages") if isinstance(body, dict) else None
    texts = [_message(row) for row in rows] if isinstance(rows, list) else []
    return " ".join(dict.fromkeys(filter(None, texts)))


def _message(row):
    if isinstance(row, dict):
        source = _text(row, "source")
        return f"{source}: {_text(row, 'text')}" if source else _text(row, "text")
    return row if isinstance(row, str) else ""
