"""Notifications of payments: how fast the answer comes at fifty a second, and that all get paid.

`payment.notification.p99`: milliseconds in which 99 of 100 answers came, at 50/s, open loop, three
in ten repeated and one in ten forged, while the payments in them are confirmed and booked; plain is
one row created over XML-RPC at the same rate (see `bench_webhooks.plain_p99`).
"""

import json
import os
import sys

from simulator import Delivery, deliver
from support.erp import Erp, until

from . import harness
from .bench_webhooks import plain_p99

ROUNDS = int(os.environ.get("XB_BENCH_ROUNDS") or 3)
COUNT = 500
REPEATS, FORGERIES = 0.3, 0.1


def main():
    """Print the row."""
    with Erp(harness.place(), harness.DATABASE + "_pay") as erp:
        erp.start()
        ask = erp.user("admin")
        target = erp.webhook_url("pingpong")
        ours, plain = [], []
        for turn in range(ROUNDS):
            first = round(COUNT * (1 - REPEATS - FORGERIES))
            attempts = make_transactions(erp, ask, turn, first)
            report = deliver(make_deliveries(erp, attempts), target, per_second=50)
            assert set(report.statuses["first"]) == {200}, report.as_dict()
            assert set(report.statuses["forged"]) == {401}, report.as_dict()
            ours.append(report.percentile(0.99) * 1000)
            print(f"round {turn}: p50 {report.percentile(0.5) * 1000:.0f} ms,"
                  f" p99 {ours[-1]:.0f} ms", file=sys.stderr, flush=True)
            names = ",".join(f"'{name}'" for name in attempts)
            until(lambda names=names, first=first: erp.count(
                "SELECT count(*) FROM payment_transaction WHERE state = 'done'"
                f" AND xb_attempt IN ({names})") == first, patience=600)
            plain.append(plain_p99(erp, ask))
        harness.row("payment.notification.p99", "ms", ours, plain)


def make_transactions(erp, ask, turn, count):
    """Payments that buyers are about to make; returns their attempts."""
    (provider,) = ask("payment.provider", "search", [("code", "=", "pingpong")], limit=1)
    (method,) = ask("payment.method", "search", [("code", "=", "card")], limit=1)
    (currency,) = ask("res.currency", "search", [("name", "=", "USD")], limit=1)
    (partner,) = ask("res.partner", "search", [], limit=1)
    ids = ask("payment.transaction", "create", [
        {"provider_id": provider, "payment_method_id": method, "currency_id": currency,
         "partner_id": partner, "amount": 30, "operation": "online_redirect",
         "reference": f"bench-{turn}-{n}"} for n in range(count)])
    rows = ask("payment.transaction", "read", ids, ["xb_attempt"])
    return [row["xb_attempt"] for row in rows]


def make_deliveries(erp, attempts):
    """Genuine notifications, repeats of some, forgeries of some."""
    vendor = erp.simulator.vendor("pingpong")
    vendor.keep_notices()
    found = []
    for number, attempt in enumerate(attempts):
        payment = vendor.open_payment(ref=attempt, amount="30.00", currency="USD")
        vendor.pay(payment["id"], tell=False)
        headers, body = vendor.notice("payment", vendor.payment(payment["id"]))
        found.append(_delivery("first", attempt, headers, body))
        if number < COUNT * REPEATS:
            found.append(_delivery("repeat", attempt, headers, body))
        if number < COUNT * FORGERIES:
            altered = json.loads(body)
            altered["bizContent"] = altered["bizContent"].replace("30.0", "99.0")
            found.append(_delivery("forged", attempt, headers, json.dumps(altered).encode()))
    return found


def _delivery(kind, key, headers, body):
    return Delivery(kind, key, lambda: (headers, body))


if __name__ == "__main__":
    main()
