from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    xb_customs_description = fields.Char(
        string="Customs Description",
        help="What it is, in English, for customs: “Ceramic mug”, not “Gift” or “Sample”.",
    )
