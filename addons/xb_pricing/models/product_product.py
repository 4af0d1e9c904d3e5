from odoo import api, fields, models

# What a price depends on.
INPUTS = {"standard_price", "weight", "xb_length", "xb_width", "xb_height"}


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "xb.price.input"]

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

    # === HOOKS === #

    @api.model
    def _is_price_input(self, vals):
        """Override of `xb_pricing`."""
        return not INPUTS.isdisjoint(vals)

    def _get_price_scope(self):
        """Override of `xb_pricing`: where the products are listed."""
        return [], set(self.ids)
