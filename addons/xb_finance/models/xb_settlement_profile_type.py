from odoo import fields, models

from ..const import KIND_SELECTION


class XbSettlementProfileType(models.Model):
    """A word of a profile's type column, and the kind that it stands for."""

    _name = "xb.settlement.profile.type"
    _description = "Type of a Statement Profile"
    _order = "profile_id, word, id"
    _rec_name = "word"

    profile_id = fields.Many2one("xb.settlement.profile", required=True, index=True,
                                 ondelete="cascade")
    company_id = fields.Many2one(related="profile_id.company_id", store=True, index=True)
    word = fields.Char("Word in the File", required=True)
    kind = fields.Selection(KIND_SELECTION, required=True)
