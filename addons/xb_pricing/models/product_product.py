from odoo import fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    xb_length = fields.Float("Packed Length (cm)", digits=(8, 1))
    xb_width = fields.Float("Packed Width (cm)", digits=(8, 1))
    xb_height = fields.Float(
        "Packed Height (cm)", digits=(8, 1),
        help="Size of the parcel of one piece: volumetric weight and size limits need it. Without"
        " it the volume counts.",
    )

    _xb_size_not_negative = models.Constraint(
        "CHECK (xb_length >= 0 AND xb_width >= 0 AND xb_height >= 0)",
        "A parcel's size is not below zero.",
    )
