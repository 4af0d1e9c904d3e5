"""SIGKILL at any point of an import and of an upload: everything once, in the end."""

import base64
import random
import time

import pytest
from support.erp import until

SHOP = "Gift Shop UK"
PENDING = "SELECT count(*) FROM xb_import_line WHERE state = 'pending'"


@pytest.fixture
def chance():
    """Repeatable moments."""
    return random.Random(20261122)


def test_import_of_the_real_file(erp, real_file, chance):
    data = base64.b64encode(real_file.read_bytes()).decode()
    run = start_import(erp, real_file.name, data)
    total = erp.count(f"SELECT count(*) FROM xb_import_line WHERE run_id = {run}")
    assert total == 300
    for _turn in range(3):
        before = erp.count(PENDING)
        until(lambda before=before: erp.count(PENDING) < before, patience=120,
              what="the import does not go on")
        time.sleep(chance.uniform(0, 3))
        erp.kill()
        erp.start()
        if not erp.count(PENDING):
            break
    until(lambda: not erp.count(PENDING), patience=300, what="the import did not end")
    verdicts = dict(erp.sql(
        f"SELECT state, count(*) FROM xb_import_line WHERE run_id = {run} GROUP BY state"))
    assert sum(map(int, verdicts.values())) == total
    assert set(verdicts) <= {"created", "updated", "held"}, verdicts
    # none twice
    doubled = "SELECT xb_ref FROM sale_order WHERE xb_ref IS NOT NULL " \
              "GROUP BY xb_shop_id, xb_ref HAVING count(*) > 1"
    assert not erp.sql(doubled)
    imported = f"run_id = {run} AND state = 'created' AND kind = 'order'"
    assert erp.count(f"SELECT count(DISTINCT order_id) FROM xb_import_line WHERE {imported}") \
        == erp.count(f"SELECT count(*) FROM xb_import_line WHERE {imported}") == 257
    # the same file again: nothing new anywhere
    [shop] = erp.user("clerk")("xb.shop", "search", [("name", "=", SHOP)])
    counts = erp.count_rows(shop)
    again = start_import(erp, real_file.name, data)
    until(lambda: not erp.count(PENDING), patience=300, what="the second import did not end")
    assert erp.sql(f"SELECT DISTINCT state FROM xb_import_line WHERE run_id = {again}") == [
        ["unchanged"]]
    assert erp.count_rows(shop) == counts


def start_import(erp, name, data):
    """What the upload wizard does, over RPC; returns the id of the run."""
    ask = erp.user("clerk")
    (shop,) = ask("xb.shop", "search", [("name", "=", SHOP)])
    wizard = ask("xb.import.wizard", "create",
                 {"shop_id": shop, "file": data, "filename": name, "create_products": True})
    ask("xb.import.wizard", "action_recognise", [wizard])
    action = ask("xb.import.wizard", "action_import", [wizard])
    return action["res_id"]


def test_upload_of_tracking_numbers(erp, chance):
    """A hundred numbers, a slow shop that drops connections, the server killed three times."""
    ask = erp.user("admin")
    orders = ask("sale.order", "search_read",
                 [("xb_shop_id.name", "=", SHOP), ("state", "=", "sale"),
                  ("xb_ref", "=like", "53%")], ["xb_ref"], limit=100)
    assert len(orders) > 50
    numbers = {order["xb_ref"]: f"YT{2610000000 + n}" for n, order in enumerate(orders)}
    verdicts = ask("xb.parcel", "set_tracking",
                   [{"order": ref, "number": number, "carrier": "yunexpress"}
                    for ref, number in numbers.items()])
    assert {verdict["state"] for verdict in verdicts} == {"created"}, verdicts
    shop = erp.simulator.vendor("rest_shop")
    erp.simulator.faults.add(vendor="rest_shop", match="PUT", kind="timeout_after", rate=0.05,
                             seconds=1)
    erp.simulator.faults.add(vendor="rest_shop", match="PUT", kind="slow", rate=1, seconds=0.1)
    ask("sale.order", "action_upload_tracking", [order["id"] for order in orders])
    for _turn in range(3):
        time.sleep(chance.uniform(0.5, 2))
        erp.kill()
        erp.start()
    erp.simulator.faults.clear()
    until(lambda: not erp.count("SELECT count(*) FROM xb_outbox WHERE state != 'confirmed'"),
          patience=300, what="not every number was confirmed")
    shipments = shop.shipments()
    assert {s["order"]: s["tracking"] for s in shipments} == numbers
    assert len(shipments) == len(numbers)
    # each number once: repeated requests changed nothing
    assert {len(s["revisions"]) for s in shipments} == {1}
