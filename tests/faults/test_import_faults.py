"""A file is imported while the floor is pulled away: nothing lost, nothing twice.

The worker is killed, PostgreSQL restarts, Redis dies. `XB_IMPORT_FAULTS=5000` is the long run.
"""

import base64
import itertools
import os
import random
import shutil
import subprocess
import time

import pytest
from support.erp import until
from support.order_files import SKUS, Maker
from xbcli import postgres
from xbcli.paths import addons
from xbcli.server import free_port
from xbcli.ui import Step

ORDERS = int(os.environ.get("XB_IMPORT_FAULTS", "300"))
TURNS = 3
PATIENCE = 240 + ORDERS // 3
pytestmark = [
    pytest.mark.skipif("xb_orders" not in addons(), reason="xb_orders is not installed"),
    pytest.mark.timeout(900 + 2 * ORDERS),
]
numbers = itertools.count(1)


class Import:
    """One file of so many orders, in a shop of its own, of goods that are there.

    :param Erp erp: the server
    """

    def __init__(self, erp):
        self.erp = erp
        name = f"Faults {next(numbers)}"
        self.maker = Maker(ORDERS, seed=name)
        self.file = self.maker.faultless(name, f"{name.replace(' ', '')}-")
        ask = erp.user("admin")
        (company,) = ask("res.company", "search", [], limit=1, order="id")
        (place,) = ask("stock.warehouse", "search_read", [("company_id", "=", company)],
                       ["lot_stock_id"], limit=1)
        self.warehouse, self.shelf = place["id"], place["lot_stock_id"][0]
        self.products = self.supply(ask)
        self.reserved = self.sum_reserved()
        self.shop = ask("xb.shop", "create", {
            "name": name, "tz": "UTC", "warehouse_id": self.warehouse, "auto_confirm": True})
        self.chance = random.Random(name)

    def supply(self, ask):
        """Enough of everything, once."""
        found = ask("product.product", "search", [("default_code", "in", SKUS)])
        if found:
            return found
        found = ask("product.product", "create", [
            {"name": f"Thing {sku}", "default_code": sku, "type": "consu", "is_storable": True,
             "taxes_id": [(6, 0, [])]} for sku in SKUS])
        for product in found:
            self.erp.count_stock(product, 100 * ORDERS)
        return found

    def start(self):
        """What the upload wizard does, over RPC; returns the id of the run."""
        ask = self.erp.user("clerk")
        wizard = ask("xb.import.wizard", "create", {
            "shop_id": self.shop, "filename": self.file.name,
            "file": base64.b64encode(self.file.data).decode()})
        ask("xb.import.wizard", "action_recognise", [wizard])
        return ask("xb.import.wizard", "action_import", [wizard])["res_id"]

    def run(self, fault, turns=TURNS):
        """Import, and let something happen so many times on the way.

        :return: the id of the run
        """
        run = self.start()
        assert self.pending(run) > 0
        for turn in range(1, turns + 1):
            # every time some more of it is done
            goal = ORDERS - ORDERS * turn // (turns + 2)
            until(lambda goal=goal: self.pending(run) < goal, patience=PATIENCE, pause=0.05,
                  what="the import does not go on")
            assert self.pending(run), "it ended before anything happened"
            time.sleep(self.chance.uniform(0, 0.5))
            fault()
        until(lambda: self.state(run) == "done", patience=PATIENCE,
              what=lambda: f"the import did not end: {self.pending(run)} left")
        return run

    def pending(self, run):
        return self.erp.count(
            f"SELECT count(*) FROM xb_import_line WHERE run_id = {run} AND state = 'pending'")

    def state(self, run):
        return self.erp.sql(f"SELECT state FROM xb_import_run WHERE id = {run}")[0][0]

    def sum_reserved(self):
        """Units that the transfers of these products want, have, and what the shelf says."""
        ids = ",".join(map(str, self.products))
        return [self.erp.count(query) for query in (
            f"SELECT coalesce(sum(product_uom_qty), 0)::int FROM stock_move"
            f" WHERE product_id IN ({ids}) AND state = 'assigned' AND sale_line_id IS NOT NULL",
            f"SELECT coalesce(sum(quantity), 0)::int FROM stock_move"
            f" WHERE product_id IN ({ids}) AND state = 'assigned' AND sale_line_id IS NOT NULL",
            f"SELECT coalesce(sum(reserved_quantity), 0)::int FROM stock_quant"
            f" WHERE product_id IN ({ids}) AND location_id = {self.shelf}")]

    def check(self, run):
        """Every order once, every cent, every unit; and again it is all known."""
        erp, shop = self.erp, self.shop
        assert erp.sql(f"SELECT state, count(*) FROM xb_import_line WHERE run_id = {run}"
                       " GROUP BY state") == [["created", str(ORDERS)]]
        [[count, refs, total, states]] = erp.sql(
            "SELECT count(*), count(DISTINCT xb_ref), sum(amount_total),"
            f" string_agg(DISTINCT state, ',') FROM sale_order WHERE xb_shop_id = {shop}")
        expected, cents = self.maker.expected[self.file.shop]["USD"]
        assert (int(count), int(refs), states) == (ORDERS, ORDERS, "sale") == (
            expected, ORDERS, "sale")
        whole, _point, rest = total.partition(".")
        assert int(whole + rest[:2].ljust(2, "0")) == cents and not rest[2:].strip("0")
        # what was confirmed at a crowded shelf is reserved right after, by a job
        until(lambda: not erp.count("SELECT count(*) FROM xb_stock_due"), patience=PATIENCE,
              what="confirmed orders wait for their reservation")
        units = sum(qty for sold in self.maker.sold for _sku, qty, *_rest in sold.lines)
        assert self.sum_reserved() == [one + units for one in self.reserved]
        assert erp.count("SELECT count(*) FROM stock_picking p JOIN sale_order o"
                         f" ON o.id = p.sale_id WHERE o.xb_shop_id = {shop}") == ORDERS
        until(lambda: not erp.count("SELECT count(*) FROM xb_stock_claim_use"),
              patience=PATIENCE, what="claims were not settled")
        self.check_claims()
        counts = erp.count_rows(shop)
        again = self.start()
        until(lambda: self.state(again) == "done", patience=PATIENCE,
              what="the second import did not end")
        assert erp.sql(f"SELECT DISTINCT state FROM xb_import_line WHERE run_id = {again}") == [
            ["unchanged"]]
        assert erp.count_rows(shop) == counts

    def check_claims(self):
        """What is available is what is there less what was sold: no claim of the dead is left."""
        rows = self.erp.user("admin")(
            "xb.availability", "available", self.products, False, self.warehouse)
        for row in rows:
            # a transaction that was killed leaves a claim that the next who is short takes back
            assert row["available"] + row["claimed"] == (
                row["on_hand"] - row["reserved"] - row["waiting"]), row
            assert row["waiting"] == 0, row


