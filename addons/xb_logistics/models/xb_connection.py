import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.xb_base.jobs import vendor_job

from ..adapters.tracking import TrackingAdapter
from ..core import polling
from ..core.tracking import Tracked

# What part of a connection's limit polling may take; the rest is for registering and labels.
POLL_SHARE = 0.5
POLL_MINUTES = 5
# Parcels of one job; it is safe twice, so a job that is cut off asks about all of them again.
JOB_PARCELS = 200


class XbConnection(models.Model):
    """Connections to tracking services: news that come in, and questions that go out."""

    _inherit = "xb.connection"

    tracks_parcels = fields.Boolean(
        default=True,
        help="Off: no new parcels are registered there, and it is not asked any more.",
    )
    is_tracker = fields.Boolean(compute="_compute_is_tracker")
    tracked_count = fields.Integer(compute="_compute_tracked_count", string="Tracked Parcels")

    # === COMPUTE METHODS === #

    @api.depends("vendor")
    def _compute_is_tracker(self):
        for connection in self:
            connection.is_tracker = bool(connection._get_tracking_class())

    def _compute_tracked_count(self):
        counts = dict(
            self.env["xb.parcel"]._read_group(
                [("tracker_id", "in", self.ids), ("is_over", "=", False)],
                ["tracker_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.tracked_count = counts.get(connection, 0)

    # === ACTION METHODS === #

    def action_view_poll_plan(self):
        """Open what the connection is going to be asked in the next 24 hours."""
        self.ensure_one()
        self.check_access("read")
        return self.env["xb.poll.plan"]._make(self)._get_action()

    # === BUSINESS METHODS === #

    def _get_tracking_class(self):
        """Hook: return the vendor's `TrackingAdapter` class, None when it tracks no parcels.

        A plug-in returns its own for its vendor and else calls super.
        """
        return None

    def _get_label_class(self):
        """Hook: return the vendor's `LabelAdapter` class, None when it sells no labels."""
        return None

    @api.model
    def _get_trackers(self, companies):
        """Return {company id: [(connection, adapter class)]} of the services in use."""
        # In sudo mode: whoever enters a number need not read connections.
        connections_sudo = self.sudo().search(
            [("company_id", "in", companies.ids), ("tracks_parcels", "=", True)], order="id"
        )
        trackers = {}
        for connection in connections_sudo:
            adapter = connection._get_tracking_class()
            if adapter and issubclass(adapter, TrackingAdapter):
                trackers.setdefault(connection.company_id.id, []).append((connection, adapter))
        return trackers

    def _process_inbox(self, events):
        """Override of `xb_base`: news about parcels, a batch at a time."""
        # pylint: disable-next=assignment-from-none  # plug-ins override it
        adapter_class = self._get_tracking_class()
        if not adapter_class:
            return super()._process_inbox(events)
        adapter = adapter_class(None, {}, self._get_adapter_settings())
        updates = []
        for event in events:
            try:
                updates += adapter.read_webhook(event._get_body())
            except ValueError as error:
                event._reject(str(error))
        self.env["xb.parcel"]._apply_updates(self, updates)

    def _forget_exchange(self):
        """Delete connections of a plug-in that is uninstalled, and what passed through them."""
        for model in ("xb.inbox", "xb.outbox"):
            self.env[model].search([("connection_id", "in", self.ids)]).unlink()
        self.unlink()

    # === POLLING === #

    def _get_poll_facts(self):
        """Return `core.polling.Facts` of all parcels that may be asked about. One query."""
        self.ensure_one()
        self.env["xb.parcel"].flush_model()
        rows = self.env.execute_query(self._get_poll_query())
        return [polling.Facts(*row) for row in rows]

    def _get_poll_query(self):
        """Return the query of `_get_poll_facts`; `_tracker_open` has all it reads."""
        return SQL(
            """
            SELECT id, status,
                   COALESCE(date_part('epoch', shipped_at), 0),
                   COALESCE(date_part('epoch', last_event_at), 0),
                   COALESCE(date_part('epoch', polled_at), 0),
                   COALESCE(date_part('epoch', eta_at), 0)
              FROM xb_parcel
             WHERE tracker_id = %s AND active AND is_over IS NOT TRUE
            """,
            self.id,
        )

    def _plan_polls(self):
        """Return the `core.polling.Plan` of now."""
        self.ensure_one()
        recent = fields.Datetime.now() - timedelta(days=1)
        told = self.env["xb.inbox"].sudo()
        webhooks = bool(
            told.search_count(
                [("connection_id", "=", self.id), ("received_at", ">=", recent)], limit=1
            )
        )
        return polling.plan(
            self._get_poll_facts(),
            time.time(),
            batch=self._get_tracking_class().poll_batch,
            allowed_per_day=self.rate_per_minute * 60 * 24 * POLL_SHARE,
            webhooks=webhooks,
        )

    @api.model
    def _cron_poll(self):
        """Enqueue the questions that are due, as many as the limits allow until the next time."""
        for connection in self.search([("tracks_parcels", "=", True)]):
            adapter = connection._get_tracking_class()
            if not adapter or connection.state in ("reauth", "locked"):
                continue
            due = connection._plan_polls().due
            count = polling.affordable(
                len(due), adapter.poll_batch, connection.rate_per_minute, POLL_MINUTES, POLL_SHARE
            )
            connection._enqueue_poll(due[:count])

    def _enqueue_poll(self, parcel_ids):
        """Enqueue questions about parcels, and note that they are asked about."""
        self.ensure_one()
        if not parcel_ids:
            return
        self.env["xb.parcel"].flush_model(["polled_at"])
        self.env.cr.execute(
            "UPDATE xb_parcel SET polled_at = %s WHERE id = ANY(%s)",
            [fields.Datetime.now(), list(parcel_ids)],
        )
        self.env["xb.parcel"].browse(parcel_ids).invalidate_recordset(["polled_at"], flush=False)
        for start in range(0, len(parcel_ids), JOB_PARCELS):
            batch = list(parcel_ids[start : start + JOB_PARCELS])
            self.with_delay(
                description=self.env._("Ask %(name)s about parcels", name=self.name)
            )._job_poll(batch)

    @vendor_job
    def _job_poll(self, parcel_ids):
        """Ask about parcels and take in the answers; safe to run twice.

        :param list parcel_ids: Ids of `xb.parcel`.
        :return: What was done, for the job's list.
        """
        self.ensure_one()
        parcels = self.env["xb.parcel"].browse(parcel_ids).exists()
        parcels = parcels.filtered(lambda p: p.tracker_id == self and p.number and not p.is_over)
        adapter = self._get_adapter()
        wanted = [
            Tracked(p.number, p.carrier_id._get_code(adapter.system) or "", p.tracker_ref or "")
            for p in parcels
        ]
        updates = []
        for start in range(0, len(wanted), adapter.poll_batch):
            updates += adapter.poll(wanted[start : start + adapter.poll_batch])
        self._record_success()
        moved = self.env["xb.parcel"]._apply_updates(self, updates)
        return f"{len(wanted)} asked about, {len(updates)} known, {len(moved)} moved"
