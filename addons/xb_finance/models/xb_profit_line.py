from odoo import fields, models
from odoo.tools import SQL

from ..core.profit import COMPONENTS

# Of a row of profit, an order's lines have numbers of their own.
PER_ROW = 4096


class XbProfitLine(models.Model):
    """Profit per order line, product and carrier: every row of an order's profit, spread over its
    lines.

    A fact that is known per line stays there. What is known per order only (fees, freight, a
    refund without its SKU) is spread by the lines' share of the net sales; an estimated cost of
    goods by their cost. Odd cents go to the largest remainders: the lines of a row add up to it.
    """

    _name = "xb.profit.line"
    _description = "Profit per Product"
    _auto = False
    _order = "day desc, order_id desc, id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    order_id = fields.Many2one("sale.order", readonly=True)
    line_id = fields.Many2one("sale.order.line", "Order Line", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one(related="product_id.categ_id", string="Product Category")
    shop_id = fields.Many2one("xb.shop", readonly=True)
    country_id = fields.Many2one("res.country", "Ships To", readonly=True)
    carrier_id = fields.Many2one("xb.carrier", readonly=True)
    day = fields.Date(readonly=True)
    component = fields.Selection(list(COMPONENTS.items()), readonly=True)
    stage = fields.Selection([("estimate", "Estimate"), ("actual", "Actual")], readonly=True)
    amount = fields.Monetary("Profit", currency_field="company_currency_id", readonly=True)
    estimate = fields.Monetary(currency_field="company_currency_id", readonly=True)
    actual = fields.Monetary(currency_field="company_currency_id", readonly=True)

    @property
    def _table_query(self):
        # The windows' keys are the report's filters as well: PostgreSQL then filters the rows of
        # profit before it spreads them.
        keys = SQL("PARTITION BY %s", SQL(", ").join(
            SQL.identifier("e", name) for name in (
                "id", "day", "company_id", "shop_id", "country_id", "carrier_id", "order_id",
                "component", "stage")))
        return SQL(
            """
            SELECT d.id * %(per_row)s + d.place AS id, d.company_id, d.order_id, d.line_id,
                   d.product_id, d.shop_id, d.country_id, d.carrier_id, d.day, d.component,
                   d.stage, CASE WHEN d.counts THEN d.share ELSE 0 END AS amount,
                   CASE WHEN d.stage = 'estimate' THEN d.share ELSE 0 END AS estimate,
                   CASE WHEN d.stage = 'actual' THEN d.share ELSE 0 END AS actual
              FROM (SELECT e.*,
                           (FLOOR(e.exact) + (ROW_NUMBER() OVER (
                                %(keys)s ORDER BY e.exact - FLOOR(e.exact) DESC, e.place)
                               <= ROUND(e.whole - SUM(FLOOR(e.exact)) OVER (%(keys)s)))::int)
                           / e.unit AS share
                      FROM (%(weighed)s) e) d
            """, per_row=PER_ROW, keys=keys, weighed=self._sql_weighed(keys))

    def _sql_weighed(self, keys):
        """Every row of profit beside each line that has a share of it, and which."""
        return SQL(
            """
            SELECT e.*, ROW_NUMBER() OVER (%(keys)s ORDER BY e.line_id) AS place,
                   e.whole * COALESCE(e.weight / NULLIF(SUM(e.weight) OVER (%(keys)s), 0),
                                      e.net / NULLIF(SUM(e.net) OVER (%(keys)s), 0),
                                      1.0 / COUNT(*) OVER (%(keys)s)) AS exact
              FROM (SELECT r.id::bigint AS id, r.company_id, r.order_id, r.shop_id, r.country_id,
                           r.carrier_id, r.day, r.component, r.stage, r.amount != 0 AS counts,
                           COALESCE(l.id, r.line_id) AS line_id,
                           COALESCE(l.product_id, r.product_id) AS product_id,
                           (r.estimate + r.actual) * u.unit AS whole, u.unit,
                           COALESCE(l.price_subtotal, 0)::numeric AS net,
                           (CASE WHEN r.stage = 'estimate' THEN CASE r.component
                                 WHEN 'cost' THEN l.product_uom_qty * l.purchase_price
                                 WHEN 'revenue' THEN l.price_subtotal
                                    / NULLIF(1 - COALESCE(l.discount, 0) / 100, 0)
                                 WHEN 'discount' THEN l.price_subtotal * COALESCE(l.discount, 0)
                                 ELSE l.price_subtotal END
                            ELSE l.price_subtotal END)::numeric AS weight
                      FROM xb_order_profit r
                      JOIN res_company c ON c.id = r.company_id
                      JOIN (SELECT id, ROUND(1 / rounding) AS unit FROM res_currency) u
                        ON u.id = c.currency_id
                      LEFT JOIN sale_order_line l ON l.order_id = r.order_id
                           AND CASE WHEN r.line_id IS NOT NULL THEN l.id = r.line_id
                                    ELSE l.display_type IS NULL AND l.price_subtotal >= 0
                                     AND l.is_delivery IS NOT TRUE END) e
            """, keys=keys)
