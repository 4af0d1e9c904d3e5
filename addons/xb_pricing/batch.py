"""Pricing of one shop's listings; the steps of `xb.price.quoter`."""

import numpy as np

from odoo.addons.xb_orders.core.problem import Problem, _lt

from .core import engine, freight
from .core.plan import PlanError
from .money import MICRO, to_decimal

WHY = {
    "no_rule": _lt("No price rule fits. Add one, or widen the scope of a rule."),
    "not_mapped": _lt("It is not known what leaves the shelf. Map the listing to its products."),
    "cost_missing": _lt(
        "%(product)s has no cost. Enter its cost on the product, or choose another source in rule"
        " “%(rule)s”."),
    "cost_negative": _lt(
        "%(product)s has a negative cost. Correct the cost on the product."),
    "weight_missing": _lt(
        "%(product)s has no weight. Enter its weight, packed, on the product."),
    "size_missing": _lt(
        "%(product)s has some sides of its parcel, but not all three. Enter length, width and"
        " height on the product."),
    "too_heavy": _lt("Too heavy for freight table %(table)s. Add a band, or use another table."),
    "too_long": _lt("Too large for freight table %(table)s. Use another table."),
    "infeasible": _lt("No price reaches the target of rule “%(rule)s”. Open the listing to see"
                      " the best that can be reached, or lower the target."),
    "infeasible_limit": _lt(
        "No price reaches the target of rule “%(rule)s”: fees and tax leave at most %(limit)s %% of"
        " a price, however high it is. Lower the target or the fees."),
}
# The field that a problem is about.
FIELDS = {"cost_missing": "standard_price", "cost_negative": "standard_price",
          "weight_missing": "weight", "size_missing": "xb_length", "not_mapped": "line_ids",
          "too_heavy": "weight", "too_long": "xb_length", "infeasible": "target_share"}
FREIGHT_WHY = {freight.TOO_HEAVY: "too_heavy", freight.TOO_LONG: "too_long"}


