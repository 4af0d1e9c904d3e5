from bisect import bisect_right
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.xb_finance.core.rates.history import cross
from odoo.addons.xb_pricing.core.freight import OK, freight
from odoo.addons.xb_pricing.core.plan import PlanError


class Sent(NamedTuple):
    """What a tariff needs to know of an order.

    :ivar weight: g, 0 where a product has none; sides in mm
    :ivar net: what was sold without shipping, net of tax, smallest units of the order's currency
    """

    id: int
    company_id: int
    shop_id: int
    country_id: int | None
    currency_id: int
    day: date
    weight: int
    longest: int
    middle: int
    height: int
    net: int


class XbOrderProfit(models.Model):
    """Freight from the shop's freight table, duty from the market of the destination: estimates
    for orders whose parcels do not say what they cost."""

    _inherit = "xb.order.profit"

    @api.model
    def _get_tariff_rows(self, ids):
        """Override of `xb_finance`: of the shop's freight table and market."""
        rows = super()._get_tariff_rows(ids)
        # In sudo mode: whoever confirms or settles an order need not see what prices are made of.
        self_sudo = self.sudo()
        orders = [Sent(*row) for row in self.env.execute_query(self._sql_sent(ids))]
        if not orders:
            return rows
        shops = self_sudo.env["xb.shop"].browse({order.shop_id for order in orders})
        return [*rows, *self_sudo._get_freight(orders, shops), *self_sudo._get_duties(
            orders, shops)]

    def _sql_sent(self, ids):
        """Goods of orders whose shop has a tariff, packed as prices have them packed: one on
        another."""
        return SQL(
            """
            WITH o AS MATERIALIZED (
                SELECT o.id, o.company_id, o.xb_shop_id, o.xb_country_id, o.currency_id,
                       o.date_order::date AS day, ROUND(1 / c.rounding) AS unit
                  FROM sale_order o
                  JOIN xb_shop s ON s.id = o.xb_shop_id
                       AND COALESCE(s.freight_table_id, s.price_market_id) IS NOT NULL
                  JOIN res_currency c ON c.id = o.currency_id
                 WHERE o.id IN %(ids)s AND o.state != 'cancel')
            SELECT o.id, o.company_id, o.xb_shop_id, o.xb_country_id, o.currency_id, o.day,
                   CASE WHEN g.weighed THEN g.weight ELSE 0 END, g.longest, g.middle, g.height,
                   ROUND(g.net * o.unit)::bigint
              FROM o
              JOIN (%(goods)s) g ON g.order_id = o.id
             ORDER BY o.id
            """, ids=ids, goods=self._sql_goods())

    def _sql_goods(self):
        """What the orders of the statement's ``o`` hold: pieces in their product's unit.

        Sizes are worked out once per product, not once per line.
        """
        return SQL(
            """
            WITH line AS MATERIALIZED (
                SELECT l.order_id, l.product_id, l.price_subtotal, l.product_uom_qty,
                       l.product_uom_id
                  FROM o x JOIN sale_order_line l ON l.order_id = x.id
                 WHERE l.display_type IS NULL AND l.is_delivery IS NOT TRUE
            ), size AS MATERIALIZED (
                SELECT p.id, t.type != 'service' AS is_goods, u.factor,
                       CEIL(COALESCE(p.weight, 0)::numeric * 1000) AS weight, g.*
                  FROM product_product p
                  JOIN product_template t ON t.id = p.product_tmpl_id
                  JOIN uom_uom u ON u.id = t.uom_id
                  JOIN LATERAL (SELECT
                       MAX(side) AS longest, MIN(side) AS least,
                       SUM(side) - MAX(side) - MIN(side) AS middle
                       FROM unnest(ARRAY[p.xb_length, p.xb_width, p.xb_height]) c(cm),
                            LATERAL (SELECT COALESCE(cm, 0) * 10 AS side) s) g ON TRUE
                 WHERE p.id IN (SELECT product_id FROM line)
            )
            SELECT l.order_id, SUM(l.price_subtotal)::numeric AS net,
                   bool_and(q.weight > 0) FILTER (WHERE q.is_goods) AS weighed,
                   CEIL(SUM(q.weight * n.pieces))::bigint AS weight,
                   MAX(q.longest)::bigint AS longest, MAX(q.middle)::bigint AS middle,
                   CEIL(SUM(q.least * n.pieces))::bigint AS height
              FROM line l
              JOIN size q ON q.id = l.product_id
              LEFT JOIN uom_uom v ON v.id = l.product_uom_id
              JOIN LATERAL (SELECT CASE WHEN NOT q.is_goods THEN 0
                   WHEN v.factor = q.factor THEN l.product_uom_qty::numeric
                   ELSE l.product_uom_qty::numeric
                        * COALESCE(v.factor / NULLIF(q.factor, 0), 1)::numeric
                   END AS pieces) n ON TRUE
             GROUP BY l.order_id HAVING bool_or(q.is_goods)
            """)

    # === FREIGHT === #

    def _get_freight(self, orders, shops):
        """Return a row of freight for each order that the table of its shop has a price for."""
        tables = {shop.id: shop.freight_table_id for shop in shops}
        zones, groups = {}, defaultdict(list)
        periods = {table.id: _changes(table.line_ids) for table in shops.freight_table_id}
        for order in orders:
            key = order.shop_id, order.country_id
            if key not in zones:
                table = tables[order.shop_id]
                zones[key] = table.id, table and table._find_zone(
                    self.env["res.country"].browse(order.country_id or ()))
            table_id, zone = zones[key]
            if table_id and order.weight > 0:
                groups[table_id, zone, bisect_right(periods[table_id], order.day)].append(order)
        rows = []
        for (table_id, zone, _period), some in groups.items():
            rows += self._weigh(self.env["xb.freight.table"].browse(table_id), zone, some)
        return rows

    def _weigh(self, table, zone, orders):
        """Return rows of freight of orders to one zone, at the prices of one time."""
        try:
            card = table._prepare_card(zone, orders[0].day)
        except PlanError:
            # No prices for the zone: nothing is known, and nothing is guessed.
            return []
        sizes = np.array([(order.longest, order.middle, order.height) for order in orders],
                         np.int64)
        found = freight(card, [order.weight for order in orders], sizes)
        source, currency_id = f"{table._name},{table.id}", table.currency_id.id
        return [(order.id, "freight", Decimal(amount).scaleb(-card.decimals), currency_id, source)
                for order, amount, state in zip(
                    orders, found.amount.tolist(), found.state.tolist(), strict=True)
                if state == OK and amount]

    # === DUTY === #

    def _get_duties(self, orders, shops):
        """Return a row of duty for each order whose destination has a market that takes one."""
        markets = self._get_markets(shops)
        own = {shop.id: shop.price_market_id for shop in shops}
        groups, chosen = defaultdict(list), {}
        for order in orders:
            key = order.company_id, order.shop_id, order.country_id
            if key not in chosen:
                market = own[order.shop_id]
                if market.country_id.id not in (False, order.country_id):
                    market = markets.get((order.company_id, order.country_id), market.browse())
                chosen[key] = market.id if market and market._takes_duty() else None
            if chosen[key] and order.net > 0:
                groups[chosen[key]].append(order)
        currencies = self.env["res.currency"].browse({order.currency_id for order in orders})
        rows = []
        for market_id, some in groups.items():
            rows += self._declare(
                self.env["xb.price.market"].browse(market_id), some, currencies)
        return rows

    def _get_markets(self, shops):
        """Return the markets of other destinations: of a company and country the only one."""
        found = self.env["xb.price.market"].search(
            [("country_id", "!=", False), ("active", "=", True),
             ("company_id", "in", (*shops.company_id.ids, False))])
        markets = {}
        for company in shops.company_id:
            for country, some in found.grouped("country_id").items():
                some = some.filtered(lambda m, company=company: m.company_id == company) \
                    or some.filtered(lambda m: not m.company_id)
                if len(some) == 1:
                    markets[company.id, country.id] = some
        return markets

    def _declare(self, market, orders, currencies):
        """Return rows of duty of orders into one market."""
        currency, source = market.currency_id, f"{market._name},{market.id}"
        currency_id, places = currency.id, currency.decimal_places
        values = self._translate(orders, currency, currencies)
        try:
            duties = market._get_duty(np.array([value or 0 for value in values], np.int64))
        except PlanError:
            return []
        return [(order.id, "duty", Decimal(duty).scaleb(-places), currency_id, source)
                for order, value, duty in zip(orders, values, duties.tolist(), strict=True)
                if value and duty]

    def _translate(self, orders, currency, currencies):
        """Return what orders were sold for in smallest units of a currency, at the rate of their
        day; None where no rate is known."""
        others, rates = currencies - currency, {}
        for company in self.env["res.company"].browse(
                {order.company_id for order in orders} if others else ()):
            histories = self.env["res.currency.rate"]._xb_get_histories(
                others | currency, company)
            rates[company.id] = {one.id: history for one, history in histories.items()}
        # Units of another currency are of another size: yen have no cents.
        sizes = {one.id: Decimal(currency.decimal_places - one.decimal_places) for one in others}
        target, values = currency.id, []
        for order in orders:
            if order.currency_id == target:
                values.append(order.net)
                continue
            known = rates[order.company_id]
            pair = known.get(order.currency_id), known.get(target)
            values.append(round((order.net * cross(*pair, order.day)).scaleb(
                sizes[order.currency_id])) if all(pair) else None)
        return values


def _changes(lines):
    """Return the days from which other prices of a table are valid, ascending."""
    day = timedelta(days=1)
    return sorted({line.valid_from for line in lines if line.valid_from}
                  | {line.valid_to + day for line in lines if line.valid_to})
