import os

from odoo import api, models

from odoo.addons.xb_base.db import own_cursor

from .. import cache

# One cache per process and database: connections do not survive a fork.
_caches = {}


class XbStockCache(models.AbstractModel):
    """Where Odoo meets the cache: which one, for whom, and what it does not know."""

    _name = "xb.stock.cache"
    _description = "Stock Cache"

    @api.model
    def _get(self):
        """Return this process's cache, or None: none is configured, or its package is missing.

        :rtype: LevelCache | None
        """
        if not cache.url or cache.redis is None:
            return None
        key = (os.getpid(), cache.url, self.env.cr.dbname)
        if key not in _caches:
            registry = self.env.registry
            _caches[key] = cache.LevelCache(
                cache.url, self._get_prefix(), lambda: _read_generation(registry)
            )
        return _caches[key]

    @api.model
    def _get_prefix(self):
        """Name the database for keys; a restored copy of it is another one."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{self.env.cr.dbname}:{uuid}"

    @api.model
    def _begin(self, product_ids):
        """Announce that this transaction is about to commit changes of products' stock."""
        self._raise("begin", product_ids)

    @api.model
    def _end(self, product_ids):
        """Say that changes of products' stock were committed."""
        self._raise("end", product_ids)

    @api.model
    def _raise(self, moment, product_ids):
        levels = self._get()
        if not levels or not product_ids:
            return
        items = self._items(product_ids, self.env["stock.warehouse"]._xb_companies())
        if not getattr(levels, moment)(items):
            self._new_generation(levels)

    @api.model
    def _items(self, product_ids, warehouse_ids):
        return [(product, place) for product in sorted(product_ids) for place in warehouse_ids]

    @api.model
    def _new_generation(self, levels):
        """Make every process forget what Redis holds: something could not be told to it."""
        with own_cursor(self.env, durable=False) as cr:
            cr.execute("SELECT nextval('xb_stock_cache_seq')")
        levels.forget_generation()

    @api.model
    def _warm(self, limit=5000):
        """Read the levels that sell best, once for a fresh Redis or generation.

        :param int limit: number of levels
        """
        levels = self._get()
        if not levels or not levels.is_cold():
            return
        self.env.cr.execute(
            "SELECT product_id, warehouse_id FROM xb_stock_level ORDER BY sold_30 DESC NULLS LAST"
            " LIMIT %s",
            [limit],
        )
        by_warehouse = {}
        for product_id, warehouse_id in self.env.cr.fetchall():
            by_warehouse.setdefault(warehouse_id, []).append(product_id)
        for warehouse_id, product_ids in by_warehouse.items():
            self.env["xb.availability"]._figures(product_ids, (warehouse_id,))


def _read_generation(registry):
    with registry.cursor() as cr:
        cr.execute("SELECT last_value FROM xb_stock_cache_seq")
        return cr.fetchone()[0]
