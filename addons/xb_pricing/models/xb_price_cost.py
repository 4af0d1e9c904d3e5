import numpy as np

from odoo import models
from odoo.tools import SQL

from odoo.addons.xb_orders.core.problem import _lt

from ..core.plan import PlanError
from ..money import MICRO
from ..sql import array, read_columns

_STANDARD = """
    SELECT p.id::bigint,
           round(COALESCE((p.standard_price ->> %(company)s)::numeric, 0) * 1000000)::bigint
      FROM product_product p WHERE p.id = ANY(%(ids)s::int[])
"""
# What the newest receipt is worth per unit of the product; landed costs are in the move's value.
_LANDED = """
    SELECT DISTINCT ON (m.product_id) m.product_id::bigint,
           round(COALESCE((m.value / NULLIF(m.quantity * mu.factor / pu.factor, 0))::numeric, 0)
                 * 1000000)::bigint
      FROM stock_move m
      JOIN product_product p ON p.id = m.product_id
      JOIN product_template t ON t.id = p.product_tmpl_id
      JOIN uom_uom mu ON mu.id = m.product_uom
      JOIN uom_uom pu ON pu.id = t.uom_id
     WHERE m.product_id = ANY(%(ids)s::int[]) AND m.company_id = %(company_id)s
       AND m.state = 'done' AND m.is_in AND m.quantity > 0 AND m.value > 0
     ORDER BY m.product_id, m.date DESC, m.id DESC
"""
_DAYS = """
    SELECT (%(day)s - GREATEST(p.create_date, v.day, m.day)::date)::bigint
      FROM product_product p
      LEFT JOIN (SELECT product_id, max(date) AS day FROM product_value
                  WHERE product_id = ANY(%(ids)s::int[]) AND company_id = %(company_id)s
                  GROUP BY product_id) v ON v.product_id = p.id
      LEFT JOIN (SELECT product_id, max(date) AS day FROM stock_move
                  WHERE product_id = ANY(%(ids)s::int[]) AND company_id = %(company_id)s
                    AND state = 'done' AND is_in GROUP BY product_id) m ON m.product_id = p.id
     WHERE p.id = ANY(%(ids)s::int[]) ORDER BY p.id
"""


class XbPriceCost(models.AbstractModel):
    """What products cost, by source, as whole millionths of the company's currency."""

    _name = "xb.price.cost"
    _description = "Cost of a Price"

    def _get_costs(self, rule, company, product_ids, day):
        """Return costs of one piece.

        :param xb.price.rule rule: its source and quantity.
        :param res.company company: whose costs.
        :param ndarray product_ids: ids, sorted.
        :return: int64 millionths in company currency, in that order; 0 where nothing is known.
        """
        source = rule.cost_source
        if source == "supplier":
            return self._get_supplier(rule, company, product_ids, day)
        if source == "average":
            return self._get_average(company, product_ids)
        return self._fetch(_LANDED if source == "landed" else _STANDARD, company, product_ids)

    def _flush(self):
        for model in ("product.product", "product.value", "stock.move"):
            self.env[model].flush_model()

    def _fetch(self, query, company, product_ids):
        self._flush()
        return self._place(*read_columns(self.env.cr, SQL(
            query, ids=array(product_ids.tolist()), company=str(company.id),
            company_id=company.id), "ii"), product_ids)

    def _spread(self, rows, product_ids):
        """Return ``(id, amount)`` rows as millionths in the order of the ids."""
        keys, values = zip(*rows, strict=True) if rows else ((), ())
        return self._place(np.array(keys, np.int64), np.array(
            [round(value * MICRO) for value in values], np.int64), product_ids)

    @staticmethod
    def _place(keys, values, product_ids):
        """Return values in the order of the ids; 0 where there is none."""
        costs = np.zeros(len(product_ids), np.int64)
        costs[np.searchsorted(product_ids, keys)] = values
        return costs

    def _get_average(self, company, product_ids):
        # In sudo mode: who may quote may know the cost; see xb.price.quoter.
        products_sudo = self.env["product.product"].sudo().with_company(company).browse(
            product_ids.tolist())
        return self._spread([
            (product.id, product.avg_cost or product.standard_price)
            for product in products_sudo], product_ids)

    def _get_supplier(self, rule, company, product_ids, day):
        """Return suppliers' prices: of the first supplier the best break that the quantity
        reaches."""
        query = SQL(
            """
            SELECT DISTINCT ON (p.id) p.id, s.price * (1 - COALESCE(s.discount, 0) / 100),
                   s.currency_id, su.factor / pu.factor
              FROM product_product p
              JOIN product_template t ON t.id = p.product_tmpl_id
              JOIN product_supplierinfo s ON s.product_tmpl_id = t.id
                   AND (s.product_id IS NULL OR s.product_id = p.id)
              JOIN uom_uom pu ON pu.id = t.uom_id
              JOIN uom_uom su ON su.id = COALESCE(s.product_uom_id, t.uom_id)
             WHERE p.id = ANY(%(ids)s::int[])
               AND (s.company_id IS NULL OR s.company_id = %(company)s)
               AND (s.date_start IS NULL OR s.date_start <= %(day)s)
               AND (s.date_end IS NULL OR s.date_end >= %(day)s)
               AND s.min_qty <= %(quantity)s
             ORDER BY p.id, s.sequence, s.min_qty DESC, s.price, s.id
            """,
            ids=array(product_ids.tolist()), company=company.id, day=day,
            quantity=rule.cost_quantity)
        self.env["product.supplierinfo"].flush_model()
        rows, rates = [], {}
        for product_id, price, currency_id, per_unit in self.env.execute_query(query):
            if currency_id not in rates:
                currency = self.env["res.currency"].browse(currency_id)
                rates[currency_id] = float(
                    self.env["xb.price.plan"]._get_rate(currency, company, day).value)
            rows.append((product_id,
                         float(price) * rates[currency_id] / float(per_unit or 1)))
        return self._spread(rows, product_ids)

    def _get_days(self, company, product_ids, day):
        """Return how many days ago each cost was last confirmed: by a receipt or a person."""
        self._flush()
        [days] = read_columns(self.env.cr, SQL(
            _DAYS, ids=array(product_ids.tolist()), company_id=company.id, day=day), "i")
        return days

    # === FREIGHT BY CORE'S RULES === #

    def _get_carrier_freight(self, carrier, weight):
        """Return what a delivery method's rules by weight charge, in millionths.

        :param delivery.carrier carrier: fixed, or by rules of weight only.
        :param ndarray weight: g.
        :raise PlanError: its price depends on something else.
        """
        if carrier.delivery_type == "fixed":
            return np.full(len(weight), round(carrier.fixed_price * MICRO))
        if carrier.delivery_type != "base_on_rule" or any(
                rule.variable != "weight" or rule.variable_factor != "weight"
                for rule in carrier.price_rule_ids):
            raise PlanError("carrier_rules", _lt(
                "Delivery method %(carrier)s is not priced by weight alone. Use rules by weight,"
                " or a freight table."), column="price_carrier_id", carrier=carrier.name)
        kilograms, amount = weight / 1000, np.full(len(weight), -1, np.int64)
        compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
                   "==": np.equal}
        for rule in carrier.price_rule_ids:
            fits = compare[rule.operator](kilograms, rule.max_value) & (amount < 0)
            price = rule.list_base_price + rule.list_price * kilograms
            amount[fits] = np.rint(price[fits] * MICRO).astype(np.int64)
        return amount
