"""Parcels by the hundred thousand: planning questions, taking in news, opening lists, files.

`parcels.plan`: seconds to plan the next polls of 100,000 open parcels, reading them included
(house limit: 2 s).
`parcels.events`: events a second of one core (the CPU time of the worker and of PostgreSQL, so
that it does not matter what else runs), from the inbox row to the parcel's status (house limit:
300). `parcels.events_clock`: the same by the clock; the limit is a bare INSERT of as many.
`parcels.list`: milliseconds in which a clerk's first page of the parcels opens, with a million of
them (house limit: 1 s); plain is `stock.picking`'s first page with what the database has of them.
`parcels.board`, `parcels.refused`: the same for the exceptions board and the refused uploads.
`parcels.uploads`: the same for the uploads that are not confirmed, of a million.
`parcels.file`: seconds from a CSV of 1,000 rows to written parcels (house limit: 10 s): read it,
show a verdict per row, write; plain is Odoo's own import of as many parcels, without any verdict.

What they read is read by an index: EXPLAIN names no sequential scan of the parcels, else it ends.
"""

import base64
import contextlib
import json
import os
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from . import harness

ROUNDS = 3
OPEN = 100_000
TOTAL = 1_000_000
EVENTS = 2000
ROWS = 1000

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


OUTBOUND = [("direction", "=", "outbound")]


FILL_OUTBOX = """
INSERT INTO xb_outbox (connection_id, company_id, kind, key, value, version, confirmed_version,
    state, attempts, sends, wanted_at, res_model, res_id, create_uid, write_uid, create_date,
    write_date)
SELECT %(connection)s, p.company_id, 'shipment', p.key,
       jsonb_build_object('number', p.number, 'carrier', 'yunexpress'), 1, 1,
       CASE WHEN p.id %% 2000 = 0 THEN 'refused' ELSE 'confirmed' END, 0, 1,
       now() - (p.id %% 86400) * interval '1 second', 'xb.parcel', p.id, 1, 1, now(), now()
  FROM xb_parcel p WHERE p.key LIKE 'bench%%'
"""
OPEN_UPLOADS = [("state", "in", ("pending", "sending", "retry", "refused"))]


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
        env.cr.execute(FILL_OUTBOX, {"connection": connection.id})
        env.cr.commit()
        env.cr.execute("ANALYZE xb_parcel")
        env.cr.execute("ANALYZE xb_outbox")
        env.cr.commit()
        clerk = make_clerk(env)
        plan, lists, board, refused, uploads = [], [], [], [], []
        plain, events, clock, limit = [], [], [], []
        for turn in range(ROUNDS):
            plan.append(harness.timed(connection._plan_polls))
            lists.append(first_page(clerk, "xb.parcel", OUTBOUND))
            board.append(first_page(clerk, "xb.parcel", [("issue", "!=", False)]))
            refused.append(first_page(clerk, "xb.parcel", [("upload_state", "=", "refused")]))
            uploads.append(first_page(clerk, "xb.parcel.upload", OPEN_UPLOADS))
            plain.append(first_page(clerk, "stock.picking", []))
            cored, clocked = take_in(env, connection, turn)
            events.append(cored)
            clock.append(clocked)
            limit.append(bare(env, turn))
        planned = connection._plan_polls()
        assert sum(count for count, _need in planned.by_stage.values()) == OPEN
        harness.row("parcels.plan", "s", plan)
        harness.row("parcels.list", "ms", lists, plain)
        harness.row("parcels.board", "ms", board, plain)
        harness.row("parcels.refused", "ms", refused, plain)
        harness.row("parcels.uploads", "ms", uploads, plain)
        harness.row("parcels.events", "events/s", events)
        harness.row("parcels.events_clock", "events/s", clock, None, limit)
        for domain in (OUTBOUND, [("issue", "!=", False)], [("upload_state", "=", "refused")]):
            Parcel = clerk["xb.parcel"]
            query = Parcel._search(domain, order=Parcel._order, limit=80)
            by_index(env, query.select(), domain)
        by_index(env, connection._get_poll_query(), "polling")
        query = clerk["xb.parcel.upload"]._search(OPEN_UPLOADS, order="wanted_at desc, id desc",
                                                  limit=80)
        by_index(env, query.select(), OPEN_UPLOADS, "xb_outbox")
        files, imports = [], []
        for turn in range(ROUNDS):
            files.append(file_of_numbers(clerk, turn))
            imports.append(plain_import(env, turn))
        harness.row("parcels.file", "s", files, imports)


