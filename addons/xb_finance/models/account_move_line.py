from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    xb_charge_key = fields.Char(
        "Carrier Charges", readonly=True,
        help="Which of a carrier's charges the line adds up: purpose and shop.")
    xb_settlement_key = fields.Char(
        "Settlement Lines", readonly=True, copy=False, index="btree_not_null",
        help="Which lines of a settlement the item adds up: a kind and fiscal position, or those "
             "that pay an order.")
