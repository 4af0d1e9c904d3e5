"""A parcel's status, derived from the sorted set of everything that is known to have happened.

One pure function. Events come late, twice, out of order and from several places; whatever the
order of their arrival, the same set of events gives the same timeline and the same status.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ..const import ISSUES, STATUSES

VOCABULARY = frozenset(code for code, _label in STATUSES)
REASONS = frozenset(code for code, _label in ISSUES)
TERMINAL = frozenset({"delivered", "returned"})

# The first time one of these is reached is a stop on the parcel's timeline.
MOVING = frozenset(
    {"in_transit", "out_for_delivery", "available_for_pickup", "delivered", "delivery_failed"}
)
# Carriers repeat the announcement of a parcel that moves already.
ANNOUNCING = frozenset({"pending", "info_received"})

# Of events at one moment (many carriers tell only the day), which one is the later.
_ORDER = {
    status: rank
    for rank, status in enumerate(
        (
            "pending",
            "info_received",
            "expired",
            "in_transit",
            "out_for_delivery",
            "available_for_pickup",
            "delivery_failed",
            "exception",
            "delivered",
            "returned",
        )
    )
}


@dataclass(frozen=True, order=False)
class Event:
    """Something that happened to a parcel.

    :param datetime at: When (UTC).
    :param str status: What it means, in our vocabulary.
    :param str code: The vendor's word, empty when a person said it.
    :param str text: The carrier's own words.
    :param str place: Where, as the carrier writes it.
    :param str reason: What is wrong, one of `const.ISSUES`, or empty.
    :param bool final: Nothing more will come of the parcel (lost, disposed of).
    """

    at: datetime
    status: str
    code: str = ""
    text: str = ""
    place: str = ""
    reason: str = ""
    final: bool = False

    def __post_init__(self):
        if self.status not in VOCABULARY:
            raise ValueError(f"unknown parcel status {self.status!r}")

    @property
    def sort_key(self):
        """Order of the timeline: time, then what follows what, then anything that is fixed."""
        return self.at, _ORDER[self.status], self.code, self.text, self.place

    @property
    def key(self) -> str:
        """Name of the event within its parcel: the same event twice has the same one.

        What the vendor's word *means* is no part of it: a corrected mapping is no new event.
        """
        parts = (self.at.replace(microsecond=0).isoformat(), self.code, self.text, self.place)
        own = () if self.code else (self.status,)
        return hashlib.sha256("\0".join((*parts, *own)).encode()).hexdigest()[:40]


@dataclass
class Timeline:
    """What follows from a set of events. Times are naive UTC, None where it did not happen."""

    events: list[Event] = field(default_factory=list)
    status: str = "pending"
    status_at: datetime | None = None
    reason: str = ""
    final: bool = False
    first_movement_at: datetime | None = None
    last_event_at: datetime | None = None
    delivered_at: datetime | None = None
    returned_at: datetime | None = None


def derive(events: Iterable[Event]) -> Timeline:
    """Return timeline and status of a parcel from its events, in any order, with repetitions.

    Delivered and returned are left only by a later event (carriers do correct themselves); an
    announcement never takes a moving parcel back; `expired` wakes up by any later movement.

    >>> noon, one = datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 13)
    >>> derive([Event(one, "delivered"), Event(noon, "in_transit")]).status
    'delivered'
    >>> derive([Event(noon, "in_transit"), Event(noon, "delivered")]).status
    'delivered'
    >>> derive([Event(noon, "delivered"), Event(one, "info_received")]).status
    'delivered'
    """
    unique = {event.key: event for event in sorted(events, key=_full_key)}
    line = Timeline(sorted(unique.values(), key=lambda e: e.sort_key))
    for event in line.events:
        _step(line, event)
    return line


def _full_key(event: Event):
    return (*event.sort_key, event.reason, event.final)


def _step(line: Timeline, event: Event) -> None:
    line.last_event_at = event.at
    if event.status in MOVING and line.first_movement_at is None:
        line.first_movement_at = event.at
    if event.status in ANNOUNCING and line.status_at and line.status not in ANNOUNCING:
        return
    if event.status == "expired" and line.status in TERMINAL:
        return
    line.reason, line.final = event.reason, event.final or event.status in TERMINAL
    if event.status == line.status and line.status_at:
        return
    line.status, line.status_at = event.status, event.at
    if event.status in TERMINAL:
        setattr(line, f"{event.status}_at", event.at)
