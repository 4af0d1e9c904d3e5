"""Signatures from and to AfterShip. Constant time, fails closed."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, quote, urlsplit


def webhook_signature(secret: str, body: bytes) -> str:
    """Return the header of a webhook: base64 of the HMAC-SHA256 of the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_genuine(secrets, given: str | None, body: bytes) -> bool:
    """Tell whether one of our secrets made the signature.

    All secrets are tried, so the time it takes does not tell which one fits. Without a secret or
    a signature nothing is genuine.

    :param secrets: The secrets that are good now; empty ones are left out.
    :param given: The header, or None.
    """
    genuine = False
    for secret in filter(None, secrets):
        expected = webhook_signature(secret, body)
        genuine |= hmac.compare_digest(expected.encode(), (given or "").encode())
    return genuine


def string_to_sign(method: str, url: str, body: bytes, date: str, headers: dict) -> str:
    """Return what a request's signature is made of: six lines, empty ones stay empty.

    :param str url: Path and query, or a full address.
    :param dict headers: All headers; those that begin with ``as-`` are signed.
    """
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest().upper() if body else ""
    signed = sorted((k.lower(), v.strip()) for k, v in headers.items() if k.lower()[:3] == "as-")
    canonical = "\n".join(f"{name}:{value}" for name, value in signed)
    parts = urlsplit(url)
    query = "&".join(
        f"{name}={quote(value, safe='')}"
        for name, value in sorted(parse_qsl(parts.query, keep_blank_values=True))
    )
    resource = f"{parts.path}?{query}" if query else parts.path
    kind = "application/json" if body else ""
    return "\n".join((method.upper(), md5, kind, date, canonical, resource))


def request_signature(secret: str, text: str) -> str:
    """Return the value of ``as-signature-hmac-sha256``."""
    return base64.b64encode(
        hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    ).decode()
