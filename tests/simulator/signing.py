"""Secrets and signatures, the vendors' side of both."""

import hashlib
import hmac


def derive(seed: str, vendor: str, name: str) -> str:
    """Return the credential ``name`` of ``vendor``: 40 hexadecimal digits, a function of the seed.

    Both sides compute it (the suite in ``xb_base/core/simulator.py``), so a connection to the
    simulator needs no credential to be typed in, stored or shipped with demo data.
    """
    message = f"{vendor}\0{name}".encode()
    return hmac.new(seed.encode(), message, hashlib.sha256).hexdigest()[:40]


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time, whatever characters they hold."""
    return hmac.compare_digest(left.encode(), right.encode())


def shop_signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the value of ``X-Shop-Signature`` for a webhook of the own-shop protocol.

    Source: docs/own-shop-protocol.md, "Webhooks".
    """
    signed = timestamp.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
