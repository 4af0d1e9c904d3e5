import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from ..const import TRACK_KIND
from ..core.polling import GIVE_UP

_logger = logging.getLogger(__name__)

TRACK_BATCH = 500

_TRACKER_STATES = {
    "pending": "waiting",
    "retry": "waiting",
    "sending": "waiting",
    "confirmed": "registered",
    "refused": "refused",
    "dead": "refused",
}


class XbParcel(models.Model):
    """Where a parcel is: registered at a tracking service through the outbox, told by it."""

    _inherit = "xb.parcel"

    tracker_id = fields.Many2one(
        "xb.connection",
        string="Tracked by",
        copy=False,
        readonly=True,
        ondelete="set null",
    )
    tracker_ref = fields.Char(string="Tracker's Id", copy=False, readonly=True)
    tracker_state = fields.Selection(
        [("waiting", "Waiting"), ("registered", "Tracked"), ("refused", "Refused")],
        string="Tracking",
        copy=False,
        readonly=True,
    )
    tracker_reason = fields.Char(string="Tracking Remark", copy=False, readonly=True)
    polled_at = fields.Datetime(string="Last Asked", copy=False, readonly=True)
    eta_at = fields.Datetime(string="Expected", copy=False, readonly=True)

    _tracker_ref = models.Index("(tracker_id, tracker_ref) WHERE tracker_ref IS NOT NULL")
    # What polling looks at, and nothing else: parcels of a tracker whose journey is not over.
    _tracker_open = models.Index(
        "(tracker_id) INCLUDE (id, status, shipped_at, last_event_at, polled_at, eta_at)"
        " WHERE tracker_id IS NOT NULL AND active AND is_over IS NOT TRUE"
    )

    # === ACTION METHODS === #

    def action_refresh_tracking(self):
        """Ask the tracking service about the parcels now.

        :return: A notification: how many are asked about, and why the others are not.
        """
        self.check_access("write")
        self.filtered(lambda p: p.tracker_state != "registered")._track(insist=True)
        asked = self.filtered("tracker_id")
        for connection, parcels in asked.grouped("tracker_id").items():
            connection.sudo()._enqueue_poll(parcels.ids)
        left = len(self) - len(asked)
        message = self.env._("%(count)s are being asked about.", count=len(asked))
        if left:
            message += "\n" + self.env._(
                "%(count)s have no number, no carrier, or no tracking service knows the carrier.",
                count=left,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Tracking"),
                "message": message,
                "type": "warning" if left else "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === BUSINESS METHODS - REGISTERING === #

    def _on_tracking_changed(self, before):
        """Override: a number that is new or was corrected is registered by itself."""
        result = super()._on_tracking_changed(before)
        self.filtered(lambda p: p.active)._track()
        return result

    def _track(self, insist=False):
        """Have the parcels watched by a tracking service that knows their carrier, if there is one.

        Through the outbox: registered once the service answers, anew for a corrected number.

        :param bool insist: What the service has refused is tried again, even unchanged.
        """
        due = self.filtered(lambda p: p.number and p.carrier_id and not p.is_over)
        if not due:
            return
        trackers = self.env["xb.connection"]._get_trackers(due.company_id)
        # In sudo mode: whoever enters a number need not have rights on the outbox.
        outbox_sudo = self.env["xb.outbox"].sudo()
        followers = {}
        for parcel in due:
            found = parcel._choose_tracker(trackers.get(parcel.company_id.id, ()))
            if not found:
                continue
            connection_sudo, code = found
            value = parcel._prepare_track_value(code)
            row = outbox_sudo.push(connection_sudo, TRACK_KIND, parcel.key, value, record=parcel)
            if insist and row.state in ("refused", "dismissed"):
                row.action_retry()
            follower = (connection_sudo.id, _TRACKER_STATES.get(row.state, "waiting"))
            followers.setdefault(follower, []).append(parcel.id)
        for (connection_id, state), ids in followers.items():
            self.browse(ids).write({"tracker_id": connection_id, "tracker_state": state})

    @api.model
    def _enqueue_track(self, carriers):
        """Have the carriers' parcels that nobody watches registered in the background.

        There may be many: a carrier that no tracking service knew until its code was entered.
        """
        # pylint: disable-next=no-search-all  # companies are few
        companies = self.env["res.company"].sudo().search([])
        if not self.env["xb.connection"]._get_trackers(companies):
            return
        since = fields.Datetime.now() - timedelta(seconds=GIVE_UP)
        parcels = self.search(
            [
                ("carrier_id", "in", carriers.ids),
                ("number", "!=", False),
                ("is_over", "=", False),
                ("tracker_state", "in", (False, "refused")),
                ("create_date", ">=", since),
            ]
        )
        for start in range(0, len(parcels), TRACK_BATCH):
            batch = parcels[start : start + TRACK_BATCH]
            batch.with_delay(description=self.env._("Register parcels"))._job_track()

    def _job_track(self):
        """Register the parcels at a tracking service; safe to run twice."""
        self.exists()._track(insist=True)

    def _choose_tracker(self, trackers):
        """Return (connection, the carrier's code there), None when nobody can watch the parcel.

        Who watches it already goes on; else the first that knows the carrier, then the first that
        finds out by itself.

        :param list trackers: [(connection, adapter class)] of the parcel's company.
        """
        self.ensure_one()
        ranked = sorted(trackers, key=lambda t: t[0] != self.tracker_id)
        for connection, adapter in ranked:
            if code := self.carrier_id._get_code(adapter.system):
                return connection, code
        for connection, adapter in ranked:
            if not adapter.needs_carrier:
                return connection, ""
        return None

    def _prepare_track_value(self, code):
        self.ensure_one()
        return {
            "number": self.number,
            "carrier": code,
            "order": ", ".join(self.order_ids.mapped("name"))[:60],
            "country": self.country_id.code or "",
            "postcode": self.partner_id.zip or "",
            "shipped_on": fields.Date.to_string(self.shipped_at) if self.shipped_at else "",
            "direction": self.direction,
        }

    def _xb_outbox_changed(self, row):
        """Override: the tracking service has answered about the registration."""
        result = super()._xb_outbox_changed(row)
        if row.kind == TRACK_KIND:
            state = _TRACKER_STATES.get(row.state, "waiting")
            vals = {
                "tracker_state": state,
                "tracker_reason": False if state == "registered" else row.reason,
            }
            if state == "registered":
                vals["tracker_ref"] = (row.answer or {}).get("ref") or False
            self.write(vals)
        return result

    # === BUSINESS METHODS - NEWS === #

    @api.model
    def _apply_updates(self, connection, updates):
        """Take in what a tracking service says. Any number of parcels at once, a few queries.

        :param connection: The `xb.connection` it comes from.
        :param list updates: Of `core.tracking.TrackUpdate`.
        :return: The parcels whose status moved.
        :rtype: xb.parcel
        """
        system = connection._get_tracking_class().system
        Status = self.env["xb.status.code"]
        events, asked = defaultdict(list), self.browse()
        for update, parcel in self._match_updates(connection, system, updates):
            asked |= parcel
            events[parcel] += [Status._read_event(system, event) for event in update.events]
            vals = {}
            if update.eta and update.eta != parcel.eta_at:
                vals["eta_at"] = update.eta
            if update.ref and parcel.tracker_id == connection and parcel.tracker_ref != update.ref:
                vals["tracker_ref"] = update.ref
            if vals:
                parcel.with_context(tracking_disable=True).write(vals)
        return self._record_events(dict(events), connection.name)

    @api.model
    def _match_updates(self, connection, system, updates):
        """Return [(update, parcel)]; what is about nobody's parcel is left out. One search."""
        parcels = self.search(
            [
                ("company_id", "=", connection.company_id.id),
                ("number", "in", list({update.number for update in updates})),
            ]
        )
        by_number = parcels.grouped("number")
        matched = []
        for update in updates:
            found = by_number.get(update.number, self.browse())
            if len(found) > 1:
                found = found._narrow_update(connection, system, update)
            if not found:
                _logger.info("News about %s, which is no parcel of ours", update.number)
            matched += [(update, parcel) for parcel in found[:1]]
        return matched

    def _narrow_update(self, connection, system, update):
        """Of parcels with one number at different carriers, return those the news is about."""
        by_ref = self.filtered(lambda p: update.ref and p.tracker_ref == update.ref)
        carrier = self.env["xb.carrier"]._find_by_code(system, update.carrier)
        by_carrier = self.filtered(lambda p: carrier and p.carrier_id == carrier)
        mine = self.filtered(lambda p: p.tracker_id == connection)
        return by_ref or by_carrier or mine or self
