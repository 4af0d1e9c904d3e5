from odoo import api, fields, models, tools

from ..const import ISSUES, STATUSES
from ..core.status import Event


class XbStatusCode(models.Model):
    """What a vendor's word for a parcel's status means. Data that a manager may edit."""

    _name = "xb.status.code"
    _inherit = "xb.cached.mixin"
    _description = "Status Code"
    _order = "system_id, value, id"
    _rec_name = "value"

    system_id = fields.Many2one("xb.code.system", required=True, index=True, ondelete="cascade")
    value = fields.Char(string="Vendor's Word", required=True)
    meaning = fields.Char(help="In plain words.")
    status = fields.Selection(STATUSES, required=True, default="in_transit")
    reason = fields.Selection(ISSUES, help="What is wrong: the column of the exceptions board.")
    final = fields.Boolean(help="Nothing more will come of such a parcel.")

    _unique = models.Constraint(
        "UNIQUE(system_id, value)", "This word of the vendor has a meaning already."
    )

    # === BUSINESS METHODS === #

    @api.model
    @tools.ormcache("system")
    def _get_meanings(self, system):
        """Return {word in lower case: (status, reason, final)} of one system."""
        codes = self.sudo().search([("system_id.key", "=", system)])
        return {c.value.lower(): (c.status, c.reason or "", c.final) for c in codes}

    @api.model
    def _read_event(self, system, event):
        """Return what a vendor's event means.

        The first of its words that is known counts, the special ones before the general. A word
        nobody knows is a problem to look at, with the vendor's text, never a crash.

        :param str system: Key of the `xb.code.system`.
        :param core.tracking.VendorEvent event: What the vendor says.
        :rtype: core.status.Event
        """
        meanings = self._get_meanings(system)
        known = (meanings.get(word.lower()) for word in event.codes if word)
        status, reason, final = next(filter(None, known), ("exception", "other", False))
        word = next(filter(None, event.codes), "")
        text = event.text or word
        return Event(event.at, status, word, text, event.place, reason, final)
