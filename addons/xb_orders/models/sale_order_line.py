from odoo import api, fields, models

from ..batch import Batch, default_get, unchecked


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
    xb_warehouse_id = fields.Many2one(
        "stock.warehouse", "Leaves From", copy=False, readonly=True, check_company=True,
        help="Another warehouse than the order's, because a rule allows it and it has the goods.")
    xb_later_qty = fields.Float(
        "Leaves Later", copy=False, readonly=True, digits="Product Unit",
        help="What of it was not in stock when the order was confirmed; it leaves by a delivery"
             " of its own.")

    # === COMPUTE METHODS === #

    def _compute_price_unit(self):
        """Override of `sale`: what the buyer paid does not change with a quantity or a date."""
        return super(SaleOrderLine, self._xb_filter_priced_here())._compute_price_unit()

    def _compute_discount(self):
        """Override of `sale`: likewise."""
        return super(SaleOrderLine, self._xb_filter_priced_here())._compute_discount()

    @api.depends("xb_warehouse_id")
    def _compute_warehouse_id(self):
        """Override of `sale_stock`: the plan of an order that may be split has the last word."""
        result = super()._compute_warehouse_id()
        for line in self:
            if line.xb_warehouse_id:
                line.warehouse_id = line.xb_warehouse_id
        return result

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
        """Override of `sale_stock`: what the platform delivers does not leave our shelf; and in a
        batch the orders' transfers are confirmed together."""
        ours = self.filtered(lambda line: line.xb_fulfilled_by != "platform")
        batch = Batch.of(self.env)
        if batch is None:
            return super(SaleOrderLine, ours)._action_launch_stock_rule(
                previous_product_uom_qty=previous_product_uom_qty)
        batch.learn_reordered(ours.product_id)
        ours._xb_create_references(batch)
        result = super(SaleOrderLine, ours)._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty)
        pickings = self.env["stock.picking"].browse(sorted(batch.pickings))
        batch.pickings.clear()
        batch.confirming = True
        try:
            pickings.action_confirm()
        finally:
            batch.confirming = False
        self.env["stock.picking"]._xb_log_origins(batch)
        return result

    def _xb_create_references(self, batch):
        """Make the references of all orders that will need one; core makes them one by one."""
        firsts = {}
        for line in self:
            order = line.order_id
            if (line.state == "sale" and not order.locked and line.product_id.type == "consu"
                    and line.product_uom_qty and not order.stock_reference_ids):
                firsts.setdefault(order, line)
        references = self.env["stock.reference"].create(
            [line._prepare_reference_vals() for line in firsts.values()])
        batch.references.update(references._ids)

    # === BATCHES === #

    @api.model
    def default_get(self, fields):
        """Override of `base`: asked once per batch."""
        return default_get(self, fields, super().default_get)

    def _check_company(self, fnames=None):
        """Override of `base`: what is the same in many records of a batch is checked once."""
        return super(SaleOrderLine, unchecked(self, fnames))._check_company(fnames)
