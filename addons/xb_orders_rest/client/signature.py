"""Whether a webhook is the shop's. Constant time, fails closed."""

import hashlib
import hmac
from datetime import UTC, datetime

from ..const import SIGNATURE_VERSION


def sign(secret, timestamp, body):
    """Return the signature of a webhook.

    Source: docs/own-shop-protocol.md, "Webhooks".

    :param str secret: the webhook secret
    :param str timestamp: the header, Unix seconds as text
    :param bytes body: the raw body
    """
    signed = timestamp.encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"{SIGNATURE_VERSION}={digest}"


def is_genuine(secrets, timestamp, signature, body):
    """Tell whether one of our secrets made the signature.

    Without a secret, a timestamp or a signature nothing is genuine. All secrets are tried, so the
    time it takes does not tell which one fits.

    :param list secrets: the secrets that are good now; empty ones are left out
    :param str timestamp: header, or None
    :param str signature: header, or None
    :param bytes body: the raw body
    """
    genuine = False
    if not timestamp or not signature:
        return False
    for secret in filter(None, secrets):
        expected = sign(secret, timestamp, body)
        genuine |= hmac.compare_digest(expected.encode(), signature.encode())
    return genuine


def moment(timestamp):
    """Return the time in the timestamp header.

    :param str timestamp: Unix seconds
    :rtype: datetime.datetime
    :raise ValueError: it is something else
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise ValueError("the timestamp is not in Unix seconds")
    return datetime.fromtimestamp(int(timestamp), UTC)
