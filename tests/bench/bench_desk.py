"""The order desk on 300,000 orders: milliseconds until each screen's data is there.

The orders are copies of a few hundred imported ones, spread over two years and over stages,
problems, countries and tracking states as those of a shop are: a few thousand are open. Each row
`desk.<screen>` calls on the server what the web client calls to open that screen, as a clerk, with
a cold cache and the rights of every record checked; the picture on top (the web client's own work)
is not in it. The bar is 1,000 ms.
"""

import json
import os
import time

from . import harness

NEEDS = "xb_orders"
ORDERS = int(os.environ.get("XB_BENCH_DESK_ORDERS", "300000"))
TEMPLATES = 100
ROUNDS = 5
COUNTRIES = ("DE", "US", "GB", "FR", "JP", "NL", "AU", "CA")
PAGE = 80


def main():
    """Print the rows."""
    with harness.odoo() as env:
        shop = prepare(env)
        clerk = env["res.users"].with_context(no_reset_password=True).create({
            "name": "Bench clerk", "login": "bench-clerk",
            "group_ids": [(6, 0, [env.ref("xb_base.group_clerk").id])]})
        env.cr.commit()
        print(f"{ORDERS} orders", flush=True)
        for name, work in screens(env(user=clerk.id), shop):
            harness.row(f"desk.{name}", "ms", [elapsed(env, work) for _turn in range(ROUNDS)])


def elapsed(env, work):
    """Milliseconds of a call with nothing cached."""
    env.invalidate_all()
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def prepare(env):
    """A shop with ORDERS orders; the newest TEMPLATES of them are real ones."""
    shop = env["xb.shop"].create({
        "name": "Bench desk", "tz": "UTC", "currency_id": env.company.currency_id.id})
    products = env["product.product"].create([
        {"name": f"Desk {n}", "default_code": f"DESK-{n:03}", "type": "consu",
         "is_storable": True} for n in range(200)])
    place = shop._get_warehouse().lot_stock_id
    env["stock.quant"].create([
        {"product_id": product.id, "location_id": place.id, "quantity": 1e6}
        for product in products])
    env.cr.commit()  # the gate decides on what is committed
    verdicts = shop.import_orders([order_value(env, n) for n in range(TEMPLATES)])
    assert {verdict["state"] for verdict in verdicts} == {"created"}, verdicts[0]
    orders = env["sale.order"].browse([verdict["order_id"] for verdict in verdicts])
    env.cr.commit()
    multiply(env.cr, orders.ids, ORDERS - TEMPLATES)
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    return shop


def order_value(env, number):
    """An order of two lines."""
    return {
        "ref": f"DESK-{number:07}", "placed_at": "2026-11-04T06:15:22+00:00", "status": "paid",
        "ship_by": "2026-11-08T06:15:22+00:00", "currency": env.company.currency_id.name,
        "total": "29.00", "buyer": {"id": f"B{number}", "name": f"Buyer {number}"},
        "ship_to": {"name": f"Buyer {number}", "street": f"Way {number}", "city": "Town",
                    "zip": "10115", "country": COUNTRIES[number % len(COUNTRIES)]},
        "lines": [
            {"ref": "1", "sku": f"DESK-{number % 200:03}", "qty": "2", "unit_price": "12.50"},
            {"ref": "2", "sku": f"DESK-{(number * 7 + 1) % 200:03}", "qty": "1",
             "unit_price": "4.00"}],
    }