@pytest.fixture
def work(erp):
    """An import that has not begun."""
    return Import(erp)


def test_worker_killed(work, erp):
    def kill():
        erp.kill()
        erp.start()

    work.check(work.run(kill))


def test_postgresql_restarted(work, erp, place):
    """The server stays, its database goes away and comes back."""
    if not place.pg.folder:
        pytest.skip("needs the embedded PostgreSQL")

    def restart():
        cluster = place.pg.folder.name
        assert postgres.stop(place.home, cluster)
        time.sleep(1)
        with Step("Starting PostgreSQL again") as step:
            postgres.start(place.home, step, name=cluster, tuning=postgres.TUNING_TEST)

    work.check(work.run(restart))


def test_redis_lost(work, erp):
    """Redis helps, then it is gone, then there is an empty one, then it is gone for good."""
    program = shutil.which("redis-server")
    if not program:
        pytest.skip("no redis-server on this machine")
    port = free_port()
    running = []

    def start():
        running.append(subprocess.Popen(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
            stdout=subprocess.DEVNULL))

    def stop():
        redis = running.pop()
        redis.kill()
        redis.wait()

    start()
    try:
        erp.stop()
        erp.start(XB_REDIS_URL=f"redis://127.0.0.1:{port}/0")
        steps = iter((stop, start, stop))

        def step():
            next(steps)()

        work.check(work.run(step))
    finally:
        while running:
            stop()
        erp.stop()
        erp.start()
