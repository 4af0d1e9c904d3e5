from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

PAGE_MAX = 500
SPARK_DAYS = 30

# What a person may sort by, and the SQL it means.
ORDERS = {
    "product": "kind.name->>'en_US'",
    "code": "item.default_code",
    "on_hand": "level.on_hand",
    "reserved": "level.reserved",
    "waiting": "level.waiting",
    "claimed": "COALESCE(taken.claimed, 0)",
    "available": "level.free - COALESCE(taken.claimed, 0)",
    "sold_7": "level.sold_7",
    "sold_30": "level.sold_30",
    "cover": "(level.free - COALESCE(taken.claimed, 0)) / NULLIF(level.sold_30, 0)",
    "changed_at": "level.changed_at",
}
# Days that a level should last; less is low, more than so many is over.
LOW_DAYS = 7
OVER_DAYS = 180


class XbStockLevel(models.Model):
    """What the live monitor reads: filtered, sorted and paged by the database."""

    _inherit = "xb.stock.level"

    # === FIELDS === #

    claimed = fields.Float(
        compute="_compute_claimed", digits="Product Unit", compute_sudo=True,
        help="Held by open claims.",
    )
    available = fields.Float(
        compute="_compute_claimed", digits="Product Unit", compute_sudo=True,
        help="Free − claimed; what the next claim can have.",
    )
    cover_days = fields.Float(
        "Days of Cover", compute="_compute_claimed", compute_sudo=True,
        help="How long the available stock lasts at the pace of the last 30 days; −1 when nothing "
        "sells.",
    )
    condition = fields.Selection(
        [("ok", "In Stock"), ("out", "Out"), ("low", "Low"), ("over", "Overstocked"),
         ("drift", "Under Check")],
        compute="_compute_claimed", search="_search_condition", compute_sudo=True,
    )

    # === COMPUTE METHODS === #

    @api.depends("free", "sold_30", "drift_at")
    def _compute_claimed(self):
        taken = {}
        if self.ids:
            self.env.cr.execute(
                "SELECT product_id, warehouse_id, claimed::float8 FROM xb_stock_claimed(%s, %s)",
                [self.product_id.ids, self.warehouse_id.ids],
            )
            taken = {row[:2]: row[2] for row in self.env.cr.fetchall()}
        for level in self:
            level.claimed = taken.get((level.product_id.id, level.warehouse_id.id), 0.0)
            level.available = level.free - level.claimed
            level.cover_days = (
                round(max(0.0, level.available) / (level.sold_30 / 30), 1) if level.sold_30 else -1
            )
            level.condition = level._get_condition()

    def _get_condition(self):
        if self.drift_at:
            return "drift"
        if self.available <= 0:
            return "out"
        if 0 <= self.cover_days < LOW_DAYS:
            return "low"
        return "over" if self.cover_days > OVER_DAYS else "ok"

    def _search_condition(self, operator, value):
        if operator not in ("in", "="):
            return NotImplemented
        wanted = [value] if isinstance(value, str) else list(value)
        matches = [SQL(self._condition_sql()[name]) for name in wanted if name]
        if not matches:
            return Domain.FALSE
        query = SQL(
            "SELECT level.id FROM xb_stock_level level %s WHERE %s",
            SQL(self._claims_sql()), SQL(" OR ").join(matches),
        )
        return [("id", "in", query)]

    @api.model
    def _claims_sql(self):
        return """
            LEFT JOIN (
                SELECT line.product_id, line.warehouse_id, SUM(line.quantity) AS claimed
                  FROM xb_stock_claim_line line
                 WHERE line.is_open AND NOT EXISTS (
                    SELECT 1 FROM xb_stock_claim_use used WHERE used.claim_id = line.claim_id)
                 GROUP BY 1, 2
            ) taken ON taken.product_id = level.product_id
                   AND taken.warehouse_id = level.warehouse_id"""

    @api.model
    def _condition_sql(self):
        """The conditions as SQL, each excluding those before it, as in :meth:`_get_condition`."""
        left = "(level.free - COALESCE(taken.claimed, 0))"
        sold = "COALESCE(level.sold_30, 0)"
        sound = "level.drift_at IS NULL"
        return {
            "drift": "level.drift_at IS NOT NULL",
            "out": f"({sound} AND {left} <= 0)",
            "low": f"({sound} AND {left} > 0 AND {sold} > 0 AND {left} < {sold} / 30 * {LOW_DAYS})",
            "over": f"({sound} AND {sold} > 0 AND {left} > {sold} / 30 * {OVER_DAYS})",
            "ok": f"({sound} AND {left} > 0 AND ({sold} = 0 OR {left} BETWEEN"
                  f" {sold} / 30 * {LOW_DAYS} AND {sold} / 30 * {OVER_DAYS}))",
        }

    # === BUSINESS METHODS: THE MONITOR === #

    @api.model
    def monitor_page(self, filters=None, offset=0, limit=80, order="product"):
        """Read one page of the monitor.

        :param dict filters: any of ``search`` (name, reference or barcode), ``category_id``,
            ``warehouse_id``, ``shop_id`` (what it lists, from its warehouse), ``condition``,
            ``product_ids``, ``domain`` (on ``xb.stock.level``, as the search bar makes it)
        :param int offset: rows to skip
        :param int limit: rows to give, at most 500
        :param str order: one of ``ORDERS``, with " desc" behind it for the other direction
        :return: ``{"total": int, "counts": {condition: int}, "rows": [see :meth:`monitor_rows`]}``;
            the counts are of what the other filters leave
        :raise ValidationError: an unknown filter or order
        """
        if not all(type(number) is int and number >= 0 for number in (offset, limit)):
            raise ValidationError(self.env._("offset, limit: numbers from 0 are expected."))
        source, condition = self._monitor_source(filters)
        counts = self._monitor_counts(source)
        ids = self._monitor_ids(source, condition, order, offset, min(limit, PAGE_MAX))
        return {
            "total": counts[condition] if condition else sum(counts.values()),
            "counts": counts,
            "rows": self.monitor_rows(ids),
        }

    @api.model
    def _monitor_source(self, filters):
        """Turn filters into the part of a query from FROM on; rights are checked.

        :return: ``(SQL, condition or False)``
        """
        self.check_access("read")
        self.env.flush_all()
        where = self._monitor_where(dict(filters or {}))
        return SQL(
            "FROM xb_stock_level level"
            " JOIN product_product item ON item.id = level.product_id"
            " JOIN product_template kind ON kind.id = item.product_tmpl_id %s WHERE %s",
            SQL(self._claims_sql()), where["rest"],
        ), where["condition"]

    @api.model
    def _monitor_ids(self, source, condition, order, offset=0, limit=None):
        """Return the ids of levels, sorted.

        :raise ValidationError: an unknown order
        """
        column, _space, direction = str(order).partition(" ")
        if column not in ORDERS or direction not in ("", "asc", "desc"):
            raise ValidationError(self.env._("order: %(order)s is not known.", order=order))
        return [row[0] for row in self.env.execute_query(SQL(
            "SELECT level.id %s AND %s ORDER BY %s %s NULLS LAST, level.id LIMIT %s OFFSET %s",
            source, SQL(self._condition_sql()[condition] if condition else "TRUE"),
            SQL(ORDERS[column]), SQL(direction or "asc"), limit, offset,
        ))]

    @api.model
    def _monitor_counts(self, source):
        names = [name for name, _label in self._fields["condition"].selection]
        columns = SQL(", ").join(
            SQL("COUNT(*) FILTER (WHERE %s)", SQL(self._condition_sql()[name])) for name in names
        )
        [row] = self.env.execute_query(SQL("SELECT %s %s", columns, source))
        return dict(zip(names, row, strict=True))

    @api.model
    def _monitor_where(self, filters):
        """Turn filters into SQL.

        :return: ``{"rest": SQL, "condition": name | False}``
        """
        condition = filters.pop("condition", False)
        if condition and condition not in self._condition_sql():
            raise ValidationError(
                self.env._("condition: %(value)s is not known.", value=condition)
            )
        parts = [SQL("level.company_id = ANY(%s)", self.env.companies.ids), SQL("item.active")]
        known = {
            "search": self._where_search,
            "category_id": lambda value: SQL(
                "kind.categ_id IN (SELECT low.id FROM product_category low"
                " JOIN product_category top"
                " ON top.id = %s AND low.parent_path LIKE top.parent_path || '%%')", int(value)),
            "warehouse_id": lambda value: SQL("level.warehouse_id = %s", int(value)),
            "shop_id": self._where_shop,
            "product_ids": lambda value: SQL("level.product_id = ANY(%s)", list(value)),
            "domain": lambda value: SQL(
                "level.id IN %s", self._search(Domain(value)).subselect()),
        }
        for name, value in filters.items():
            if name not in known:
                raise ValidationError(self.env._("filters: %(name)s is not known.", name=name))
            if value not in (None, False, ""):
                parts.append(known[name](value))
        return {"rest": SQL(" AND ").join(parts), "condition": condition}

    @api.model
    def _where_search(self, text):
        escaped = str(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return SQL(
            "(item.default_code ILIKE %(p)s OR item.barcode ILIKE %(p)s OR EXISTS ("
            "SELECT 1 FROM jsonb_each_text(kind.name) name WHERE name.value ILIKE %(p)s))",
            p=f"%{escaped}%",
        )

    @api.model
    def _where_shop(self, shop_id):
        shop = self.env["xb.availability"]._get_shop(shop_id)
        return SQL(
            "level.warehouse_id = %s AND EXISTS (SELECT 1 FROM xb_stock_publication row"
            " WHERE row.shop_id = %s AND %s)",
            shop._get_stock_warehouse().id, shop.id,
            self.env["xb.stock.publication"]._sql_contains("= level.product_id"),
        )

    @api.model
    def monitor_rows(self, level_ids):
        """Read rows of the monitor, for a page or for what a bus message says has changed.

        :param list level_ids: ids of ``xb.stock.level``; those not visible to the user are left out
        :return: in the order given: ``{"id", "product_id", "product", "code", "warehouse_id",
            "warehouse", "unit", "category", "on_hand", "reserved", "waiting", "claimed",
            "available", "incoming", "incoming_date", "in_transit", "sold_7", "sold_30",
            "cover_days" (−1: nothing sells), "condition", "shops": [{"id", "key", "shop_id",
            "shop", "quantity", "confirmed", "state"}], "spark": [at most 30 numbers],
            "changed_at"}``; ``false`` where there is nothing
        :rtype: list[dict]
        """
        self.env.flush_all()
        return self._monitor_rows(list(level_ids)[:PAGE_MAX])

    @api.model
    def _monitor_rows(self, level_ids):
        levels = self.search([("id", "in", level_ids)])
        levels.invalidate_recordset()
        by_id = {level.id: level for level in levels}
        shops, coming, sparks = levels._read_shops(), levels._read_coming(), levels._read_sparks()
        return [
            by_id[level_id]._prepare_row(shops, coming, sparks)
            for level_id in level_ids if level_id in by_id
        ]

    def _prepare_row(self, shops, coming, sparks):
        item = self.product_id.id, self.warehouse_id.id
        incoming, date, transit = coming.get(item, (0.0, False, 0.0))
        product = self.product_id
        return {
            "id": self.id,
            "product_id": product.id,
            "product": product.with_context(display_default_code=False).display_name,
            "code": product.default_code or False,
            "warehouse_id": self.warehouse_id.id,
            "warehouse": self.warehouse_id.name,
            "unit": product.uom_id.name,
            "category": product.categ_id.display_name,
            **{name: self[name] for name in (
                "on_hand", "reserved", "waiting", "claimed", "available", "sold_7", "sold_30",
                "cover_days", "condition")},
            "incoming": incoming,
            "incoming_date": fields.Datetime.to_string(date) if date else False,
            "in_transit": transit,
            "shops": shops.get(product.id, []),
            "spark": sparks.get(item, [self.on_hand]),
            "changed_at": fields.Datetime.to_string(self.changed_at) if self.changed_at else False,
        }

    def _read_shops(self):
        """What shops were told of single products, by product."""
        found = {}
        for row in self.env["xb.stock.publication"].search(
            [("product_id", "in", self.product_id.ids)]
        ):
            found.setdefault(row.product_id.id, []).append(
                {
                    "id": row.id, "key": row.key,
                    "shop_id": row.shop_id.id, "shop": row.shop_id.name, "state": row.state,
                    "quantity": row.wanted if row.has_wanted else False,
                    "confirmed": row.confirmed if row.has_confirmed else False,
                }
            )
        return found

    def _read_coming(self):
        """Open receipts into the warehouse: quantity, first date, and what of it is in transit."""
        self.env.cr.execute(
            """
            SELECT move.product_id, goal.warehouse_id, SUM(move.product_qty)::float8,
                   MIN(move.date),
                   COALESCE(SUM(move.product_qty)
                            FILTER (WHERE origin.usage = 'transit'), 0)::float8
              FROM stock_move move
              JOIN stock_location origin ON origin.id = move.location_id
              JOIN stock_location goal
                ON goal.id = COALESCE(move.location_final_id, move.location_dest_id)
             WHERE move.product_id = ANY(%s) AND goal.warehouse_id = ANY(%s)
               AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
               AND goal.usage = 'internal'
               AND origin.warehouse_id IS DISTINCT FROM goal.warehouse_id
             GROUP BY 1, 2
            """,
            [self.product_id.ids, self.warehouse_id.ids],
        )
        return {row[:2]: row[2:] for row in self.env.cr.fetchall()}

    def _read_sparks(self):
        """On hand at the end of each of the last 30 days, oldest first; today is the last.

        Shorter where fewer days are known: nothing is said of the time before this addon followed
        the stock. What it has followed and never saw was not there.
        """
        today = fields.Date.today()
        self.env.cr.execute("SELECT MIN(day) FROM xb_stock_day")
        since = self.env.cr.fetchone()[0] or today
        days = [today - timedelta(days=back) for back in range(SPARK_DAYS - 1, -1, -1)]
        days = [day for day in days if day >= since] or [today]
        self.env.cr.execute(
            "SELECT product_id, warehouse_id, day, on_hand::float8 FROM xb_stock_day"
            " WHERE product_id = ANY(%s) AND warehouse_id = ANY(%s) ORDER BY day",
            [self.product_id.ids, self.warehouse_id.ids],
        )
        history = {}
        for product_id, place, day, on_hand in self.env.cr.fetchall():
            history.setdefault((product_id, place), []).append((day, on_hand))
        sparks = {}
        for item, known in history.items():
            line, value = [], 0.0
            for day in days:
                while known and known[0][0] <= day:
                    value = known.pop(0)[1]
                line.append(value)
            sparks[item] = line
        return sparks
