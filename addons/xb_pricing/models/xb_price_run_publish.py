from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.misc import split_every

from odoo.addons.xb_base.jobs import CHANNEL_OUTBOX

from ..const import BATCH, PUBLISH_PRICE, PUSH_BATCH
from ..sql import array


class XbPriceRun(models.Model):
    """Publishing and undoing: listings and price lists in a few statements, platforms by job."""

    _inherit = "xb.price.run"

    # === PUBLISH === #

    def _publish(self):
        """Publish one run that is locked.

        Left out is what changed meanwhile and what has come below its floor since it was
        proposed.
        """
        self.ensure_one()
        self._leave_out_moved()
        self._leave_out_below_floor()
        self._publish_lines(self._mark_published())

    def _publish_lines(self, published):
        """Carry the run's published lines to listings, price lists and platforms.

        :param int published: their number.
        """
        self.shop_ids._ensure_price_list()
        self.env.flush_all()
        self.env.cr.execute(SQL(
            """
            UPDATE xb_listing x
               SET price = l.new_price, price_rule_id = l.rule_id, price_floor = l.floor_price,
                   price_margin = l.new_margin, price_profit = l.new_profit,
                   price_cost = l.cost, price_freight = l.freight, price_rate = l.rate,
                   price_fee = l.fee, price_problem = NULL, price_problem_data = NULL,
                   price_published_at = %(now)s, price_checked_at = %(now)s,
                   write_date = %(now)s, write_uid = %(uid)s
              FROM xb_price_line l
             WHERE l.run_id = %(run)s AND l.state = 'published' AND x.id = l.listing_id
            """, run=self.id, now=self.env.cr.now(), uid=self.env.uid))
        self._write_price_lists()
        self._forget_cached()
        now = fields.Datetime.now()
        vals = {"state": "published", "published_at": now, "publisher_id": self.env.uid,
                "published_count": published, "skipped_count": self.line_count - published}
        if self.state == "to_approve":
            vals |= {"approver_id": self.env.uid, "approved_at": now}
        # In sudo mode: the rights to publish were checked, the run itself is read-only.
        self.sudo().write(vals)
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])
        self._enqueue_push("published")

    def _leave_out_moved(self):
        """Leave out listings whose price is not what it was when the run was proposed."""
        self.env["xb.listing"].flush_model()
        self.env.cr.execute(SQL(
            """
            UPDATE xb_price_line l
               SET state = 'skipped',
                   remark = CASE WHEN x.active THEN 'moved' ELSE 'gone' END
              FROM xb_listing x
             WHERE l.run_id = %s AND l.state = 'proposed' AND x.id = l.listing_id
               AND (NOT x.active OR COALESCE(x.price, 0) <> l.old_price)
            """, self.id))

    def _leave_out_below_floor(self):
        """Leave out new prices that by today's costs, fees and rate break their floor."""
        rows = self.env.execute_query(SQL(
            "SELECT listing_id, new_price FROM xb_price_line WHERE run_id = %s"
            " AND state = 'proposed' ORDER BY listing_id", self.id))
        bad = []
        for batch in split_every(BATCH, rows, list):
            bad += self.env["xb.listing"]._below_floor(dict(batch))
        if bad:
            self.env.cr.execute(SQL(
                "UPDATE xb_price_line SET state = 'skipped', remark = 'floor'"
                " WHERE run_id = %s AND listing_id = ANY(%s)", self.id, bad))

    # === PRICE LISTS === #

    def _mark_published(self):
        """Mark the lines that are not left out, with what the price list said before.

        :return: their number
        """
        self.env.cr.execute(SQL(
            """
            UPDATE xb_price_line l
               SET state = 'published', had_list_price = i.id IS NOT NULL,
                   list_price_before = i.fixed_price
              FROM xb_listing x LEFT JOIN product_pricelist_item i ON i.xb_listing_id = x.id
             WHERE l.run_id = %s AND l.state = 'proposed' AND x.id = l.listing_id
            """, self.id))
        return self.env.cr.rowcount

    def _get_list_prices(self, listing_ids):
        """Return what the price lists say now, as columns of the lines.

        :param list listing_ids: in the order of the lines.
        """
        self.env["product.pricelist.item"].flush_model()
        before = dict(self.env.execute_query(SQL(
            "SELECT xb_listing_id, COALESCE(fixed_price, 0)::float FROM product_pricelist_item"
            " WHERE xb_listing_id = ANY(%s::int[])", array(listing_ids))))
        return {"had_list_price": [one in before for one in listing_ids],
                "list_price_before": [before.get(one) for one in listing_ids]}

    def _write_price_lists(self):
        """Write the prices of single products to their shop's price list.

        Of several listings of a product in a shop the first one decides.
        """
        values = {"run": self.id, "now": self.env.cr.now(), "uid": self.env.uid}
        self.env.cr.execute(SQL(
            """
            UPDATE product_pricelist_item i
               SET fixed_price = l.new_price, write_date = %(now)s, write_uid = %(uid)s
              FROM xb_price_line l
             WHERE l.run_id = %(run)s AND l.state = 'published' AND l.had_list_price
               AND i.xb_listing_id = l.listing_id
            """, **values))
        self.env.cr.execute(SQL(
            """
            INSERT INTO product_pricelist_item (
                pricelist_id, company_id, currency_id, xb_listing_id, product_tmpl_id, product_id,
                applied_on, display_applied_on, base, compute_price, fixed_price, min_quantity,
                create_uid, write_uid, create_date, write_date)
            SELECT DISTINCT ON (s.pricelist_id, x.product_id)
                   s.pricelist_id, c.company_id, c.currency_id, x.id, p.product_tmpl_id, p.id,
                   '0_product_variant', '1_product', 'list_price', 'fixed', l.new_price, 0,
                   %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM xb_price_line l
              JOIN xb_listing x ON x.id = l.listing_id
              JOIN xb_shop s ON s.id = x.shop_id
              JOIN product_pricelist c ON c.id = s.pricelist_id
              JOIN product_product p ON p.id = x.product_id
             WHERE l.run_id = %(run)s AND l.state = 'published' AND NOT l.had_list_price
               AND NOT EXISTS (
                   SELECT FROM product_pricelist_item i
                    WHERE i.pricelist_id = s.pricelist_id AND i.product_id = p.id
                      AND i.xb_listing_id IS NOT NULL)
             ORDER BY s.pricelist_id, x.product_id, x.id
            """, **values))

    def _forget_cached(self):
        """Tell the ORM that rows were written beside it."""
        for model in ("xb.listing", "xb.price.line", "product.pricelist.item"):
            self.env[model].invalidate_model()
        self.env.registry.clear_cache()

    # === UNDO === #

    def _undo(self):
        """Put prices back.

        :return: how many were put back, how many stay because they were changed since.
        """
        self.ensure_one()
        self.env.flush_all()
        values = {"run": self.id, "now": self.env.cr.now(), "uid": self.env.uid}
        self.env.cr.execute(SQL(
            """
            UPDATE xb_price_line l SET state = 'undone'
              FROM xb_listing x
             WHERE l.run_id = %(run)s AND l.state = 'published' AND x.id = l.listing_id
               AND x.price = l.new_price
            """, **values))
        restored = self.env.cr.rowcount
        self.env.cr.execute(SQL(
            """
            UPDATE xb_listing x
               SET price = l.old_price, price_margin = l.old_margin, price_profit = l.old_profit,
                   -- what the old price rests on is noted when it is looked at next
                   price_rate = 0, price_published_at = %(now)s, write_date = %(now)s,
                   write_uid = %(uid)s
              FROM xb_price_line l
             WHERE l.run_id = %(run)s AND l.state = 'undone' AND x.id = l.listing_id
            """, **values))
        self._restore_price_lists(values)
        self._forget_cached()
        # In sudo mode: the rights to undo were checked, the run itself is read-only.
        self.sudo().write({"state": "undone", "undone_at": fields.Datetime.now(),
                           "undoer_id": self.env.uid})
        self._enqueue_push("undone")
        return restored, self.published_count - restored

    def _restore_price_lists(self, values):
        """Give price lists what they said before; what they did not say they say no more."""
        self.env.cr.execute(SQL(
            """
            UPDATE product_pricelist_item i
               SET fixed_price = l.list_price_before, write_date = %(now)s, write_uid = %(uid)s
              FROM xb_price_line l
             WHERE l.run_id = %(run)s AND l.state = 'undone' AND l.had_list_price
               AND i.xb_listing_id = l.listing_id
            """, **values))
        self.env.cr.execute(SQL(
            """
            DELETE FROM product_pricelist_item i USING xb_price_line l
             WHERE l.run_id = %(run)s AND l.state = 'undone' AND NOT COALESCE(l.had_list_price,
                   FALSE) AND i.xb_listing_id = l.listing_id
            """, **values))

    # === PLATFORMS === #

    def _enqueue_push(self, state):
        """Tell the platforms that take prices, in the background."""
        shops = self.shop_ids.filtered(lambda shop: shop._supports(PUBLISH_PRICE))
        if not shops:
            return
        rows = self.env.execute_query(SQL(
            "SELECT l.listing_id FROM xb_price_line l JOIN xb_listing x ON x.id = l.listing_id"
            " WHERE l.run_id = %s AND l.state = %s AND x.shop_id = ANY(%s) ORDER BY l.id",
            self.id, state, shops.ids))
        for batch in split_every(PUSH_BATCH, [row[0] for row in rows], list):
            self.env["xb.listing"].browse(batch).with_delay(
                channel=CHANNEL_OUTBOX,
                description=f"Prices of {self.name}")._job_push_price()
