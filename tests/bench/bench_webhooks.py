"""Webhooks: how fast the answer comes at fifty a second, and how many a second there can be.

`webhook.p99`: milliseconds for 99 of 100 answers, at 50/s, open loop; plain is one row created over
XML-RPC (`ir.logging`, the smallest model there is) at the same rate.
`webhook.accepted`: events a second with 8 senders at full speed; the limit is the bare
INSERT … ON CONFLICT DO NOTHING of the same body, committed, with 8 connections.
"""

import json
import threading
import time
import xmlrpc.client

import psycopg2
from simulator import Delivery, OrderGenerator, deliver, derive
from simulator.vendors.rest_shop.events import make_delivery
from support.erp import SEED, Erp

from . import harness

ROUNDS = 3
COUNT = 500


def main():
    """Print the rows."""
    with Erp(harness.place(), harness.DATABASE + "_web") as erp:
        erp.start()
        ask = erp.user("admin")
        (found,) = ask("xb.connection", "search_read", [("vendor", "=", "rest_shop")],
                       ["webhook_url"], limit=1)
        target = erp.url + "/" + found["webhook_url"].split("/", 3)[3]
        ours, plain, full, limit = [], [], [], []
        for turn in range(ROUNDS):
            report = deliver(events(turn), target, per_second=50)
            assert set(report.statuses["first"]) == {200}, report.as_dict()
            ours.append(report.percentile(0.99) * 1000)
            plain.append(plain_p99(erp, ask))
            report = deliver(events(f"full{turn}"), target, per_second=10_000, workers=8)
            full.append(len(report.latencies) / report.seconds)
            limit.append(raw(erp, turn))
        harness.row("webhook.p99", "ms", ours, plain)
        harness.row("webhook.accepted", "events/s", full, None, limit)


def events(turn):
    """Genuine webhooks with keys of their own."""
    secret = derive(SEED, "rest_shop", "webhook_secret")
    orders = OrderGenerator(f"bench{turn}")
    return [make_delivery(secret, f"bench-{turn}-{n}", order)
            for n, order in zip(range(COUNT), orders, strict=False)]


def plain_p99(erp, ask):
    """The same rate against plain Odoo: one RPC call that creates one row."""
    uid = xmlrpc.client.ServerProxy(f"{erp.url}/xmlrpc/2/common").authenticate(
        erp.name, "admin", "admin", {})
    vals = {"name": "bench", "type": "server", "level": "info", "message": "x" * 1500,
            "path": "bench", "func": "bench", "line": "1"}
    body = xmlrpc.client.dumps((erp.name, uid, "admin", "ir.logging", "create", [[vals]]),
                               "execute_kw").encode()
    calls = [Delivery("plain", str(n), lambda: ({"Content-Type": "text/xml"}, body))
             for n in range(COUNT)]
    report = deliver(calls, f"{erp.url}/xmlrpc/2/object", per_second=50)
    return report.percentile(0.99) * 1000


def raw(erp, turn):
    """Bare INSERTs of the same size, each committed."""
    per_connection = COUNT // 4
    body = json.dumps({"order": "x" * 1500})

    def work(worker):
        with psycopg2.connect(host=erp.place.pg.host, port=erp.place.pg.port,
                              user=erp.place.pg.user, dbname=erp.name) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for n in range(per_connection):
                    cursor.execute(
                        "INSERT INTO bench_inbox VALUES (%s, %s) ON CONFLICT DO NOTHING",
                        [f"{turn}-{worker}-{n}", body])

    erp.sql("CREATE TABLE IF NOT EXISTS bench_inbox (key varchar PRIMARY KEY, body text)")
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 8 * per_connection / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
