"""Made-up orders of every layout: a verdict for each, nothing twice, sums to the cent.

`XB_GENERATED_ORDERS=20000` is the long run.
"""

import base64
import os
from collections import Counter

import pytest
from support.erp import until
from support.order_files import DIGITS, Maker
from xbcli.paths import addons

ORDERS = int(os.environ.get("XB_GENERATED_ORDERS", "400"))
# Seconds: forty orders a second is a machine that others use, too.
PATIENCE = 120 + ORDERS // 5
pytestmark = [
    pytest.mark.skipif("xb_orders" not in addons(), reason="xb_orders is not installed"),
    pytest.mark.timeout(600 + ORDERS),
]


@pytest.fixture(scope="module")
def maker():
    return Maker(ORDERS)


@pytest.fixture(scope="module")
def files(maker):
    return maker.files()


@pytest.fixture(scope="module")
def shops(erp, files):
    """A shop of each name, and rates for their currencies."""
    ask = erp.user("admin")
    codes = {file.currency for file in files} | {"USD", "EUR", "GBP", "JPY", "CNY"}
    currencies = {
        row["name"]: row["id"] for row in ask(
            "res.currency", "search_read",
            [("name", "in", sorted(codes)), ("active", "in", (True, False))], ["name"])}
    assert set(currencies) == codes
    ask("res.currency", "write", list(currencies.values()), {"active": True})
    result = {}
    for file in files:
        if file.shop not in result:
            result[file.shop] = ask("xb.shop", "create", {
                "name": file.shop, "tz": "UTC", "currency_id": currencies[file.currency]})
    return result


def start_import(erp, shop, file):
    """What the upload wizard does, over RPC; returns the id of the run."""
    ask = erp.user("clerk")
    wizard = ask("xb.import.wizard", "create", {
        "shop_id": shop, "file": base64.b64encode(file.data).decode(), "filename": file.name,
        "create_products": True})
    ask("xb.import.wizard", "action_recognise", [wizard])
    return ask("xb.import.wizard", "action_import", [wizard])["res_id"]


def verdicts_of(erp, run):
    until(lambda: erp.count(f"SELECT count(*) FROM xb_import_run WHERE id = {run}"
                            " AND state = 'done'"), patience=PATIENCE,
          what=f"import {run} did not end")
    rows = erp.sql(f"SELECT state, count(*) FROM xb_import_line WHERE run_id = {run}"
                   " GROUP BY state")
    return Counter({state: int(count) for state, count in rows})


def reasons(erp, run):
    """For a failure: what was said to how many."""
    return erp.sql(f"SELECT state, problem_code, count(*), min(ref) FROM xb_import_line"
                   f" WHERE run_id = {run} GROUP BY 1, 2")


def figures(erp, shop):
    """Orders of a shop by currency: how many, and their sum as PostgreSQL adds it."""
    rows = erp.sql(
        "SELECT c.name, count(*), sum(o.amount_total) FROM sale_order o"
        f" JOIN res_currency c ON c.id = o.currency_id WHERE o.xb_shop_id = {shop}"
        " GROUP BY c.name")
    return {name: [int(count), total] for name, count, total in rows}


def test_every_order_gets_the_verdict_it_must_get(erp, maker, files, shops):
    assert sum(sum(file.verdicts.values()) for file in files) >= ORDERS
    for file in files:
        run = start_import(erp, shops[file.shop], file)
        found = verdicts_of(erp, run)
        assert found == +file.verdicts, (file.name, reasons(erp, run))
    every = sum((file.verdicts for file in files), Counter())
    assert set(every) == {"created", "updated", "held", "rejected"}, every


def test_sums_tie_out_to_the_cent(erp, maker, files, shops):
    for name, shop in shops.items():
        found = figures(erp, shop)
        expected = maker.expected[name]
        assert set(found) == set(expected), name
        for currency, (count, cents) in expected.items():
            digits = DIGITS.get(currency, 2)
            assert found[currency][0] == count, (name, currency)
            whole, _point, rest = found[currency][1].partition(".")
            assert not rest[digits:].strip("0"), (name, currency, found[currency])
            assert int(whole + rest[:digits].ljust(digits, "0")) == cents, (name, currency)


def test_once_more_changes_nothing(erp, files, shops):
    before = {name: figures(erp, shop) for name, shop in shops.items()}
    counts = table_counts(erp)
    for file in files:
        run = start_import(erp, shops[file.shop], file)
        found = verdicts_of(erp, run)
        assert set(found) == {"unchanged"}, (file.name, found, reasons(erp, run))
        assert found["unchanged"] == sum(file.verdicts.values())
    assert table_counts(erp) == counts
    assert {name: figures(erp, shop) for name, shop in shops.items()} == before


def table_counts(erp):
    """Rows of every business table (a run and its lines are the log of having run)."""
    tables = ("sale_order", "sale_order_line", "stock_picking", "stock_move", "res_partner",
              "product_product", "xb_order_intake", "xb_order_problem", "xb_parcel")
    return {table: erp.count(f"SELECT count(*) FROM {table}") for table in tables}
