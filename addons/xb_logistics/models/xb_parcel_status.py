from odoo import api, fields, models
from odoo.tools import SQL

from ..core import status as rules
from ..core.status import Event

# Only code that holds this object passes: a context key alone could be set over RPC.
STATUS_DOOR = object()

EVENT_COLUMNS = (
    "parcel_id, company_id, key, active, at, status, reason, final, code, text, place, source,"
    " received_at"
)
# What the timeline decides; everything else about a parcel is a person's.
DERIVED = ("status", "status_at", "first_movement_at", "delivered_at", "returned_at")


class XbParcel(models.Model):
    """The one way a status changes: events are added to the set, the status is derived from it."""

    _inherit = "xb.parcel"

    event_ids = fields.One2many("xb.parcel.event", "parcel_id", string="Events", readonly=True)
    last_event_at = fields.Datetime(string="Last Event", readonly=True, copy=False)
    last_event_text = fields.Char(string="Last News", readonly=True, copy=False)
    is_over = fields.Boolean(
        string="Journey Over", readonly=True, copy=False, help="Nothing more is expected of it."
    )

    def write(self, vals):
        """Override: a status, whoever writes it, moves through `_set_status`."""
        if "status" not in vals or self.env.context.get("xb_status_door") is STATUS_DOOR:
            return super().write(vals)
        vals = dict(vals)
        status = vals.pop("status")
        result = super().write(vals) if vals else True
        self._set_status(status)
        return result

    # === ACTION METHODS === #

    def action_mark_delivered(self):
        """Say by hand that the parcels arrived."""
        self.check_access("write")
        self._set_status("delivered")
        return True

    def action_mark_returned(self):
        """Say by hand that the parcels came back; their goods may be packed again."""
        self.check_access("write")
        self._set_status("returned")
        return True

    def action_mark_exception(self):
        """Say by hand that something is wrong with the parcels on their way."""
        self.check_access("write")
        self._set_status("exception")
        return True

    # === BUSINESS METHODS === #

    def _set_status(self, status, at=None, text="", reason="", place=""):
        """Say that parcels reached a status: one more event for each of them.

        A late one (older than what is known) takes its place in the timeline and changes nothing
        that follows from it.

        :param str status: A code of `const.STATUSES`.
        :param datetime at: When it happened (naive UTC); now if left out.
        :param str text: In words, for the timeline.
        :param str reason: What is wrong, a code of `const.ISSUES`.
        :param str place: Where, for a person.
        :return: The parcels that moved.
        :rtype: xb.parcel
        :raise ValueError: If the status is unknown.
        """
        at = at or fields.Datetime.now()
        event = Event(at, status, text=text, place=place, reason=reason)
        return self._record_events({parcel: [event] for parcel in self}, self.env.user.name)

    @api.model
    def _record_events(self, events, source):
        """Add events to the parcels' sets and derive what follows. Any number of parcels at once.

        :param dict events: {xb.parcel: [core.status.Event]}
        :param str source: Who says so, for a person.
        :return: The parcels whose status moved.
        :rtype: xb.parcel
        """
        parcels = self.union(*events)
        parcels.flush_recordset(["company_id"])
        now = fields.Datetime.now()
        rows = [
            SQL(
                "(%s, %s, %s, TRUE, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                parcel.id, parcel.company_id.id, event.key, event.at.replace(microsecond=0),
                event.status, event.reason or None, event.final, event.code or None,
                event.text or None, event.place or None, source or None, now,
            )
            for parcel, batch in events.items()
            for event in {e.key: e for e in batch}.values()
        ]  # fmt: skip
        if not rows:
            return self.browse()
        self.env["xb.parcel.event"].flush_model()
        # One statement that meets repetitions silently, also those of a concurrent worker.
        added = self.env.execute_query(
            SQL(
                "INSERT INTO xb_parcel_event (%s) VALUES %s"
                " ON CONFLICT (parcel_id, key) WHERE active DO NOTHING RETURNING parcel_id",
                SQL(EVENT_COLUMNS),
                SQL(", ").join(rows),
            )
        )
        self.env["xb.parcel.event"].invalidate_model(flush=False)
        parcels.invalidate_recordset(["event_ids"], flush=False)
        return self.browse(sorted({parcel_id for (parcel_id,) in added}))._derive_status()

    def _derive_status(self):
        """Derive status and timeline from the events; write what has changed.

        :return: The parcels whose status moved.
        :rtype: xb.parcel
        """
        previous = self._write_timelines()
        moved = self.browse(previous)
        if moved:
            moved._on_status_changed(previous)
        if self:
            self._on_events(previous)
        return moved

    def _write_timelines(self):
        """Write what has changed of the parcels' timelines.

        :return: {id: former status} of the parcels that moved
        """
        previous = {}
        for parcel, line in self._get_timelines().items():
            vals = parcel._prepare_timeline_vals(line)
            if line.status != parcel.status:
                previous[parcel.id] = parcel.status
            changed = {name: value for name, value in vals.items() if parcel[name] != value}
            if changed:
                parcel._write_status(changed)
        return previous

    def _get_timelines(self):
        """Return {parcel: core.status.Timeline}. One query."""
        self.env["xb.parcel.event"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT parcel_id, at, status, COALESCE(code, ''), COALESCE(text, ''),"
                " COALESCE(place, ''), COALESCE(reason, ''), COALESCE(final, FALSE)"
                " FROM xb_parcel_event WHERE active AND parcel_id = ANY(%s)",
                list(self.ids),
            )
        )
        events = {parcel_id: [] for parcel_id in self.ids}
        for parcel_id, *values in rows:
            events[parcel_id].append(Event(*values))
        return {parcel: rules.derive(events[parcel.id]) for parcel in self}

    def _prepare_timeline_vals(self, line):
        """Return what a timeline writes on its parcel."""
        self.ensure_one()
        vals = {name: getattr(line, name) or False for name in DERIVED}
        vals["last_event_at"] = line.last_event_at or False
        vals["last_event_text"] = next((e.text for e in reversed(line.events) if e.text), False)
        vals["is_over"] = line.final
        if line.first_movement_at and not self.shipped_at:
            vals["shipped_at"] = line.first_movement_at
        return vals

    def _reset_status(self):
        """Start over at `pending`: another number or carrier, hence another journey."""
        self.env["xb.parcel.event"].search([("parcel_id", "in", self.ids)]).write({"active": False})
        self._write_timelines()

    def _write_status(self, vals):
        # The timeline is the history of a status; the chatter would only repeat it.
        self.with_context(xb_status_door=STATUS_DOOR, tracking_disable=True).write(vals)

    # === HOOKS === #

    def _on_status_changed(self, previous):
        """Hook: the parcels of `self` have just moved; `previous` is {id: former status}."""

    def _on_events(self, previous):
        """Hook: news of the parcels of `self`, moved or not; `previous` as above."""
