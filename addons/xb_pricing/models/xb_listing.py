import numpy as np

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..const import BATCH, PRICE_KIND, PUBLISH_PRICE

PROBLEMS = [
    ("negative", "Loses money"), ("below_floor", "Below the floor"),
    ("no_price", "No price can be computed"), ("stale_rate", "Exchange rate too old"),
    ("stale_cost", "Cost too old"), ("drift", "Target missed")]
# Relative move of an input that counts as a reason.
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
    price_cost_days = fields.Integer("Age of Cost (Days)", readonly=True, copy=False,
                                     aggregator="max")
    price_problem = fields.Selection(PROBLEMS, readonly=True, copy=False,
                                     index="btree_not_null")
    price_remark = fields.Char(readonly=True, copy=False)
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

    # === CONSTRAINT METHODS === #

    @api.constrains("reference_price")
    def _check_reference_price(self):
        for listing in self:
            if listing.reference_price < 0:
                raise ValidationError(self.env._("A reference price is not below zero."))

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
        remarks = self._remarks(quotes)
        band = np.select([quotes.old_margin < edge for edge in (0, .1, .2, .3)],
                         ["1", "2", "3", "4"], "5")
        self.env.cr.execute(SQL(
            """
            UPDATE xb_listing x
               SET price_rule_id = v.rule, price_floor = v.floor, price_margin = v.margin,
                   price_profit = v.profit, price_cost_days = v.days, price_problem = v.problem,
                   price_remark = v.remark, price_margin_band = v.band, price_checked_at = %(now)s
              FROM unnest(%(listing)s::int[], %(rule)s::int[], %(floor)s::numeric[],
                          %(margin)s::numeric[], %(profit)s::numeric[], %(days)s::int[],
                          %(problem)s::text[], %(remark)s::text[], %(band)s::text[])
                   AS v(id, rule, floor, margin, profit, days, problem, remark, band)
             WHERE x.id = v.id
            """, now=self.env.cr.now(), listing=source.listing_id.tolist(),
            rule=[one or None for one in quotes.rule.tolist()],
            floor=(quotes.floor / unit).tolist(),
            margin=np.clip(np.round(quotes.old_margin, 6), -99, 99).tolist(),
            profit=(quotes.old_profit / home).tolist(), days=quotes.cost_days.tolist(),
            problem=problems, remark=remarks, band=band.tolist()))
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

    def _remarks(self, quotes):
        said = [None if problem is None else problem.as_dict(self.env._)["message"]
                for problem in quotes.problems]
        return [said[place] for place in quotes.problem.tolist()]

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
    def _get_reasons(self, source, quotes, rows, reason, home):
        """Return why each row's price changes: the input that moved most since it was computed
        last, else the run's own reason."""
        stored = self.env.execute_query(SQL(
            "SELECT COALESCE(price_cost, 0)::float, COALESCE(price_freight, 0)::float,"
            " COALESCE(price_rate, 0)::float, price_published_at IS NOT NULL FROM xb_listing"
            " WHERE id = ANY(%s) ORDER BY id", source.listing_id[rows].tolist()))
        before = np.array([row[:3] for row in stored]).reshape(-1, 3)
        known = np.array([row[3] for row in stored], bool)
        order = np.argsort(np.argsort(source.listing_id[rows]))
        before, known = before[order], known[order]
        now = np.stack([quotes.cost[rows] / home, quotes.freight[rows] / home,
                        quotes.rate[rows]], axis=1)
        base = np.maximum(before.max(axis=1, keepdims=True), 1e-9)
        base[:, :] = np.where(before[:, :1] > 0, before[:, :1], base)
        move = np.abs(now - before) / np.stack(
            [base[:, 0], base[:, 0], np.maximum(before[:, 2], 1e-9)], axis=1)
        names = np.array(["cost", "freight", "rate"])
        found = names[move.argmax(axis=1)]
        return np.where(known & (move.max(axis=1) > MOVED), found, reason).tolist()

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


def _band(margin):
    return next((name for name, edge in (("1", 0), ("2", .1), ("3", .2), ("4", .3))
                 if margin < edge), "5")
