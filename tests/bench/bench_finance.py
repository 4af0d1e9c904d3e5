"""Settlements and profit at full size: 100,000 lines imported, matched and posted; the profit of
300,000 orders of four lines worked out, also with freight and duty estimated from tariffs; then the
cockpit, and profit by month, shop and country.
Beside each the naive ORM way, on a tenth or less of the rows and scaled up; beside the pivot core's
own sales analysis of the same orders. Everything is rolled back."""

import base64
import gc
import os
import resource
import sys
import time
from datetime import date

from . import harness

NEEDS = "xb_finance"
LINES = int(os.environ.get("XB_BENCH_LINES", "100000"))
ORDERS = int(os.environ.get("XB_BENCH_ORDERS", "300000"))
NAIVE = 2_000
# Order lines per order: 300,000 orders are 1.2 million lines.
PER_ORDER = 4
SHOPS = 6
HEAD = ("settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\t"
        "currency\ttransaction-type\torder-id\tmerchant-order-id\tadjustment-id\tshipment-id\t"
        "marketplace-name\tamount-type\tamount-description\tamount\tfulfillment-id\tposted-date\t"
        "posted-date-time\torder-item-code\tsku\tquantity-purchased\tpromotion-id")
PARTS = (("ItemPrice", "Principal", 2000), ("ItemPrice", "Shipping", 499),
         ("ItemFees", "Commission", -375), ("ItemFees", "FBAPerUnitFulfillmentFee", -322))


def statement(lines):
    """A settlement of so many lines, four to an order."""
    rows, total = [], 0
    for place in range(lines):
        amount_type, description, cents = PARTS[place % 4]
        total += cents
        rows.append("\t".join((
            "BENCH", *[""] * 5, "Order", f"B-{place // 4}", "", "", f"D{place // 4}", "Market.com",
            amount_type, description, f"{cents / 100:.2f}", "MFN", "05/05/26",
            "2026-05-05 17:05:12 UTC", str(place), "MUG", "1", "")))
    summary = "\t".join(("BENCH", "2026-05-04 00:00:00 UTC", "2026-05-18 00:00:00 UTC",
                         "2026-05-20 00:00:00 UTC", f"{total / 100:.2f}", "USD", *[""] * 16))
    return base64.b64encode("\n".join((HEAD, summary, *rows)).encode()).decode()


def make_orders(env, shop, count):
    """Make many orders of one line by copying rows, as no test could wait for the ORM."""
    partner = env["res.partner"].create({"name": "Buyer"})
    product = env["product.product"].create({"name": "Mug", "type": "consu", "list_price": 24.99})
    order = env["sale.order"].create({
        "partner_id": partner.id, "xb_shop_id": shop.id, "company_id": shop.company_id.id,
        "xb_ref": "B-0", "order_line": [(0, 0, {
            "product_id": product.id, "product_uom_qty": 1, "price_unit": 24.99,
            "tax_ids": [(5, 0, 0)]})]})
    order.write({"state": "sale", "xb_rate": 0.8, "xb_rate_date": date(2026, 5, 4),
                 "currency_id": env.ref("base.USD").id})
    order.order_line.purchase_price = 9.0
    env.flush_all()
    last = order.id
    others = env["xb.shop"].create([{
        "name": f"Bench {n}", "company_id": shop.company_id.id,
        "currency_id": shop.currency_id.id} for n in range(SHOPS)])
    countries = env["res.country"].search([], limit=20)
    _copy(env, "sale_order", order.id, count - 1, {
        "name": "'B' || n", "xb_ref": "'B-' || n", "access_token": "NULL",
        "date_order": "now() AT TIME ZONE 'UTC' - (n %% 365) * interval '1 day'",
        "xb_country_id": f"(ARRAY{countries.ids})[1 + n %% {len(countries)}]",
        # the orders of the statement are the first shop's
        "xb_shop_id": f"CASE WHEN n <= {LINES // 4} THEN s.xb_shop_id"
                      f" ELSE (ARRAY{others.ids})[1 + n %% {SHOPS}] END"})
    env.cr.execute("SELECT array_agg(id ORDER BY id) FROM sale_order WHERE id > %s", [last])
    ids = env.cr.fetchone()[0] or []
    columns = _columns(env, "sale_order_line")
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join("o.id" if name == "order_id" else f'l."{name}"' for name in columns)
    env.cr.execute(
        f"INSERT INTO sale_order_line ({names}) SELECT {values} FROM sale_order_line l, "
        "unnest(%s) AS o(id), generate_series(1, %s) WHERE l.order_id = %s",
        [ids, PER_ORDER, last])
    env.cr.execute("ANALYZE sale_order; ANALYZE sale_order_line")
    env.invalidate_all()
    return order


def _columns(env, table):
    env.cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s "
                   "AND column_name != 'id'", [table])
    return [name for [name] in env.cr.fetchall()]


def _copy(env, table, source, count, changes):
    columns = _columns(env, table)
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(changes.get(name, f's."{name}"') for name in columns)
    env.cr.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} s, "
        "generate_series(1, %s) n WHERE s.id = %s", [count, source])


