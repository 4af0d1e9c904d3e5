from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models

from odoo.addons.xb_base.exceptions import VendorRejected
from odoo.addons.xb_base.jobs import CHANNEL_IMPORT, vendor_job

from ..core.order_value import parse_time

# How many days back the daily check looks: platforms commit late.
DAYS = 3


class XbShop(models.Model):
    """Whether all of a shop's orders are here."""

    _inherit = "xb.shop"

    gap_count = fields.Integer("Days with Gaps", compute="_compute_gap_count")

    # === COMPUTE METHODS === #

    def _compute_gap_count(self):
        # In sudo mode: how many there are is told to whoever sees the shop.
        days_sudo = self.env["xb.shop.day"].sudo()
        counts = {shop.id: count for shop, count in days_sudo._read_group(
            [("shop_id", "in", self.ids), ("state", "=", "gap")], ["shop_id"], ["__count"])}
        for shop in self:
            shop.gap_count = counts.get(shop.id, 0)

    # === ACTION METHODS === #

    def action_check_completeness(self):
        """Compare the last days with the platform, in the background, and show the days."""
        self._check_import_access()
        for shop in self.filtered("can_list_orders"):
            shop._enqueue_checks()
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.xb_shop_day_action")
        return {**action, "domain": [("shop_id", "in", self.ids)]}

    # === BUSINESS METHODS === #

    @api.model
    def _cron_check_completeness(self):
        """Enqueue the comparison of the last days of all shops that can be asked."""
        shops = self.search([("connection_id", "!=", False), ("platform", "!=", "file")])
        for shop in shops.filtered("can_list_orders"):
            shop._enqueue_checks()

    def _enqueue_checks(self):
        today = datetime.now(pytz.timezone(self.tz or "UTC")).date()
        for back in range(DAYS):
            self._enqueue_check(today - timedelta(days=back))

    def _enqueue_check(self, day):
        self.ensure_one()
        self.with_delay(
            channel=CHANNEL_IMPORT, identity_key=f"xb.shop.check:{self.id}:{day}",
            description=self.env._("Compare %(day)s of %(shop)s", day=day, shop=self.name),
        )._job_check_day(self.connection_id, fields.Date.to_string(day))

    @vendor_job
    def _job_check_day(self, connection, day):
        """Compare one day with the platform. Safe to run twice.

        :param xb.connection connection: the account to ask.
        :param str day: in the shop's time zone.
        """
        self.ensure_one()
        # In sudo mode: the job may run as a clerk, who must not read the connection's secrets.
        self._check_day(connection.sudo()._get_adapter(), fields.Date.from_string(day))

    def _check_day(self, adapter, day):
        """Compare the day's orders at the platform with ours.

        A platform that counts is asked for the count first: its orders are listed only where
        that differs from what is here.

        :param ShopAdapter adapter: the platform.
        :param date day: in the shop's time zone.
        :rtype: xb.shop.day
        """
        days = self.env["xb.shop.day"]
        start, end = days._bounds(self, day)
        if "count_orders" in adapter.capabilities:
            try:
                found = days._record_count(self, day, adapter.count_orders(start, end))
            except VendorRejected:
                found = days  # this shop does not count: then it lists
            if found:
                return found
        orders, cursor = {}, None
        while True:
            # what was placed on that day has changed since its beginning
            page = adapter.list_orders(start, cursor)
            orders.update({
                order["ref"]: order for order in page.orders
                if start <= parse_time(order["placed_at"]) < end})
            cursor = page.next_cursor
            if not cursor:
                return days._record(self, day, list(orders.values()))
