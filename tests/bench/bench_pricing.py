"""Prices: quotes a second of the engine, and a hundred thousand listings priced anew.

`engine.quotes`: solved and evaluated per second on one core: whole-price bands, VAT inside, a
foreign currency and an ending, target and floor.
`price.100000`: listings per second read and priced, nothing written: net margin after fees, tax and
conversion, the floor, what today's price earns. Plain is Odoo's own price list, cost plus x percent
with rounding, asked for some thousand products in the shop's currency; committed data, cold caches.
`reprice.100000`: listings per second from the database to the database: read, solve, write lines of
history, listings and price list. Plain computes the same price list and writes fixed prices
through the ORM; `reprice.over_computation` sets it beside the plain computation alone.
`quote.explained`: milliseconds of one quote with its explanation.
"""

import os
import time
from decimal import Decimal as D

import numpy as np

from . import harness

NEEDS = "xb_pricing"
ROUNDS = 3
COUNT = int(os.environ.get("XB_BENCH_LISTINGS", "100000"))
PLAIN = 2000


def main():
    """Print the rows."""
    with harness.odoo() as env:
        engine_quotes()
        reprice(env)


def engine_quotes():
    from odoo.addons.xb_pricing.core import engine as e
    from odoo.addons.xb_pricing.core import plan as p

    one = e.Engine(p.Plan(
        fx=D("9.40"), spread=D("0.01"), buffer=D("0.02"), tax_mode=p.INCLUDED, tax=D("0.2"),
        ceiling=D(2000), endings=(p.Ending(D(1), (D("0.99"),)),),
        fees=(p.Fee("referral", "R", p.TOTAL, (
            p.Tier(D(15), D("0.05")), p.Tier(D(20), D("0.10")), p.Tier(None, D("0.15"))),
            minimum=D("0.25")),
            p.Fee("fba", "F", p.FIXED, (p.Tier(None, D(0), D(3)),)),
            p.Fee("dsf", "D", "fee:referral", (p.Tier(None, D("0.02")),)))))
    costs = e.Costs(np.random.default_rng(1).integers(1000, 60_000, 200_000))
    figures = []
    for _turn in range(ROUNDS):
        start = time.perf_counter()
        prices = one.solve(costs, e.Goal(e.MARGIN, 150_000), e.Goal(e.MARGIN, 50_000))
        one.result(prices.price, costs)
        figures.append(len(costs.home) / (time.perf_counter() - start))
        assert (prices.price > 0).all()
    harness.row("engine.quotes", "quotes/s", figures)


def reprice(env):
    shop, listings, products = setup(env)
    figures = {name: [] for name in ("price", "whole", "computed", "plain", "explained")}
    for turn in range(ROUNDS):
        env.cr.execute("UPDATE product_product SET standard_price = jsonb_build_object(%s::text,"
                       " 3 + id %% 97 + %s) WHERE id = ANY(%s)",
                       [str(env.company.id), turn * 2, products.ids])
        env.invalidate_all()
        env.cr.commit()
        start = time.perf_counter()
        source = env["xb.price.source"]._read_listings(listings)
        quotes = env["xb.price.quoter"]._quote(source)
        figures["price"].append(len(listings) / (time.perf_counter() - start))
        run = env["xb.price.run"]._propose(source, quotes, at_once=True)
        env.cr.commit()
        figures["whole"].append(len(listings) / (time.perf_counter() - start))
        assert run.published_count > len(listings) * 0.9, (run.published_count, run.skipped_count)
        computed, written = plain_prices(env, shop, products[turn * PLAIN:(turn + 1) * PLAIN])
        figures["computed"].append(computed)
        figures["plain"].append(written)
        env.invalidate_all()
        start = time.perf_counter()
        env["xb.price.rule"].quote([products[turn].id], shop.id)
        figures["explained"].append((time.perf_counter() - start) * 1000)
    harness.row(f"price.{COUNT}", "listings/s", figures["price"], figures["computed"])
    harness.row(f"reprice.{COUNT}", "listings/s", figures["whole"], figures["plain"])
    harness.row("reprice.over_computation", "listings/s", figures["whole"], figures["computed"])
    harness.row("quote.explained", "ms", figures["explained"])


