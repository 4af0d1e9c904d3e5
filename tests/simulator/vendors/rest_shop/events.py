"""The own shop's webhooks: genuine ones, repeats, and forgeries that look like them."""

import hashlib
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ...orders import OrderGenerator
from ...sender import Delivery, Report, deliver
from ...signing import shop_signature

FORGERIES = ("wrong_secret", "altered_body", "altered_time", "no_signature", "bare_digest")


def event_headers(secret: str, key: str, topic: str, body: bytes, timestamp: int) -> dict:
    """Return the headers of a genuine webhook.

    :param int timestamp: Unix time in seconds
    """
    return {
        "Content-Type": "application/json",
        "User-Agent": "OwnShop/1",
        "X-Shop-Event-Id": key,
        "X-Shop-Topic": topic,
        "X-Shop-Timestamp": str(timestamp),
        "X-Shop-Signature": shop_signature(secret, str(timestamp), body),
    }


def make_delivery(
    secret: str, key: str, order: dict, topic="order.created", kind="first", clock=time.time
) -> Delivery:
    """Return a webhook to send; it is stamped and signed anew for each try, as shops do."""
    body = json.dumps({"order": order}, ensure_ascii=False).encode()

    def build():
        return event_headers(secret, key, topic, body, int(clock())), body

    return Delivery(kind, key, build)


def make_forgery(secret: str, key: str, order: dict, how: str, clock=time.time) -> Delivery:
    """Return a webhook whose signature does not hold.

    :param str how: one of :data:`FORGERIES`
    """
    body = json.dumps({"order": order}, ensure_ascii=False).encode()

    def build():
        now = int(clock())
        guess = hashlib.sha256(secret.encode()).hexdigest() if how == "wrong_secret" else secret
        headers = event_headers(guess, key, "order.created", body, now)
        sent = body
        if how == "altered_body":
            sent = body.replace(b'"qty": "', b'"qty": "9', 1)
        elif how == "altered_time":
            headers["X-Shop-Timestamp"] = str(now + 1)
        elif how == "no_signature":
            del headers["X-Shop-Signature"]
        elif how == "bare_digest":
            headers["X-Shop-Signature"] = headers["X-Shop-Signature"].removeprefix("v1=")
        return headers, sent

    return Delivery("forged", key, build)


def counts(count: int, repeat: float, forge: float) -> tuple[int, int, int]:
    """Return how many of ``count`` deliveries are first ones, repeats and forgeries.

    >>> counts(1000, 0.3, 0.1)
    (600, 300, 100)
    """
    repeats, forged = round(count * repeat), round(count * forge)
    if count < 1 or repeat < 0 or forge < 0 or (repeats and count <= repeats + forged):
        raise ValueError("repeat and forge must leave something to repeat")
    return count - repeats - forged, repeats, forged


def plan(
    secret: str,
    orders: list[dict],
    false_orders: list[dict],
    repeats: int,
    chance: random.Random,
    key_prefix: str,
    clock: Callable[[], float] = time.time,
) -> list[Delivery]:
    """Return all deliveries in the order of sending.

    Half of the repeats follow their original at once (the race), the others come any time later.
    The events of ``false_orders`` have keys of their own, so a forgery that got in would show.
    """
    firsts = [
        make_delivery(secret, f"{key_prefix}-{order['ref']}", order, clock=clock)
        for order in orders
    ]
    places = [(float(n), delivery) for n, delivery in enumerate(firsts)]
    for n in range(repeats):
        index = chance.randrange(len(firsts))
        again = Delivery("repeat", firsts[index].key, firsts[index].build)
        later = 0.5 if n % 2 else chance.uniform(0.5, max(len(firsts) - index, 1))
        places.append((index + later, again))
    for n, order in enumerate(false_orders):
        how = FORGERIES[n % len(FORGERIES)]
        false = make_forgery(secret, f"{key_prefix}-forged-{order['ref']}", order, how, clock)
        places.append((chance.uniform(0, max(len(firsts), 1)), false))
    return [delivery for _place, delivery in sorted(places, key=lambda item: item[0])]


def send_events(
    target: str,
    secret: str,
    *,
    count: int = 1000,
    per_second: float = 50,
    repeat: float = 0.3,
    forge: float = 0.1,
    generator: OrderGenerator | None = None,
    orders: list[dict] | None = None,
    seed: str = "events",
    key_prefix: str = "evt",
    **options,
) -> Report:
    """Send ``count`` webhooks at a fixed rate, repeats and forgeries among them.

    The report counts them as "first" (each a distinct event), "repeat" and "forged".

    :param str target: the webhook address, ``…/xb/in/<token>``
    :param str secret: what the receiver verifies with
    :param float repeat: the share of them that repeat an earlier event
    :param float forge: the share of them whose signature does not hold
    :param OrderGenerator generator: makes the orders; default: one with the seed ``seed``
    :param orders: what to send in place of generated orders, one value per distinct event
    :param str key_prefix: what event keys begin with; another one for another run's events
    :param options: workers, timeout, retries, headers of :func:`~simulator.sender.deliver`
    :raise ValueError: shares or number of orders that make no sense
    """
    distinct, repeats, forged = counts(count, repeat, forge)
    now = datetime.now(UTC)
    if orders is None:
        orders = (generator or OrderGenerator(seed)).orders(1, distinct, now)
    if len(orders) != distinct:
        raise ValueError(f"{distinct} distinct events need as many orders, not {len(orders)}")
    false = OrderGenerator(f"{seed}:forged", prefix="FORGED-").orders(1, forged, now)
    chance = random.Random(f"{seed}:events")
    deliveries = plan(secret, orders, false, repeats, chance, key_prefix)
    return deliver(deliveries, target, per_second=per_second, **options)