def naive_lines(env, settlement, count):
    """The lines of a statement written, matched and booked one by one through the ORM."""
    Line, Order = env["xb.settlement.line"], env["sale.order"]
    owner = settlement._prepare_line_owner_vals()
    for place in range(count):
        _type, description, cents = PARTS[place % 4]
        order = Order.search([("xb_ref", "=", f"B-{place // 4}"),
                              ("xb_shop_id", "=", settlement.shop_id.id)], limit=1)
        Line.create({
            **owner, "row": 10_000_000 + place, "part": 0, "kind": "sale", "kind_group": "sales",
            "amount": cents / 100, "order_ref": f"B-{place // 4}", "description": description,
            "order_id": order.id, "match": "order" if order else "open",
            "value": cents / 100 / 1.2})
    env.flush_all()


def naive_profit(orders):
    """Profit read through the ORM, order by order."""
    total = 0
    for order in orders:
        rate = order.xb_rate or 1
        total += order.amount_untaxed * rate - sum(
            line.product_uom_qty * line.purchase_price for line in order.order_line) * rate
        total += sum(order.env["xb.settlement.line"].search(
            [("order_id", "=", order.id)]).mapped("value"))
    return total


def memory():
    """Megabytes that the process has used at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bench(env):
    company = env.company
    env.ref("base.USD").active = True
    shop = env["xb.shop"].create({
        "name": "Bench", "company_id": company.id, "currency_id": company.currency_id.id})
    order = make_orders(env, shop, ORDERS)
    # Both are handed in first: what is measured is what their jobs take.
    small, large = (
        env["xb.settlement.file"].browse(shop.enqueue_statement(f"{lines}.txt", statement(lines)))
        for lines in (LINES // 10, LINES))
    env.flush_all()
    # A tenth first: what memory it takes is what any import takes.
    small._job_import()
    small.settlement_ids.action_cancel()
    env.flush_all()
    gc.collect()
    before = memory()
    started = time.perf_counter()
    large._job_import()
    env.flush_all()
    imported = time.perf_counter()
    settlement = large.settlement_ids
    assert settlement.state == "ready", settlement.state
    settlement.action_post()
    env.flush_all()
    done = time.perf_counter()
    print(f"import and match {imported - started:.1f} s, post {done - imported:.1f} s",
          file=sys.stderr)
    naive = harness.timed(lambda: naive_lines(env, settlement, NAIVE)) * LINES / NAIVE
    harness.row(f"settlement.{LINES}", "s", [done - started], [naive])
    harness.row(f"settlement.{LINES}.memory", "MB more", [memory() - before])

    def rebuild():
        env["xb.order.profit"]._rebuild(company=company)
        env.flush_all()

    seconds = harness.timed(rebuild)
    env.invalidate_all()
    orders = env["sale.order"].search([("xb_shop_id", "=", shop.id)], limit=NAIVE)
    slow = harness.timed(lambda: naive_profit(orders)) * ORDERS / NAIVE
    harness.row(f"profit.{ORDERS}", "s", [seconds], [slow])
    one = [harness.timed(lambda: env["xb.order.profit"]._rebuild(order)) * 1000 for _ in range(5)]
    harness.row("profit.one", "ms", one)
    screens(env)
    # Last: the rows that are replaced stay in the table until the transaction ends.
    if "xb.freight.table" in env:
        add_tariffs(env, order)
        harness.row(f"profit.tariffs.{ORDERS}", "s", [harness.timed(rebuild)])


def add_tariffs(env, order):
    """Freight and duty of all orders are estimated: by the gram, by the market."""
    company = order.company_id
    order.order_line.product_id.weight = 0.4
    table = env["xb.freight.table"].create({
        "name": "Bench", "company_id": company.id, "currency_id": company.currency_id.id,
        "step_kg": 0.1, "line_ids": [
            (0, 0, {"zone": "rest", "to_kg": 1, "registration": 2, "per_kg": 5}),
            (0, 0, {"zone": "rest", "from_kg": 1, "to_kg": 30, "registration": 4, "per_kg": 4})]})
    market = env["xb.price.market"].create({
        "name": "Bench", "company_id": company.id, "currency_id": env.ref("base.USD").id,
        "duty_rate": 0.1})
    env["xb.shop"].search([("company_id", "=", company.id)]).write({
        "freight_table_id": table.id, "price_market_id": market.id})
    env.flush_all()


def screens(env):
    """What is looked at: the cockpit of a month and of a year, and the pivot."""
    env.cr.execute("ANALYZE xb_order_profit")
    env.flush_all()

    def cold(work):
        env.invalidate_all()
        return harness.timed(work) * 1000

    for days in (30, 365):
        harness.row(f"cockpit.{days}", "ms", [cold(
            lambda days=days: env["xb.finance.cockpit"].get_cockpit(days)) for _ in range(3)])
    ours = [cold(lambda: env["xb.order.profit"].formatted_read_group(
        [], ["day:month", "shop_id", "country_id"], ["amount:sum"])) for _ in range(3)]
    plain = [cold(lambda: env["sale.report"].formatted_read_group(
        [], ["date:month", "team_id", "country_id"], ["price_subtotal:sum"])) for _ in range(3)]
    harness.row("pivot", "ms", ours, plain)
    # By product and component, of the month that the report opens with.
    start = date.today().replace(day=1)
    ours = [cold(lambda: env["xb.profit.line"].formatted_read_group(
        [("day", ">=", start)], ["product_id", "component"], ["amount:sum"])) for _ in range(3)]
    harness.row("pivot.product", "ms", ours)


if __name__ == "__main__":
    with harness.odoo() as env:
        bench(env)
        env.cr.rollback()
