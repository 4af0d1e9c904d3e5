"""Whether a webhook is Shippo's. Constant time, fails closed."""

import hashlib
import hmac
from datetime import UTC, datetime


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the header of a webhook: ``t=<unix seconds>,v1=<hex>``."""
    signed = timestamp.encode() + b"." + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def parse(header: str | None) -> tuple[str, list[str]]:
    """Return (timestamp, signatures) of a header, empty where it names none.

    >>> parse("t=17,v1=ab,v1=cd")
    ('17', ['ab', 'cd'])
    >>> parse(None)
    ('', [])
    """
    timestamp, signatures = "", []
    for part in (header or "").split(","):
        name, _equals, value = part.strip().partition("=")
        if name == "t":
            timestamp = value
        elif name == "v1":
            signatures.append(value)
    return timestamp, signatures


def is_genuine(secrets, header: str | None, body: bytes) -> bool:
    """Tell whether one of our secrets made one of the signatures.

    All pairs are compared, so the time it takes does not tell which one fits.
    """
    genuine = False
    timestamp, signatures = parse(header)
    if not timestamp:
        return False
    for secret in filter(None, secrets):
        expected = sign(secret, timestamp, body).partition(",v1=")[2].encode()
        for given in signatures:
            genuine |= hmac.compare_digest(expected, given.encode())
    return genuine


def moment(header: str | None) -> datetime:
    """Return the time in the header.

    :raise ValueError: There is none.
    """
    timestamp, _signatures = parse(header)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise ValueError("the time of the signature is not in Unix seconds")
    return datetime.fromtimestamp(int(timestamp), UTC)
