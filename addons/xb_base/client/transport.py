"""HTTP to a vendor: limited, timed out, size-capped, and with an error family.

What is sent and what comes back are plain values; whatever goes wrong is one of the errors of
:mod:`..exceptions`, so that the caller's queue knows whether to try again. Nothing here logs or
raises with a credential in the text.
"""

import json as jsonlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from ..core.redact import redact, redact_headers, redact_text, redact_url
from ..exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RateLimited,
    RetryableVendorError,
    VendorError,
    VendorRejected,
)
from .address import is_loopback, origin
from .body import decode, encode, parse_retry_after, read_error
from .session import shared_session

_logger = logging.getLogger(__name__)

USER_AGENT = "XB/19.0"
MAX_BYTES = 16 * 1024 * 1024
MAX_REDIRECTS = 5
# A whole exchange may take this many read time-outs: a server that sends one byte a second never
# runs into the read time-out, which starts again with each byte.
DEADLINE_FACTOR = 4
CHUNK = 64 * 1024
# How much of an answer that refuses is quoted.
QUOTE = 300

_TRY_AGAIN = frozenset({408, 425})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer.

    :param int status: HTTP status, 2xx
    :param Mapping headers: looked up without regard to case
    :param json: the decoded body with ``expect="json"``, numbers with a fraction as Decimal
    :param bytes content: the body
    """

    status: int
    headers: Mapping[str, str]
    json: Any = None
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and how it ended, for metrics.

    :param str outcome: ok, retryable, rate_limited, reauth, rejected, malformed
    :param float seconds: from sending to the last byte of the answer
    :param int status: HTTP status, None without an answer
    :param float retry_after: seconds the vendor asks us to wait, None when it does not
    """

    vendor: str
    method: str
    path: str
    outcome: str
    seconds: float
    status: int | None = None
    retry_after: float | None = None


@dataclass(slots=True)
class _Request:
    """What is needed to send a request again after a redirect."""

    method: str
    url: str
    options: dict = field(default_factory=dict)


class _NoAuth(requests.auth.AuthBase):
    """Without an auth object, requests would send what it finds in ~/.netrc."""

    def __call__(self, request):
        return request


