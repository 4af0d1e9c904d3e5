from odoo import api, fields, models
from odoo.tools import SQL

from ..core.profit import BY_KIND, COMPONENTS

BATCH = 20_000


class XbOrderProfit(models.Model):
    """What an order earns, component by component, each with the document that says so.

    A component is estimated from the order until a fact is known: a posted settlement, goods
    that left the stock at what they really cost. Rows without an order are what the shop earned
    or paid that belongs to none, so that all rows of a settlement add up to its journal entries.
    """

    _name = "xb.order.profit"
    _description = "Order Profit"
    _order = "day desc, order_id desc, id"
    _rec_name = "component"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null",
                               ondelete="cascade")
    shop_id = fields.Many2one("xb.shop", readonly=True, index=True)
    country_id = fields.Many2one("res.country", "Ships To", readonly=True)
    day = fields.Date(readonly=True, index=True, help="Of the order; of the settlement where "
                      "there is no order.")
    component = fields.Selection(list(COMPONENTS.items()), required=True, readonly=True)
    stage = fields.Selection([("estimate", "Estimate"), ("actual", "Actual")], required=True,
                             readonly=True)
    amount = fields.Monetary("Profit", currency_field="company_currency_id", readonly=True,
                             help="What is known best: the actual figure, else the estimate.")
    estimate = fields.Monetary(currency_field="company_currency_id", readonly=True)
    actual = fields.Monetary(currency_field="company_currency_id", readonly=True)
    settlement_id = fields.Many2one("xb.settlement", readonly=True, ondelete="cascade",
                                    index="btree_not_null")
    source = fields.Char("Document", compute="_compute_source")
    product_id = fields.Many2one("product.product", readonly=True, help="Of a cost of goods.")

    # === COMPUTE METHODS === #

    @api.depends("settlement_id", "order_id", "stage", "component")
    def _compute_source(self):
        for row in self:
            if row.settlement_id:
                row.source = row.settlement_id.name
            elif row.stage == "actual":
                row.source = self.env._("Delivery of %(order)s", order=row.order_id.name)
            else:
                row.source = row.order_id.name

    # === ACTION METHODS === #

    def action_open_source(self):
        """Open the document that the row is from."""
        self.ensure_one()
        return (self.settlement_id or self.order_id).get_formview_action()

    # === BUSINESS METHODS === #

    @api.model
    def _rebuild(self, orders=None, company=None):
        """Work the rows of orders out anew; gives the same rows however often and in whatever
        order the facts came.

        :param sale.order orders: which, or None for all orders of shops of ``company``
        :return: number of rows
        """
        self.env.flush_all()
        ids = orders.ids if orders is not None else [
            row[0] for row in self.env.execute_query(SQL(
                "SELECT id FROM sale_order WHERE company_id = %s AND xb_shop_id IS NOT NULL "
                "ORDER BY id", company.id))]
        count = 0
        for start in range(0, len(ids), BATCH):
            part = tuple(ids[start:start + BATCH])
            self.env.cr.execute(SQL("DELETE FROM xb_order_profit WHERE order_id IN %s", part))
            for query in (self._query_estimate(part), self._query_settled(part),
                          self._query_cost(part), self._query_known(part)):
                self.env.cr.execute(query)
                count += self.env.cr.rowcount
        self.invalidate_model()
        return count

    @property
    def _head(self):
        return SQL("""
            INSERT INTO xb_order_profit (company_id, order_id, shop_id, country_id, day,
                component, stage, amount, estimate, actual, settlement_id, product_id,
                create_uid, create_date)""")

    def _query_estimate(self, ids):
        """Revenue, cost of goods and the platform's stated fees, from the order itself."""
        return SQL(
            """%s
            SELECT o.company_id, o.id, o.xb_shop_id, o.xb_country_id, o.date_order::date,
                   part.component, 'estimate', part.amount, part.amount, 0, NULL::int,
                   NULL::int, %s, NOW() AT TIME ZONE 'UTC'
              FROM sale_order o
              JOIN res_company c ON c.id = o.company_id
              JOIN res_currency u ON u.id = c.currency_id
              JOIN LATERAL (
                  SELECT %s AS rate, ROUND(-LOG(u.rounding))::int AS digits) w ON TRUE
              JOIN LATERAL (
                  SELECT SUM(l.product_uom_qty * COALESCE(l.purchase_price, 0)) AS cost
                    FROM sale_order_line l WHERE l.order_id = o.id
                     AND l.display_type IS NULL) goods ON TRUE
              JOIN LATERAL (VALUES
                  ('revenue', ROUND(o.amount_untaxed * w.rate, w.digits)),
                  ('fee_platform', ROUND(-COALESCE(o.xb_fee_amount, 0) * w.rate, w.digits)),
                  ('cost', ROUND(-COALESCE(goods.cost, 0)::numeric * w.rate, w.digits))
                  ) part(component, amount) ON part.amount != 0
             WHERE o.id IN %s AND o.state != 'cancel'
            """, self._head, self.env.uid, self.env["sale.order"]._xb_sql_company_rate(), ids)

    def _query_settled(self, ids):
        """What posted settlements say, at the value they were booked at."""
        return SQL(
            """%s
            SELECT l.company_id, l.order_id, l.shop_id, o.xb_country_id, o.date_order::date,
                   part.component, 'actual', SUM(part.amount), 0, SUM(part.amount),
                   l.settlement_id, NULL::int, %s, NOW() AT TIME ZONE 'UTC'
              FROM xb_settlement_line l
              JOIN xb_settlement s ON s.id = l.settlement_id AND s.state = 'posted'
              JOIN sale_order o ON o.id = l.order_id
              JOIN LATERAL (
                  SELECT m.component, l.value FROM (VALUES %s) m(kind, component)
                   WHERE m.kind = l.kind
                  UNION ALL SELECT 'exchange', l.exchange_value
                  ) part(component, amount) ON part.amount != 0
             WHERE l.order_id IN %s AND l.match = 'order'
             GROUP BY l.company_id, l.order_id, l.shop_id, o.xb_country_id, o.date_order,
                      part.component, l.settlement_id
            """, self._head, self.env.uid, self._sql_kinds(), ids)

    def _query_cost(self, ids):
        """What the units that really left cost the stock, landed costs included; returns come
        back."""
        return SQL(
            """%s
            SELECT o.company_id, o.id, o.xb_shop_id, o.xb_country_id, o.date_order::date,
                   'cost', 'actual', SUM(part.amount), 0, SUM(part.amount), NULL::int,
                   m.product_id, %s, NOW() AT TIME ZONE 'UTC'
              FROM stock_move m
              JOIN sale_order_line l ON l.id = m.sale_line_id
              JOIN sale_order o ON o.id = l.order_id
              JOIN LATERAL (SELECT CASE WHEN m.is_out THEN -m.value ELSE m.value END)
                   part(amount) ON part.amount != 0
             WHERE l.order_id IN %s AND m.state = 'done' AND (m.is_out OR m.is_in)
             GROUP BY o.company_id, o.id, o.xb_shop_id, o.xb_country_id, o.date_order,
                      m.product_id
            """, self._head, self.env.uid, ids)

    def _query_known(self, ids):
        """An estimate counts no longer once its component has a fact."""
        return SQL(
            """
            UPDATE xb_order_profit e SET amount = 0
             WHERE e.order_id IN %s AND e.stage = 'estimate' AND EXISTS (
                   SELECT 1 FROM xb_order_profit a
                    WHERE a.order_id = e.order_id AND a.component = e.component
                      AND a.stage = 'actual')
            """, ids)

    @api.model
    def _sql_kinds(self):
        return SQL(", ").join(SQL("(%s, %s)", *pair) for pair in BY_KIND.items())

    @api.model
    def _rebuild_settlement(self, settlement):
        """Work out the rows of a settlement: those of its orders, and those that have none."""
        self._rebuild(settlement._get_orders())
        self.env.cr.execute(SQL(
            "DELETE FROM xb_order_profit WHERE settlement_id = %s AND order_id IS NULL",
            settlement.id))
        if settlement.state == "posted":
            self.env.cr.execute(self._query_without_order(settlement))
            self.env.cr.execute(self._query_rest_of_exchange(settlement))
        self.invalidate_model()

    def _query_without_order(self, settlement):
        return SQL(
            """%s
            SELECT l.company_id, NULL::int, l.shop_id, NULL::int, %s, m.component, 'actual',
                   SUM(l.value), 0, SUM(l.value), l.settlement_id, NULL::int, %s,
                   NOW() AT TIME ZONE 'UTC'
              FROM xb_settlement_line l JOIN (VALUES %s) m(kind, component) ON m.kind = l.kind
             WHERE l.settlement_id = %s
               AND (l.match = 'kind' OR (l.match = 'left' AND l.is_correction))
             GROUP BY l.company_id, l.shop_id, m.component, l.settlement_id
            HAVING SUM(l.value) != 0
            """, self._head, settlement.date_end, self.env.uid, self._sql_kinds(),
            settlement.id)

    def _query_rest_of_exchange(self, settlement):
        """The exchange difference that no order has caused: the payout's, and odd cents."""
        return SQL(
            """%s
            SELECT %s, NULL::int, %s, NULL::int, %s, 'exchange', 'actual', rest.amount, 0,
                   rest.amount, %s, NULL::int, %s, NOW() AT TIME ZONE 'UTC'
              FROM (SELECT %s::numeric - COALESCE(SUM(exchange_value), 0) FROM xb_settlement_line
                     WHERE settlement_id = %s AND match = 'order') rest(amount)
             WHERE rest.amount != 0
            """, self._head, settlement.company_id.id, settlement.shop_id.id,
            settlement.date_end, settlement.id, self.env.uid,
            _exact(settlement.exchange_difference, settlement.company_currency_id),
            settlement.id)

    @api.model
    def _cron_rebuild(self):
        """Enqueue the orders that changed in the last days: new ones, and those delivered."""
        # pylint: disable-next=no-search-all  # companies are few
        for company in self.env["res.company"].search([]):
            orders = self.env["sale.order"].search([
                ("company_id", "=", company.id), ("xb_shop_id", "!=", False),
                ("write_date", ">=", fields.Datetime.subtract(fields.Datetime.now(), days=2))])
            for start in range(0, len(orders), 5_000):
                self.with_delay(
                    channel="root.xb.import",
                    description=self.env._("Order profit of %(company)s", company=company.name),
                )._job_rebuild(orders[start:start + 5_000].ids)

    @api.model
    def _job_rebuild(self, order_ids):
        """Work out the rows of orders; safe twice."""
        self._rebuild(self.env["sale.order"].browse(order_ids).exists())


def _exact(amount, currency):
    return f"{amount:.{currency.decimal_places}f}"