def make_clerk(env):
    """An environment of somebody whose rights and rules are looked at, as in a real list."""
    user = env["res.users"].create({
        "name": "Bench clerk", "login": "bench_clerk",
        "group_ids": [(6, 0, [env.ref("xb_base.group_clerk").id])],
    })
    env.cr.commit()
    return env(user=user.id)


def by_index(env, query, what, table="xb_parcel"):
    """End the bench if PostgreSQL would read all rows; say by which indexes it reads."""
    env.cr.execute("EXPLAIN " + env.cr.mogrify(query.code, query.params).decode())
    lines = [line for (line,) in env.cr.fetchall()]
    scans = [line.strip(" ->") for line in lines if table in line and "Scan" in line]
    print(what, scans, sep=": ", file=sys.stderr)
    assert scans and not any(f"Seq Scan on {table} " in line for line in scans), lines


def file_of_numbers(clerk, turn):
    """Seconds of what the dialog does with a file of numbers, weights and costs."""
    orders = orders_without_parcels(clerk(su=True, user=1), turn)
    lines = ["Freight,AWB,Carrier,Weight (g),Order"] + [
        f"4.20,YT27{turn:02d}{n:012d},YunExpress,350,{name}" for n, name in enumerate(orders)
    ]
    data = base64.b64encode("\n".join(lines).encode())
    clerk.invalidate_all()
    start = time.perf_counter()
    wizard = clerk["xb.tracking.wizard"]
    spec = {"line_ids": {"fields": {name: {} for name in (
        "order_ref", "number", "carrier_id", "weight", "cost", "state", "message")}},
        "write_label": {}}
    got = wizard.onchange({"file": data.decode(), "filename": "numbers.csv"}, ["file"], spec)
    commands = got["value"]["line_ids"]
    states = Counter(command[2]["state"] for command in commands)
    assert states == {"created": ROWS}, (states, commands[0][2])
    rows = [[0, 0, {**c[2], "carrier_id": (c[2]["carrier_id"] or {}).get("id", False)
                    if isinstance(c[2]["carrier_id"], dict) else c[2]["carrier_id"]}]
            for c in commands]
    wizard.create({"line_ids": rows}).action_write()
    clerk.cr.commit()
    spent = time.perf_counter() - start
    made = clerk["xb.parcel"].search_count([("number", "like", f"YT27{turn:02d}0"),
                                            ("cost", "=", 4.2)])
    assert made == ROWS, made
    return spent


def orders_without_parcels(env, turn):
    """Names of new confirmed orders, their references as a shop gives them."""
    product = env["product.product"].create({"name": f"Bench {turn}", "type": "consu"})
    partner = env["res.partner"].create({"name": f"Bench {turn}"})
    orders = env["sale.order"].create([
        {"partner_id": partner.id, "client_order_ref": f"BENCH-{turn}-{n}",
         "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1})]}
        for n in range(ROWS)
    ])
    orders.action_confirm()
    env.cr.commit()
    return orders.mapped("client_order_ref")


def plain_import(env, turn):
    """Seconds of core's import of as many parcels."""
    fields = ["number", "carrier_id", "weight", "cost"]
    rows = [[f"PL{turn:02d}{n:012d}", "YunExpress", "0.35", "4.2"] for n in range(ROWS)]
    env.invalidate_all()
    start = time.perf_counter()
    result = env["xb.parcel"].load(fields, rows)
    env.cr.commit()
    assert result["ids"], result["messages"]
    return time.perf_counter() - start


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
    """Events a second through the inbox's work (read, map, store, derive, done).

    :return: (of one core, by the clock)
    """
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
    start, cpu = time.perf_counter(), cpu_seconds(env.cr.dbname)
    while inbox.search_count([("connection_id", "=", connection.id), ("state", "=", "pending")]):
        inbox._job_drain(connection)
        env.cr.commit()
        env.invalidate_all()
    spent, cpu = time.perf_counter() - start, cpu_seconds(env.cr.dbname) - cpu
    told = env["xb.parcel.event"].search_count([("text", "=", f"Arrived {turn}")])
    assert told == EVENTS, told
    return EVENTS / cpu, EVENTS / spent


def cpu_seconds(database):
    """CPU time of this process and of PostgreSQL's sessions on a database, so far."""
    spent, tick = time.process_time(), os.sysconf("SC_CLK_TCK")
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            title = (folder / "cmdline").read_text(errors="replace")
            if title.startswith("postgres:") and f" {database} " in title:
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                spent += (int(fields[11]) + int(fields[12])) / tick
    return spent


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
