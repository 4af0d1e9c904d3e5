import logging
from contextlib import contextmanager

import psycopg2
from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, file_open

from odoo.addons.xb_base.db import own_cursor

from ..const import FOLLOW_AT_MOST
from ..gate import ask_gate

_logger = logging.getLogger(__name__)

# Functions before the triggers that call them.
SQL_FILES = ("sequences", "truth", "gate", "shelf", "levels", "triggers")
# In a message to the monitors; whoever changes more, changes the whole page.
BUS_LEVELS_MAX = 200
BUS_SUBCHANNEL = "xb_stock"


class XbStockLevel(models.Model):
    """What is where: one row per product and warehouse, in step with Odoo's quants and transfers.

    A copy for reading, never what a claim is decided on. Written by ``xb_stock_follow`` alone
    (``sql/levels.sql``), right after the commit that changed something; until then a mark tells
    every reader to look at the truth instead, so that an answer is exact at any moment.
    """

    _name = "xb.stock.level"
    _description = "Stock Level"
    _order = "product_id, warehouse_id"
    _rec_name = "product_id"
    _log_access = False

    # === FIELDS === #

    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="cascade"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    on_hand = fields.Float(digits="Product Unit", readonly=True)
    reserved = fields.Float(
        digits="Product Unit", readonly=True, help="Reserved by transfers, of what is on hand."
    )
    waiting = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="Sold and confirmed, but nothing could be reserved for it yet.",
    )
    free = fields.Float(
        digits="Product Unit", readonly=True, help="On hand − reserved − waiting; before claims."
    )
    limited = fields.Boolean(
        readonly=True,
        help="Refused when nothing is left. Not so what is not tracked, or sold beyond its stock.",
    )
    version = fields.Integer(readonly=True, help="Another one after every change.")
    changed_at = fields.Datetime(readonly=True)
    sold_7 = fields.Float("Sold, 7 Days", digits="Product Unit", readonly=True)
    sold_30 = fields.Float("Sold, 30 Days", digits="Product Unit", readonly=True)
    drift_at = fields.Datetime(
        "Drifted", readonly=True, help="When the reconciler last found this level to be wrong."
    )

    _unique = models.UniqueIndex("(product_id, warehouse_id)")
    _free = models.Index("(free)")

    # === SETUP === #

    @api.model
    def _create_sql(self):
        """Create or replace the functions and triggers; runs at every install and update."""
        # What a function returns cannot be replaced; triggers hold theirs, which return the same.
        self.env.cr.execute(
            """
            SELECT old.oid::regprocedure::text FROM pg_proc old
             WHERE old.proname LIKE 'xb\\_stock\\_%%' AND old.prorettype <> 'trigger'::regtype
               AND old.pronamespace = current_schema()::regnamespace
            """
        )
        for (signature,) in self.env.cr.fetchall():
            self.env.cr.execute(SQL("DROP FUNCTION %s", SQL(signature)))
        for name in SQL_FILES:
            with file_open(f"xb_inventory/sql/{name}.sql") as source:
                self.env.cr.execute(source.read())
        # What was there before us has never been marked, and an update may see the truth anew.
        self.env.cr.execute(
            """
            INSERT INTO xb_stock_touch (product_id)
            SELECT product_id FROM stock_quant
             UNION
            SELECT product_id FROM stock_move WHERE state NOT IN ('draft', 'done', 'cancel')
             UNION
            SELECT product_id FROM xb_stock_level
            """
        )
        while True:
            self.env.cr.execute("SELECT * FROM xb_stock_follow(%s)", [FOLLOW_AT_MOST])
            if not self.env.cr.rowcount:
                break

    # === BUSINESS METHODS: FOLLOWING === #

    @api.model
    def _touch(self, product_ids):
        """Note that this transaction changes products' stock: follow after its commit.

        The marks are the triggers' work; this only sees to it that somebody follows them soon, and
        that the cache knows.

        :param list product_ids: ids of ``product.product``
        """
        cr = self.env.cr
        touched = cr.postcommit.data.get("xb.stock.touched")
        if touched is None:
            touched = cr.postcommit.data["xb.stock.touched"] = set()
            cr.postcommit.add(self._follow_touched)
        touched.update(product_ids)
        if "xb.stock.touched" not in cr.precommit.data:
            # Savepoints that are rolled back clear this list, and so it is made again.
            cr.precommit.data["xb.stock.touched"] = True
            cr.precommit.add(lambda: self.env["xb.stock.cache"]._begin(touched))

    @api.model
    def _follow_touched(self):
        touched = self.env.cr.postcommit.data.pop("xb.stock.touched", ())
        with self._after_commit():
            # The cache first: from here on, readers find the truth by the marks.
            self.env["xb.stock.cache"]._end(touched)
            self._follow()

    @contextmanager
    def _after_commit(self):
        """Keep database trouble from telling the caller, whose work is committed, it had failed."""
        try:
            yield
        except (psycopg2.Error, PoolError):
            _logger.warning("Stock levels could not follow; the cron will", exc_info=True)

    @api.model
    def _follow(self):
        """Bring all marked levels up to date and settle used claims, in short own transactions.

        :return: number of products with a level that changed
        :rtype: int
        """
        products = set()
        while True:
            rows = ask_gate(
                self.env, "SELECT * FROM xb_stock_follow(%s)", [FOLLOW_AT_MOST], durable=False
            )
            if not rows:
                break
            changed = [row for row in rows if row[4]]
            if changed:
                with own_cursor(self.env, durable=False) as cr:
                    self._announce(cr, {row[3] for row in changed}, [row[0] for row in changed])
                products.update(row[1] for row in changed)
        if products:
            self._on_changed(sorted(products))
        self.invalidate_model()
        return len(products)

    @api.model
    def _on_changed(self, product_ids):
        """Hook: the stock of products is another one, and committed. Only enqueue here.

        :param list product_ids: ids of ``product.product``
        """
        self.env["xb.stock.publication"]._wake(product_ids)

    @api.model
    def _announce(self, cr, company_ids, level_ids):
        """Tell open monitors which levels changed; the message leaves with the cursor's commit.

        :param cr: an own cursor
        :param company_ids: whose levels they are
        :param list level_ids: ids of ``xb.stock.level``
        """
        if not level_ids:
            return
        env = api.Environment(cr, SUPERUSER_ID, {})
        message = {
            "levels": level_ids if len(level_ids) <= BUS_LEVELS_MAX else [],
            "all": len(level_ids) > BUS_LEVELS_MAX,
        }
        for company in env["res.company"].browse(sorted(company_ids)):
            env["bus.bus"]._sendone((company, BUS_SUBCHANNEL), "xb_stock/levels", message)

    # === CRON === #

    @api.model
    def _cron_follow(self):
        """The net under lost moments: marks nobody followed, moves nobody reserved for, claims
        nobody closed, a cold cache."""
        self._follow()
        self.env["xb.stock.due"]._wake()
        with own_cursor(self.env) as cr:
            cr.execute("SELECT xb_stock_reap(NULL)")
        self.env["xb.stock.cache"]._warm()

    @api.model
    def _cron_velocity(self):
        """Count what was delivered to customers in the last 7 and 30 days, returns taken off."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            WITH sold AS (
                SELECT move.product_id, shelf.warehouse_id,
                       SUM(side.sign * move.product_qty * (move.quantity / move.product_uom_qty))
                           FILTER (WHERE move.date >= now() AT TIME ZONE 'UTC' - interval '7 days')
                           AS week,
                       SUM(side.sign * move.product_qty * (move.quantity / move.product_uom_qty))
                           AS month
                  FROM stock_move move
                  JOIN stock_location origin ON origin.id = move.location_id
                  JOIN stock_location goal ON goal.id = move.location_dest_id
                  CROSS JOIN LATERAL (
                    SELECT CASE WHEN goal.usage = 'customer' THEN 1 ELSE -1 END AS sign
                  ) side
                  JOIN stock_location shelf
                    ON shelf.id = CASE WHEN goal.usage = 'customer' THEN origin.id ELSE goal.id END
                 WHERE move.state = 'done' AND move.product_uom_qty <> 0
                   AND move.date >= now() AT TIME ZONE 'UTC' - interval '30 days'
                   AND (goal.usage = 'customer') <> (origin.usage = 'customer')
                   AND shelf.warehouse_id IS NOT NULL
                 GROUP BY 1, 2
            ), figures AS (
                SELECT level.id, GREATEST(0, COALESCE(sold.week, 0)) AS week,
                       GREATEST(0, COALESCE(sold.month, 0)) AS month
                  FROM xb_stock_level level
                  LEFT JOIN sold ON sold.product_id = level.product_id
                                AND sold.warehouse_id = level.warehouse_id
            )
            UPDATE xb_stock_level level
               SET sold_7 = figures.week, sold_30 = figures.month
              FROM figures
             WHERE figures.id = level.id
               AND (level.sold_7, level.sold_30) IS DISTINCT FROM (figures.week, figures.month)
            """
        )
        self.invalidate_model(["sold_7", "sold_30"])
