"""Stock through errors, lost answers, throttling, an outage, a server that is killed twice and a
shop that sells meanwhile: it ends with what is really free, listings and bundles too.

Two dozen products by default, a thousand with `XB_FAULTS_FULL=1`. Time is compressed thirtyfold,
as in test_tracking_once.py.
"""

import os
import random
from collections import Counter

import pytest
from support.erp import until

FULL = bool(os.environ.get("XB_FAULTS_FULL"))
COUNT = 1000 if FULL else 24
PATIENCE = 900 if FULL else 240


@pytest.fixture
def shop(erp):
    """The own shop, told of stock: products by their references, by listings and in bundles."""
    ask = erp.user("admin")
    erp.hasten("rest_shop")
    [shop] = ask("xb.shop", "search", [("name", "=", "Own Shop DE")])
    ask("xb.shop", "write", [shop], {"stock_push": "automatic"})
    products = ask("product.product", "create", [
        {"name": f"Fault {n}", "default_code": f"SF-{n:04d}", "type": "consu",
         "is_storable": True} for n in range(COUNT)])
    for n, product in enumerate(products):
        erp.count_stock(product, 5 + n % 40)
    # Every fourth by a SKU of the shop's own, and a bundle of each two neighbours.
    ask("xb.listing", "create", [
        {"shop_id": shop, "sku": f"OWN-{n:04d}", "price": 1, "product_id": products[n]}
        for n in range(0, COUNT, 4)])
    ask("xb.listing", "create", [
        {"shop_id": shop, "sku": f"SET-{n:04d}", "price": 1, "line_ids": [
            (0, 0, {"product_id": products[n], "quantity": 2}),
            (0, 0, {"product_id": products[n + 1], "quantity": 1})]}
        for n in range(1, COUNT - 1, 4)])
    return shop, products


def test_the_shop_ends_with_what_is_free(erp, shop):
    shop, products = shop
    ask = erp.user("admin")
    other_side = erp.simulator.vendor("rest_shop")
    faults = erp.simulator.faults
    faults.add(vendor="rest_shop", match="PUT /rest_shop/", kind="error_500", rate=0.15)
    faults.add(vendor="rest_shop", match="PUT /rest_shop/", kind="timeout_after", rate=0.08,
               seconds=1.5)
    faults.add(vendor="rest_shop", match="PUT /rest_shop/", kind="429", rate=0.03, retry_after=1)
    before = len(erp.simulator.app.log)

    def log():
        return [entry for entry in list(erp.simulator.app.log)[before:]
                if entry["vendor"] == "rest_shop" and "/stock/" in entry["path"]]

    def right():
        wanted, said = wanted_by_hand(ask, products), other_side.stock()
        return sum(said.get(sku) == quantity for sku, quantity in wanted.items()), len(wanted)

    def all_right():
        found, among = right()
        return found == among

    until(lambda: right()[0] > COUNT // 4, patience=PATIENCE, what="nothing gets through")
    # The shop goes away, and meanwhile goods come and go.
    faults.set_outage("rest_shop", True)
    chance = random.Random(7)
    for product in products[::2]:
        erp.count_stock(product, chance.randint(0, 30))
    until(lambda: any(entry["fault"] == "outage" for entry in log()), patience=PATIENCE,
          what="nobody has met the outage")
    # Killed with rows that wait, and again with rows in its hands.
    restart(erp)
    faults.set_outage("rest_shop", False)
    so_far = len(log())
    until(lambda: len(log()) > so_far + COUNT // 8, patience=PATIENCE, pause=0.02,
          what="nothing is told after the outage")
    restart(erp)
    until(all_right, patience=PATIENCE, what=lambda: f"{right()} of the figures are right")
    # The shop sells by itself, and its orders are not here: it refuses what does not know of that.
    sold = [f"OWN-{n:04d}" for n in range(0, COUNT, 8)]
    for sku in sold:
        other_side.sell(sku, 1)
    for product in products[::8]:
        erp.count_stock(product, 50)
    until(lambda: len({entry["path"] for entry in log() if entry["status"] == 409}) == len(sold),
          patience=PATIENCE, what="the shop's own sales were written over")
    # What the minute's look would do.
    [look] = ask("ir.cron", "search", [("code", "=", "model._cron_publish()")])
    ask("ir.cron", "method_direct_trigger", [look])
    until(all_right, patience=PATIENCE,
          what=lambda: f"{right()} of the figures are right after sales")
    asked = log()
    met = Counter(entry["fault"] or str(entry["status"]) for entry in asked)
    print(f"{len(asked)} requests for {len(wanted_by_hand(ask, products))} figures: {dict(met)}")
    assert met["error_500"] and met["409"], met
    # What was told by its reference before it had a listing is offered by one name only.
    said = other_side.stock()
    assert not any(said.get(f"SF-{n:04d}") for n in range(0, COUNT, 4)), said
    until(lambda: not erp.count(
        "SELECT count(*) FROM xb_outbox WHERE kind = 'stock' AND state <> 'confirmed'"),
        patience=PATIENCE, what="rows of the outbox wait though their figure is there")


def restart(erp):
    erp.kill()
    erp.start()


def wanted_by_hand(ask, products):
    """What the shop must say, reckoned from core's own free quantities."""
    free = [max(0, int(row["free_qty"])) for row in ask(
        "product.product", "read", products, ["free_qty"])]
    wanted = {f"OWN-{n:04d}" if n % 4 == 0 else f"SF-{n:04d}": free[n] for n in range(COUNT)}
    wanted.update({
        f"SET-{n:04d}": min(free[n] // 2, free[n + 1]) for n in range(1, COUNT - 1, 4)})
    return wanted
