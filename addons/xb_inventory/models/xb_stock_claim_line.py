from odoo import fields, models

from ..fields import Loose


class XbStockClaimLine(models.Model):
    """What a claim holds of one product in one warehouse."""

    _name = "xb.stock.claim.line"
    _description = "Stock Claim Line"
    _order = "id"
    _rec_name = "product_id"
    _log_access = False

    claim_id = fields.Many2one(
        "xb.stock.claim", required=True, readonly=True, index=True, ondelete="cascade"
    )
    product_id = Loose("product.product", required=True, readonly=True)
    warehouse_id = Loose("stock.warehouse", required=True, readonly=True)
    asked = fields.Float(digits="Product Unit", readonly=True)
    quantity = fields.Float("Claimed", digits="Product Unit", readonly=True)
    available = fields.Float(
        "Available Before", digits="Product Unit", readonly=True, help="When it was decided."
    )
    is_open = fields.Boolean(readonly=True)
    state = fields.Selection(related="claim_id.state")
    company_id = fields.Many2one(related="claim_id.company_id")
    shop_id = fields.Many2one(related="claim_id.shop_id")
    expires_at = fields.Datetime(related="claim_id.expires_at")

    _open = models.Index("(product_id) WHERE is_open")
