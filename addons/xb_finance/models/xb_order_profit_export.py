from odoo import api, fields, models
from odoo.tools import SQL

from ..core.profit import COMPONENTS
from ..core.workbook import DATE, MONEY, Column, write

BATCH = 10_000


class XbOrderProfit(models.Model):
    """Profit of a period as a workbook: a row per order, a column per component."""

    _inherit = "xb.order.profit"

    @api.model
    def _get_workbook(self, company, start, end, shop):
        """Return the workbook's bytes; the orders pass through it in constant memory.

        :param res.company company: whose profit
        :param date start: first and ``end`` last day
        :param xb.shop shop: one shop, or an empty record for all
        :rtype: bytes
        """
        self.check_access("read")
        digits = company.currency_id.decimal_places
        labels = dict(self._fields["component"]._description_selection(self.env))
        columns = [
            Column(self.env._("Day"), DATE, width=12), Column(self.env._("Order"), width=14),
            Column(self.env._("Order Number"), width=24), Column(self.env._("Shop"), width=20),
            Column(self.env._("Ships To"), width=10), Column(self.env._("Carrier"), width=18),
            *(Column(labels[component], MONEY, digits, total=True) for component in COMPONENTS),
            Column(self.env._("Profit"), MONEY, digits, total=True),
            Column(self.env._("Estimated Profit"), MONEY, digits, total=True),
            Column(self.env._("Still Estimated"), MONEY, digits, total=True, width=16),
        ]
        return write(self.env._("Order Profit"), columns,
                     self._iterate_orders(company, start, end, shop), self.env._("Total"))

    def _iterate_orders(self, company, start, end, shop):
        """Yield a row per order, what belongs to none at the end; by batches of keys."""
        self.env.flush_all()
        where = SQL("r.company_id = %s AND r.day BETWEEN %s AND %s AND %s", company.id, start,
                    end, SQL("r.shop_id = %s", shop.id) if shop else SQL("TRUE"))
        sums = SQL(", ").join(SQL(
            "SUM(r.amount) FILTER (WHERE r.component = %s)", component)
            for component in COMPONENTS)
        last = 0
        while True:
            rows = self.env.execute_query(SQL(
                """
                SELECT o.id, r.day, o.name, o.xb_ref, s.name, c.code, k.name, r.*
                  FROM (SELECT r.order_id, MIN(r.day) AS day, MIN(r.shop_id) AS shop_id,
                               MIN(r.country_id) AS country_id, MIN(r.carrier_id) AS carrier_id,
                               %s, SUM(r.amount), SUM(r.estimate),
                               SUM(r.amount) FILTER (WHERE r.stage = 'estimate')
                          FROM xb_order_profit r WHERE r.order_id > %s AND %s
                         GROUP BY r.order_id ORDER BY r.order_id LIMIT %s) r
                  JOIN sale_order o ON o.id = r.order_id
                  LEFT JOIN xb_shop s ON s.id = r.shop_id
                  LEFT JOIN res_country c ON c.id = r.country_id
                  LEFT JOIN xb_carrier k ON k.id = r.carrier_id
                 ORDER BY o.id
                """, sums, last, where, BATCH))
            for row in rows:
                yield (fields.Datetime.to_datetime(row[1]), *row[2:7], *row[12:])
            if len(rows) < BATCH:
                break
            last = rows[-1][0]
        for row in self.env.execute_query(SQL(
                """
                SELECT r.day, s.name, %s, SUM(r.amount), SUM(r.estimate),
                       SUM(r.amount) FILTER (WHERE r.stage = 'estimate')
                  FROM xb_order_profit r LEFT JOIN xb_shop s ON s.id = r.shop_id
                 WHERE r.order_id IS NULL AND %s GROUP BY r.day, s.name ORDER BY r.day, s.name
                """, sums, where)):
            yield (fields.Datetime.to_datetime(row[0]), self.env._("Without an Order"), None,
                   row[1], None, None, *row[2:])
