from odoo import fields, models

from ..core.statements.generic import FIELDS

COLUMN_FIELDS = tuple(FIELDS)


class XbSettlementProfile(models.Model):
    """Which column of a file is what: for statements whose layout is not published."""

    _name = "xb.settlement.profile"
    _description = "Statement Profile"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True,
                                 default=lambda self: self.env.company)
    column_document = fields.Char("Payout Number Column")
    column_date = fields.Char("Date Column")
    column_order = fields.Char("Order Number Column")
    column_reference = fields.Char("Transaction Number Column")
    column_related = fields.Char("Related Transaction Column")
    column_type = fields.Char("Type Column")
    column_amount = fields.Char("Amount Column")
    column_fee = fields.Char("Fee Column")
    column_net = fields.Char("Net Amount Column")
    column_currency = fields.Char("Currency Column")
    column_original_amount = fields.Char("Charged Amount Column")
    column_original_currency = fields.Char("Charged Currency Column")
    column_status = fields.Char("Status Column")
    column_sku = fields.Char("SKU Column")
    fee_sign = fields.Selection(
        [("signed", "Negative is a fee"), ("positive", "Positive is a fee")], "Sign of Fees",
        required=True, default="signed")
    statuses = fields.Char(
        "Statuses That Count", help="Separated by commas. Empty: all rows count.")
    type_ids = fields.One2many("xb.settlement.profile.type", "profile_id", "Types", copy=True)

    # === BUSINESS METHODS === #

    def _get_mapping(self):
        """Return the mapping as ``core/statements/generic.py`` takes it."""
        self.ensure_one()
        return {
            "columns": {name: self[f"column_{name}"] for name in COLUMN_FIELDS
                        if self[f"column_{name}"]},
            "types": {row.word: row.kind for row in self.type_ids},
            "statuses": [text.strip() for text in (self.statuses or "").split(",")
                         if text.strip()],
            "fee_sign": self.fee_sign,
        }