class Transport:
    """Requests to one account.

    :param str base_url: what paths are appended to
    :param str vendor: technical name, for logs and counters
    :param tuple timeouts: seconds to wait for the connection, and for the next byte
    :param Callable limiter: called before each request; waits or raises RateLimited
    :param Callable observer: called with an :class:`Exchange` after each request
    :param requests.Session session: the process's shared one when not given
    :param int max_bytes: longest body accepted, after decompression
    :param Iterable[str] secrets: values to hide wherever they come up in logs and messages
    :param bool allow_plain: allow http:// to other machines, for a simulator beside the house
    :param Callable error_reader: takes the decoded body of a refusal, returns ``(code, message)``
        or None; for vendors that do not say ``{"error": {"code", "message"}}``
    :param Callable now: current time, aware
    :param Callable clock: seconds that never jump
    """

    def __init__(
        self,
        base_url,
        *,
        vendor,
        timeouts=(5, 30),
        limiter=None,
        observer=None,
        session=None,
        max_bytes=MAX_BYTES,
        secrets=(),
        allow_plain=False,
        error_reader=None,
        now=lambda: datetime.now(UTC),
        clock=time.monotonic,
    ):
        parts = urlsplit(base_url)
        plain_allowed = allow_plain or is_loopback(parts.hostname)
        if not parts.hostname or parts.scheme not in ("https", "http" if plain_allowed else ""):
            raise VendorError(f"{vendor}: “{redact_url(base_url)}” is not an https:// address")
        self.base_url = base_url.rstrip("/")
        self.vendor = vendor
        self.timeouts = timeouts
        self.max_bytes = max_bytes
        self._origin = origin(self.base_url)
        self._limiter = limiter
        self._observer = observer
        # A proxy cannot reach our own loopback.
        self._session = session or shared_session(trust_env=not is_loopback(parts.hostname))
        self._secrets = tuple(secrets)
        self._error_reader = error_reader or read_error
        self._now = now
        self._clock = clock

    def request(
        self,
        method,
        path,
        *,
        params=None,
        json=None,
        data=None,
        headers=None,
        auth=None,
        idempotency_key=None,
        expect="json",
    ):
        """Send one request and return the good answer to it.

        :param str method: HTTP method
        :param str path: appended to the base address; a full address only within the same origin
        :param dict params: query parameters
        :param json: body to encode as JSON; Decimal is written as a string
        :param data: body as bytes, or form fields as a dict
        :param dict headers: further headers
        :param auth: what requests takes: a pair, or a callable that signs the request
        :param str idempotency_key: sent as ``Idempotency-Key``
        :param str expect: what the body has to be: ``json``, ``bytes``, or ``none`` (not looked at)
        :rtype: Answer
        :raise RateLimited: 429, or our own limiter
        :raise RetryableVendorError: time-out, reset, no connection, 5xx, 408, 425
        :raise NeedsReauthorization: 401
        :raise VendorRejected: any other 4xx, or a redirect to another place
        :raise MalformedAnswer: not JSON, cut off, or too large
        """
        options = self._prepare_options(params, json, data, headers, auth, idempotency_key)
        request = _Request(method.upper(), self._absolute(path), options)
        for _hop in range(MAX_REDIRECTS + 1):
            if self._limiter:
                self._limiter()
            status, answer_headers, content = self._exchange(request, expect)
            if status not in _REDIRECTS:
                decoded = decode(content) if expect == "json" and content else None
                return Answer(status, answer_headers, decoded, content)
            request = self._follow(request, status, answer_headers)
        raise VendorRejected("redirect", f"{self.vendor}: redirected in circles", status=status)

    # === SENDING === #

    def _prepare_options(self, params, json, data, headers, auth, idempotency_key):
        """Return the keyword arguments for the session."""
        all_headers = {"User-Agent": USER_AGENT, "Accept": "application/json, */*;q=0.5"}
        all_headers.update(headers or {})
        if json is not None:
            data = encode(json)
            all_headers.setdefault("Content-Type", "application/json")
        if idempotency_key:
            all_headers["Idempotency-Key"] = idempotency_key
        return {
            "params": params,
            "data": data,
            "headers": all_headers,
            "auth": auth or _NoAuth(),
            "timeout": self.timeouts,
            "allow_redirects": False,
            "stream": True,
        }

    def _absolute(self, path):
        """Return the full address of ``path``; credentials go nowhere but to our origin."""
        if "://" not in path.split("?")[0]:
            return f"{self.base_url}/{path.lstrip('/')}"
        if origin(path) != self._origin:
            raise VendorRejected(
                "redirect", f"{self.vendor}: {redact_url(path)} is not the service's own address"
            )
        return path

    def _exchange(self, request, expect):
        """Send once; observe and log how it ended.

        :return: ``(status, headers, content)`` of a 2xx or 3xx answer
        """
        started = self._clock()
        status, error = None, None
        try:
            status, headers, content = self._send(request)
            error = self._judge(status, headers, content, expect)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as problem:
            error = self._translate(problem)
        except VendorError as problem:
            error = problem
        seconds = self._clock() - started
        self._report(request, status, error, seconds)
        if error:
            # The chain would show the request, credentials included, in a traceback.
            raise error from None
        return status, headers, content

    def _send(self, request):
        """Return ``(status, headers, content)``, the body read within size and time."""
        deadline = self._clock() + self.timeouts[0] + DEADLINE_FACTOR * self.timeouts[1]
        response = self._session.request(request.method, request.url, **request.options)
        with response:
            content = bytearray()
            for chunk in response.iter_content(CHUNK):
                content += chunk
                if len(content) > self.max_bytes:
                    raise MalformedAnswer(
                        f"{self.vendor}: the answer is larger than {self.max_bytes} bytes",
                        status=response.status_code,
                    )
                if self._clock() > deadline:
                    raise RetryableVendorError(
                        f"{self.vendor}: the answer takes too long", status=response.status_code
                    )
            return response.status_code, CaseInsensitiveDict(response.headers), bytes(content)

    def _follow(self, request, status, headers):
        """Return the request to send after a redirect, which has to stay at the same origin."""
        target = urljoin(request.url, headers.get("Location", ""))
        repeatable = request.method in ("GET", "HEAD")
        if origin(target) != self._origin or not (repeatable or status in (307, 308)):
            raise VendorRejected(
                "redirect",
                f"{self.vendor}: redirected to {redact_url(target, self._secrets)}",
                status=status,
            )
        # The query is part of the new address, or meant to be gone.
        return _Request(request.method, target, {**request.options, "params": None})

    # === JUDGING === #

    def _judge(self, status, headers, content, expect):
        """Return the error of an answer, None for a good one."""
        if 200 <= status < 300:
            return self._judge_body(status, content, expect)
        if status in _REDIRECTS and headers.get("Location"):
            return None
        retry_after = parse_retry_after(headers.get("Retry-After"), self._now())
        told = f"{self.vendor} answers {status}"
        if status == 429:
            return RateLimited(told, status=status, retry_after=retry_after)
        if status >= 500 or status in _TRY_AGAIN:
            return RetryableVendorError(told, status=status, retry_after=retry_after)
        code, message = self._read_refusal(status, content)
        if status == 401:
            return NeedsReauthorization(f"{told}: {message}", status=status)
        if 400 <= status < 500:
            return VendorRejected(code, message, status=status)
        return MalformedAnswer(told, status=status)

    def _judge_body(self, status, content, expect):
        """Return MalformedAnswer when the body is not what was asked for."""
        if expect != "json" or status == 204:
            return None
        try:
            decode(content)
        except (ValueError, RecursionError):
            quoted = self._quote(content.decode(errors="replace"))
            return MalformedAnswer(
                f"{self.vendor} answers {status} with something else than JSON: {quoted}",
                status=status,
            )
        return None

    def _read_refusal(self, status, content):
        """Return ``(code, message)`` of an answer that refuses."""
        try:
            found = self._error_reader(decode(content))
        except (ValueError, RecursionError):
            found = None
        code, message = found or (f"http_{status}", content.decode(errors="replace"))
        return str(code or f"http_{status}"), self._quote(str(message)) or f"HTTP {status}"

    def _quote(self, text):
        return redact_text(" ".join(text.split()), self._secrets)[:QUOTE]

    def _translate(self, problem):
        """Return the error of our family for one of requests or urllib3."""
        cut_off = isinstance(problem, requests.exceptions.ChunkedEncodingError)
        # Cut off by an orderly end is an answer that lies about its length; by a reset it is a
        # broken line. requests has one class for both, the reason is inside.
        if cut_off and not any(isinstance(link, ConnectionError) for link in _causes(problem)):
            return MalformedAnswer(f"{self.vendor}: the answer was cut off")
        if isinstance(problem, requests.exceptions.ContentDecodingError):
            return MalformedAnswer(f"{self.vendor}: the answer cannot be decompressed")
        if isinstance(problem, requests.exceptions.SSLError):
            return RetryableVendorError(f"{self.vendor}: the certificate cannot be trusted")
        if isinstance(problem, requests.Timeout):
            return RetryableVendorError(f"{self.vendor}: no answer in time")
        if cut_off or isinstance(problem, (requests.ConnectionError, urllib3.exceptions.HTTPError)):
            return RetryableVendorError(f"{self.vendor}: the connection failed")
        return VendorError(f"{self.vendor}: the request cannot be sent: {type(problem).__name__}")

    # === REPORTING === #

    def _report(self, request, status, error, seconds):
        """Log one line and tell the observer."""
        path = urlsplit(request.url).path
        exchange = Exchange(
            vendor=self.vendor,
            method=request.method,
            path=path,
            outcome=_outcome(error),
            seconds=seconds,
            status=status,
            retry_after=getattr(error, "retry_after", None),
        )
        entry = {
            "vendor": self.vendor,
            "method": request.method,
            "path": redact_text(path, self._secrets),
            "status": status,
            "outcome": exchange.outcome,
            "ms": round(seconds * 1000),
        }
        _logger.log(logging.WARNING if error else logging.INFO, "request %s", jsonlib.dumps(entry))
        if _logger.isEnabledFor(logging.DEBUG):
            _logger.debug(
                "request headers %s query %s",
                redact_headers(request.options["headers"], self._secrets),
                redact(dict(request.options["params"] or {}), self._secrets),
            )
        if self._observer:
            self._observer(exchange)


def _causes(problem):
    """Return an exception and all that it wraps, as cause or as argument."""
    found, todo = [], [problem]
    while todo:
        link = todo.pop()
        if link is None or link in found:
            continue
        found.append(link)
        todo += [link.__cause__, link.__context__]
        todo += [arg for arg in link.args if isinstance(arg, BaseException)]
    return found


def _outcome(error):
    """Return how an exchange is counted."""
    if error is None:
        return "ok"
    for family, name in (
        (RateLimited, "rate_limited"),
        (RetryableVendorError, "retryable"),
        (NeedsReauthorization, "reauth"),
        (VendorRejected, "rejected"),
        (MalformedAnswer, "malformed"),
    ):
        if isinstance(error, family):
            return name
    return "failed"
