from odoo import api, fields, models


class XbImportWizardColumn(models.TransientModel):
    """A column of the file being imported, and what a person says it is."""

    _name = "xb.import.wizard.column"
    _description = "Column of an Import File"
    _order = "sequence, id"

    wizard_id = fields.Many2one("xb.import.wizard", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer()
    heading = fields.Char(required=True)
    sample = fields.Char("First Cells")
    known_as = fields.Char()
    field_name = fields.Selection(
        selection="_selection_field_name", string="Read As",
        help="Empty: kept with the order, but not used.")

    @api.model
    def _selection_field_name(self):
        layouts = self.env["xb.import.wizard"]._get_layouts()
        generic = next(layout for layout in layouts if layout.code == "generic")
        return [(name, self.env._(item.label).capitalize() if item.label.islower()
                 else self.env._(item.label)) for name, item in generic.fields.items()]
