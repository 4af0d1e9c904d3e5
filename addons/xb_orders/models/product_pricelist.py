from odoo import fields, models


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    xb_platform_prices = fields.Boolean(
        "Currency of Imported Orders", copy=False, readonly=True,
        help="Made by the order import: it has no prices, it only says the orders' currency.",
    )
