from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    xb_line_ref = fields.Char(
        "Platform Line", copy=False, readonly=True,
        help="The platform's reference of this line; with # what the import added.",
    )
    xb_sku = fields.Char("Platform SKU", copy=False, readonly=True)
    xb_gift_message = fields.Text("Gift Message", copy=False)
    xb_is_platform_fulfilled = fields.Boolean(
        "Shipped by Platform", copy=False, readonly=True,
        help="The platform ships these goods from its own warehouse: none of our stock is needed.",
    )

    # === COMPUTE METHODS === #

    def _compute_price_unit(self):
        """Override of `sale`: what the buyer paid does not change with a quantity or a date."""
        return super(SaleOrderLine, self._xb_filter_priced_here())._compute_price_unit()

    def _compute_discount(self):
        """Override of `sale`: likewise."""
        return super(SaleOrderLine, self._xb_filter_priced_here())._compute_discount()

    # === BUSINESS METHODS === #

    def _xb_has_own_supply(self):
        """Override of `xb_inventory`: what the platform ships does not come from our shelf."""
        return self.xb_is_platform_fulfilled or super()._xb_has_own_supply()

    def _xb_filter_priced_here(self):
        """The lines whose price is ours to compute; all of them if a person asks for it by
        “Update Prices”."""
        if self.env.context.get("force_price_recomputation"):
            return self
        return self.filtered(lambda line: not line.xb_line_ref)
