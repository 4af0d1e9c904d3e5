"""What happens to parcels, in no vendor's words, and how vendors tell it by webhook."""

import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..routing import ApiError
from ..sender import Delivery, Report, deliver


@dataclass(frozen=True)
class Step:
    """One scan: hours after hand-over, what it is, the carrier's words, where."""

    hours: float
    what: str
    text: str
    place: tuple[str, str]


SZX, LGG, BER = ("Shenzhen", "CN"), ("Liège", "BE"), ("Berlin", "DE")

#: By name: a journey that goes well, and what can go wrong.
JOURNEYS: dict[str, tuple[Step, ...]] = {
    "delivered": (
        Step(0, "info", "Shipment information received", SZX),
        Step(10, "accepted", "Accepted by carrier", SZX),
        Step(22, "departed", "Departed facility", SZX),
        Step(70, "arrived", "Arrived in destination region", LGG),
        Step(80, "customs_start", "Customs clearance started", LGG),
        Step(104, "customs_done", "Customs clearance completed", LGG),
        Step(150, "out", "Out for delivery", BER),
        Step(155, "delivered", "Delivered, left with neighbour", BER),
    ),
    "customs": (
        Step(0, "info", "Shipment information received", SZX),
        Step(10, "accepted", "Accepted by carrier", SZX),
        Step(70, "arrived", "Arrived in destination region", LGG),
        Step(80, "customs_hold", "Held by customs: invoice missing", LGG),
    ),
    "failed": (
        Step(0, "info", "Shipment information received", SZX),
        Step(10, "accepted", "Accepted by carrier", SZX),
        Step(120, "out", "Out for delivery", BER),
        Step(126, "attempt", "Delivery attempted, addressee not at home", BER),
    ),
    "address": (
        Step(0, "info", "Shipment information received", SZX),
        Step(10, "accepted", "Accepted by carrier", SZX),
        Step(120, "address", "Address incomplete", BER),
    ),
    "returning": (
        Step(0, "info", "Shipment information received", SZX),
        Step(10, "accepted", "Accepted by carrier", SZX),
        Step(120, "out", "Out for delivery", BER),
        Step(126, "refused", "Refused by addressee", BER),
        Step(150, "returning", "On its way back to the sender", BER),
    ),
    "silent": (
        Step(0, "info", "Shipment information received", SZX),
        Step(10, "accepted", "Accepted by carrier", SZX),
    ),
}


def points(name: str, start: datetime, until: datetime | None = None) -> list[tuple]:
    """Return [(time, Step)] of a journey that began at ``start``, as far as ``until``."""
    if name not in JOURNEYS:
        raise ApiError(400, "unknown_journey", f"journey is one of {', '.join(JOURNEYS)}")
    scans = [(start + timedelta(hours=step.hours), step) for step in JOURNEYS[name]]
    return [(at, step) for at, step in scans if until is None or at <= until]


@dataclass
class Manners:
    """How a vendor sends its webhooks on a bad day.

    ``repeat`` is the share sent twice, ``drop`` the share never sent, ``delay`` seconds before the
    first; ``shuffle`` sends them in any order.
    """

    delay: float = 0.0
    repeat: float = 0.0
    drop: float = 0.0
    shuffle: bool = False


def order(deliveries: Iterable[Delivery], manners: Manners, chance: random.Random) -> list:
    """Return the deliveries as the vendor's manners have them: lost, repeated, shuffled."""
    kept = [d for d in deliveries if chance.random() >= manners.drop]
    again = [Delivery("repeat", d.key, d.build) for d in kept if chance.random() < manners.repeat]
    result = kept + again
    if manners.shuffle:
        chance.shuffle(result)
    return result


def send(
    deliveries: list[Delivery],
    target: str,
    manners: Manners,
    *,
    per_second: float = 50,
    background: bool = False,
    done: Callable[[Report], None] | None = None,
    **options,
) -> Report | None:
    """Send webhooks, now or in a thread of its own."""

    def run():
        time.sleep(manners.delay)
        report = deliver(deliveries, target, per_second=per_second, **options)
        if done:
            done(report)
        return report

    if not deliveries or not target:
        return None
    if not background:
        return run()
    threading.Thread(target=run, daemon=True).start()
    return None
