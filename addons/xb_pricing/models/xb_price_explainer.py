from decimal import Decimal

import numpy as np

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.xb_orders.core.problem import said
from odoo.addons.xb_orders.words import words

from ..const import MAX_QUOTES
from ..core import engine
from ..core.exact import Needs, frac
from ..core.explain import Cost, explain
from ..money import shown
from .xb_price_plan import WhatIf

STATES = {engine.OK: "ok", engine.MATCHED: "matched", engine.RAISED: "raised",
          engine.NO_PRICE: "none"}


class XbPriceExplainer(models.AbstractModel):
    """One price, every cent of it.

    An answer is ``{"product_id", "listing_id", "name", "shop_id", "currency",
    "company_currency", "state": ok|matched|raised|none, "price", "old_price", "floor",
    "lowest", "exact", "intervals": [[from, to]], "next": start of the next possible prices,
    "limit_margin", "rule_id", "rule", "chain": [{"id", "name", "used"}], "target", "fx",
    "margin", "profit", "revenue", "net", "buyer", "problems": [{"code", "message", "column"}],
    "steps": [{"kind", "code", "label", "amount", "home", "base", "rate", "note"}]}``; money and
    shares are decimal text, and what is not known is false.
    """

    _name = "xb.price.explainer"
    _description = "Price Explainer"

    def _quote(self, product_ids, shop_id):
        """See `xb.price.rule.quote`."""
        ids = self._checked_ids(product_ids)
        shop = self.env["xb.shop"].browse(shop_id if isinstance(shop_id, int) else 0).exists()
        if not shop:
            raise UserError(self.env._("There is no shop with the id %(id)s.", id=shop_id))
        self.env["xb.price.quoter"]._check_quote_access(shop)
        products = self.env["product.product"].browse(ids)
        missing = set(ids) - set(products.exists().ids)
        if missing:
            raise UserError(self.env._(
                "There is no product with the id %(ids)s.", ids=", ".join(map(str, missing))))
        products.check_access("read")
        listings = self.env["xb.listing"].search(
            [("shop_id", "=", shop.id), ("product_id", "in", ids)], order="id desc")
        own = {listing.product_id.id: listing.id for listing in listings}
        alone = [product_id for product_id in ids if product_id not in own]
        answers = {}
        if own:
            for answer in self._explain(
                    self.env["xb.price.source"]._read_listings(own.values())):
                answers[answer["product_id"]] = answer
        if alone:
            source = self.env["xb.price.source"]._read_products(alone, shop)
            for answer in self._explain(source):
                answers[answer["product_id"]] = answer
        return [answers[product_id] for product_id in ids]

    def _checked_ids(self, product_ids):
        if not isinstance(product_ids, list) or not all(
                isinstance(one, int) and not isinstance(one, bool) and one > 0
                for one in product_ids):
            raise UserError(self.env._("Give a list of product ids."))
        if len(product_ids) > MAX_QUOTES:
            raise UserError(self.env._(
                "%(count)s products at once are too many; at most %(limit)s are explained.",
                count=len(product_ids), limit=MAX_QUOTES))
        return list(dict.fromkeys(product_ids))

    def _explain(self, source, what_if=None, price=None):
        """Return the explanation of every row of a source.

        :param int price: explain this price (smallest units) instead of the solved one.
        """
        what_if = what_if or WhatIf()
        batches = {}
        self.env["xb.price.quoter"]._quote(source, what_if, batches)
        answers = []
        for row, shop_id in enumerate(source.shop_id.tolist()):
            answers.append(self._answer(batches[shop_id], row, price))
        return answers

    def _answer(self, batch, row, price):
        source, quotes, shop = batch.source, batch.quotes, batch.shop
        listing = self.env["xb.listing"].browse(int(source.listing_id[row]))
        product = self.env["product.product"].browse(int(source.product_id[row]))
        problem = quotes.problem_of(row)
        rule = batch.env["xb.price.rule"].browse(int(quotes.rule[row]))
        unit = shop.currency_id.decimal_places
        explained = price or int(quotes.price[row])
        answer = {
            "product_id": product.id, "listing_id": listing.id, "shop_id": shop.id,
            "name": (listing or product).display_name or False,
            "currency": shop.currency_id.name,
            "company_currency": shop.company_id.currency_id.name,
            "state": STATES[int(quotes.state[row])], "price": shown(explained, unit),
            "old_price": shown(source.price[row], unit), "floor": shown(quotes.floor[row], unit),
            "rule_id": rule.id, "rule": rule.name or False, "target": rule.target_label or False,
            "chain": self._chain(batch, row, rule), "fx": False, "steps": [],
            "problems": [self._said(problem)] if problem else [],
        }
        for name in ("lowest", "exact", "next", "limit_margin", "margin", "profit", "revenue",
                     "net", "buyer"):
            answer[name] = False
        answer["intervals"] = []
        if rule and (not problem or problem.code == "infeasible"):
            self._add_numbers(answer, batch, row, rule, explained or int(source.price[row]))
        return answer

    def _said(self, problem):
        return {"code": problem.code, "column": problem.column or False,
                "message": said(problem.template, problem.values, words(self.env))}

    def _chain(self, batch, row, rule):
        """Return the rules that were tried, in order: the one that fits, then its fallbacks."""
        matched = batch.quoter._match_rules(batch.source, batch.shop, np.array([row]), batch.day)
        one, chain = matched[0][0], []
        while one:
            chain.append({"id": one.id, "name": one.name, "used": one == rule})
            one = one.fallback_id if one != rule else one.browse()
        return chain

    def _add_numbers(self, answer, batch, row, rule, price):
        quotes, source = batch.quotes, batch.source
        category = source.fee_categories[source.fee_category[row]]
        one, rate = batch.engine(rule, category)
        plan = one.plan
        costs = self._cost_lines(batch, row, rule)
        home = sum((cost.amount for cost in costs), Decimal(0))
        answer["fx"] = f"{rate.value:f}"
        answer["rate_day"] = rate.day.isoformat()
        if price:
            fall = explain(plan, Decimal(int(price)).scaleb(-plan.decimals), costs)
            margin = fall.margin
            answer.update(
                net=f"{fall.net:f}", buyer=f"{fall.buyer:f}",
                profit=f"{fall.steps[-1].home:f}",
                revenue=f"{round(fall.revenue, plan.home_decimals):f}",
                margin=False if margin is None else f"{margin:.6f}",
                steps=[self._step(step) for step in fall.steps])
        target, floor = batch.goals(rule)
        goal = target or floor
        if goal:
            goods = Decimal(int(quotes.cost[row])) / batch.home
            self._add_intervals(answer, one, goal, (frac(home), frac(goods)), batch.home)
            units = engine.Costs([quotes.cost[row] + quotes.freight[row] + quotes.other[row]],
                                 home_goods=[quotes.cost[row]])
            lowest = one.solve(units, *filter(None, (target, floor)), endings=False).price[0]
            answer["lowest"] = shown(lowest, plan.decimals)

    def _add_intervals(self, answer, one, goal, costs, unit):
        share = frac(goal.value) / 10 ** 6
        amount = costs[0]
        if goal.kind == engine.MARKUP:
            amount *= 1 + share
        elif goal.kind == engine.PROFIT:
            amount += frac(goal.value) / unit
        salvage = one.back * one.salvage
        amount -= salvage * costs[1]
        needs = Needs(share if goal.kind == engine.MARGIN else frac(0), amount)
        found = one.exact.intervals(needs)
        answer["intervals"] = [
            [f"{float(piece.low):.4f}", False if piece.high == one.exact.ceiling
             else f"{float(piece.high):.4f}"] for piece in found]
        if found:
            answer["exact"] = f"{float(found[0].low):.6f}"
            answer["next"] = f"{float(found[1].low):.4f}" if len(found) > 1 else False
        limit = one.exact.limit_margin()
        answer["limit_margin"] = False if limit is None else f"{float(limit):.6f}"

    def _cost_lines(self, batch, row, rule):
        """Return the costs of a row as the waterfall shows them."""
        quotes = batch.quotes
        labels = dict(rule._fields["cost_source"]._description_selection(self.env))
        lines = [("goods", self.env._("Goods"), quotes.cost[row], True, self.env._(
                      "%(origin)s, %(days)s days old", origin=labels[rule.cost_source],
                      days=int(quotes.cost_days[row]))),
                 ("freight", self.env._("Freight"), quotes.freight[row], False, ""),
                 ("other", self.env._("Packaging, first leg, other"), quotes.other[row], False,
                  "")]
        return [Cost(code, name, Decimal(int(amount)) / batch.home, goods=goods, note=note)
                for code, name, amount, goods, note in lines if amount]

    def _step(self, step):
        return {
            "kind": step.kind, "code": step.code, "label": self._label(step),
            "amount": False if step.amount is None else f"{step.amount:f}",
            "home": f"{step.home:f}",
            "base": False if step.base is None else f"{step.base:f}",
            "rate": False if step.rate is None else f"{step.rate.normalize():f}",
            "note": step.note or False,
        }

    def _label(self, step):
        labels = {
            "price": self.env._("Price"), "shipping": self.env._("Shipping charged"),
            "tax": self.env._("Tax in the price"), "import": self.env._("Import tax and duty"),
            "duty": self.env._("Duty and clearance"), "returns": self.env._("Returned orders"),
            "exchange": self.env._("Conversion loss and rate buffer"),
            "salvage": self.env._("Resold of returns"), "rounding": self.env._("Rounding"),
            "profit": self.env._("Profit"),
        }
        return step.name or labels[step.code]
