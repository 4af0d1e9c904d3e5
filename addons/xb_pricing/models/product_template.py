from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    xb_brand = fields.Char("Brand", index="btree_not_null", help="Price rules may ask for it.")
    xb_fee_category = fields.Char(
        "Fee Category",
        help="Category of the platforms' fee schedules; empty: that of the product category.",
    )
