"""Faults on demand: what a vendor's API does on a bad day, chosen by a test or a person."""

import random
import re
import threading
from dataclasses import asdict, dataclass, field

from .server import Answer, json_answer

#: kind -> does the vendor act on the request before the fault shows? (``acts`` overrides it)
KINDS = {
    "error_500": False,
    "429": False,
    "timeout_before": False,
    "timeout_after": True,
    "reset": True,
    "truncate": True,
    "not_json": True,
    "slow": True,
}

NOT_JSON = (
    b"<br />\n<b>Warning</b>: Undefined array key &quot;cart&quot; in shop.php on line 71<br />\n"
)


@dataclass
class Fault:
    """One order to misbehave.

    ``match`` is a regular expression searched in ``"PUT /rest_shop/api/v1/orders/…"``; ``rate``
    the share of the matching requests to hit; ``count`` how many to hit at most (None: no end);
    ``seconds`` how long to hang or to be slow; ``retry_after`` the header of a 429, in seconds.
    """

    kind: str
    vendor: str = "*"
    match: str = ""
    rate: float = 1.0
    count: int | None = None
    seconds: float = 30.0
    retry_after: int | None = None
    acts: bool | None = None
    id: int = 0
    hits: int = 0
    _pattern: re.Pattern | None = field(default=None, repr=False)

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if not 0 <= self.rate <= 1:
            raise ValueError("rate must be between 0 and 1")
        if self.count is not None and self.count < 1:
            raise ValueError("count must be at least 1")
        if not 0 <= self.seconds <= 600:
            raise ValueError("seconds must be between 0 and 600")
        if self.acts is None:
            self.acts = KINDS[self.kind]
        try:
            self._pattern = re.compile(self.match)
        except re.error as error:
            raise ValueError(f"match is not a regular expression: {error}") from error

    def concerns(self, vendor: str, line: str) -> bool:
        """Tell whether this fault may hit the request ``line`` to ``vendor``."""
        return (
            self.vendor in ("*", vendor)
            and (self.count is None or self.hits < self.count)
            and bool(self._pattern.search(line))
        )

    def as_dict(self) -> dict:
        """Return the fault as JSON shows it."""
        values = asdict(self)
        del values["_pattern"]
        return values

    def spoil(self, answer: Answer | None) -> Answer:
        """Turn the vendor's own answer (None when it did not act) into what the caller meets."""
        if answer is None:
            answer = json_answer({"error": {"code": "unavailable", "message": "Not now."}}, 503)
        if self.kind == "error_500":
            error = {"code": "internal_error", "message": "Something went wrong on our side."}
            return json_answer({"error": error}, 500)
        if self.kind == "429":
            error = {"code": "too_many_requests", "message": "Slow down, please."}
            after = 1 if self.retry_after is None else self.retry_after
            return json_answer({"error": error}, 429, {"Retry-After": str(after)})
        if self.kind == "not_json":
            answer.body = NOT_JSON + answer.body
            answer.headers["Content-Type"] = "text/html; charset=utf-8"
        elif self.kind == "slow":
            answer.delay = self.seconds
        elif self.kind in ("timeout_before", "timeout_after"):
            answer.wire, answer.delay = "hang", self.seconds
        else:
            answer.wire = self.kind
        return answer


class Faults:
    """The faults in force, in order of their making; the first that fires wins.

    They live in memory only: a simulator that starts again is in good health.
    """

    def __init__(self, seed: str):
        self._lock = threading.Lock()
        self._random = random.Random(f"{seed}:faults")
        self._faults: list[Fault] = []
        self._last_id = 0
        self._outages: dict[str, str] = {}

    def add(self, **values) -> Fault:
        """Put a fault in force.

        :raise ValueError: a value that makes no sense
        :raise TypeError: an unknown name
        """
        fault = Fault(**values)
        with self._lock:
            self._last_id += 1
            fault.id, fault.hits = self._last_id, 0
            self._faults.append(fault)
        return fault

    def listed(self) -> list[dict]:
        """Return all faults, the used up ones too, with how often each hit."""
        with self._lock:
            return [fault.as_dict() for fault in self._faults]

    def clear(self) -> None:
        """End all faults; outages stay."""
        with self._lock:
            self._faults.clear()

    def pick(self, vendor: str, line: str) -> Fault | None:
        """Return the fault that hits this request, counted, or None."""
        with self._lock:
            for fault in self._faults:
                if fault.concerns(vendor, line) and self._random.random() < fault.rate:
                    fault.hits += 1
                    return fault
        return None

    def set_outage(self, vendor: str, on: bool, mode: str = "503") -> None:
        """Take a vendor off the air: answer 503 to everything, or break every connection.

        :param mode: "503" or "reset"
        :raise ValueError: another mode
        """
        if mode not in ("503", "reset"):
            raise ValueError("mode must be 503 or reset")
        with self._lock:
            if on:
                self._outages[vendor] = mode
            else:
                self._outages.pop(vendor, None)

    def outages(self) -> dict[str, str]:
        """Return the vendors that are off the air, with the mode of each."""
        with self._lock:
            return dict(self._outages)
