"""Which method of a vendor answers which request."""

from dataclasses import dataclass
from urllib.parse import unquote

#: Who a route is for: the suite (authenticated, meets faults), a person, or a test (loopback only).
KINDS = ("api", "page", "control")


class ApiError(Exception):
    """An answer that is a refusal; the vendor gives it its own shape."""

    def __init__(self, status: int, code: str, message: str, headers: dict | None = None):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = headers or {}


@dataclass(frozen=True)
class Route:
    """``method`` and ``parts`` of a path; a part ``<name>`` takes any value."""

    kind: str
    method: str
    parts: tuple[str, ...]
    handler: str

    def match(self, segments: list[str]) -> dict | None:
        """Return the values of the named parts, or None when the path is another one."""
        if len(segments) != len(self.parts):
            return None
        values = {}
        for part, segment in zip(self.parts, segments, strict=True):
            if part.startswith("<"):
                values[part[1:-1]] = segment
            elif part != segment:
                return None
        return values


def split(raw_path: str) -> list[str]:
    """Return the decoded segments of a path.

    Split before decoding, so that an order number may contain a slash:

    >>> split("/rest_shop/api/v1/orders/A%2F7")
    ['rest_shop', 'api', 'v1', 'orders', 'A/7']
    """
    path = raw_path.strip("/")
    return [unquote(segment) for segment in path.split("/")] if path else []


def route(kind: str, method: str, pattern: str):
    """Mark a method of a vendor as the handler of ``method pattern``."""
    assert kind in KINDS

    def mark(handler):
        handler.route = Route(kind, method, tuple(split(pattern)), handler.__name__)
        return handler

    return mark


def collect(cls) -> list[Route]:
    """Return the routes marked on a class, its bases included."""
    handlers = (getattr(cls, name, None) for name in dir(cls))
    return [handler.route for handler in handlers if hasattr(handler, "route")]


def find(routes: list[Route], method: str, segments: list[str]) -> tuple[Route, dict]:
    """Return the route for a request and the values in its path.

    :raise ApiError: 404, or 405 when only other methods are served there
    """
    wanted = "GET" if method == "HEAD" else method
    allowed = set()
    for candidate in routes:
        values = candidate.match(segments)
        if values is not None:
            if candidate.method == wanted:
                return candidate, values
            allowed.add(candidate.method)
    if allowed:
        raise ApiError(
            405, "method_not_allowed", "Not this method.", {"Allow": ", ".join(sorted(allowed))}
        )
    raise ApiError(404, "not_found", "There is nothing at this address.")
