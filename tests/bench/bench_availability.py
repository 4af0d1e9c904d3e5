"""Availability and claims: what may be promised, and to how many at once.

`available.10000`, `available.one`: products read per second, in one call and one at a time; plain
is Odoo's `free_qty` of the same products, its cache emptied before each call. On a machine that
does nothing else, a single call waits mostly for processors to wake up, which plain Odoo, busier
with itself, hardly feels; how long depends on whether client and server come to share one.
`available.crowd` shows what is left without that: one product per call, four clients at once.
`claim.hot`: claims granted per second on one product with 1,000 units, 32 clients, from the first
to the last unit; `claim.spread`: the same over 1,000 products. Plain is Odoo's own reservation
(read what is available, reserve it, commit, retried as Odoo retries); the limit is one bare
conditional UPDATE per claim, each committed. `available.redis`: milliseconds that 99 of 100 reads
of a single product from Redis stay below (where there is a redis-server). What was granted, refused
and failed, for ours and for plain, is printed on standard error.
"""

import contextlib
import functools
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time

import psycopg2
from xbcli.server import free_port

from . import harness

NEEDS = "xb_inventory"
PRODUCTS = 10_000
ROUNDS = 5
CLAIM_ROUNDS = 3
READERS = 4
SINGLES = 200
UNITS = 1000
PROCESSES = 2
CLIENTS = 32
SPREAD = 1000
# Claims per client in the spread bench; every product holds more than they can take.
SPREAD_CLAIMS = 150


def main():
    """Print the rows."""
    with harness.odoo() as env:
        ids = make_products(env, PRODUCTS, 20)
        env["xb.stock.level"]._follow()
        env["xb.stock.check"]._job_reconcile()
        env.cr.commit()
        analyze(env)
        singles = bench_reading(env, ids)
        hot = make_products(env, 3 * CLAIM_ROUNDS, UNITS)
        spread = make_products(env, SPREAD, 10_000)
        env["xb.stock.level"]._follow()
        env.cr.execute("CREATE TABLE bench_level (id int PRIMARY KEY, qty int)")
        env.cr.execute("INSERT INTO bench_level SELECT unnest(%s), %s", [hot, UNITS])
        env.cr.execute("INSERT INTO bench_level SELECT unnest(%s), 10000", [spread])
        env.cr.commit()
        analyze(env)
        database = env.cr.dbname
    bench_crowd(database, singles)
    bench_hot(database, hot)
    bench_spread(database, spread)


# -- data


def make_products(env, number, units):
    """Storable products with so many units each, in the first warehouse.

    :return: their ids
    """
    products = env["product.product"].create(
        [{"name": f"Bench {n}", "type": "consu", "is_storable": True} for n in range(number)]
    )
    place = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
    env["stock.quant"].create(
        [{"product_id": product.id, "location_id": place.lot_stock_id.id, "quantity": units}
         for product in products]
    )
    env.cr.commit()
    return products.ids


def analyze(env):
    """What autovacuum would have done by the time a shop has ten thousand products."""
    for table in ("stock_quant", "stock_move", "product_product", "product_template",
                  "xb_stock_level", "xb_stock_claim", "xb_stock_claim_line", "xb_stock_touch"):
        env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()


# -- reading


def bench_reading(env, ids):
    """Ours and plain in turn.

    :return: the ids that are read one by one
    """
    availability, products = env["xb.availability"], env["product.product"]
    batch, plain_batch, one, plain_one = [], [], [], []
    singles = random.Random(7).sample(ids, SINGLES)

    def read_plain(chosen):
        env.invalidate_all()
        return products.browse(chosen).mapped("free_qty")

    for _ in range(ROUNDS):
        plain_batch.append(len(ids) / harness.timed(lambda: read_plain(ids)))
        batch.append(len(ids) / harness.timed(lambda: availability.available(ids)))
        plain_one.append(
            len(singles) / harness.timed(lambda: [read_plain([one]) for one in singles]))
        one.append(
            len(singles) / harness.timed(lambda: [availability.available([one]) for one in singles])
        )
        env.cr.rollback()
    harness.row("available.10000", "products/s", batch, plain_batch)
    harness.row("available.one", "products/s", one, plain_one)
    bench_redis(env, singles)
    return singles


