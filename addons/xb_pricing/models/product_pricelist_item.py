from odoo import fields, models


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    xb_listing_id = fields.Many2one(
        "xb.listing", "Listing", index="btree_not_null", ondelete="cascade", readonly=True,
        copy=False, help="The listing whose published price this is.",
    )
