"""Webhooks: how fast the answer comes at fifty a second, and how many a second there can be.

`webhook.p99`: milliseconds in which 99 of 100 answers came, at 50/s, open loop, three in ten
repeated and one in ten forged, while the orders in them are imported; plain is one row created over
XML-RPC (`ir.logging`, the smallest model there is) at the same rate, with nothing else going on.
`webhook.accepted`: events a second with 8 senders at full speed; the limit is the bare
INSERT … ON CONFLICT DO NOTHING of the same body, committed, with 8 connections.
"""

import json
import threading
import time
import xmlrpc.client

import psycopg2
from simulator import Delivery, deliver
from support.erp import Erp, until

from . import harness

ROUNDS = 3
COUNT = 500


def main():
    """Print the rows."""
    with Erp(harness.place(), harness.DATABASE + "_web") as erp:
        erp.start()
        ask = erp.user("admin")
        target = erp.webhook_url()
        shop = erp.simulator.vendor("rest_shop")
        ours, plain, full, limit = [], [], [], []
        for turn in range(ROUNDS):
            report = shop.send(target, count=COUNT, per_second=50, repeat=0.3, forge=0.1)
            assert set(report.statuses["first"]) == {200}, report.as_dict()
            ours.append(report.percentile(0.99) * 1000)
            rest(erp)
            plain.append(plain_p99(erp, ask))
            report = shop.send(target, count=COUNT, per_second=10_000, repeat=0, forge=0, workers=8)
            full.append(len(report.latencies) / report.seconds)
            rest(erp)
            limit.append(raw(erp, turn))
        harness.row("webhook.p99", "ms", ours, plain)
        harness.row("webhook.accepted", "events/s", full, None, limit)


def rest(erp):
    """Wait until the work on the events is done: it shall not weigh on what comes next."""
    until(lambda: not erp.count("SELECT count(*) FROM xb_inbox WHERE state = 'pending'"),
          patience=600)


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
