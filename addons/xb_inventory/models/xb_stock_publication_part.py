from odoo import fields, models


class XbStockPublicationPart(models.Model):
    """One product of what a shop sells together."""

    _name = "xb.stock.publication.part"
    _description = "Part of Published Stock"
    _order = "publication_id, id"
    _rec_name = "product_id"
    _log_access = False

    publication_id = fields.Many2one(
        "xb.stock.publication", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="publication_id.company_id")
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="cascade"
    )
    quantity = fields.Float(
        required=True, readonly=True, digits="Product Unit",
        help="Per unit sold, in the product's own unit.",
    )

    _unique = models.Constraint(
        "UNIQUE (publication_id, product_id)", "A product is in a bundle once."
    )
