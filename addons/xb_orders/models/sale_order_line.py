from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    xb_line_ref = fields.Char(
        "Platform Line", copy=False, readonly=True,
        help="The platform's reference of this line; with # what the import added.",
    )
    xb_of_ref = fields.Char(
        "Sold As", copy=False, readonly=True,
        help="The platform's line that this one is, or is a part of (bundles).")
    xb_sku = fields.Char("Platform SKU", copy=False, readonly=True)
    xb_listing_id = fields.Many2one(
        "xb.listing", "Listing", copy=False, readonly=True, index="btree_not_null",
        ondelete="set null")
    xb_per_unit = fields.Float(
        "Per Unit Sold", copy=False, readonly=True, default=1.0, digits="Product Unit",
        help="Of a part of a bundle: how many of it are in one unit sold.")
    xb_fulfilled_by = fields.Selection(
        [("merchant", "Us"), ("platform", "The platform")], "Delivered by", copy=False,
        readonly=True, help="What the platform delivers makes no transfer of ours.")
    xb_gift_message = fields.Text("Gift Message", copy=False)

    # === COMPUTE METHODS === #

    def _compute_price_unit(self):
        """Override of `sale`: what the buyer paid does not change with a quantity or a date."""
        return super(SaleOrderLine, self._xb_filter_priced_here())._compute_price_unit()

    def _compute_discount(self):
        """Override of `sale`: likewise."""
        return super(SaleOrderLine, self._xb_filter_priced_here())._compute_discount()

    # === BUSINESS METHODS === #

    def _xb_has_own_supply(self):
        """Override of `xb_inventory`: what the platform delivers does not come from our shelf."""
        return self.xb_fulfilled_by == "platform" or super()._xb_has_own_supply()

    def _xb_filter_priced_here(self):
        """The lines whose price is ours to compute; all of them if a person asks for it by
        “Update Prices”."""
        if self.env.context.get("force_price_recomputation"):
            return self
        return self.filtered(lambda line: not line.xb_line_ref)

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        """Override of `sale_stock`: what the platform delivers does not leave our shelf."""
        ours = self.filtered(lambda line: line.xb_fulfilled_by != "platform")
        return super(SaleOrderLine, ours)._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty)
