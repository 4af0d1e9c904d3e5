from odoo import fields, models


class ProductCategory(models.Model):
    _inherit = "product.category"

    xb_fee_category = fields.Char(
        "Fee Category",
        help="Category of the platforms' fee schedules that the products fall into, such as"
        " “Clothing and Accessories”. Empty: the general rates.",
    )
