from odoo import api, fields, models


class XbListingLine(models.Model):
    """One product of a listing, and how many of it leave the shelf per unit sold."""

    _name = "xb.listing.line"
    _description = "Listing Content"
    _order = "listing_id, sequence, id"
    _rec_name = "product_id"
    _check_company_auto = True

    listing_id = fields.Many2one("xb.listing", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="listing_id.company_id", store=True, precompute=True, index=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="restrict", check_company=True,
        domain="[('sale_ok', '=', True), ('type', '!=', 'combo')]")
    uom_id = fields.Many2one(related="product_id.uom_id")
    quantity = fields.Float(
        required=True, default=1.0, digits="Product Unit", help="Per unit sold, in the product's"
        " own unit.")

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "A listing contains more than nothing of each product.")
    _product_uniq = models.Constraint(
        "UNIQUE(listing_id, product_id)", "A product is in a listing once; change its quantity.")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: orders that wait for the listing go on; shops are told of the
        stock."""
        lines = super().create(vals_list)
        lines.listing_id._release_waiting()
        self.env["xb.stock.publication"]._relist(lines.listing_id.shop_id)
        return lines

    def write(self, vals):
        """Override of `base`: shops are told what the listing contains now."""
        result = super().write(vals)
        self.env["xb.stock.publication"]._relist(self.listing_id.shop_id)
        return result

    def unlink(self):
        """Override of `base`: likewise."""
        shops = self.listing_id.shop_id
        result = super().unlink()
        self.env["xb.stock.publication"]._relist(shops)
        return result

    # === BUSINESS METHODS === #

    def _is_single(self):
        """Whether these lines of a listing are one product, once."""
        return len(self) == 1 and self.quantity == 1

    def _get_content(self):
        """What leaves the shelf for one unit of the listing.

        :return: units by product id
        :rtype: dict[int, float]
        """
        return {line.product_id.id: line.quantity for line in self}