def bench_crowd(database, singles):
    """One product per call, by clients at once."""
    ours, plain = [], []
    for _ in range(ROUNDS):
        ours.append(race(database, read_one, singles, "available()", READERS, READERS))
        plain.append(race(database, read_one_plain, singles, "free_qty", READERS, READERS))
    harness.row("available.crowd", "products/s", ours, plain)


def read_one(registry, products, client):
    """Ours; forty times as often as plain, to take about as long."""
    with environment(registry) as env:
        available = env["xb.availability"].available
        for product in products * 40:
            available([product])
    return 40 * len(products), 0, 0, time.monotonic()


def read_one_plain(registry, products, client):
    """Plain Odoo."""
    with environment(registry) as env:
        for product in products:
            env.invalidate_all()
            env["product.product"].browse(product).mapped("free_qty")
    return len(products), 0, 0, time.monotonic()


def bench_redis(env, ids):
    """One product at a time from Redis: what 99 of 100 calls stay below."""
    program = shutil.which("redis-server")
    if not program:
        print("available.redis: no redis-server on this machine", file=sys.stderr)
        return
    port = free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL)
    from odoo.addons.xb_inventory import cache

    cache.url = f"redis://127.0.0.1:{port}/0"
    try:
        time.sleep(1)
        availability = env["xb.availability"]
        [place] = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).ids
        availability.available(ids, False, place)  # now Redis has them
        rounds = []
        for _ in range(ROUNDS):
            times = sorted(
                harness.timed(lambda one=one: availability.available([one], False, place))
                for one in ids * 5)
            rounds.append(1000 * times[int(len(times) * 0.99)])
        harness.row("available.redis", "ms, p99", rounds)
    finally:
        cache.url = None
        server.kill()
        server.wait()


# -- claiming


def bench_hot(database, products):
    """1,000 units, 32 clients, as fast as they can, until nobody gets any more."""
    ours, plain, limit = [], [], []
    for turn in range(CLAIM_ROUNDS):
        mine, theirs, bare = products[3 * turn : 3 * turn + 3]
        ours.append(race(database, claim_hot, mine, "claim()"))
        plain.append(race(database, reserve_hot, theirs, "plain Odoo"))
        limit.append(race(database, update_hot, bare, "bare UPDATE"))
    harness.row("claim.hot", "claims/s", ours, plain, limit)


def bench_spread(database, products):
    """32 clients, each a fixed number of claims on random products."""
    ours, plain, limit = [], [], []
    for _ in range(CLAIM_ROUNDS):
        ours.append(race(database, claim_spread, products, "claim() spread"))
        plain.append(race(database, reserve_spread, products, "plain Odoo spread"))
        limit.append(race(database, update_spread, products, "bare UPDATE spread"))
    harness.row("claim.spread", "claims/s", ours, plain, limit)


def race(database, work, argument, name, processes=PROCESSES, clients=CLIENTS):
    """Run a client function in many clients at once.

    :param work: function of (registry, argument, client number), gives (granted, refused, failed,
        time of the last one granted)
    :return: grants per second
    """
    import threading

    barrier = multiprocessing.Barrier(processes + 1)
    results = multiprocessing.Queue()

    def process(number):
        registry = fresh_registry(database)
        found = []

        def client(index):
            try:
                warm(registry, index)
                warmed.wait()
                ready.wait()
                found.append(work(registry, argument, index))
            except Exception as error:
                print(f"{name}: client {index}: {error!r}", file=sys.stderr)
                found.append((0, 0, 1, 0.0))

        per = clients // processes
        warmed, ready = threading.Barrier(per + 1), threading.Barrier(per + 1)
        threads = [threading.Thread(target=client, args=(number * per + n,)) for n in range(per)]
        for thread in threads:
            thread.start()
        warmed.wait()
        barrier.wait()
        ready.wait()
        for thread in threads:
            thread.join()
        results.put(found)
        results.close()
        results.join_thread()
        os._exit(0)

    children = [multiprocessing.Process(target=process, args=(n,)) for n in range(processes)]
    for child in children:
        child.start()
    barrier.wait()
    start = time.monotonic()
    found = [one for _ in children for one in results.get()]
    for child in children:
        child.join()
    granted, refused, failed = (sum(one[n] for one in found) for n in range(3))
    last = max(one[3] for one in found)
    seconds = (last or time.monotonic()) - start
    print(f"{name}: {granted} granted, {refused} refused, {failed} failed, {seconds:.2f} s",
          file=sys.stderr)
    return granted / seconds


