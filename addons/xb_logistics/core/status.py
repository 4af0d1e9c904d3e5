"""When a parcel may move from one status to another."""

from datetime import datetime

from ..const import STATUSES

VOCABULARY = frozenset(code for code, _label in STATUSES)
TERMINAL = frozenset({"delivered", "returned"})

# The first time one of these is reached is a stop on the parcel's timeline.
MOVING = frozenset(
    {"in_transit", "out_for_delivery", "available_for_pickup", "delivered", "delivery_failed"}
)


def accepts(current: str, current_at: datetime | None, new: str, at: datetime) -> bool:
    """Say whether an event at `at` may move a parcel from `current` to `new`.

    Events arrive late and out of order: an event older than the one that gave the present status
    changes nothing. Delivered and returned are left only by a *later* event (carriers do correct
    themselves); `expired` may wake up by any event that is not older.

    :param str current: The present status.
    :param datetime|None current_at: The time of the event that gave it (UTC), if any.
    :param str new: The status the event reports.
    :param datetime at: The time of the event (UTC).
    :return: Whether the parcel moves; False also when the status stays the same.
    :raise ValueError: If `new` is not in the vocabulary.

    >>> noon, one = datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 13)
    >>> accepts("in_transit", noon, "delivered", one)
    True
    >>> accepts("delivered", noon, "in_transit", noon)
    False
    >>> accepts("delivered", noon, "returned", one)
    True
    """
    if new not in VOCABULARY:
        raise ValueError(f"unknown parcel status {new!r}")
    if new == current:
        return False
    if current_at is None:
        return True
    if current in TERMINAL:
        return at > current_at
    return at >= current_at