def plain_prices(env, shop, products):
    """Odoo's own: compute cost plus 40 %, ending .99, for each product; write it as a fixed price.

    :return: products per second, computed, and computed and written
    """
    currency = shop.currency_id
    pricelist = env["product.pricelist"].create({
        "name": "bench", "currency_id": currency.id, "item_ids": [(0, 0, {
            "compute_price": "formula", "base": "standard_price", "price_discount": -40,
            "price_round": 1, "price_surcharge": -0.01})]})
    fixed = env["product.pricelist"].create({"name": "bench fixed", "currency_id": currency.id})
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
    start = time.perf_counter()
    prices = pricelist._get_products_price(products, 1.0)
    computed = time.perf_counter() - start
    env["product.pricelist.item"].create([{
        "pricelist_id": fixed.id, "applied_on": "0_product_variant", "product_id": product.id,
        "product_tmpl_id": product.product_tmpl_id.id, "compute_price": "fixed",
        "fixed_price": prices[product.id]} for product in products])
    env.flush_all()
    env.cr.commit()
    return len(products) / computed, len(products) / (time.perf_counter() - start)


def setup(env):
    """A shop with COUNT listings of COUNT products, committed."""
    company = env.company
    env["xb.price.rule"].search([]).active = False
    eur = env.ref("base.EUR")
    eur.active = True
    env["res.currency.rate"].search([("currency_id", "=", eur.id)]).unlink()
    env["res.currency.rate"].create({"currency_id": eur.id, "rate": 0.87, "company_id": company.id})
    market = env["xb.price.market"].create({
        "name": "bench", "currency_id": eur.id, "tax_rate": 0.19, "buffer": 0.02,
        "ending_ids": [(0, 0, {"modulus": 1, "ends": "0.99"})]})
    schedule = env["xb.fee.schedule"].create({
        "name": "bench", "currency_id": eur.id, "line_ids": [
            (0, 0, {"code": "r", "name": "R", "up_to": limit, "rate": rate, "minimum": 0.3})
            for limit, rate in ((15, 0.05), (20, 0.10), (0, 0.15))]})
    shop = env["xb.shop"].create({
        "name": "bench", "currency_id": eur.id, "tz": "UTC", "price_market_id": market.id,
        "fee_schedule_ids": [(6, 0, schedule.ids)], "price_approval_change": 0})
    env["xb.price.rule"].create({"name": "bench", "packaging": 0.3, "company_id": company.id})
    products = env["product.product"]
    context = {"tracking_disable": True, "mail_create_nolog": True}
    sample = products.with_context(**context).create({"name": "bench", "is_storable": True})
    env.flush_all()
    columns = {name: clone_columns(env, name) for name in ("product_template", "product_product")}
    env.cr.execute(
        f"INSERT INTO product_template (id, {columns['product_template']}) SELECT"
        f" nextval('product_template_id_seq'), {columns['product_template']} FROM product_template,"
        " generate_series(1, %s) WHERE id = %s RETURNING id",
        [COUNT, sample.product_tmpl_id.id])
    templates = [row[0] for row in env.cr.fetchall()]
    rest = columns["product_product"].replace('"product_tmpl_id", ', "")
    env.cr.execute(
        f"INSERT INTO product_product (product_tmpl_id, {rest}) SELECT t, {rest} FROM"
        " product_product, unnest(%s) t WHERE product_product.id = %s RETURNING id",
        [templates, sample.id])
    products = products.browse([row[0] for row in env.cr.fetchall()])
    env.cr.execute(
        """INSERT INTO xb_listing (shop_id, company_id, sku, title, price, currency_id, active,
               product_id, is_mapped)
           SELECT %s, %s, 'B' || p, 'bench', 9.99, %s, TRUE, p, TRUE FROM unnest(%s) p
           RETURNING id, product_id""",
        [shop.id, company.id, eur.id, products.ids])
    pairs = env.cr.fetchall()
    env.cr.execute(
        """INSERT INTO xb_listing_line (listing_id, company_id, product_id, quantity, sequence)
           SELECT l, %s, p, 1, 10 FROM unnest(%s, %s) AS v(l, p)""",
        [company.id, [one for one, _ in pairs], [one for _, one in pairs]])
    env.cr.execute("ANALYZE xb_listing, xb_listing_line, product_product, product_template")
    env.invalidate_all()
    env.cr.commit()
    return shop, [one for one, _ in pairs], products


def clone_columns(env, table):
    env.cr.execute(
        "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY column_name ="
        " 'product_tmpl_id' DESC, column_name) FROM information_schema.columns"
        " WHERE table_name = %s AND column_name <> 'id'", [table])
    columns = env.cr.fetchone()[0]
    return columns.replace("product_tmpl_id, ", '"product_tmpl_id", ')


if __name__ == "__main__":
    main()
