from odoo import fields, models
from odoo.tools import SQL

# The newest arrivals that tell how long orders take to get here.
ARRIVALS = 50
# An order that was placed longer ago than this when it came was fetched afterwards: it tells how
# old it is, not how slow the way was.
LIVE_HOURS = 24


class XbShop(models.Model):
    """How well the way from a shop to here works."""

    _inherit = "xb.shop"

    last_event_at = fields.Datetime(
        "Last Event", compute="_compute_last_event_at",
        help="When the platform last told us something of the shop.")
    order_lag = fields.Float(
        "Orders Arrive After (min)", compute="_compute_order_lag",
        help="Median minutes from a buyer's order until it is here, of the shop's newest orders.")

    # === COMPUTE METHODS === #

    def _compute_last_event_at(self):
        # In sudo mode: clerks may know that there was an event, not what is in it.
        newest = {connection.id: moment for connection, moment in
                  self.env["xb.inbox"].sudo()._read_group(
                      [("connection_id", "in", self.sudo().connection_id.ids)],
                      ["connection_id"], ["received_at:max"])}
        for shop in self:
            moments = (newest.get(shop.sudo().connection_id.id), shop.last_sync_at)
            shop.last_event_at = max(filter(None, moments), default=False)

    def _compute_order_lag(self):
        self.env["xb.order.intake"].flush_model(["shop_id", "placed_at", "run_id", "kind"])
        for shop in self:
            [[seconds]] = self.env.execute_query(SQL(
                """
                SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM (
                    SELECT extract(epoch FROM create_date - placed_at) AS seconds
                      FROM xb_order_intake
                     WHERE shop_id = %(shop)s AND kind = 'order' AND run_id IS NULL
                       AND create_date < placed_at + make_interval(hours => %(hours)s)
                  ORDER BY id DESC LIMIT %(arrivals)s) AS newest
                """, shop=shop.id or 0, hours=LIVE_HOURS, arrivals=ARRIVALS))
            shop.order_lag = max(seconds or 0.0, 0.0) / 60

    # === HOOKS === #

    def _get_order_lag(self):
        """Override of `xb_inventory`: measured, in seconds."""
        return super()._get_order_lag() + self.order_lag * 60
