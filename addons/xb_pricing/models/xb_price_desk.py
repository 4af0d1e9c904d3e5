import numpy as np

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.xb_orders.words import words

from ..const import APPROVE_GROUP, WRITE_GROUPS
from ..money import shown, to_decimal
from .xb_price_explainer import STATES
from .xb_price_plan import WhatIf

PAGE = 80
BINS = 24


class XbPriceDesk(models.AbstractModel):
    """What the price workbench asks; everything is checked, as over RPC."""

    _name = "xb.price.desk"
    _description = "Price Workbench"

    # === RPC === #

    @api.model
    def get_setup(self):
        """Return shops, rules and rights for the workbench.

        :return: ``{"shops": [{"id", "name", "currency", "count", "ready"}], "rules": [...],
            "can_write", "can_approve", "runs": [...]}``
        """
        shops = self.env["xb.shop"].search([("company_id", "in", self.env.companies.ids)])
        self.env["xb.price.quoter"]._check_quote_access(shops)
        counts = dict(self.env["xb.listing"]._read_group(
            [("shop_id", "in", shops.ids)], ["shop_id"], ["__count"]))
        rules = self.env["xb.price.rule"].search([("company_id", "in", self.env.companies.ids)])
        runs = self.env["xb.price.run"].search(
            [("company_id", "in", self.env.companies.ids)], limit=5)
        states = dict(runs._fields["state"]._description_selection(self.env))
        groups = self.env["xb.fee.line"]._fields["group"]._description_selection(self.env)
        return {
            "shops": [{"id": shop.id, "name": shop.name, "currency": shop.currency_id.name,
                       "count": counts.get(shop, 0), "ready": bool(shop.price_market_id)}
                      for shop in shops],
            "rules": [{"id": rule.id, "name": rule.name, "scope": rule.scope,
                       "target": rule.target_label, "floor": rule.floor_label or False,
                       "fallback": rule.fallback_id.name or False} for rule in rules],
            "runs": [{"id": run.id, "name": run.name, "state": run.state,
                      "label": states[run.state], "count": run.line_count} for run in runs],
            "fee_groups": [list(pair) for pair in groups],
            "can_write": any(map(self.env.user.has_group, WRITE_GROUPS)),
            "can_approve": self.env.user.has_group(APPROVE_GROUP),
        }

    @api.model
    def simulate(self, domain, what_if=None, offset=0, limit=PAGE, only="all", sort="change"):
        """Price listings and say what would change. Writes nothing.

        :param list domain: of `xb.listing`.
        :param dict what_if: ``{"target", "target_points", "fee_points", "fee_group", "rate",
            "cost", "freight"}``, shares as numbers (0.02), rate, cost and freight as relative
            changes.
        :param str only: ``all, changed, up, down, problem``.
        :param str sort: ``change, margin, name``.
        :return: ``{"total", "shown", "shops": [{"id", "name", "count", "changed", "up", "down",
            "problems", "margin_before", "margin_after", "effect"}], "histogram": {"edges",
            "before", "after"}, "effect", "rows": [...]}``
        """
        source, quotes = self._price(domain, self._what_if(what_if))
        chosen = self._filter(source, quotes, only, sort)
        page = chosen[int(offset):int(offset) + min(int(limit), 500)]
        sold = self._sold(source)
        return {
            "total": len(source), "shown": len(chosen),
            "currency": self.env.company.currency_id.name,
            "shops": self._shops(source, quotes, sold),
            "histogram": self._histogram(quotes),
            "effect": f"{self._effect(source, quotes, sold):.2f}",
            "rows": self._rows(source, quotes, page),
        }

    @api.model
    def explain(self, listing_id, what_if=None):
        """Return the explanation of one listing's price; see `xb.price.explainer`."""
        listing = self._listings([("id", "=", listing_id)])
        if not listing:
            raise UserError(self.env._("This listing is not there any more."))
        source = self.env["xb.price.source"]._read_listings(listing.ids)
        return self.env["xb.price.explainer"]._explain(source, self._what_if(what_if))[0]

    @api.model
    def ask(self, domain, note="", only="all"):
        """Make a run of the prices that change, for approval.

        :return: ``{"id", "name", "count", "over_limit", "state"}``, false when nothing changes.
        :raise AccessError: only buyers and managers change prices.
        """
        if not any(map(self.env.user.has_group, WRITE_GROUPS)):
            raise AccessError(self.env._("Only buyers and managers change prices."))
        source, quotes = self._price(domain, WhatIf())
        if only in ("up", "down"):
            wrong = quotes.price > source.price if only == "down" else quotes.price < source.price
            quotes.price[wrong] = 0
        run = self.env["xb.price.run"]._propose(source, quotes, "manual", note or "")
        if not run:
            return False
        if len(run) == 1 and run.over_limit_count:
            run._ask_managers()
        return [{"id": one.id, "name": one.name, "count": one.line_count,
                 "over_limit": one.over_limit_count, "state": one.state} for one in run]

    # === STEPS === #

    def _listings(self, domain):
        listings = self.env["xb.listing"].search(domain, order="id")
        self.env["xb.price.quoter"]._check_quote_access(listings.shop_id)
        return listings

    def _price(self, domain, what_if):
        listings = self._listings(domain)
        source = self.env["xb.price.source"]._read_listings(listings.ids)
        return source, self.env["xb.price.quoter"]._quote(source, what_if)

    def _what_if(self, values):
        """Return checked changes.

        :raise UserError: a value is no number, or out of range.
        """
        values = values or {}
        numbers = {}
        for name in ("target", "target_points", "fee_points", "rate", "cost", "freight"):
            value = values.get(name) or 0
            if isinstance(value, bool) or not isinstance(value, int | float) \
                    or not -0.99 <= value <= 9:
                raise UserError(self.env._(
                    "“%(value)s” cannot be used for %(name)s. Enter a share such as 2 %%.",
                    value=value, name=name))
            numbers[name] = to_decimal(value)
        has_target = values.get("target") not in (None, False, "")
        return WhatIf(
            target=numbers["target"] if has_target else None,
            target_points=numbers["target_points"], fee_points=numbers["fee_points"],
            fee_group=str(values.get("fee_group") or "commission"),
            rate_factor=1 + numbers["rate"], cost_factor=1 + numbers["cost"],
            freight_factor=1 + numbers["freight"])

    def _filter(self, source, quotes, only, sort):
        masks = {
            "changed": (quotes.price > 0) & (quotes.price != source.price),
            "up": (quotes.price > source.price), "problem": quotes.problem > 0,
            "down": (quotes.price > 0) & (quotes.price < source.price)}
        rows = np.flatnonzero(masks[only]) if only in masks else np.arange(len(source))
        if sort == "margin":
            return rows[np.argsort(quotes.margin[rows], kind="stable")]
        if sort == "change":
            change = np.abs(quotes.price[rows] - source.price[rows]) / np.maximum(
                source.price[rows], 1)
            return rows[np.argsort(-change, kind="stable")]
        return rows

    def _sold(self, source):
        """Return last month's quantity of each listing."""
        query = self.env["xb.listing"]._get_sold_query(np.unique(source.shop_id).tolist())
        sold = {key: float(quantity) for key, quantity in self.env.execute_query(query)}
        return np.array([sold.get(one, 0.0) for one in source.listing_id.tolist()])

    def _effect(self, source, quotes, sold):
        gain = np.where(quotes.price > 0, quotes.profit - quotes.old_profit, 0)
        _unit, home = self.env["xb.listing"]._units(source)
        return float((gain / home * sold).sum())

    def _shops(self, source, quotes, sold):
        answer = []
        for shop in self.env["xb.shop"].browse(np.unique(source.shop_id).tolist()):
            rows = np.flatnonzero(source.shop_id == shop.id)
            old, new = source.price[rows], quotes.price[rows]
            before, after = rows[old > 0], rows[new > 0]
            answer.append({
                "id": shop.id, "name": shop.name, "count": len(rows),
                "changed": int(((new > 0) & (new != old)).sum()),
                "up": int((new > old).sum()), "down": int(((new > 0) & (new < old)).sum()),
                "same": int(((new > 0) & (new == old)).sum()),
                "problems": int((new == 0).sum()),
                "margin_before": _mean(quotes.old_margin[before]),
                "margin_after": _mean(quotes.margin[after]),
                "effect": f"{self._effect_of(source, quotes, sold, rows):.2f}",
            })
        return answer

    def _effect_of(self, source, quotes, sold, rows):
        only = np.zeros(len(source))
        only[rows] = sold[rows]
        return self._effect(source, quotes, only)

    def _histogram(self, quotes):
        """Return how many listings have which margin, before and after; ends are open."""
        edges = np.linspace(-0.2, 0.6, BINS + 1)
        known = quotes.rule > 0

        def counts(margins):
            inside = np.clip(margins, edges[0] + 1e-9, edges[-1] - 1e-9)
            return np.histogram(inside, edges)[0].tolist()

        return {"edges": np.round(edges, 4).tolist(),
                "before": counts(quotes.old_margin[known & (quotes.old_profit != 0)]),
                "after": counts(quotes.margin[quotes.price > 0])}

    def _rows(self, source, quotes, rows):
        listings = self.env["xb.listing"].browse(source.listing_id[rows].tolist())
        rules = {rule.id: rule for rule in self.env["xb.price.rule"].browse(
            np.unique(quotes.rule[rows][quotes.rule[rows] > 0]).tolist())}
        answer = []
        for row, listing in zip(rows.tolist(), listings, strict=True):
            problem, rule = quotes.problem_of(row), rules.get(int(quotes.rule[row]))
            places = listing.shop_id.currency_id.decimal_places
            answer.append({
                "id": listing.id, "name": listing.title or listing.product_id.display_name
                or listing.sku or "", "sku": listing.sku or listing.ref or "",
                "shop": listing.shop_id.name, "currency": listing.shop_id.currency_id.name,
                "product_id": listing.product_id.id, "old": shown(source.price[row], places),
                "new": shown(quotes.price[row], places),
                "floor": shown(quotes.floor[row], places),
                "old_margin": round(float(quotes.old_margin[row]), 4)
                if quotes.old_profit[row] or quotes.old_margin[row] else False,
                "margin": round(float(quotes.margin[row]), 4) if quotes.price[row] else False,
                "target": round(float(rule.target_share), 4) if rule
                and rule.target_kind == "margin" else False,
                "state": STATES[int(quotes.state[row])], "old_ok": bool(quotes.old_ok[row]),
                "stale": bool(quotes.stale_cost[row]), "rule": rule.name if rule else False,
                "problem": problem.as_dict(words(self.env))["message"] if problem else False,
            })
        return answer


def _mean(values):
    return round(float(np.clip(values, -9, 9).mean()), 4) if len(values) else False
