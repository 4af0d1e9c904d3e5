from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import NO_UPLOAD_KINDS, UPLOAD_STATES

# Of several uploads of one parcel, the one that needs a person comes first.
_URGENCY = ("refused", "waiting", "sent", "confirmed")
_OUTBOX_STATES = {
    "pending": "waiting",
    "retry": "waiting",
    "sending": "sent",
    "confirmed": "confirmed",
    "refused": "refused",
    "dead": "refused",
}


class XbParcel(models.Model):
    """Upload of carrier and number to the shops (and whoever else asks for them).

    Each destination is a row of the outbox, keyed by the parcel: pressing twice sends once, a
    correction replaces what was uploaded before.
    """

    _inherit = "xb.parcel"

    upload_wanted = fields.Boolean(
        readonly=True,
        copy=False,
        help="Was uploaded once: from then on a corrected number goes out by itself.",
    )
    upload_state = fields.Selection(
        UPLOAD_STATES, string="Upload", default="none", readonly=True, copy=False, index=True
    )
    upload_reason = fields.Char(string="Upload Remark", readonly=True, copy=False)
    uploaded_at = fields.Datetime(string="Uploaded", readonly=True, copy=False)
    upload_ids = fields.One2many("xb.parcel.upload", "parcel_id", string="Uploads", readonly=True)

    # === ACTION METHODS === #

    def action_upload_tracking(self):
        """Upload carrier and number of the parcels to all their destinations.

        :return: A notification: how many are queued, and what could not be and why.
        """
        self.check_access("write")
        return self._prepare_upload_notification(self._upload_tracking(insist=True))

    def action_view_uploads(self):
        """Open what the parcels' destinations were told and what they said."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_logistics.xb_parcel_upload_action"
        )
        return {**action, "domain": [("parcel_id", "in", self.ids)], "context": {}}

    # === BUSINESS METHODS === #

    def _upload_tracking(self, insist=False):
        """Push the parcels to the outbox.

        :param bool insist: A person asks: what was refused or dismissed is tried again as well.
        :return: {"queued" | "confirmed" | "no_number" | "no_destination": xb.parcel}; confirmed
            are those the outside has already just so.
        """
        self._lock_for_upload()
        outbound = self.filtered(lambda p: p.direction == "outbound" and p.active)
        result = dict.fromkeys(
            ("queued", "confirmed", "no_number", "no_destination"), self.browse()
        )
        result["no_number"] = outbound.filtered(lambda p: not p.number)
        sent = self.browse()
        # In sudo mode: a clerk uploads parcels, the outbox itself belongs to integrators.
        outbox_sudo = rows_sudo = self.env["xb.outbox"].sudo()
        for parcel in outbound - result["no_number"]:
            destinations = parcel._get_upload_destinations()
            for connection, kind, key, value in destinations:
                rows_sudo |= outbox_sudo.push(connection, kind, key, value, record=parcel)
            if destinations:
                sent |= parcel
            else:
                result["no_destination"] |= parcel
        stuck_sudo = rows_sudo.filtered(lambda row: row.state in ("refused", "dismissed"))
        if insist and stuck_sudo:
            stuck_sudo.action_retry()
        sent.filtered(lambda p: not p.upload_wanted).write({"upload_wanted": True})
        sent._refresh_upload_state()
        result["confirmed"] = sent.filtered(lambda p: p.upload_state == "confirmed")
        result["queued"] = sent - result["confirmed"]
        return result

    def _lock_for_upload(self):
        """Hold the parcels before the long work begins.

        Jobs write what a tracking service says into the same rows, several times a second after
        many numbers were entered. At REPEATABLE READ whoever writes second fails: that shall be
        the job, which is short and repeated by itself, not the person's click.
        """
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "SELECT id FROM xb_parcel WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                self.ids,
            )
        )

    def _on_tracking_changed(self, before):
        """Override: what was uploaded once, or goes out by itself, is uploaded (again)."""
        result = super()._on_tracking_changed(before)
        due = self.filtered(lambda p: p.active and p.number and p.direction == "outbound")
        due = due and due._filter_auto_upload()
        if due:
            due._upload_tracking()
        return result

    def _xb_outbox_changed(self, row):
        """Hook of the outbox: a row about this parcel was confirmed, refused or put off."""
        if row.kind not in NO_UPLOAD_KINDS:
            self._refresh_upload_state()

    def _refresh_upload_state(self):
        """Sum up the parcels' outbox rows: the most urgent one gives state and reason."""
        rows_sudo = (
            self.env["xb.outbox"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("kind", "not in", NO_UPLOAD_KINDS),
                    ("state", "in", list(_OUTBOX_STATES)),
                ]
            )
        )
        by_parcel = defaultdict(rows_sudo.browse)
        for row in rows_sudo:
            by_parcel[row.res_id] |= row
        for parcel in self:
            vals = parcel._prepare_upload_vals(by_parcel[parcel.id])
            if any(parcel[name] != value for name, value in vals.items()):
                parcel.write(vals)

    def _prepare_upload_vals(self, rows_sudo):
        """Return the upload fields that follow from the parcel's outbox rows."""
        if not rows_sudo:
            return {"upload_state": "none", "upload_reason": False, "uploaded_at": False}
        states = {row: _OUTBOX_STATES[row.state] for row in rows_sudo}
        worst = min(rows_sudo, key=lambda row: _URGENCY.index(states[row]))
        confirmed = states[worst] == "confirmed"
        return {
            "upload_state": states[worst],
            "upload_reason": False if confirmed else worst.reason or False,
            "uploaded_at": max(rows_sudo.mapped("confirmed_at")) if confirmed else self.uploaded_at,
        }

    @api.model
    def _prepare_upload_notification(self, result, without_parcel=()):
        """Return the notification about an upload, and what to do about the rest.

        :param dict result: As `_upload_tracking` returns it.
        :param without_parcel: Orders or transfers that have no parcel at all.
        """
        lines = []
        for kind, text in (
            ("queued", self.env._("%(count)s queued for upload.")),
            ("confirmed", self.env._("%(count)s confirmed already, nothing to send.")),
            ("no_number", self.env._("%(count)s without a tracking number: %(names)s.")),
            ("no_destination", self.env._("%(count)s with no shop to upload to: %(names)s.")),
        ):
            if result[kind]:
                names = self._shorten(result[kind].mapped("name"))
                lines.append(text % {"count": len(result[kind]), "names": names})
        if without_parcel:
            names = self._shorten(without_parcel.mapped("name"))
            if without_parcel._name == "stock.picking":
                text = self.env._(
                    "%(count)s transfers have no parcel yet, enter their tracking numbers first:"
                    " %(names)s."
                )
            else:
                text = self.env._(
                    "%(count)s orders have no parcel yet, enter their tracking numbers first:"
                    " %(names)s."
                )
            lines.append(text % {"count": len(without_parcel), "names": names})
        left = result["no_number"] or result["no_destination"] or without_parcel
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Upload tracking"),
                "message": "\n".join(lines) or self.env._("There is nothing to upload."),
                "type": "warning" if left or not lines else "success",
                "sticky": bool(left),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _shorten(self, names, limit=5):
        rest = len(names) - limit
        return ", ".join(names[:limit]) + (f" … (+{rest})" if rest > 0 else "")

    # === HOOKS === #

    def _get_upload_destinations(self):
        """Hook: say where carrier and number of this parcel go.

        :return: `[(connection, kind, key, value)]`: the `xb.connection`, the outbox kind its
            adapter knows, the business key (made from `self.key`, so that a correction replaces)
            and the value wanted there. Values never contain None.
        """
        self.ensure_one()
        return []

    def _filter_auto_upload(self):
        """Hook: return the parcels whose carrier and number go out without being asked."""
        return self.filtered("upload_wanted")
