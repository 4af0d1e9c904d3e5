from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    xb_guard_sales = fields.Boolean(
        "Guard All Sales",
        help="Confirming a sales order, or adding to a confirmed one, is refused when the goods "
        "are not there: for orders entered by hand, over RPC or on the website alike.",
    )
