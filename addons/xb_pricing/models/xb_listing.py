import json

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.misc import split_every

from odoo.addons.xb_orders.core.problem import retold, stored
from odoo.addons.xb_orders.words import words

from ..const import BATCH, PRICE_KIND, PUBLISH_PRICE
from ..sql import array, read_columns

PROBLEMS = [
    ("negative", "Loses money"), ("below_floor", "Below the floor"),
    ("no_price", "No price can be computed"), ("stale_rate", "Exchange rate too old"),
    ("stale_cost", "Cost too old"), ("drift", "Target missed")]
INPUTS = ("cost", "freight", "fee", "rate")
# Move of an input, as a share of the price, that counts as a reason.
MOVED = 0.0005


class XbListing(models.Model):
    """Prices of listings: what they earn today, and what is wrong with them."""

    _inherit = "xb.listing"

    # === FIELDS === #

    fee_category = fields.Char(help="On this platform; empty: that of the product.")
    reference_price = fields.Monetary(
        tracking=True, help="A competitor's or list price that a rule may match.")
    reference_date = fields.Date("Reference as of")
    price_rule_id = fields.Many2one(
        "xb.price.rule", readonly=True, index="btree_not_null", copy=False,
        ondelete="set null")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency")
    categ_id = fields.Many2one(
        related="product_id.categ_id", string="Product Category", store=True, index=True)
    price_floor = fields.Monetary("Floor Price", readonly=True, copy=False)
    price_margin = fields.Float("Net Margin", digits=(9, 6), readonly=True, copy=False,
                                aggregator="avg")
    price_profit = fields.Monetary("Profit per Order", currency_field="company_currency_id",
                                   readonly=True, copy=False)
    price_cost = fields.Monetary("Cost of Goods", currency_field="company_currency_id",
                                 readonly=True, copy=False)
    price_freight = fields.Monetary("Freight", currency_field="company_currency_id",
                                    readonly=True, copy=False)
    price_rate = fields.Float("Exchange Rate Used", digits=(16, 10), readonly=True, copy=False,
                              aggregator=None)
    price_fee = fields.Float("Fees", digits=(9, 6), readonly=True, copy=False, aggregator="avg",
                             help="Share of the price.")
    price_cost_days = fields.Integer("Age of Cost (Days)", readonly=True, copy=False,
                                     aggregator="max")
    price_problem = fields.Selection(PROBLEMS, readonly=True, copy=False,
                                     index="btree_not_null")
    price_problem_data = fields.Json(readonly=True, copy=False)
    price_remark = fields.Char("Remark", compute="_compute_price_remark")
    price_checked_at = fields.Datetime("Price Checked", readonly=True, copy=False)
    price_published_at = fields.Datetime("Price Published", readonly=True, copy=False)
    price_margin_band = fields.Selection(
        [("1", "Below 0 %"), ("2", "0 – 10 %"), ("3", "10 – 20 %"), ("4", "20 – 30 %"),
         ("5", "30 % and more")], "Margin Band", compute="_compute_price_margin_band", store=True)
    price_line_ids = fields.One2many("xb.price.line", "listing_id", "Price History", readonly=True)

    _reference_price_positive = models.Constraint(
        "CHECK (reference_price >= 0)", "A reference price is not below zero.")

    # === COMPUTE METHODS === #

    @api.depends("price_margin", "price_checked_at")
    def _compute_price_margin_band(self):
        for listing in self:
            listing.price_margin_band = listing.price_checked_at and _band(listing.price_margin)

    @api.depends("price_problem_data")
    @api.depends_context("lang")
    def _compute_price_remark(self):
        translate = words(self.env)
        for listing in self:
            data = listing.price_problem_data
            listing.price_remark = bool(data) and retold(data, translate)

    # === CONSTRAINT METHODS === #

    @api.constrains("reference_price")
    def _check_reference_price(self):
        for listing in self:
            if listing.reference_price < 0:
                raise ValidationError(self.env._("A reference price is not below zero."))

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `xb_orders`: a price that somebody sets rests on today's inputs, which the
        next look at it notes."""
        if "price" in vals:
            vals = {**vals, "price_rate": 0}
        return super().write(vals)

    # === ACTION METHODS === #

    def action_explain_price(self):
        """Open the workbench on these listings."""
        return {
            "type": "ir.actions.client", "tag": "xb_pricing.workbench",
            "name": self.env._("Price Workbench"), "context": {"listing_ids": self.ids}}

    def action_view_price_history(self):
        """Open the price changes of the listings."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_pricing.xb_price_line_action")
        return {**action, "domain": [("listing_id", "in", self.ids)], "context": {}}

    # === WATCH === #

    @api.model
    def _cron_watch_prices(self):
        """Enqueue a look at every listing with a price."""
        shops = self.env["xb.shop"].search([("price_market_id", "!=", False)])
        for shop in shops:
            shop.with_delay(description=f"Watch prices of {shop.name}")._job_watch_prices()

    def _watch(self):
        """Compute anew what today's prices earn, and what is wrong with them."""
        for batch in split_every(BATCH, self.ids, list):
            source = self.env["xb.price.source"]._read_listings(batch)
            self._write_watch(source, self.env["xb.price.quoter"]._quote(source))

    @api.model
    def _write_watch(self, source, quotes):
        """Store what quotes say about today's prices."""
        problems = self._judge(source, quotes)
        unit, home = self._units(source)
        band = np.select([quotes.old_margin < edge for edge in (0, .1, .2, .3)],
                         ["1", "2", "3", "4"], "5")
        self.env.cr.execute(SQL(
            """
            UPDATE xb_listing x
               SET price_rule_id = v.rule, price_floor = v.floor, price_margin = v.margin,
                   price_profit = v.profit, price_cost_days = v.days, price_problem = v.problem,
                   price_problem_data = v.data::jsonb, price_margin_band = v.band,
                   price_checked_at = %(now)s,
                   -- what the price rests on, where that is not known yet
                   price_cost = CASE WHEN x.price_rate > 0 THEN x.price_cost ELSE v.cost END,
                   price_freight = CASE WHEN x.price_rate > 0 THEN x.price_freight
                                        ELSE v.freight END,
                   price_fee = CASE WHEN x.price_rate > 0 THEN x.price_fee ELSE v.fee END,
                   price_rate = CASE WHEN x.price_rate > 0 THEN x.price_rate ELSE v.rate END
              FROM unnest(%(listing)s::int[], %(rule)s::int[], %(floor)s::numeric[],
                          %(margin)s::numeric[], %(profit)s::numeric[], %(days)s::int[],
                          %(problem)s::text[], %(data)s::text[], %(band)s::text[],
                          %(cost)s::numeric[], %(freight)s::numeric[], %(fee)s::numeric[],
                          %(rate)s::numeric[])
                   AS v(id, rule, floor, margin, profit, days, problem, data, band, cost,
                        freight, fee, rate)
             WHERE x.id = v.id
            """, now=self.env.cr.now(), **{name: array(values) for name, values in {
                "listing": source.listing_id.tolist(),
                "rule": [one or None for one in quotes.rule.tolist()],
                "floor": (quotes.floor / unit).tolist(),
                "margin": np.clip(np.round(quotes.old_margin, 6), -99, 99).tolist(),
                "profit": (quotes.old_profit / home).tolist(),
                "days": quotes.cost_days.tolist(), "problem": problems,
                "data": self._problem_data(quotes), "band": band.tolist(),
                "cost": (quotes.cost / home).tolist(),
                "freight": (quotes.freight / home).tolist(),
                "fee": _fee_share(quotes.old_fees, source.price).tolist(),
                "rate": quotes.rate.tolist()}.items()}))
        self.invalidate_model()

    def _judge(self, source, quotes):
        """Return the gravest problem of each listing, None for none."""
        priced = source.price > 0
        blamed = quotes.problem > 0
        stale = np.array([bool(one) and one.code == "rate_stale" for one in quotes.problems])
        drift = priced & (quotes.price > 0) & (source.price < quotes.price)
        found = np.select(
            [stale[quotes.problem], blamed, priced & (quotes.old_margin < 0),
             ~quotes.old_ok, quotes.stale_cost, drift],
            ["stale_rate", "no_price", "negative", "below_floor", "stale_cost", "drift"], "")
        return [one or None for one in found.tolist()]

    def _problem_data(self, quotes):
        """Return what is wrong with each listing as it is kept: the sentence and its values."""
        told = [None if problem is None else json.dumps(
            stored(problem.code, problem.template, problem.values))
            for problem in quotes.problems]
        return [told[place] for place in quotes.problem.tolist()]

    @api.model
    def _units(self, source):
        """Return smallest units per unit, of the shops' currencies and of the companies'."""
        shops = self.env["xb.shop"].browse(np.unique(source.shop_id).tolist())
        places = np.searchsorted(shops.ids, source.shop_id)
        return tuple(np.array([10.0 ** currency.decimal_places for currency in currencies])[places]
                     for currencies in ([shop.currency_id for shop in shops],
                                        [shop.company_id.currency_id for shop in shops]))

    # === GUARD AND REASONS === #

    @api.model
    def _below_floor(self, prices):
        """Return the listings for which a price breaks the floor of its rule.

        :param dict prices: price by listing id, whole units.
        """
        source = self.env["xb.price.source"]._read_listings(prices)
        unit, _home = self._units(source)
        source.price = np.rint(np.array(
            [float(prices[one]) for one in source.listing_id.tolist()]) * unit).astype(np.int64)
        quotes = self.env["xb.price.quoter"]._quote(source)
        bad = (quotes.problem > 0) & (quotes.floor == 0) | ~quotes.old_ok
        return source.listing_id[bad].tolist()

    @api.model
    def _get_moves(self, source, quotes, rows):
        """Return how far the inputs of rows have moved since their prices were set.

        :return: one row per listing, columns as :data:`INPUTS`, each as a share of the price; 0
            where it is not known what a price rests on.
        """
        listing_ids = source.listing_id[rows]
        self.flush_model(["price_cost", "price_freight", "price_fee", "price_rate"])
        before = np.stack(read_columns(self.env.cr, SQL(
            "SELECT COALESCE(price_cost, 0)::float, COALESCE(price_freight, 0)::float,"
            " COALESCE(price_fee, 0)::float, COALESCE(price_rate, 0)::float FROM xb_listing"
            " WHERE id = ANY(%s::int[]) ORDER BY id", array(listing_ids.tolist())), "ffff"),
            axis=1)[np.argsort(np.argsort(listing_ids))]
        unit, home = self._units(source)
        price = source.price[rows]
        known = (before[:, 3] > 0) & (price > 0) & (quotes.rate[rows] > 0)
        rate_before = np.where(known, before[:, 3], 1)
        revenue = np.where(known, price / unit[rows] * rate_before, 1)
        cost, freight = (amount[rows] / home[rows] for amount in (quotes.cost, quotes.freight))
        moves = np.stack([
            (cost - before[:, 0]) / revenue, (freight - before[:, 1]) / revenue,
            _fee_share(quotes.old_fees[rows], price) - before[:, 2],
            quotes.rate[rows] / rate_before - 1], axis=1)
        return np.where(known[:, None], np.abs(moves), 0)

    @api.model
    def _get_reasons(self, source, quotes, rows, reason):
        """Return why each row's price changes: the input that moved most since it was set, else
        the run's own reason."""
        moves = self._get_moves(source, quotes, rows)
        found = np.array(INPUTS)[moves.argmax(axis=1)] if len(rows) else np.zeros(0, str)
        return np.where(moves.max(axis=1, initial=0) > MOVED, found, reason).tolist()

    # === WHAT WAS SOLD === #

    @api.model
    def _get_sold_query(self, shop_ids):
        """Return the query of what shops sold in the last thirty days.

        Order lines that came from a listing count for it, of a bundle its first product. Lines
        without one count for the shop's oldest listing of one piece of the product.

        :return: SQL with the columns ``listing_id`` and ``quantity``
        """
        for name in ("sale.order", "sale.order.line", "xb.listing", "xb.listing.line"):
            self.env[name].flush_model()
        return SQL(
            """
            SELECT COALESCE(sl.xb_listing_id, alone.listing_id) AS listing_id,
                   sum(sl.product_uom_qty / COALESCE(f.quantity, 1)) AS quantity
              FROM sale_order o JOIN sale_order_line sl ON sl.order_id = o.id
              LEFT JOIN LATERAL (
                   SELECT c.product_id, NULLIF(c.quantity, 0)::numeric AS quantity
                     FROM xb_listing_line c WHERE c.listing_id = sl.xb_listing_id
                    ORDER BY c.sequence, c.id LIMIT 1) f ON TRUE
              LEFT JOIN LATERAL (
                   SELECT x.id AS listing_id FROM xb_listing x
                    WHERE sl.xb_listing_id IS NULL AND x.product_id = sl.product_id
                      AND x.shop_id = o.xb_shop_id AND x.active
                    ORDER BY x.id LIMIT 1) alone ON TRUE
             WHERE o.state = 'sale' AND o.date_order >= %s AND o.xb_shop_id = ANY(%s)
               AND (f.product_id = sl.product_id OR alone.listing_id IS NOT NULL)
             GROUP BY 1
            """, fields.Datetime.subtract(fields.Datetime.now(), days=30), shop_ids)

    # === PLATFORM === #

    def _job_push_price(self):
        """Tell the platform the listings' prices; the same price twice is told once."""
        # In sudo mode: prices were published by a person; the outbox belongs to integrators.
        outbox_sudo = self.env["xb.outbox"].sudo()
        for listing in self.exists():
            shop = listing.shop_id
            if listing.active and listing.price > 0 and shop._supports(PUBLISH_PRICE):
                outbox_sudo.push(
                    shop.sudo().connection_id, PRICE_KIND,
                    f"{shop.id}:{listing.ref or listing.sku}", listing._prepare_price_value(),
                    record=listing)

    def _prepare_price_value(self):
        """Return what a platform is told: ``{"listing", "sku", "price", "currency"}``, money as
        decimal text."""
        self.ensure_one()
        currency = self.shop_id.currency_id
        return {"listing": self.ref or "", "sku": self.sku or "",
                "price": f"{self.price:.{currency.decimal_places}f}", "currency": currency.name}

    def _xb_outbox_changed(self, row):
        """Hook of the outbox: nothing follows; the row itself says how it went."""


def _fee_share(fees, price):
    return np.round(np.clip(np.where(price > 0, fees / np.maximum(price, 1), 0), 0, 99), 6)


def _band(margin):
    return next((name for name, edge in (("1", 0), ("2", .1), ("3", .2), ("4", .3))
                 if margin < edge), "5")
