from odoo import fields, models

from ..const import ISSUES, STATUSES
from ..core.status import Event


class XbParcelEvent(models.Model):
    """Something that happened to a parcel. Written once, in any order; never changed.

    The parcel's status follows from the set of its events, see `core.status.derive`.
    """

    _name = "xb.parcel.event"
    _description = "Parcel Event"
    _order = "at desc, id desc"
    _rec_name = "text"
    _log_access = False

    parcel_id = fields.Many2one("xb.parcel", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="parcel_id.company_id", store=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    active = fields.Boolean(
        default=True, help="Off for what happened under a number that was corrected later."
    )
    at = fields.Datetime(string="When", required=True, readonly=True)
    status = fields.Selection(STATUSES, required=True, readonly=True)
    reason = fields.Selection(ISSUES, readonly=True)
    final = fields.Boolean(readonly=True)
    code = fields.Char(string="Vendor Code", readonly=True)
    text = fields.Char(string="What Happened", readonly=True)
    place = fields.Char(string="Where", readonly=True)
    source = fields.Char(readonly=True, help="Who told us.")
    received_at = fields.Datetime(string="Received", readonly=True)

    _key_unique = models.UniqueIndex(
        "(parcel_id, key) WHERE active", "This event is known already."
    )

    def _to_value(self):
        """Return the event as the pure rooms know it."""
        return Event(
            self.at,
            self.status,
            self.code or "",
            self.text or "",
            self.place or "",
            self.reason or "",
            self.final,
        )
