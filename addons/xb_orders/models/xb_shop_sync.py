from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.exceptions import VendorRejected
from odoo.addons.xb_base.jobs import CHANNEL_IMPORT, vendor_job

from ..adapters.base import ShopAdapter
from .xb_order_builder import to_utc

# Platforms commit late and their clocks differ; what is fetched twice is recognised.
OVERLAP = timedelta(minutes=10)


class XbShop(models.Model):
    """Fetching orders from shops whose platform can list them."""

    _inherit = "xb.shop"

    # === COMPUTE METHODS === #

    @api.depends("connection_id", "platform")
    def _compute_can_list_orders(self):
        for shop in self:
            shop.can_list_orders = shop._supports("list_orders")

    # === ACTION METHODS === #

    def action_sync_now(self):
        """Fetch new and changed orders in the background, now."""
        self._check_import_access()
        able = self.filtered("can_list_orders")
        if not able:
            raise UserError(self.env._(
                "This shop's orders cannot be fetched: it needs a connection to a platform that"
                " lists orders. Import a file instead."))
        able._enqueue_sync()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Orders are being fetched; they appear as they arrive."),
            },
        }

    # === BUSINESS METHODS === #

    def _supports(self, capability):
        """Whether the shop's platform can do something; see :class:`ShopAdapter`.

        :rtype: bool
        """
        self.ensure_one()
        # In sudo mode: the answer depends on the connection's vendor, which clerks may not read.
        connection_sudo = self.sudo().connection_id
        # A shop of files may have a connection, to upload to: its orders do not come from there.
        if self.platform == "file" or not connection_sudo.active:
            return False
        try:
            adapter_class = connection_sudo._get_adapter_class()
        except VendorRejected:
            return False  # the plug-in is not installed
        return issubclass(adapter_class, ShopAdapter) and capability in adapter_class.capabilities

    @api.model
    def _cron_sync(self):
        """Enqueue the fetching of all shops that can be fetched."""
        shops = self.search([("connection_id", "!=", False), ("platform", "!=", "file")])
        shops.filtered("can_list_orders")._enqueue_sync()

    def _enqueue_sync(self):
        for shop in self:
            since = shop.last_sync_at and f"{(shop.last_sync_at - OVERLAP).isoformat()}+00:00"
            shop._enqueue_page(False, since, f"{fields.Datetime.now().isoformat()}+00:00")

    def _enqueue_page(self, cursor, since, started):
        self.ensure_one()
        # One fetch per shop at a time; its pages are jobs of their own.
        self.with_delay(
            channel=CHANNEL_IMPORT, identity_key=f"xb.shop.sync:{self.id}:{cursor or ''}",
            description=self.env._("Fetch orders of %(shop)s", shop=self.name),
        )._job_sync(self.connection_id, cursor, since, started)

    @vendor_job
    def _job_sync(self, connection, cursor, since, started):
        """Fetch and import one page of orders, then enqueue the next. Safe to run twice.

        :param xb.connection connection: the account to fetch from.
        :param str cursor: where the page starts; False for the first one.
        :param str since: only orders changed since then; False for all.
        :param str started: when the first page was asked for.
        :raise RetryableJobError: the platform could not answer; by its error family.
        """
        self.ensure_one()
        # In sudo mode: the job may run as a clerk, who must not read the connection's secrets.
        adapter = connection.sudo()._get_adapter()
        moment = datetime.fromisoformat(since) if since else None
        page = adapter.list_orders(moment, cursor or None)
        self.import_orders(page.orders)
        if page.next_cursor:
            self._enqueue_page(page.next_cursor, since, started)
        else:
            self.sudo().last_sync_at = to_utc(started)
            self.env["xb.shop.day"]._recheck_arrived(self)
