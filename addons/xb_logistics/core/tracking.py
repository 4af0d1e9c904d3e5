"""What tracking services say about parcels, as plain values."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Tracked:
    """A parcel to ask a tracking service about.

    :param str carrier: The carrier's code at the service, empty when it has none there.
    :param str ref: The service's own id of the parcel, empty when not known.
    """

    number: str
    carrier: str = ""
    ref: str = ""


@dataclass(frozen=True)
class VendorEvent:
    """One line of a service's history.

    :param datetime at: When it happened, naive UTC.
    :param tuple codes: The service's words, the most special first; the first known one counts.
    :param str text: The carrier's own words.
    :param str place: Where, for a person.
    """

    at: datetime
    codes: tuple[str, ...]
    text: str = ""
    place: str = ""


@dataclass(frozen=True)
class TrackUpdate:
    """All that a service knows of one parcel.

    :param datetime eta: Expected arrival, naive UTC.
    """

    number: str
    carrier: str = ""
    ref: str = ""
    events: tuple[VendorEvent, ...] = ()
    eta: datetime | None = None


def to_utc(text: object) -> datetime | None:
    """Read an ISO 8601 time as naive UTC; one without a zone is taken as UTC.

    >>> to_utc("2026-03-02T09:14:00+08:00")
    datetime.datetime(2026, 3, 2, 1, 14)
    >>> to_utc("2026-03-02"), to_utc("soon"), to_utc(None)
    (datetime.datetime(2026, 3, 2, 0, 0), None, None)
    """
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def join_place(*parts: object) -> str:
    """Return the parts of a place that are there, each once.

    >>> join_place("Liège", None, "", "Belgium", "Belgium")
    'Liège, Belgium'
    """
    return ", ".join(dict.fromkeys(str(part).strip() for part in parts if part))
