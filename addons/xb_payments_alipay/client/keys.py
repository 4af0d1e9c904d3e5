"""RSA keys as people paste them: PEM, or the bare base64 that Alipay's tools give."""

import base64
import binascii
import functools
import re

from cryptography.exceptions import InvalidSignature as BadSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
)

from ..const import SHORTEST_KEY


def _der(text):
    bare = re.sub(r"-----[^-]*-----|\s", "", text or "")
    try:
        return base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it is not base64") from None


# Reading a private key proves it, primes and all, which takes a processor's tenth of a second: once
# per key and process, and not once per request.
@functools.lru_cache(maxsize=64)
def load_private(text):
    """Return a private key, PKCS #8 or PKCS #1.

    :raise ValueError: why it cannot be used
    """
    try:
        key = load_der_private_key(_der(text), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"it cannot be read as a private key ({error})") from None
    return _check(key, rsa.RSAPrivateKey)


@functools.lru_cache(maxsize=64)
def load_public(text):
    """Return a public key.

    :raise ValueError: why it cannot be used
    """
    try:
        key = load_der_public_key(_der(text))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"it cannot be read as a public key ({error})") from None
    return _check(key, rsa.RSAPublicKey)


def _check(key, kind):
    if not isinstance(key, kind):
        raise ValueError("it is not an RSA key")
    if key.key_size < SHORTEST_KEY:
        raise ValueError(f"it has {key.key_size} bits; at least {SHORTEST_KEY} are needed")
    return key


def sign(private_key, text):
    """Return the base64 signature of a text: PKCS #1 v1.5, SHA-256."""
    return base64.b64encode(private_key.sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()


def is_signed(public_key, text, signature):
    """Tell whether the key's owner has signed a text.

    :param str signature: base64
    """
    try:
        raw = base64.b64decode(signature or "", validate=True)
        public_key.verify(raw, text.encode(), padding.PKCS1v15(), SHA256())
    except (BadSignature, binascii.Error, ValueError):
        return False
    return True