class PriceBatch:
    """Pricing of one shop's listings."""

    def __init__(self, quoter, source, quotes, shop, day, what_if):
        self.env, self.quoter = quoter.env, quoter
        self.source, self.quotes, self.shop = source, quotes, shop
        self.company, self.day, self.what_if = shop.company_id, day, what_if
        self.home = 10 ** self.company.currency_id.decimal_places
        self._costs, self._engines, self._ages = {}, {}, None

    def run(self, rows):
        """Price the rows, rule by rule."""
        mapped = np.isin(rows, self.source.line_row)
        self.blame(rows[~mapped], "not_mapped")
        for rule, those in self.quoter._match_rules(
                self.source, self.shop, rows[mapped], self.day):
            if not rule:
                self.blame(those, "no_rule")
                continue
            self.price(rule, those)

    def price(self, rule, rows):
        """Price rows by a rule, and by its fallback those that it cannot."""
        for category, those in self._by_category(rows):
            try:
                one = self.engine(rule, category)
            except PlanError as error:
                self.quotes.rule[those] = rule.id
                self.quotes.blame(those, error.problem)
                continue
            self._solve(rule, one, those)
        failed = rows[(self.quotes.price[rows] == 0) & np.isin(
            self.quotes.problem[rows], self._infeasible)]
        if len(failed) and rule.fallback_id:
            self.quotes.problem[failed] = 0
            self.price(rule.fallback_id, failed)

    @property
    def _infeasible(self):
        return [place for place, problem in enumerate(self.quotes.problems)
                if problem and problem.code == "infeasible"]

    def _by_category(self, rows):
        """Return the rows by fee category: the listing's own, else the product's."""
        codes = self.source.fee_category[rows]
        return [(self.source.fee_categories[code], rows[codes == code])
                for code in np.unique(codes).tolist()]

    def engine(self, rule, category):
        """Return the engine of a rule and a fee category.

        :raise PlanError: something is missing.
        """
        key = rule.id, category
        if key not in self._engines:
            try:
                plan, rate = self.env["xb.price.plan"]._build(
                    self.shop, rule, category, self.day, self.what_if)
                self._engines[key] = engine.Engine(plan), rate
            except PlanError as error:
                self._engines[key] = error
        if isinstance(self._engines[key], PlanError):
            raise self._engines[key]
        return self._engines[key]

    # === COSTS === #

    def costs(self, rule, rows):
        """Return what the rows cost and which of them have no cost.

        :return: goods, freight and other in smallest units of company currency.
        """
        source = self.source
        key = rule.cost_source, rule.cost_quantity if rule.cost_source == "supplier" else 0
        if key not in self._costs:
            each = self.env["xb.price.cost"]._get_costs(
                rule, self.company, source.products, self.day)
            if self.what_if.cost_factor != 1:
                each = np.rint(each * float(self.what_if.cost_factor)).astype(np.int64)
            self._costs[key] = source.add_up(each), each
        total, each = self._costs[key]
        self._blame_products(rows, "cost_missing", each == 0, rule=rule.name)
        self._blame_products(rows, "cost_negative", each < 0)
        goods = self._units(total[rows], MICRO * 1000)
        weight = source.add_up(source.weight)[rows] // 1000
        pieces = source.add_up(np.full(len(source.products), MICRO))[rows]
        fixed = round((rule.packaging + rule.extra) * self.home)
        other = fixed + self._units(pieces * round(rule.inbound * 1000), MICRO * 1_000_000) \
            + self._units(weight * round(rule.inbound_kg * 1000), 1_000_000)
        return goods, self._freight(rule, rows, weight), other

    def _units(self, amounts, parts):
        """Return amounts given in parts of the currency as smallest units, half up."""
        return (2 * amounts * self.home + parts) // (2 * parts)

    def _freight(self, rule, rows, weight):
        table = rule.freight_table_id or self.shop.freight_table_id
        carrier = self.shop.price_carrier_id
        if not table and not carrier:
            return np.zeros(len(rows), np.int64)
        source = self.source
        self._blame_products(rows, "weight_missing", (source.weight <= 0) & source.is_goods)
        if not table:
            amount = self.env["xb.price.cost"]._get_carrier_freight(carrier, weight)
            self.blame(rows[(weight > 0) & (amount < 0)], "too_heavy", table=carrier.name)
            return self._units(np.maximum(amount, 0), MICRO)
        zone = table._find_zone(self.shop.price_market_id.country_id)
        found = freight.freight(table._prepare_card(zone, self.day), weight, self._sizes(rows))
        sides = (source.sizes > 0).sum(axis=1)
        self._blame_products(np.intersect1d(rows, rows[found.state == freight.NO_SIZE]),
                             "size_missing", (sides > 0) & (sides < 3))
        for state, code in FREIGHT_WHY.items():
            self.blame(rows[found.state == state], code, table=table.name)
        rate = self.env["xb.price.plan"]._get_rate(
            table.currency_id, self.company, self.day).value * self.what_if.freight_factor
        unit = 10 ** table.currency_id.decimal_places
        if rate == 1 and unit == self.home:
            return found.amount
        return np.floor(found.amount * float(rate) * self.home / unit + 0.5).astype(np.int64)

    def _sizes(self, rows):
        """Return the parcel of each row: products lie one on another."""
        source = self.source
        sides = -np.sort(-source.sizes, axis=1)[source.line_product]
        sizes = np.zeros((len(source), 3), np.int64)
        for side in (0, 1):
            np.maximum.at(sizes[:, side], source.line_row, sides[:, side])
        np.add.at(sizes[:, 2], source.line_row, -(-sides[:, 2] * source.line_quantity // 1000))
        return sizes[rows]

    # === SOLVING === #

    def _solve(self, rule, engine_and_rate, rows):
        one, rate = engine_and_rate
        quotes, source = self.quotes, self.source
        quotes.rule[rows], quotes.rate[rows] = rule.id, float(rate.value)
        try:
            goods, carried, other = self.costs(rule, rows)
        except PlanError as error:
            quotes.blame(rows, error.problem)
            return
        quotes.cost[rows], quotes.freight[rows], quotes.other[rows] = goods, carried, other
        self._judge_age(rule, rows)
        good = quotes.problem[rows] == 0
        rows, goods = rows[good], goods[good]
        home = goods + carried[good] + other[good]
        costs = engine.Costs(home, home_goods=goods)
        target, floor = self.goals(rule)
        if rule.target_kind == "match":
            change = 1 + float(rule.reference_change)
            reference = np.floor(source.reference[rows] * change + 1e-6).astype(np.int64)
            prices = one.match(costs, floor or engine.Goal(engine.PROFIT, 0), reference)
        else:
            prices = one.solve(costs, target, *([floor] if floor else []))
        quotes.price[rows], quotes.state[rows] = prices.price, prices.state
        self._results(one, rows, costs, floor)
        self._blame_infeasible(rule, one, target, rows[prices.price == 0])

    def _blame_infeasible(self, rule, one, target, rows):
        """Say why no price is high enough: the margin that prices approach, where that is it."""
        limit = one.exact.limit_margin() if len(rows) else None
        if limit is None or not target or target.kind != engine.MARGIN \
                or limit * 10 ** 6 > target.value:
            self.blame(rows, "infeasible", rule=rule.name)
            return
        self.quotes.blame(rows, Problem(
            "infeasible", WHY["infeasible_limit"], column=FIELDS["infeasible"],
            values={"rule": rule.name, "limit": f"{float(limit) * 100:.1f}"}))

    def _results(self, one, rows, costs, floor):
        quotes = self.quotes
        new = one.result(np.maximum(quotes.price[rows], 1), costs)
        old_price = self.source.price[rows]
        old = one.result(np.maximum(old_price, 1), costs)
        quotes.profit[rows], quotes.margin[rows], quotes.fees[rows] = (
            new.profit, new.margin, new.fees)
        quotes.old_profit[rows] = np.where(old_price > 0, old.profit, 0)
        quotes.old_fees[rows] = np.where(old_price > 0, old.fees, 0)
        quotes.old_margin[rows] = np.where(old_price > 0, old.margin, 0)
        if floor:
            quotes.floor[rows] = one.solve(costs, floor).price
            quotes.old_ok[rows] = (old_price == 0) | one.reaches(
                np.maximum(old_price, 1), costs, floor)

    def goals(self, rule):
        """Return target and floor; None where there is none."""
        share = self.what_if.target
        if share is None:
            share = to_decimal(rule.target_share) + self.what_if.target_points
        target = None if rule.target_kind == "match" else self._goal(
            rule.target_kind, share, rule.target_amount)
        floor = None if rule.floor_kind == "none" else self._goal(
            rule.floor_kind, rule.floor_share, rule.floor_amount)
        return target, floor

    def _goal(self, kind, share, amount):
        if kind == engine.PROFIT:
            return engine.Goal(kind, round(amount * self.home))
        return engine.Goal(kind, int(to_decimal(share) * 10 ** 6))

    def _judge_age(self, rule, rows):
        if self._ages is None:
            days = self.env["xb.price.cost"]._get_days(
                self.company, self.source.products, self.day)
            self._ages = np.zeros(len(self.source), np.int64)
            np.maximum.at(self._ages, self.source.line_row, days[self.source.line_product])
        self.quotes.cost_days[rows] = self._ages[rows]
        if rule.cost_days:
            self.quotes.stale_cost[rows] = self._ages[rows] > rule.cost_days

    def blame(self, rows, code, **values):
        """Say why rows have no price, in our words."""
        self.quotes.blame(rows, Problem(
            code, WHY[code], values=values, column=FIELDS.get(code, "")))

    def _blame_products(self, rows, code, bad, **values):
        """Say why rows have no price, naming the first product of each that is to blame.

        :param ndarray bad: which of the source's products are.
        """
        source = self.source
        lines = np.flatnonzero(bad[source.line_product])
        concerned, first = np.unique(source.line_row[lines], return_index=True)
        inside = np.isin(concerned, rows)
        concerned, first = concerned[inside], first[inside]
        place = source.line_product[lines[first]]
        products = self.env["product.product"].browse(source.products[np.unique(place)].tolist())
        for position, product in zip(np.unique(place).tolist(), products, strict=True):
            self.blame(concerned[place == position], code, product=product.display_name, **values)
