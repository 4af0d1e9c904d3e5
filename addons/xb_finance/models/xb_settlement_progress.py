from odoo import fields, models


class XbSettlementProgress(models.Model):
    """How far the import of a statement has come.

    A row of its own, because it is written while the import's transaction goes on: if that one
    touched the same row at its end, it would fail for having been overtaken.
    """

    _name = "xb.settlement.progress"
    _description = "Progress of a Statement File"
    _rec_name = "file_id"

    file_id = fields.Many2one("xb.settlement.file", required=True, readonly=True,
                              ondelete="cascade")
    phase = fields.Selection([("reading", "Reading"), ("writing", "Writing")], readonly=True)
    count = fields.Integer(readonly=True, help="Bytes read, or lines written.")
    total = fields.Integer(readonly=True)

    _file_uniq = models.UniqueIndex("(file_id)", "A file has one progress.")
