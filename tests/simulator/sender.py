"""Send webhooks at a fixed rate and measure the answers.

Open loop: each delivery has its moment, whether or not earlier ones were answered, and its
latency counts from that moment. A receiver that stalls therefore shows the whole wait of everything
queued behind the stall; a closed loop would send less and hide it.
"""

import heapq
import http.client
import queue
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Delivery:
    """One webhook to send: ``build`` gives headers and body, signed at the moment of sending.

    ``kind`` is what the report counts it under, ``key`` the event's key at the receiver.
    """

    kind: str
    key: str
    build: Callable[[], tuple[dict[str, str], bytes]]


@dataclass
class Report:
    """What became of the deliveries; latencies in seconds, in the order of the answers."""

    planned: int
    seconds: float = 0.0
    statuses: dict[str, Counter] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    errors: Counter = field(default_factory=Counter)
    retries: int = 0

    def percentile(self, share: float) -> float:
        """Return the latency that ``share`` (0..1) of the answers did not exceed; nearest rank."""
        ranked = sorted(self.latencies)
        return ranked[max(0, ceil(share * len(ranked)) - 1)] if ranked else 0.0

    def as_dict(self) -> dict:
        """Return the summary as JSON shows it, latencies in milliseconds."""
        shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "max": 1.0}
        return {
            "planned": self.planned,
            "answered": len(self.latencies),
            "seconds": round(self.seconds, 3),
            "per_second": round(len(self.latencies) / self.seconds, 1) if self.seconds else 0,
            "statuses": {
                kind: {str(status): n for status, n in sorted(counter.items())}
                for kind, counter in sorted(self.statuses.items())
            },
            "distinct": {kind: len(keys) for kind, keys in sorted(self.keys.items())},
            "errors": dict(self.errors),
            "retries": self.retries,
            "latency_ms": {n: round(self.percentile(s) * 1000, 1) for n, s in shares.items()},
        }


def deliver(
    deliveries: Sequence[Delivery],
    target: str,
    *,
    per_second: float,
    workers: int = 32,
    timeout: float = 10.0,
    retries: int = 0,
    headers: dict[str, str] | None = None,
) -> Report:
    """Send ``deliveries`` in order to ``target`` and return the report.

    :param float per_second: the rate; the n-th delivery is due n/rate seconds after the start
    :param int workers: connections, hence how many may be under way at once
    :param float timeout: seconds a connection waits for the answer
    :param int retries: further tries after a 5xx or no answer, 1, 2, 4 … (up to 60) seconds later
    :param dict headers: sent with each, besides its own
    """
    return _Run(target, workers, timeout, retries, headers or {}).send(deliveries, per_second)


class _Run:
    def __init__(self, target, workers, timeout, retries, headers):
        url = urlsplit(target)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("target must be an http or https address")
        self.url, self.timeout, self.retries, self.headers = url, timeout, retries, headers
        self.workers = workers
        self.path = url.path + (f"?{url.query}" if url.query else "")
        self.due_now: queue.SimpleQueue = queue.SimpleQueue()
        self.changed = threading.Condition()
        self.later: list[tuple] = []
        self.open = 0

    def send(self, deliveries: Sequence[Delivery], per_second: float) -> Report:
        self.report = Report(planned=len(deliveries))
        for delivery in deliveries:
            self.report.keys.setdefault(delivery.kind, set()).add(delivery.key)
        start = time.monotonic()
        self.later = [
            (start + n / per_second, n, 0, delivery) for n, delivery in enumerate(deliveries)
        ]
        self.open = len(deliveries)
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self.workers)]
        for thread in threads:
            thread.start()
        self._dispatch()
        for _thread in threads:
            self.due_now.put(None)
        for thread in threads:
            thread.join()
        self.report.seconds = time.monotonic() - start
        return self.report

    def _dispatch(self) -> None:
        """Hand out each delivery at its moment until all of them are done."""
        with self.changed:
            while self.open:
                wait = self.later[0][0] - time.monotonic() if self.later else None
                if wait is not None and wait <= 0:
                    self.due_now.put(heapq.heappop(self.later))
                else:
                    self.changed.wait(wait)

    def _work(self) -> None:
        connection = self._connect()
        while (task := self.due_now.get()) is not None:
            due, number, tries, delivery = task
            outcome = self._post(connection, delivery)
            took = time.monotonic() - due
            failed = not isinstance(outcome, int) or outcome >= 500
            with self.changed:
                if isinstance(outcome, int):
                    self.report.latencies.append(took)
                    self.report.statuses.setdefault(delivery.kind, Counter())[outcome] += 1
                else:
                    self.report.errors[outcome] += 1
                if failed and tries < self.retries:
                    self.report.retries += 1
                    again = time.monotonic() + min(2**tries, 60)
                    heapq.heappush(self.later, (again, number, tries + 1, delivery))
                else:
                    self.open -= 1
                self.changed.notify()
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        if self.url.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self.url.hostname, self.url.port, timeout=self.timeout, context=context
            )
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=self.timeout)

    def _post(self, connection: http.client.HTTPConnection, delivery: Delivery) -> int | str:
        """Return the status, or the name of the error when no answer came."""
        headers, body = delivery.build()
        reused = connection.sock is not None
        try:
            return self._exchange(connection, {**self.headers, **headers}, body)
        except (ConnectionError, http.client.RemoteDisconnected) as error:
            connection.close()  # http.client connects anew for the next request
            if not reused:
                return type(error).__name__
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return type(error).__name__
        # The receiver closed an idle connection just then: no fault of its, so once more.
        try:
            return self._exchange(connection, {**self.headers, **headers}, body)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return type(error).__name__

    def _exchange(self, connection, headers: dict[str, str], body: bytes) -> int:
        connection.request("POST", self.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
