from odoo import SUPERUSER_ID, api, models

from odoo.addons.xb_base.db import own_cursor
from odoo.addons.xb_base.jobs import CHANNEL_IMPORT

from ..const import RETRY_SHORT, STOCK_SHORT

IDENTITY_SHORT = "xb.order.intake.short"


class XbOrderIntake(models.Model):
    """Orders whose goods were not there: they go on by themselves, the oldest first."""

    _inherit = "xb.order.intake"

    _short_idx = models.Index(
        f"(placed_at, id) WHERE state = 'held' AND problem_code = '{STOCK_SHORT}'")

    # === BUSINESS METHODS === #

    @api.model
    def _wake_short(self):
        """Enqueue a job if orders wait for goods. In a cursor of its own: the change of stock
        that wakes them is committed already."""
        with own_cursor(self.env, durable=False) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if env["xb.order.intake"]._search_short(limit=1):
                env["xb.order.intake"]._enqueue_short()

    @api.model
    def _enqueue_short(self):
        self.with_delay(
            channel=CHANNEL_IMPORT, identity_key=IDENTITY_SHORT,
            description=self.env._("Orders that wait for stock"),
        )._job_retry_short()

    @api.model
    def _search_short(self, limit=None):
        return self.search(
            [("state", "=", "held"), ("problem_code", "=", STOCK_SHORT),
             ("order_id", "!=", False)], order="placed_at, id", limit=limit)

    @api.model
    def _job_retry_short(self):
        """Try those whose goods are there by now. Safe to run twice: each is claimed anew."""
        ready = self._search_short()._filter_supplied()
        ready[:RETRY_SHORT]._retry()
        if len(ready) > RETRY_SHORT:
            self._enqueue_short()

    def _filter_supplied(self):
        """The orders among these that the stock of this moment is enough for, if the older ones
        get theirs first. An estimate without locks: the claim decides.

        :rtype: xb.order.intake
        """
        plans = self.order_id._xb_plan()
        return self.filtered(lambda intake: plans[intake.order_id] is not None)

    # === CRON === #

    @api.model
    def _cron_retry_short(self):
        """The net under the wake-ups: what became free without a change of stock."""
        if self._search_short(limit=1):
            self._enqueue_short()
