"""What requests and answers carry: JSON without floats, refusals, the time to wait."""

import json as jsonlib
from datetime import UTC
from decimal import Decimal
from email.utils import parsedate_to_datetime


def parse_retry_after(value, now):
    """Return the seconds of a ``Retry-After`` header (RFC 9110, 10.2.3), None when there are none.

    :param str value: seconds, or an HTTP date
    :param datetime now: what a date is measured from, aware

    >>> parse_retry_after("120", datetime(2026, 1, 1, tzinfo=UTC))
    120.0
    >>> parse_retry_after("Thu, 01 Jan 2026 00:00:30 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    >>> parse_retry_after("soon", datetime(2026, 1, 1, tzinfo=UTC)) is None
    True
    """
    text = (value or "").strip()
    if text.replace(".", "", 1).isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def decode(content):
    """Return the value of a JSON body. Fractions become Decimal, for they may be money."""

    def refuse(name):
        raise ValueError(f"{name} is not JSON")

    return jsonlib.loads(content, parse_float=Decimal, parse_constant=refuse)


def encode(value):
    """Return the bytes of a JSON body."""
    return jsonlib.dumps(value, allow_nan=False, default=_encode_other).encode()


def _encode_other(value):
    # A float would round; the wire format of money is a string everywhere we know.
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def read_error(body):
    """Return ``(code, message)`` of ``{"error": {"code", "message"}}`` and its near relatives."""
    if not isinstance(body, dict):
        return None
    error = body.get("error", body)
    if isinstance(error, str):
        return error, body.get("error_description") or body.get("message") or error
    if isinstance(error, dict) and ("code" in error or "message" in error):
        return error.get("code"), error.get("message") or error.get("code")
    return None
