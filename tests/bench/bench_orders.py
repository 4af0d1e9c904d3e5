"""Order import: orders a second, created, claimed, confirmed, their goods reserved, committed.

Orders of two lines, each of a new buyer with his address, 500 products in stock; the same data for
all. `import.one_worker`: ours is `import_orders` in batches of 100 (validate, map, claim, create,
confirm, reserve, rates, problems), plain is Odoo's own `create` of the same contacts and orders and
one `action_confirm` for all of them, the limit is the same rows written by bare SQL without
triggers and foreign keys, 100 orders a transaction. `import.one_by_one`: plain is one call of
`create` and one of `action_confirm` per order through the server's RPC dispatcher, each a
transaction (what HTTP and XML add is left out). `import.two_workers`: ours is two processes with
half of the orders each; plain is *ours* in one process, in the same round: the ratio is what the
second worker brings. A few products make most of the sales there (Zipf), as in life, so that the
two meet at the same shelves all the time. What was left to be reserved later is reserved within the
time.
"""

import contextlib
import functools
import multiprocessing
import os
import random
import time

from . import harness

NEEDS = "xb_orders"
PRODUCTS = 500
ORDERS = 300
BATCH = 100
ROUNDS = 3
ONE_BY_ONE = 40


def main():
    """Print the rows."""
    with harness.odoo() as env:
        shop, products = prepare(env)
        database, shop_id = env.cr.dbname, shop.id
        ours(env, shop, values(env, "warm", 20))
        plain(env, products, "warm", 20)
        one, bulk, single, limit = [], [], [], []
        for turn in range(ROUNDS):
            bulk.append(ORDERS / timed(plain, env, products, f"p{turn}", ORDERS))
            data = values(env, f"o{turn}", ORDERS)
            one.append(ORDERS / timed(ours, env, shop, data))
            single.append(ONE_BY_ONE / timed(
                one_by_one, env, products, f"s{turn}", ONE_BY_ONE))
            env.cr.commit()  # those were other transactions: see what they wrote
            template = env["sale.order"].search(
                [("xb_ref", "=", "o0-0"), ("xb_shop_id", "=", shop.id)])
            limit.append(ORDERS / timed(raw, env, template, ORDERS))
        currency = env.company.currency_id.name
    harness.row("import.one_worker", "orders/s", one, bulk, limit)
    harness.row("import.one_by_one", "orders/s", one, single)
    two, alone = [], []
    for turn in range(ROUNDS):
        alone.append(workers(database, shop_id, currency, f"a{turn}", 1))
        two.append(workers(database, shop_id, currency, f"t{turn}", 2))
    harness.row("import.two_workers", "orders/s", two, alone)


def timed(work, *arguments):
    """Seconds that a function takes."""
    return harness.timed(functools.partial(work, *arguments))


def prepare(env):
    """A shop, and products with plenty of stock."""
    shop = env["xb.shop"].create({
        "name": "Bench", "tz": "UTC", "currency_id": env.company.currency_id.id})
    products = env["product.product"].create([
        {"name": f"Bench {n}", "default_code": f"BENCH-{n}", "type": "consu",
         "is_storable": True, "list_price": 12.5} for n in range(PRODUCTS)])
    place = shop._get_warehouse().lot_stock_id
    env["stock.quant"].create([
        {"product_id": product.id, "location_id": place.id, "quantity": 1_000_000}
        for product in products])
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    return shop, products


def picks(prefix, count, zipf=False):
    """Two products per order, the same for everybody."""
    pick = random.Random(prefix)
    if not zipf:
        return [pick.sample(range(PRODUCTS), 2) for _ in range(count)]
    weights = [1 / rank for rank in range(1, PRODUCTS + 1)]
    found = []
    while len(found) < count:
        a, b = pick.choices(range(PRODUCTS), weights, k=2)
        if a != b:
            found.append((a, b))
    return found


