from datetime import timedelta

from odoo import api, fields, models

KEEP_DAYS = 100


class XbStockDay(models.Model):
    """How a day ended for one level. Days without a change have no row: they ended as before."""

    _name = "xb.stock.day"
    _description = "Stock by Day"
    _order = "day desc"
    _rec_name = "day"
    _log_access = False

    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="cascade"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="warehouse_id.company_id")
    day = fields.Date(required=True, readonly=True)
    on_hand = fields.Float(digits="Product Unit", readonly=True)
    free = fields.Float(digits="Product Unit", readonly=True)

    _unique = models.UniqueIndex("(product_id, warehouse_id, day)")
    # The first day of all says since when anything is known.
    _day = models.Index("(day)")

    @api.autovacuum
    def _gc_old(self):
        """Forget old days, except the last one of a level: it says what all later days were."""
        self.env.cr.execute(
            """
            DELETE FROM xb_stock_day old
             WHERE old.day < %s
               AND EXISTS (SELECT 1 FROM xb_stock_day newer
                            WHERE newer.product_id = old.product_id
                              AND newer.warehouse_id = old.warehouse_id AND newer.day > old.day)
            """,
            [fields.Date.today() - timedelta(days=KEEP_DAYS)],
        )