def fresh_registry(database):
    """The forked registry, without the parent's connections."""
    import odoo.modules.registry
    import odoo.sql_db

    odoo.sql_db._Pool = odoo.sql_db._Pool_readonly = None
    registry = odoo.modules.registry.Registry(database)
    registry._db = odoo.sql_db.db_connect(database)
    return registry


def warm(registry, client):
    """Load what a server has loaded long since, connect, have plans made."""
    with environment(registry) as env:
        [product] = env["product.product"].search([("is_storable", "=", True)], limit=1).ids
        for turn in range(2):
            answer = env["xb.availability"].claim(
                [{"product_id": product, "qty": 0.01}],
                f"warm-{time.monotonic_ns()}-{client}-{turn}")
            if answer["token"]:
                env["xb.availability"].release(answer["token"])
            env["xb.availability"].available([product])
            env["product.product"].browse(product).mapped("free_qty")


@contextlib.contextmanager
def environment(registry):
    """An environment as superuser on a cursor of its own."""
    import odoo.api

    with registry.cursor() as cr:
        yield odoo.api.Environment(cr, 1, {})


def counted(attempt, tries):
    """Call `attempt(n)` until it is refused (without `tries`) or so many times.

    :return: (granted, refused, failed, time of the last grant)
    """
    granted = refused = failed = n = 0
    last = 0.0
    while (n < tries) if tries else (refused < 3 and failed < 50):
        n += 1
        answer = attempt(n)
        if answer is None:
            failed += 1
        elif answer:
            granted += 1
            last = time.monotonic()
        else:
            refused += 1
    return granted, refused, failed, last


def claim_hot(registry, product, client):
    """Ours on one product."""
    with environment(registry) as env:
        claim = env["xb.availability"].claim
        return counted(lambda n: bool(claim(
            [{"product_id": product, "qty": 1}], f"hot-{product}-{client}-{n}")["token"]), 0)


def claim_spread(registry, products, client):
    """Ours on many."""
    chosen = random.Random(client)
    turn = time.monotonic_ns()
    with environment(registry) as env:
        claim = env["xb.availability"].claim
        return counted(lambda n: bool(claim(
            [{"product_id": chosen.choice(products), "qty": 1}], f"s-{turn}-{client}-{n}"
        )["token"]), SPREAD_CLAIMS)


def reserve(registry, product):
    """Plain Odoo: see what is available, reserve one, commit; retried as Odoo retries.

    :return: True, False, or None when Odoo gave up
    """
    from odoo.service.model import retrying

    with environment(registry) as env:
        def work():
            quants = env["stock.quant"]
            thing = env["product.product"].browse(product)
            place = env["stock.warehouse"].browse(1).lot_stock_id
            if quants._get_available_quantity(thing, place) < 1:
                return False
            quants._update_reserved_quantity(thing, place, 1)
            return True

        try:
            return retrying(functools.partial(work), env)
        except psycopg2.Error:
            return None


def reserve_hot(registry, product, client):
    """Plain Odoo on one product."""
    return counted(lambda n: reserve(registry, product), 0)


def reserve_spread(registry, products, client):
    """Plain Odoo on many; a tenth of the attempts, it is slow."""
    chosen = random.Random(client)
    return counted(lambda n: reserve(registry, chosen.choice(products)), SPREAD_CLAIMS // 10)


@contextlib.contextmanager
def bare(registry):
    """A bare autocommit cursor."""
    from odoo.sql_db import connection_info_for

    connection = psycopg2.connect(**connection_info_for(registry.db_name)[1])
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


def update(cursor, product):
    """One conditional UPDATE."""
    cursor.execute("UPDATE bench_level SET qty = qty - 1 WHERE id = %s AND qty >= 1", [product])
    return bool(cursor.rowcount)


def update_hot(registry, product, client):
    """The limit on one product."""
    with bare(registry) as cursor:
        return counted(lambda n: update(cursor, product), 0)


def update_spread(registry, products, client):
    """The limit on many."""
    chosen = random.Random(client)
    with bare(registry) as cursor:
        return counted(lambda n: update(cursor, chosen.choice(products)), SPREAD_CLAIMS)


if __name__ == "__main__":
    main()
