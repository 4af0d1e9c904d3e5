from odoo import fields, models


class XbStockTouch(models.Model):
    """A mark: this product's levels are out of date. Inserted by triggers (``sql/triggers.sql``).

    No foreign key, no log columns, one narrow index: the mark is made inside other people's
    transactions and must cost next to nothing and never wait.
    """

    _name = "xb.stock.touch"
    _description = "Stock Mark"
    _log_access = False

    product_id = fields.Integer(required=True, index=True)
    # The id is the order; the time is for the reconciler, which looks for marks nobody follows.
    marked_at = fields.Datetime()

    def init(self):
        """Let the database stamp the time: triggers insert the product alone."""
        self.env.cr.execute(
            "SELECT 1 FROM information_schema.columns WHERE table_name = 'xb_stock_touch'"
            " AND column_name = 'marked_at' AND column_default IS NOT NULL"
        )
        # Only once: it takes a lock that every change of stock would wait for.
        if not self.env.cr.rowcount:
            self.env.cr.execute(
                "ALTER TABLE xb_stock_touch"
                " ALTER COLUMN marked_at SET DEFAULT (clock_timestamp() AT TIME ZONE 'UTC')"
            )