def values(env, prefix, count, currency=None, zipf=False):
    """Order values."""
    currency = currency or env.company.currency_id.name
    return [{
        "ref": f"{prefix}-{n}", "placed_at": "2026-11-04T06:15:22+02:00", "status": "paid",
        "currency": currency, "total": "29.00",
        "buyer": {"id": f"{prefix}-{n}", "name": f"Buyer {n}", "email": f"{prefix}{n}@b.example"},
        "ship_to": {"name": f"Buyer {n}", "street": f"Way {n}", "city": "Berlin",
                    "zip": "10115", "country": "DE"},
        "lines": [
            {"ref": "1", "sku": f"BENCH-{a}", "qty": "2", "unit_price": "12.50"},
            {"ref": "2", "sku": f"BENCH-{b}", "qty": "1", "unit_price": "4.00"}],
    } for n, (a, b) in enumerate(picks(prefix, count, zipf))]


def ours(env, shop, data):
    """Import, a transaction per batch; every order must have been confirmed and reserved."""
    for start in range(0, len(data), BATCH):
        verdicts = shop.import_orders(data[start:start + BATCH])
        assert {verdict["state"] for verdict in verdicts} == {"created"}, verdicts[0]
        orders = env["sale.order"].browse([verdict["order_id"] for verdict in verdicts])
        assert set(orders.picking_ids.mapped("state")) == {"assigned"}
        env.cr.commit()
        env.invalidate_all()


def contact(env, prefix, n):
    """Values of a buyer's contact."""
    return {"name": f"Buyer {n}", "email": f"{prefix}{n}@b.example", "street": f"Way {n}",
            "city": "Berlin", "zip": "10115", "country_id": env.ref("base.de").id}


def order_vals(products, partner_id, chosen):
    """Values of a quotation."""
    return {"partner_id": partner_id, "order_line": [
        (0, 0, {"product_id": products[index].id, "product_uom_qty": qty, "price_unit": price})
        for index, qty, price in zip(chosen, (2, 1), (12.5, 4.0), strict=True)]}


def plain(env, products, prefix, count):
    """Plain Odoo in bulk."""
    partners = env["res.partner"].create([contact(env, prefix, n) for n in range(count)])
    orders = env["sale.order"].create([
        order_vals(products, partner.id, chosen)
        for partner, chosen in zip(partners, picks(prefix, count), strict=True)])
    orders.action_confirm()
    assert set(orders.picking_ids.mapped("state")) == {"assigned"}
    env.cr.commit()
    env.invalidate_all()


def one_by_one(env, products, prefix, count):
    """Plain Odoo, two calls per order, each a transaction of its own."""
    from odoo.service.model import execute_cr

    def call(model, method, *arguments):
        with env.registry.cursor() as cr:
            return execute_cr(cr, 2, model, method, arguments, {})

    for n, chosen in enumerate(picks(prefix, count)):
        [partner_id] = call("res.partner", "create", [contact(env, prefix, n)])
        [order_id] = call("sale.order", "create", [order_vals(products, partner_id, chosen)])
        call("sale.order", "action_confirm", [order_id])


# -- the limit


def raw(env, template, count):
    """The rows of one confirmed order again and again by bare INSERT … SELECT, 100 orders a
    transaction, without triggers and foreign keys: what no programme can be faster than."""
    picking, intake = template.picking_ids, template.xb_intake_id
    buyer = env["xb.shop.buyer"].search([("partner_id", "=", template.partner_id.id)])
    messages = env["mail.message"].search(
        [("model", "=", "stock.picking"), ("res_id", "in", picking.ids)])
    parts = (
        ("res_partner", template.partner_id.ids, {}),
        ("xb_shop_buyer", buyer.ids, {"partner_id": "res_partner"}),
        ("xb_order_intake", intake.ids, {}),
        ("sale_order", template.ids, {
            "partner_id": "res_partner", "partner_invoice_id": "res_partner",
            "partner_shipping_id": "res_partner", "xb_intake_id": "xb_order_intake"}),
        ("stock_reference", template.stock_reference_ids.ids, {}),
        ("stock_picking", picking.ids, {"sale_id": "sale_order", "partner_id": "res_partner"}),
        ("sale_order_line", template.order_line.ids, {"order_id": "sale_order"}),
        ("stock_move", picking.move_ids.ids, {"picking_id": "stock_picking"}),
        ("stock_move_line", picking.move_line_ids.ids, {"picking_id": "stock_picking"}),
        ("mail_message", messages.ids, {"res_id": "stock_picking"}),
    )
    for start in range(0, count, BATCH):
        made = {}
        env.cr.execute("SET LOCAL session_replication_role = replica")
        for table, ids, parents in parts:
            made[table] = copy(env.cr, table, ids, parents, made, min(BATCH, count - start))
        env.cr.execute("UPDATE stock_quant SET reserved_quantity = reserved_quantity + 1"
                       " WHERE product_id = ANY(%s)", [picking.move_ids.product_id.ids])
        env.cr.commit()


