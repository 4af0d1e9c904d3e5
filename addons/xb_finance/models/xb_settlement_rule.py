from odoo import fields, models

from ..const import FORMAT_SELECTION, KIND_SELECTION


class XbSettlementRule(models.Model):
    """What a platform's word means, learned once: applied to lines that nobody classified."""

    _name = "xb.settlement.rule"
    _description = "Settlement Rule"
    _order = "sequence, id"
    _rec_name = "words"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True,
                                 default=lambda self: self.env.company)
    format_code = fields.Selection(
        FORMAT_SELECTION, "Statement", help="Empty: statements of every format.")
    words = fields.Char(
        "Platform's Words", required=True, help="The whole description, without regard to case.")
    kind = fields.Selection(KIND_SELECTION, required=True)

    _words_uniq = models.UniqueIndex(
        "(company_id, COALESCE(format_code, ''), LOWER(words))",
        "There is a rule for these words already.")

    # === BUSINESS METHODS === #

    def _remember(self, lines, kind):
        """Make a rule for the words of some lines, or change the one there is."""
        for line in lines:
            known = self.search([
                ("company_id", "=", line.company_id.id),
                ("format_code", "=", line.settlement_id.format_code),
                ("words", "=ilike", line.description or ""),
            ], limit=1)
            if known:
                known.kind = kind
            elif line.description:
                self.create({
                    "company_id": line.company_id.id, "words": line.description, "kind": kind,
                    "format_code": line.settlement_id.format_code,
                })
