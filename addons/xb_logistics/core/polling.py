"""When to ask about a parcel again: the net under the webhooks.

Often soon after hand-over and near the expected day, rarely in mid-ocean, never after the end; and
never more, all together, than the service allows. Pure: times are seconds since 1970 (UTC).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

HOUR, DAY = 3600.0, 86400.0
# Nobody knows more of a parcel after that; services delete it, too.
GIVE_UP = 120 * DAY
# Webhooks tell most of it: then the net has wider meshes.
RELAX = 3.0


@dataclass(slots=True)
class Facts:
    """What decides about one parcel. Times in seconds, 0 when unknown."""

    id: int
    status: str
    shipped: float = 0.0
    event: float = 0.0
    polled: float = 0.0
    expected: float = 0.0


@dataclass
class Plan:
    """What is to be asked.

    :param list due: Ids of parcels to ask about now, the longest overdue first.
    :param float per_day: Requests a day that the parcels need at this pace.
    :param float stretch: By how much the pace was slowed to keep within the limit.
    :param list by_hour: Requests that come due in each of the next 24 hours.
    :param dict by_stage: {stage: (parcels, requests a day)}.
    """

    due: list[int] = field(default_factory=list)
    per_day: float = 0.0
    stretch: float = 1.0
    by_hour: list[float] = field(default_factory=lambda: [0.0] * 24)
    by_stage: dict[str, tuple[int, float]] = field(default_factory=dict)


def interval(facts: Facts, now: float) -> tuple[str, float]:
    """Return the stage a parcel is in and how long to wait between questions, in seconds.

    An interval of 0 means: never again.

    >>> day = 86400.0
    >>> interval(Facts(1, "in_transit", shipped=1.0, event=20 * day, expected=60 * day), 21 * day)
    ('far', 86400.0)
    >>> interval(Facts(1, "in_transit", shipped=1.0, event=20 * day, expected=22 * day), 21 * day)
    ('near', 14400.0)
    >>> interval(Facts(1, "delivered", shipped=1.0), 21 * day)
    ('over', 0.0)
    """
    status, start = facts.status, facts.shipped or facts.event or facts.polled or now
    age = now - start
    if status in ("delivered", "returned") or age > GIVE_UP:
        return "over", 0.0
    if status == "out_for_delivery":
        return "last_mile", 2 * HOUR
    if status in ("available_for_pickup", "delivery_failed"):
        return "last_mile", 8 * HOUR
    if status == "exception":
        return "trouble", 12 * HOUR
    if status == "expired":
        return "trouble", 2 * DAY
    if status in ("pending", "info_received"):
        if age < 3 * DAY:
            return "hand_over", 6 * HOUR
        return ("hand_over", 12 * HOUR) if age < 14 * DAY else ("trouble", DAY)
    if facts.expected:
        if facts.expected - now > 3 * DAY:
            return "far", DAY
        late = now - facts.expected
        return ("near", 4 * HOUR) if late < 2 * DAY else ("late", 12 * HOUR)
    return ("near", 8 * HOUR) if age < 3 * DAY else ("far", DAY)


def next_poll(facts: Facts, now: float, factor: float = 1.0) -> float:
    """Return when to ask about a parcel again, in seconds; 0 for never.

    What was told meanwhile by a webhook counts as asked.

    :param float factor: By how much to slow down.
    """
    _stage, wait = interval(facts, now)
    if not wait:
        return 0.0
    last = max(facts.polled, min(facts.event, now))
    return (last or facts.shipped or now - wait) + wait * factor


def plan(
    parcels: Iterable[Facts],
    now: float,
    *,
    batch: int = 1,
    allowed_per_day: float = 0.0,
    webhooks: bool = False,
) -> Plan:
    """Return what to ask now, and what the next day needs. Linear in the parcels.

    :param float now: Seconds since 1970.
    :param int batch: Parcels one request can be about.
    :param float allowed_per_day: Requests a day that may be spent; 0 for no limit.
    :param bool webhooks: The service tells us news by itself.
    """
    result = Plan()
    rows, stages = _pace(parcels, now, RELAX if webhooks else 1.0)
    need = sum(requests for _count, requests in stages.values()) / batch
    if allowed_per_day and need > allowed_per_day:
        result.stretch = need / allowed_per_day
    slow = result.stretch
    due, first = [], {}
    for last, wait, parcel_id in rows:
        wait *= slow
        at = last + wait
        if at <= now:
            due.append((at, parcel_id))
            at = now
        hour = int((at - now) // HOUR)
        if hour < 24:
            key = wait, hour
            first[key] = first.get(key, 0) + 1
    due.sort()
    result.by_hour = _spread(first, batch)
    result.due = [parcel_id for _at, parcel_id in due]
    result.per_day = need / slow
    result.by_stage = {
        stage: (count, requests / batch / slow) for stage, (count, requests) in stages.items()
    }
    return result


def _pace(parcels: Iterable[Facts], now: float, relax: float) -> tuple[list, dict]:
    """Return the pace of each parcel that is asked about, and of each stage.

    :return: ([(last asked or told, wait in seconds, id)], {stage: (parcels, questions a day)})
    """
    rows, stages = [], {}
    for facts in parcels:
        stage, wait = interval(facts, now)
        if not wait:
            continue
        wait *= relax
        last = max(facts.polled, min(facts.event, now))
        rows.append((last or facts.shipped or now - wait, wait, facts.id))
        count, need = stages.get(stage, (0, 0.0))
        stages[stage] = count + 1, need + DAY / wait
    return rows, stages


def _spread(first: dict, batch: int) -> list[float]:
    """Return the requests of each of the next 24 hours.

    Parcels of one pace whose first question is in the same hour have the later ones in common.

    :param dict first: {(wait in seconds, hour of the first question): parcels}
    """
    hours = [0.0] * 24
    for (wait, hour), count in first.items():
        at = hour * HOUR
        while at < DAY:
            hours[int(at // HOUR)] += count / batch
            at += max(wait, HOUR)
    return hours


def affordable(due: int, batch: int, rate_per_minute: float, minutes: float, share: float) -> int:
    """Return how many of the due parcels may be asked about in the next minutes.

    :param float share: What part of the limit polling may take; the rest is for registering.

    >>> affordable(1000, 50, 60, 5, 0.5)
    1000
    >>> affordable(1000, 1, 60, 5, 0.5)
    150
    >>> affordable(1000, 1, 0, 5, 0.5)
    1000
    """
    if not rate_per_minute:
        return due
    return min(due, max(1, ceil(rate_per_minute * minutes * share)) * batch)
