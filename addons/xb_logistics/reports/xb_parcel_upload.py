from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import NO_UPLOAD_KINDS

# Rows that a person may ask to be sent again at once.
_RETRYABLE = ("retry", "refused", "dismissed")


class XbParcelUpload(models.Model):
    """One destination of a parcel's number: what it was told, what it said, and what helps.

    The outbox itself is the integrator's; this is the part of it a clerk works with.
    """

    _name = "xb.parcel.upload"
    _description = "Tracking Upload"
    _auto = False
    _order = "wanted_at desc, id desc"
    _rec_name = "number"
    _depends = {
        "xb.outbox": [
            "company_id", "connection_id", "kind", "key", "state", "value", "confirmed_value",
            "reason", "error_class", "attempts", "next_try", "wanted_at", "confirmed_at",
            "res_model", "res_id",
        ],
        "xb.parcel": ["carrier_id", "status", "active"],
    }  # fmt: skip

    parcel_id = fields.Many2one("xb.parcel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    connection_id = fields.Many2one("xb.connection", string="Destination", readonly=True)
    destination = fields.Char(compute="_compute_destination", compute_sudo=True)
    order = fields.Char(readonly=True, help="As the destination calls it.")
    number = fields.Char(string="Tracking Number", readonly=True, help="What it shall know.")
    confirmed_number = fields.Char(readonly=True, help="What it has confirmed so far.")
    carrier_id = fields.Many2one("xb.carrier", readonly=True)
    state = fields.Selection(
        [
            ("refused", "Refused"),
            ("retry", "Trying Again"),
            ("pending", "Waiting"),
            ("sending", "Sending"),
            ("confirmed", "Confirmed"),
            ("dismissed", "Given Up"),
        ],
        readonly=True,
    )
    reason = fields.Text(readonly=True, help="What the destination said, in its words.")
    error_class = fields.Char(readonly=True)
    remedy = fields.Text(string="What Helps", compute="_compute_remedy", compute_sudo=True)
    attempts = fields.Integer(readonly=True, help="Tries of what it shall know now.")
    next_try = fields.Datetime(readonly=True)
    wanted_at = fields.Datetime(string="Asked For", readonly=True)
    confirmed_at = fields.Datetime(string="Confirmed On", readonly=True)

    @property
    def _table_query(self):
        """The outbox's rows about parcels' numbers; registering and labels are none."""
        return SQL(
            """
            SELECT o.id, o.res_id AS parcel_id, o.company_id, o.connection_id, o.state,
                   COALESCE(o.value->>'tracking', o.value->>'number') AS number,
                   COALESCE(o.confirmed_value->>'tracking', o.confirmed_value->>'number')
                       AS confirmed_number,
                   o.value->>'order' AS order, p.carrier_id, o.reason, o.error_class, o.attempts,
                   o.next_try, o.wanted_at, o.confirmed_at
              FROM xb_outbox o
              JOIN xb_parcel p ON p.id = o.res_id
             WHERE o.res_model = 'xb.parcel' AND o.kind NOT IN %s AND p.active
            """,
            NO_UPLOAD_KINDS,
        )

    # === COMPUTE METHODS === #

    def _compute_destination(self):
        # In sudo mode: a clerk may know whom a number is told, not how the connection is made.
        for upload in self:
            upload.destination = upload.connection_id.name

    def _compute_remedy(self):
        for upload in self:
            upload.remedy = upload._get_remedy()

    def _get_remedy(self):
        """Return what a person can do about it, in words; False where nothing has to be done."""
        self.ensure_one()
        if self.state in ("confirmed", "sending"):
            return False
        name = self.connection_id.name
        broken = {
            "reauth": self.env._("Sign in again on the connection “%(name)s”.", name=name),
            "locked": self.env._(
                "The key of the connection “%(name)s” is missing on the server.", name=name
            ),
        }
        if hint := broken.get(self.connection_id.state):
            return self.env._("%(hint)s It is sent by itself then.", hint=hint)
        if self.state == "refused" and self.error_class == "rejected":
            return self.env._(
                "Correct number or carrier on the parcel, or the carrier's code: it is sent again"
                " by itself. Mended over there? Try again."
            )
        if self.state == "refused":
            return self.env._("Tried often enough. Try again, or tell whoever runs the connection.")
        if self.state == "dismissed":
            return self.env._("Somebody gave it up. Try again if it shall be sent after all.")
        return self.env._("Nothing to do: it is sent by itself.") if self.reason else False

    # === ACTION METHODS === #

    def action_retry(self):
        """Send again at once what was refused, given up or put off, with the parcels' data of now.

        :return: A notification: how many are sent again.
        :raise UserError: All of them are under way or confirmed.
        """
        parcels = self.parcel_id
        parcels.check_access("write")
        # In sudo mode: a clerk uploads parcels, the outbox itself belongs to integrators.
        rows_sudo = self.env["xb.outbox"].sudo().browse(self.ids)
        stuck_sudo = rows_sudo.filtered(lambda row: row.state in _RETRYABLE)
        if not stuck_sudo:
            raise UserError(self.env._("Nothing to try again: it is confirmed or under way."))
        parcels._upload_tracking()
        still_sudo = stuck_sudo.filtered(lambda row: row.state in _RETRYABLE)
        if still_sudo:
            still_sudo.action_retry()
        parcels._refresh_upload_state()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Upload tracking"),
                "message": self.env._("%(count)s are sent again now.", count=len(stuck_sudo)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_parcel(self):
        """Open the parcel, to correct its number or carrier."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "xb.parcel",
            "res_id": self.parcel_id.id,
            "view_mode": "form",
        }
