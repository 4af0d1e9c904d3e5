from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    xb_charge_key = fields.Char(
        "Carrier Charges", readonly=True,
        help="Which of a carrier's charges the line adds up: purpose and shop.")
