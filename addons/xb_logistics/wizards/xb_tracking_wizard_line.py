from odoo import fields, models


class XbTrackingWizardLine(models.TransientModel):
    _name = "xb.tracking.wizard.line"
    _description = "Tracking Number to Enter"
    _order = "sequence, id"

    wizard_id = fields.Many2one("xb.tracking.wizard", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(string="Row", readonly=True)
    order_ref = fields.Char(string="Order")
    number = fields.Char(string="Tracking Number")
    carrier_id = fields.Many2one("xb.carrier")
    carrier_text = fields.Char(string="As Written", readonly=True)
    weight = fields.Char(help="With its unit, such as 350 g; without one in the usual unit.")
    cost = fields.Char(help="With its currency, such as 4.20 USD; without one the company's.")
    state = fields.Selection(
        [
            ("todo", "To Fill In"),
            ("created", "New"),
            ("changed", "Change"),
            ("unchanged", "Same"),
            ("refused", "Refused"),
        ],
        default="todo",
        readonly=True,
    )
    message = fields.Text(string="Remark", readonly=True)

    def _prepare_row(self, default_carrier):
        """Return the line as a row for `xb.parcel.set_tracking`."""
        self.ensure_one()
        carrier = self.carrier_id.code or self.carrier_text or default_carrier.code
        return {
            "order": self.order_ref or "",
            "number": self.number or "",
            "carrier": carrier or "",
            "weight": self.weight or "",
            "cost": self.cost or "",
        }