# What may stand once only.
UNIQUE = {
    "sale_order": {"xb_ref": "NULL"}, "stock_picking": {"name": "'RAW/' || new.id"},
    "xb_order_intake": {"ref": "'RAW/' || new.id"}, "xb_shop_buyer": {"key": "'RAW/' || new.id"},
}


@functools.cache
def columns_of(cr, table):
    """The columns of a table."""
    cr.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
               " AND NOT attisdropped", [table])
    return [name for [name] in cr.fetchall()]


def copy(cr, table, ids, parents, made, count):
    """Insert `count` copies of some rows of a table; gives the new ids of the first one's."""
    new = []
    for row_id in ids:
        cr.execute(f"SELECT nextval('{table}_id_seq') FROM generate_series(1, {count})")
        mine = [number for [number] in cr.fetchall()]
        named = {column: f"new.p{n}" for n, column in enumerate(parents)}
        named = {"id": "new.id", **UNIQUE.get(table, {}), **named}
        columns = columns_of(cr, table)
        arrays = [mine, *(made[parent] for parent in parents.values())]
        names = ", ".join(["id", *(f"p{n}" for n in range(len(parents)))])
        marks = ", ".join(["%s::int[]"] * len(arrays))
        quoted = ", ".join(f'"{column}"' for column in columns)
        chosen = ", ".join(named.get(column, f'old."{column}"') for column in columns)
        cr.execute(
            f"INSERT INTO {table} ({quoted}) SELECT {chosen}"
            f" FROM {table} old, unnest({marks}) AS new({names}) WHERE old.id = %s",
            [*arrays, row_id])
        new = new or mine
    return new


# -- two workers


def workers(database, shop_id, currency, prefix, number):
    """Import ORDERS orders in so many processes; gives orders a second."""
    barrier = multiprocessing.Barrier(number + 1)

    def work(index):
        data = values(None, prefix, ORDERS, currency, zipf=True)[index::number]
        with environment(database) as env:
            env["xb.shop"].browse(shop_id).import_orders(
                values(env, f"{prefix}w{index}", 2))
            env.cr.commit()
        barrier.wait()
        for start in range(0, len(data), BATCH // 2):
            insist(database, shop_id, data[start:start + BATCH // 2])
        reserve(database)
        os._exit(0)

    children = [multiprocessing.Process(target=work, args=(n,)) for n in range(number)]
    for child in children:
        child.start()
    barrier.wait()
    start = time.monotonic()
    for child in children:
        child.join()
        assert child.exitcode == 0
    reserve(database)  # what one of them has left while the other was done already
    seconds = time.monotonic() - start
    with environment(database) as env:
        left = env["stock.move"].search_count([
            ("sale_line_id.order_id.xb_ref", "=like", f"{prefix}-%"),
            ("state", "!=", "assigned")])
        assert not left, left
    return ORDERS / seconds


def reserve(database):
    """What the job of the queue does: reserve what was confirmed at a crowded shelf."""
    with environment(database) as env:
        if "xb.stock.due" not in env:
            return
        env["xb.stock.due"]._job_reserve()


def insist(database, shop_id, data):
    """Import a batch as Odoo and the queue do it: again where transactions collide."""
    from odoo.service.model import retrying

    with environment(database) as env:
        retrying(lambda: env["xb.shop"].browse(shop_id).import_orders(data), env)
        env.cr.commit()


@contextlib.contextmanager
def environment(database):
    """An environment as superuser on a cursor of this process's own."""
    import odoo.api
    import odoo.modules.registry
    import odoo.sql_db

    if environment.process != os.getpid():
        environment.process = os.getpid()
        odoo.sql_db._Pool = odoo.sql_db._Pool_readonly = None
        registry = odoo.modules.registry.Registry(database)
        registry._db = odoo.sql_db.db_connect(database)
    registry = odoo.modules.registry.Registry(database)
    with registry.cursor() as cr:
        yield odoo.api.Environment(cr, 1, {})


environment.process = os.getpid()

if __name__ == "__main__":
    main()
