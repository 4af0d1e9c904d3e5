from odoo import api, models
from odoo.tools import SQL

from ..core.charges import BY_VALUE
from ..core.profit import BY_FEE, BY_KIND, SALES

# What a row says, in the order of every statement here.
COLUMNS = ("company_id", "order_id", "shop_id", "country_id", "day", "component", "stage", "amount",
           "estimate", "actual", "settlement_id", "move_id", "line_id", "product_id", "carrier_id",
           "currency_id", "amount_currency", "tariff")


class XbOrderProfit(models.Model):
    """The statement that works profit out: pieces of SQL, each with what it knows.

    One statement for many orders. Facts are collected first; an estimate counts only while its
    component has no fact.
    """

    _inherit = "xb.order.profit"

    # === PIECES === #

    @api.model
    def _sql_rate(self, currency, company, day):
        """SQL of company currency per unit of a currency on a day, 1 where none is known."""
        return SQL(
            """
            COALESCE((SELECT 1 / NULLIF(r.rate, 0)
                        FROM res_currency_rate r JOIN res_company k ON k.id = %(company)s
                       WHERE r.currency_id = %(currency)s AND r.currency_id != k.currency_id
                         AND (r.company_id IS NULL
                              OR r.company_id = split_part(k.parent_path, '/', 1)::int)
                         AND r.name <= %(day)s
                       ORDER BY r.company_id, r.name DESC LIMIT 1), 1)
            """, currency=currency, company=company, day=day)

    def _sql_orders(self, ids, parcels):
        """The orders: whose they are, on which day, at which rate, with which carrier."""
        first = SQL(
            """
            SELECT DISTINCT ON (i.order_id) i.order_id, b.carrier_id
              FROM xb_parcel_item i JOIN xb_parcel b ON b.id = i.parcel_id
             WHERE b.id IN %s AND b.carrier_id IS NOT NULL AND b.active
               AND b.direction = 'outbound'
             ORDER BY i.order_id, b.id
            """, parcels) if parcels else SQL(
            "SELECT NULL::int AS order_id, NULL::int AS carrier_id WHERE FALSE")
        return SQL(
            """
            SELECT o.id, o.company_id, o.xb_shop_id AS shop_id, o.xb_country_id AS country_id,
                   o.date_order::date AS day, o.state, o.amount_untaxed, o.currency_id,
                   COALESCE(o.xb_fee_amount, 0) AS fees, o.xb_fees,
                   %s::numeric AS rate, u.decimal_places AS digits,
                   c.currency_id AS company_currency_id,
                   v.decimal_places AS currency_digits,
                   COALESCE(p.carrier_id, d.xb_carrier_id) AS carrier_id
              FROM sale_order o
              JOIN res_company c ON c.id = o.company_id
              JOIN res_currency u ON u.id = c.currency_id
              JOIN res_currency v ON v.id = o.currency_id
              LEFT JOIN delivery_carrier d ON d.id = o.carrier_id
              LEFT JOIN (%s) p ON p.order_id = o.id
             WHERE o.id IN %s
            """, self.env["sale.order"]._xb_sql_company_rate(), first, ids)

    def _sql_settled(self):
        """What posted settlements say, at the value they were booked at; per order line where
        the platform names its SKU."""
        return SQL(
            """
            SELECT l.order_id, part.component, SUM(part.amount) AS amount, l.settlement_id,
                   NULL::int AS move_id, s.id AS line_id, s.product_id, NULL::int AS carrier_id,
                   t.currency_id, SUM(part.amount_currency) AS amount_currency
              FROM o JOIN xb_settlement_line l ON l.order_id = o.id AND l.match = 'order'
              JOIN xb_settlement t ON t.id = l.settlement_id AND t.state = 'posted'
              LEFT JOIN LATERAL (
                   SELECT x.id, x.product_id FROM sale_order_line x
                    WHERE l.sku != '' AND x.order_id = l.order_id AND x.xb_sku = l.sku
                    ORDER BY x.id LIMIT 1) s ON TRUE
              JOIN LATERAL (
                  SELECT m.component, l.value, l.amount FROM (VALUES %s) m(kind, component)
                   WHERE m.kind = l.kind
                  UNION ALL SELECT 'exchange', l.exchange_value, 0
                  ) part(component, amount, amount_currency) ON part.amount != 0
             GROUP BY l.order_id, part.component, l.settlement_id, t.currency_id, s.id,
                      s.product_id
            """, self._sql_kinds())

    def _sql_left(self):
        """What the units that really left cost the stock, landed costs included; returns come
        back."""
        return SQL(
            """
            SELECT l.order_id, 'cost', SUM(part.amount), NULL::int, NULL::int, l.id,
                   m.product_id, NULL::int, NULL::int, NULL::numeric
              FROM o JOIN sale_order_line l ON l.order_id = o.id
              JOIN stock_move m ON m.sale_line_id = l.id
              JOIN LATERAL (SELECT CASE WHEN m.is_out THEN -m.value ELSE m.value END)
                   part(amount) ON part.amount != 0
             WHERE m.state = 'done' AND (m.is_out OR m.is_in)
             GROUP BY l.order_id, l.id, m.product_id
            """)

    def _sql_billed(self, where):
        """What carriers' posted bills charge, split over the orders of a parcel.

        :param SQL where: which charges, of ``c``
        """
        return self._sql_split(SQL(
            """
            SELECT c.id AS key, c.parcel_id, c.component, c.kind IN %s AS by_value, c.value,
                   u.decimal_places AS digits, c.move_id, c.carrier_id
              FROM xb_carrier_charge c
              JOIN account_move m ON m.id = c.move_id AND m.state = 'posted'
              JOIN res_company k ON k.id = c.company_id
              JOIN res_currency u ON u.id = k.currency_id
             WHERE c.component IS NOT NULL AND c.value != 0 AND %s
            """, BY_VALUE, where))

    def _sql_labels(self, parcels):
        """What parcels were said to cost when they were sent, split over their orders."""
        return self._sql_split(SQL(
            """
            SELECT p.id AS key, p.id AS parcel_id, 'freight'::varchar AS component,
                   FALSE AS by_value,
                   ROUND(p.cost * %s::numeric, u.decimal_places) AS value,
                   u.decimal_places AS digits, NULL::int AS move_id, p.carrier_id
              FROM xb_parcel p
              JOIN res_company k ON k.id = p.company_id
              JOIN res_currency u ON u.id = k.currency_id
             WHERE p.id IN %s AND p.cost != 0 AND p.active AND p.direction != 'inbound'
               AND COALESCE(p.label_state, '') != 'voided'
            """, self._sql_rate(SQL("p.currency_id"), SQL("p.company_id"), SQL(
                "COALESCE(p.shipped_at, p.create_date)::date")), parcels))

    def _sql_split(self, amounts):
        """Split amounts of parcels over the orders that travel in them, to the cent; the shares
        are those of the statement's ``share``, see :meth:`_sql_shares`.

        Duty and import VAT by value, all else by weight. Odd cents go to the largest remainders.
        What belongs to no order of a shop has no order.

        :param SQL amounts: rows ``(key, parcel_id, component, by_value, value, digits, move_id,
            carrier_id)``
        :return: SQL of rows ``(order_id, component, value, move_id, carrier_id)``
        """
        return SQL(
            """
            SELECT CASE WHEN f.xb_shop_id IS NOT NULL THEN f.id END AS order_id, e.component,
                   (FLOOR(e.exact) + (ROW_NUMBER() OVER w <= ROUND(
                       e.whole - SUM(FLOOR(e.exact)) OVER (PARTITION BY e.key)))::int)
                       / 10.0 ^ e.digits AS value,
                   e.move_id, e.carrier_id
              FROM (SELECT a.*, s.order_id, a.value * 10.0 ^ a.digits AS whole,
                           a.value * 10.0 ^ a.digits * COALESCE(CASE WHEN a.by_value
                               THEN s.of_value ELSE s.of_weight END, 1) AS exact
                      FROM (%s) a LEFT JOIN share s ON s.parcel_id = a.parcel_id) e
              LEFT JOIN sale_order f ON f.id = e.order_id
            WINDOW w AS (PARTITION BY e.key ORDER BY e.exact - FLOOR(e.exact) DESC, e.order_id)
            """, amounts)

    def _sql_shares(self, parcels):
        """Which share of a parcel is each order's: by value, and by weight where every product in
        the parcel has one; in equal parts where nothing is known.

        :param SQL parcels: a list of ids or a query
        """
        return SQL(
            """
            SELECT parcel_id, order_id,
                   COALESCE(worth / NULLIF(SUM(worth) OVER parcel, 0),
                            1.0 / COUNT(*) OVER parcel) AS of_value,
                   COALESCE(CASE WHEN bool_and(weighed) OVER parcel
                                 THEN weight / NULLIF(SUM(weight) OVER parcel, 0) END,
                            worth / NULLIF(SUM(worth) OVER parcel, 0),
                            1.0 / COUNT(*) OVER parcel) AS of_weight
              FROM (SELECT i.parcel_id, i.order_id, bool_and(q.weight > 0) AS weighed,
                           SUM(i.quantity::numeric * COALESCE(iu.factor / NULLIF(pu.factor, 0), 1)
                               * q.weight::numeric) AS weight,
                           SUM(GREATEST(COALESCE(i.quantity * l.price_subtotal
                               / NULLIF(l.product_uom_qty, 0), 0), 0)::numeric * %s) AS worth
                      FROM xb_parcel_item i
                      JOIN sale_order o ON o.id = i.order_id
                      JOIN product_product q ON q.id = i.product_id
                      JOIN product_template t ON t.id = q.product_tmpl_id
                      JOIN uom_uom pu ON pu.id = t.uom_id
                      LEFT JOIN uom_uom iu ON iu.id = i.uom_id
                      LEFT JOIN sale_order_line l ON l.id = i.sale_line_id
                     WHERE i.parcel_id IN %s
                     GROUP BY i.parcel_id, i.order_id) g
            WINDOW parcel AS (PARTITION BY parcel_id)
            """, self.env["sale.order"]._xb_sql_company_rate(), parcels)

    def _sql_guesses(self, labels):
        """What the orders themselves say: sales, discounts, fees, cost of goods, freight.

        :param SQL labels: what their parcels cost
        """
        return SQL(
            """
            SELECT o.id AS order_id, part.component, ROUND(part.amount, o.digits) AS amount,
                   ROUND(part.amount_currency, o.currency_digits) AS amount_currency,
                   part.tariff
              FROM o
              JOIN (SELECT l.order_id,
                           SUM(CASE WHEN l.price_subtotal < 0 THEN l.price_subtotal
                                    WHEN l.discount > 0 AND l.discount < 100
                                    THEN -l.price_subtotal * l.discount / (100 - l.discount)
                                    ELSE 0 END)::numeric AS discount,
                           SUM(l.product_uom_qty * l.purchase_price)
                               FILTER (WHERE l.is_delivery IS NOT TRUE)::numeric AS goods,
                           SUM(l.product_uom_qty * l.purchase_price)
                               FILTER (WHERE l.is_delivery)::numeric AS carriage
                      FROM o x JOIN sale_order_line l ON l.order_id = x.id
                     WHERE l.display_type IS NULL GROUP BY l.order_id) s ON s.order_id = o.id
              LEFT JOIN (SELECT order_id, SUM(value) AS cost FROM (%(labels)s) b
                          GROUP BY order_id) parcel ON parcel.order_id = o.id
              LEFT JOIN tariff t ON t.order_id = o.id AND t.component = 'freight'
              JOIN LATERAL (VALUES
                  ('revenue', ROUND(o.amount_untaxed * o.rate, o.digits)
                              - ROUND(s.discount * o.rate, o.digits),
                              o.amount_untaxed - ROUND(s.discount, o.currency_digits), NULL),
                  ('discount', s.discount * o.rate, s.discount, NULL),
                  ('cost', -s.goods * o.rate, NULL, NULL),
                  ('freight', -COALESCE(parcel.cost, t.amount, s.carriage * o.rate), NULL,
                              CASE WHEN parcel.cost IS NULL THEN t.source END)
                  ) part(component, amount, amount_currency, tariff)
                  ON ROUND(part.amount, o.digits) != 0
             WHERE o.state != 'cancel'
            UNION ALL %(fees)s
            UNION ALL SELECT t.order_id, t.component, -t.amount, NULL, t.source
              FROM tariff t JOIN o ON o.id = t.order_id
             WHERE t.component != 'freight' AND t.amount != 0 AND o.state != 'cancel'
            """, labels=labels, fees=self._sql_stated_fees())

    def _sql_stated_fees(self):
        """The fees that an order states, each with its component; the sum is the order's."""
        named = SQL(", ").join(SQL("(%s, %s)", *pair) for pair in BY_FEE.items())
        return SQL(
            """
            SELECT f.id, f.component, ROUND(-SUM(f.amount) * f.rate, f.digits),
                   ROUND(-SUM(f.amount), f.currency_digits), NULL
              FROM (SELECT o.id, o.rate, o.digits, o.currency_digits, m.component,
                           (x.fee ->> 'amount')::numeric AS amount
                      FROM o JOIN res_currency u ON u.id = o.currency_id
                      JOIN LATERAL jsonb_array_elements(o.xb_fees) x(fee)
                           ON COALESCE(x.fee ->> 'currency', u.name) = u.name
                      JOIN (VALUES %(named)s) m(kind, component) ON m.kind = x.fee ->> 'kind'
                     WHERE o.xb_fees IS NOT NULL AND o.state != 'cancel'
                    UNION ALL
                    SELECT o.id, o.rate, o.digits, o.currency_digits, 'fee_platform',
                           o.fees - COALESCE((
                           SELECT SUM((x.fee ->> 'amount')::numeric)
                             FROM jsonb_array_elements(o.xb_fees) x(fee)
                            WHERE COALESCE(x.fee ->> 'currency', u.name) = u.name
                              AND x.fee ->> 'kind' IN %(kinds)s), 0)
                      FROM o JOIN res_currency u ON u.id = o.currency_id
                     WHERE o.fees != 0 AND o.state != 'cancel') f
             GROUP BY f.id, f.component, f.rate, f.digits, f.currency_digits
            HAVING ROUND(SUM(f.amount) * f.rate, f.digits) != 0
            """, named=named, kinds=tuple(BY_FEE))

    # === THE STATEMENT === #

    def _query_rows(self, ids):
        """Bring the rows of orders up to date: only those that differ are deleted and inserted, as
        a row costs most when it is written.

        The query returns how many rows the orders have now.

        :param tuple ids: of the orders
        """
        parcels = tuple(row[0] for row in self.env.execute_query(SQL(
            "SELECT DISTINCT parcel_id FROM xb_parcel_item WHERE order_id IN %s", ids)))
        # Most of the statement is about parcels: without one, planning it would take longer than
        # everything else of an order.
        share = SQL("share AS MATERIALIZED (%s),", self._sql_shares(parcels)) if parcels \
            else SQL()
        labels = self._sql_labels(parcels) if parcels else SQL(
            "SELECT NULL::int AS order_id, NULL::numeric AS value WHERE FALSE")
        return SQL(
            """
            WITH o AS MATERIALIZED (%(orders)s), %(share)s tariff AS MATERIALIZED (
                %(tariffs)s
            ), fact AS MATERIALIZED (
                %(settled)s UNION ALL %(left)s %(billed)s
            ), known AS (
                SELECT order_id, component FROM fact GROUP BY order_id, component
                -- a bill and its credit note say nothing
                HAVING bool_or(move_id IS NULL) OR SUM(amount) != 0
            ), row AS (%(rows)s), new (place, %(columns)s) AS MATERIALIZED (
                SELECT ROW_NUMBER() OVER (), o.company_id, o.id, o.shop_id, o.country_id, o.day,
                       r.component, r.stage, r.amount, r.estimate, r.actual, r.settlement_id,
                       r.move_id, r.line_id, r.product_id, COALESCE(r.carrier_id, o.carrier_id),
                       COALESCE(r.currency_id, CASE WHEN r.amount_currency IS NULL
                                THEN o.company_currency_id ELSE o.currency_id END),
                       COALESCE(r.amount_currency, r.amount), r.tariff
                  FROM row r JOIN o ON o.id = r.order_id
            ), %(changes)s
            SELECT COUNT(*) FROM new
            """,
            orders=self._sql_orders(ids, parcels), share=share, settled=self._sql_settled(),
            tariffs=self._sql_tariffs(self._get_tariff_rows(ids)), left=self._sql_left(),
            billed=self._sql_bills(parcels) if parcels else SQL(),
            rows=self._sql_rows(self._sql_guesses(labels)), columns=self._columns,
            changes=self._sql_changes(ids))

    def _sql_changes(self, ids):
        """From the rows as they are to those of the statement's ``new``.

        Of an order that differs a row that stays is written as well: else two transactions, each of
        which sees another new fact, could both change other rows of it, and neither would know.
        """
        return SQL(
            """
            old AS MATERIALIZED (
                SELECT id, %(columns)s FROM xb_order_profit WHERE order_id IN %(ids)s
            ), same AS MATERIALIZED (
                SELECT n.place, n.order_id, MIN(p.id) AS id
                  FROM new n LEFT JOIN old p
                    ON p.order_id = n.order_id AND p.component = n.component
                   AND p.stage = n.stage AND (%(theirs)s) IS NOT DISTINCT FROM (%(ours)s)
                 GROUP BY n.place, n.order_id
            ), gone AS (
                SELECT id, order_id FROM old p
                 WHERE NOT EXISTS (SELECT FROM same s WHERE s.id = p.id)
            ), deleted AS (
                DELETE FROM xb_order_profit WHERE id IN (SELECT id FROM gone)
            ), touched AS (
                UPDATE xb_order_profit SET stage = stage WHERE id IN (
                    SELECT MIN(s.id) FROM same s
                     WHERE s.order_id IN (SELECT order_id FROM same WHERE id IS NULL
                                          UNION SELECT order_id FROM gone)
                     GROUP BY s.order_id)
            ), inserted AS (
                INSERT INTO xb_order_profit (%(columns)s)
                SELECT %(ours)s FROM new n JOIN same s ON s.place = n.place AND s.id IS NULL
            )
            """, ids=ids, columns=self._columns,
            **{name: SQL(", ").join(SQL.identifier(table, column) for column in COLUMNS)
               for name, table in (("theirs", "p"), ("ours", "n"))})

    def _sql_rows(self, guesses):
        """Facts as they are; estimates that count as long as nothing is known. What says no
        currency is in the company's."""
        return SQL(
            """
            SELECT order_id, component, 'actual' AS stage, amount, 0 AS estimate,
                   amount AS actual, settlement_id, move_id, line_id, product_id, carrier_id,
                   currency_id, amount_currency, NULL AS tariff
              FROM fact
            UNION ALL
            SELECT g.order_id, g.component, 'estimate',
                   CASE WHEN k.order_id IS NULL THEN g.amount ELSE 0 END, g.amount, 0,
                   NULL::int, NULL::int, NULL::int, NULL::int, NULL::int, NULL::int,
                   CASE WHEN k.order_id IS NULL THEN g.amount_currency
                        WHEN g.amount_currency IS NOT NULL THEN 0 END, g.tariff
              FROM (%s) g
              LEFT JOIN (SELECT order_id, component FROM known UNION
                         SELECT order_id, %s FROM known WHERE component = %s) k
                     ON k.order_id = g.order_id AND k.component = g.component
            """, guesses, SALES[1], SALES[0])

    def _sql_bills(self, parcels):
        """The orders' part of what carriers billed for their parcels."""
        return SQL(
            """
            UNION ALL
            SELECT order_id, component, -SUM(value), NULL::int, move_id, NULL::int, NULL::int,
                   carrier_id, NULL::int, NULL::numeric
              FROM (%s) b WHERE order_id IN (SELECT id FROM o)
             GROUP BY order_id, component, move_id, carrier_id HAVING SUM(value) != 0
            """, self._sql_billed(SQL("c.parcel_id IN %s", parcels)))

    @property
    def _columns(self):
        return SQL(", ").join(map(SQL.identifier, COLUMNS))

    @property
    def _head(self):
        return SQL("INSERT INTO xb_order_profit (%s)", self._columns)

    @api.model
    def _sql_kinds(self):
        return SQL(", ").join(SQL("(%s, %s)", *pair) for pair in BY_KIND.items())
