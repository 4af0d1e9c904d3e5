"""Where a request goes, and whether credentials may go along."""

from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host):
    """Tell whether a host name means this very machine."""
    return (host or "").lower() in _LOOPBACK


def origin(url):
    """Return what must stay the same for credentials to be sent: scheme, host and port."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or default
