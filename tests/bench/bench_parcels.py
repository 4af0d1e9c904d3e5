"""Parcels by the hundred thousand: planning questions, taking in news, opening the list.

`parcels.plan`: seconds to plan the next polls of 100,000 open parcels (house limit: 2 s).
`parcels.events`: events a second of one core, from the inbox row to the parcel's status; the limit
is a bare INSERT of as many rows. House limit: 300 or more.
`parcels.list`: milliseconds in which the first page of the parcels opens, with a million of them
(house limit: 1 s); plain is `stock.picking`'s first page with as many rows as the database has.
"""

import json
import random
import time
from datetime import UTC, datetime, timedelta

from . import harness

ROUNDS = 3
OPEN = 100_000
TOTAL = 1_000_000
EVENTS = 2000

FILL = """
INSERT INTO xb_parcel (name, key, active, company_id, direction, carrier_id, number, status,
    shipped_at, last_event_at, tracker_id, tracker_state, is_over, currency_id, upload_state,
    weight, due_on, create_uid, write_uid, create_date, write_date)
SELECT 'BENCH/' || n, 'bench' || n, TRUE, %(company)s, 'outbound', %(carrier)s,
       'BN' || lpad(n::text, 14, '0'),
       CASE WHEN n > %(open)s THEN 'delivered'
            WHEN n %% 4 = 0 THEN 'info_received' WHEN n %% 4 = 1 THEN 'out_for_delivery'
            ELSE 'in_transit' END,
       now() - (n %% 60) * interval '1 day', now() - (n %% 50) * interval '1 hour',
       %(tracker)s, 'registered', n > %(open)s, %(currency)s, 'none', 1,
       now()::date + 3, 1, 1, now(), now()
  FROM generate_series(1, %(total)s) AS n
"""


def main():
    """Print the rows."""
    with harness.odoo() as env:
        connection = tracker(env)
        env.cr.execute(FILL, {
            "company": env.company.id, "currency": env.company.currency_id.id,
            "carrier": env.ref("xb_logistics.xb_carrier_yunexpress").id,
            "tracker": connection.id, "open": OPEN, "total": TOTAL,
        })
        env.cr.commit()
        env.cr.execute("ANALYZE xb_parcel")
        env.cr.commit()
        plan, lists, plain, events, limit = [], [], [], [], []
        for turn in range(ROUNDS):
            plan.append(harness.timed(connection._plan_polls))
            lists.append(first_page(env, "xb.parcel", [("direction", "=", "outbound")]))
            plain.append(first_page(env, "stock.picking", []))
            events.append(take_in(env, connection, turn))
            limit.append(bare(env, turn))
        planned = connection._plan_polls()
        assert sum(count for count, _need in planned.by_stage.values()) == OPEN
        harness.row("parcels.plan", "s", plan)
        harness.row("parcels.list", "ms", lists, plain)
        harness.row("parcels.events", "events/s", events, None, limit)


def tracker(env):
    """A connection to a tracking service."""
    return env["xb.connection"].create({
        "name": "Bench tracker", "vendor": "aftership", "environment": "simulator",
        "rate_per_minute": 300,
    })


def first_page(env, model, domain):
    """Milliseconds of what the list asks for when it opens: a page of rows and their number."""
    env.invalidate_all()
    view = env[model].get_view(view_type="list")
    names = [n for n in dict(view["models"])[model] if n in env[model]._fields]
    specification = {name: {} for name in names}
    start = time.perf_counter()
    env[model].web_search_read(domain, specification, limit=80, count_limit=10001)
    return (time.perf_counter() - start) * 1000


def take_in(env, connection, turn):
    """Events a second through the inbox's work: read, map, store, derive, done."""
    now = datetime.now(UTC)
    chance = random.Random(turn)
    numbers = chance.sample(range(1, OPEN), EVENTS)
    values = []
    for n in numbers:
        at = now - timedelta(minutes=chance.randrange(1, 60))
        message = {
            "ts": int(now.timestamp()), "event": "tracking_update", "event_id": f"{turn}-{n}",
            "msg": {
                "id": f"id{n}", "tracking_number": f"BN{n:014d}", "slug": "yunexpress",
                "tag": "InTransit", "subtag": "InTransit_003",
                "checkpoints": [{
                    "checkpoint_time": at.isoformat(), "tag": "InTransit",
                    "subtag": "InTransit_003", "message": f"Arrived {turn}", "city": "Liège",
                }],
            },
        }
        values.append(json.dumps(message).encode())
    inbox = env["xb.inbox"]
    from odoo.addons.xb_base.adapters.base import WebhookEvent
    for n, body in zip(numbers, values, strict=True):
        event = WebhookEvent(f"bench-{turn}-{n}", "tracking_update", now)
        inbox._store(env.cr, connection.id, event, body, {})
    env.cr.commit()
    env.invalidate_all()
    start = time.process_time()
    while inbox.search_count([("connection_id", "=", connection.id), ("state", "=", "pending")]):
        inbox._job_drain(connection)
        env.cr.commit()
        env.invalidate_all()
    return EVENTS / (time.process_time() - start)


def bare(env, turn):
    """Rows a second of a bare INSERT of the same events."""
    start = time.perf_counter()
    for n in range(EVENTS):
        env.cr.execute(
            "INSERT INTO xb_parcel_event (parcel_id, company_id, key, active, at, status, text)"
            " SELECT id, company_id, %s, TRUE, now(), 'in_transit', 'bare' FROM xb_parcel"
            " WHERE number = %s",
            [f"bare-{turn}-{n}", f"BN{n + 1:014d}"],
        )
    env.cr.commit()
    return EVENTS / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