def multiply(cr, order_ids, count):
    """Copy orders and their lines by bare SQL; most copies are closed, a few thousand open."""
    cr.execute("SET LOCAL session_replication_role = replica")
    cr.execute("""
        CREATE TEMP TABLE made ON COMMIT DROP AS
        SELECT nextval('sale_order_id_seq')::int AS id, n,
               (%s::int[])[1 + n %% cardinality(%s::int[])] AS old_id,
               (ARRAY['to_pay', 'to_review', 'to_allocate', 'to_pick', 'to_ship', 'shipped',
                      'after_sale', 'delivered', 'cancelled'])[1 + n %% 9] AS open_state
          FROM generate_series(1, %s) AS n
    """, [order_ids, order_ids, count])
    copy(cr, "sale_order", "made.old_id = old.id", """
        'id', made.id, 'name', 'D' || made.n, 'xb_ref', 'DESK-'
            || lpad((made.n + 1000)::text, 7, '0'),
        'access_token', NULL,
        'xb_state', CASE WHEN made.n % 60 = 0 THEN made.open_state ELSE 'closed' END,
        'xb_problem_code', CASE WHEN made.n % 900 = 0 THEN 'unknown_sku' END,
        'xb_upload_state', CASE WHEN made.n % 60 = 0 THEN NULL ELSE 'confirmed' END,
        'xb_placed_at', timestamp '2026-11-20' - make_interval(secs => made.n * 210),
        'xb_ship_by', timestamp '2026-11-24' - make_interval(secs => made.n * 210),
        'date_order', timestamp '2026-11-20' - make_interval(secs => made.n * 210)
    """)
    cr.execute("CREATE INDEX ON made (old_id)")
    copy(cr, "sale_order_line", "made.old_id = old.order_id", """
        'id', nextval('sale_order_line_id_seq'), 'order_id', made.id
    """)


def copy(cr, table, joined, changes):
    """Insert one copy of a row per row of `made` that it is joined to."""
    cr.execute(
        f"INSERT INTO {table} SELECT new.* FROM made JOIN {table} old ON {joined},"
        f" LATERAL jsonb_populate_record(NULL::{table},"
        f" to_jsonb(old) || jsonb_build_object({changes})) AS new")


def screens(env, shop):
    """What the clerk opens: pairs of a name and the call."""
    Order = env["sale.order"]
    view = env.ref("xb_orders.sale_order_view_list")
    specification = read_specification(Order, view.id)
    mine = [("xb_shop_id", "!=", False)]
    still_open = [*mine, ("xb_state", "in", (
        "to_pay", "to_review", "to_allocate", "to_pick", "to_ship", "shipped", "after_sale"))]
    middle = Order.search([("xb_shop_id", "=", shop.id)], limit=1, offset=ORDERS // 2)

    def page(domain, offset=0):
        return lambda: Order.web_search_read(
            domain, specification, offset=offset, limit=PAGE, count_limit=10_001)

    def groups(domain, *by):
        return lambda: Order.formatted_read_group(
            domain, by, ["__count", "xb_amount_company:sum"])

    yield "counts", lambda: Order.get_xb_desk_counts([])
    yield "list_open", page(still_open)
    yield "list_all", page(mine)
    yield "list_far_page", page(mine, 10_000)
    for state in ("to_review", "to_pick", "closed"):
        yield f"list_{state}", page([*mine, ("xb_state", "=", state)])
    yield "list_late", page([*still_open, ("xb_ship_by", "<", "2026-11-01 00:00:00")])
    yield "list_problem", page([*mine, ("xb_problem_code", "!=", False)])
    yield "list_refused", page([*mine, ("xb_upload_state", "=", "refused")])
    yield "search_reference", page([*mine, "|", ("xb_ref", "ilike", "DESK-0123456"),
                                    ("name", "ilike", "DESK-0123456")])
    yield "search_sku", page([*mine, "|", ("xb_sku_key", "ilike", "DESK-017"),
                              ("order_line.product_id", "ilike", "DESK-017")])
    yield "search_customer", page([*mine, ("partner_id", "child_of", middle.partner_id.ids)])
    for field in ("xb_state", "xb_shop_id", "xb_country_id", "carrier_id", "xb_sku_key",
                  "xb_placed_at:day"):
        yield f"group_{field.partition(':')[0]}", groups(mine, field)
    yield "pivot", groups(mine, "xb_shop_id", "xb_state")
    yield "graph", groups(mine, "xb_placed_at:day", "xb_state")
    form = read_specification(Order, None, "form")
    yield "form", lambda: middle.with_env(env).web_read(form)


def read_specification(records, view_id, kind="list"):
    """The fields that the web client reads for a view, as it names them."""
    from lxml import etree

    views = records.get_views([(view_id, kind)])
    arch = etree.fromstring(views["views"][kind]["arch"])
    found = {}
    for node in arch.iter("field"):
        if any(parent.tag == "field" for parent in node.iterancestors()):
            continue
        name = node.get("name")
        field = records._fields[name]
        found[name] = {"fields": {"display_name": {}}} if field.relational else {}
    return json.loads(json.dumps(found))


if __name__ == "__main__":
    main()
