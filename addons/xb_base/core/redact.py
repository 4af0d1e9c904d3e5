"""Keep credentials and personal tokens out of logs, error messages and stored payloads."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

HIDDEN = "[hidden]"

# Part of a key's name that makes its value secret. Names are compared in lower case without
# separators, so one word covers ``api_key``, ``apiKey`` and ``X-Api-Key``.
_SECRET_PARTS = (
    "accesskey",
    "apikey",
    "apisecret",
    "assertion",
    "authorization",
    "clientsecret",
    "cookie",
    "credential",
    "hmac",
    "password",
    "passwd",
    "privatekey",
    "secret",
    "signature",
    "token",
)
_SECRET_NAMES = frozenset({"auth", "code", "key", "pass", "pwd", "sig", "sign"})
_NOT_SECRET = frozenset({"pagetoken", "nexttoken", "nextpagetoken", "tokentype"})
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_SEPARATORS = re.compile(r"[^a-z0-9]")

# Shorter values would hide ordinary words wherever they occur.
_SHORTEST_SECRET = 6


def is_secret_name(name):
    """Tell whether the value under this key, header or parameter has to be hidden.

    >>> [is_secret_name(name) for name in ("X-Api-Key", "accessToken", "tracking", "pageToken")]
    [True, True, False, False]
    """
    flat = _SEPARATORS.sub("", str(name).lower())
    if flat in _NOT_SECRET:
        return False
    return flat in _SECRET_NAMES or any(part in flat for part in _SECRET_PARTS)


def redact(value, secrets=()):
    """Return a copy of a JSON-like value with credentials hidden.

    Short names such as ``code`` and ``key`` are hidden in headers and queries alone: in a payload
    they are mostly a carrier's or a country's.

    :param value: nested dicts, lists and scalars; anything else is left as it is
    :param Iterable[str] secrets: known secret values, hidden wherever they occur

    >>> redact({"order": "1", "access_token": "abcdefgh", "lines": [{"note": "Bearer abcdefgh12"}]})
    {'order': '1', 'access_token': '[hidden]', 'lines': [{'note': 'Bearer [hidden]'}]}
    """
    if isinstance(value, dict):
        return {
            key: HIDDEN if item and _is_secret_key(key) else redact(item, secrets)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact(item, secrets) for item in value]
    if isinstance(value, str):
        return redact_text(value, secrets)
    return value


def redact_headers(headers, secrets=()):
    """Return HTTP headers as a plain dict with credentials hidden."""
    return {
        str(name): HIDDEN if is_secret_name(name) else redact_text(str(value), secrets)
        for name, value in dict(headers).items()
    }


def redact_url(url, secrets=()):
    """Return a URL without user information and with secret query parameters hidden.

    >>> redact_url("https://u:p@shop.example/api?page=2&api_key=abc")
    'https://shop.example/api?page=2&api_key=%5Bhidden%5D'
    """
    parts = urlsplit(url)
    query = [
        (name, HIDDEN if is_secret_name(name) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    host = parts.netloc.rpartition("@")[2]
    clean = urlunsplit((parts.scheme, host, parts.path, urlencode(query), ""))
    return redact_text(clean, secrets)


def redact_text(text, secrets=()):
    """Return ``text`` with known secret values and bearer credentials hidden."""
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return _BEARER.sub(lambda match: f"{match[1]} {HIDDEN}", text)


def _is_secret_key(key):
    """As :func:`is_secret_name`, without the short names that mean other things in payloads."""
    flat = _SEPARATORS.sub("", str(key).lower())
    return flat not in _SECRET_NAMES and is_secret_name(key)
