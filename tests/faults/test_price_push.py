"""Prices through errors, lost answers, throttling and an outage: the shop ends with the last one.

Forty listings by default, a thousand with `XB_FAULTS_FULL=1`. Time is compressed thirtyfold, as in
test_tracking_once.py.
"""

import os
from collections import Counter
from datetime import date

import pytest
from support.erp import until

FULL = bool(os.environ.get("XB_FAULTS_FULL"))
COUNT = 1000 if FULL else 40


@pytest.fixture
def shop(erp):
    """The own shop with listings that a rule prices, in euro."""
    ask = erp.user("admin")
    erp.hasten("rest_shop")
    [shop] = ask("xb.shop", "search_read", [("name", "=", "Own Shop DE")],
                 ["currency_id", "company_id"])
    euro, company = shop["currency_id"][0], shop["company_id"][0]
    today = date.today().isoformat()
    rates = ask("res.currency.rate", "search", [
        ("currency_id", "=", euro), ("name", "=", today)])
    if not rates:
        ask("res.currency.rate", "create", {
            "currency_id": euro, "name": today, "rate": 0.87, "company_id": company})
    market = ask("xb.price.market", "create", {
        "name": "Faults", "currency_id": euro, "tax_rate": 0.19, "company_id": company})
    ask("xb.shop", "write", [shop["id"]], {
        "price_market_id": market, "price_approval_change": 0, "fee_schedule_ids": [(6, 0, [])],
        "freight_table_id": False})
    ask("xb.price.rule", "create", {
        "name": "Faults", "company_id": company, "sequence": 1, "target_share": 0.2,
        "floor_share": 0.05, "shop_ids": [(6, 0, [shop["id"]])]})
    products = ask("product.product", "create", [
        {"name": f"Fault {n}", "default_code": f"PF-{n:04d}", "standard_price": 5 + n % 40}
        for n in range(COUNT)])
    ask("xb.listing", "create", [
        {"shop_id": shop["id"], "sku": f"PF-{n:04d}", "price": 1, "product_id": product}
        for n, product in enumerate(products)])
    return shop["id"]


def test_the_last_price_arrives(erp, shop):
    ask = erp.user("admin")
    faults = erp.simulator.faults
    faults.add(vendor="rest_shop", match="PUT /rest_shop/", kind="error_500", rate=0.15)
    faults.add(vendor="rest_shop", match="PUT /rest_shop/", kind="timeout_after", rate=0.08,
               seconds=1.5)
    faults.add(vendor="rest_shop", match="PUT /rest_shop/", kind="429", rate=0.03, retry_after=1)
    before = len(erp.simulator.app.log)

    def log():
        return [entry for entry in list(erp.simulator.app.log)[before:]
                if entry["vendor"] == "rest_shop" and "/prices/" in entry["path"]]

    first = publish(erp, ask, shop)
    until(lambda: told(erp, first) > COUNT // 4, patience=120, what="nothing gets through")
    # The shop goes away, and meanwhile costs rise and prices are published anew.
    faults.set_outage("rest_shop", True)
    products = ask("product.product", "search", [("default_code", "=like", "PF-%")])
    for product in products[::2]:
        ask("product.product", "write", [product], {"standard_price": 77})
    second = publish(erp, ask, shop)
    assert len(second) == COUNT - len(products[1::2])
    until(lambda: any(entry["fault"] == "outage" for entry in log()), patience=120,
          what="nobody has met the outage")
    faults.set_outage("rest_shop", False)
    wanted = {**first, **second}
    until(lambda: told(erp, wanted) == COUNT, patience=900 if FULL else 180,
          what=lambda: f"{told(erp, wanted)} of {COUNT} prices arrived")
    until(lambda: not erp.count(
        "SELECT count(*) FROM xb_outbox WHERE kind = 'price' AND state <> 'confirmed'"),
        patience=120, what="rows of the outbox wait though their price is there")
    listed = dict(map(tuple, (row.values() for row in prices_of(ask))))
    assert {sku: f"{listed[sku]:.2f}" for sku in wanted} == wanted
    asked = log()
    changes = len(first) + len(second)
    met = Counter(entry["fault"] or "none" for entry in asked)
    print(f"{len(asked)} requests for {changes} price changes ({len(asked) / changes:.3f} each):"
          f" {dict(met)}")
    assert met["error_500"], met
    assert len(asked) <= 2 * changes
    # Undone as a whole: the shop gets the old prices back.
    run = ask("xb.price.run", "search", [("note", "=", "faults")], limit=1)
    ask("xb.price.run", "action_undo", run)
    until(lambda: told(erp, first) == COUNT, patience=600 if FULL else 120,
          what=lambda: f"{told(erp, first)} of {COUNT} prices are back")


def publish(erp, ask, shop):
    """Publish what changes; return the new price by SKU, as text."""
    [run] = ask("xb.price.desk", "ask", [("shop_id", "=", shop), ("sku", "=like", "PF-%")],
                "faults")
    ask("xb.price.run", "action_publish", [run["id"]])
    rows = ask("xb.price.line", "search_read", [
        ("run_id", "=", run["id"]), ("state", "=", "published")], ["listing_id", "new_price"])
    skus = dict(map(tuple, (row.values() for row in ask(
        "xb.listing", "search_read", [("id", "in", [row["listing_id"][0] for row in rows])],
        ["sku"]))))
    assert len(rows) == run["count"]
    return {skus[row["listing_id"][0]]: f"{row['new_price']:.2f}" for row in rows}


def prices_of(ask):
    """Return SKU and price of the listings."""
    rows = ask("xb.listing", "search_read", [("sku", "=like", "PF-%")], ["sku", "price"])
    return [{"sku": row["sku"], "price": row["price"]} for row in rows]


def told(erp, wanted):
    """How many of the prices the shop has."""
    prices = erp.simulator.vendor("rest_shop").prices()
    return sum(prices.get(sku, {}).get("price") == price for sku, price in wanted.items())
