from odoo import fields, models


class XbPriceImportLine(models.TransientModel):
    """What becomes of one row of the file."""

    _name = "xb.price.import.line"
    _description = "Row of a Fee or Freight File"
    _order = "import_id, id"

    import_id = fields.Many2one("xb.price.import", required=True, index=True, ondelete="cascade")
    row = fields.Integer()
    summary = fields.Char()
    state = fields.Selection([
        ("new", "New"), ("changed", "Changed"), ("same", "Unchanged"), ("refused", "Refused")],
        required=True)
    message = fields.Text("Remark")
