"""What the own shop accepts of a shipment, and what it answers to everything else."""

import re
from datetime import datetime

from ...routing import ApiError

CARRIERS = frozenset(
    "dhl ups usps fedex royal-mail dpd yunexpress 4px yanwen sf-express china-post gls la-poste"
    " correos australia-post canada-post japan-post evri parcelforce cainiao jt-express"
    " other".split()
)
FIELDS = {"carrier", "carrier_name", "tracking", "shipped_at", "lines"}
TRACKING = re.compile(r"[A-Z0-9-]{6,40}")
QUANTITY = re.compile(r"[0-9]{1,14}(\.[0-9]{1,8})?")


def check_shipment(body: dict, order: dict | None) -> dict:
    """Return a shipment as the shop keeps it.

    :param order: the order's value when the shop has it, to know its lines
    :raise ApiError: 422 with the code of the first thing that is wrong
    """
    unknown = set(body) - FIELDS
    if unknown:
        raise ApiError(422, "unknown_field", f"Unknown: {', '.join(sorted(unknown))}.")
    carrier = str(body.get("carrier") or "").lower()
    if carrier not in CARRIERS:
        raise ApiError(422, "unknown_carrier", f"We do not know the carrier “{carrier}”.")
    tracking = str(body.get("tracking") or "").upper()
    if not TRACKING.fullmatch(tracking):
        raise ApiError(
            422,
            "invalid_tracking",
            f"“{tracking}” is no tracking number: 6 to 40 letters, digits or hyphens.",
        )
    return {
        "carrier": carrier,
        "carrier_name": str(body.get("carrier_name") or ""),
        "tracking": tracking,
        "shipped_at": _check_time(body.get("shipped_at")),
        "lines": _check_lines(body.get("lines") or [], order),
    }


def _check_time(value) -> str | None:
    if not value:
        return None
    try:
        aware = datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        aware = False
    if not aware:
        raise ApiError(422, "invalid_time", "shipped_at must be ISO 8601 with an offset.")
    return value


def _check_lines(lines, order: dict | None) -> list[dict]:
    known = {line["ref"] for line in order["lines"]} if order else None
    shape = ApiError(422, "invalid_lines", 'lines must be a list of {"ref", "qty"}.')
    if not isinstance(lines, list):
        raise shape
    for line in lines:
        if not isinstance(line, dict) or set(line) != {"ref", "qty"}:
            raise shape
        if not isinstance(line["qty"], str) or not QUANTITY.fullmatch(line["qty"]):
            raise ApiError(422, "invalid_quantity", "qty must be a decimal string.")
        if known is not None and line["ref"] not in known:
            raise ApiError(422, "unknown_line", f"The order has no line “{line['ref']}”.")
    return lines
