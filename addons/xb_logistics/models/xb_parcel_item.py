from odoo import api, fields, models


class XbParcelItem(models.Model):
    """Some of an order line's goods in a parcel: the link between orders and parcels.

    A quantity of zero says that goods of the line travel in the parcel, but not how many: a
    second number entered for an order whose goods are all stated in the first parcel already.
    """

    _name = "xb.parcel.item"
    _description = "Parcel Content"
    _order = "parcel_id, id"
    _check_company_auto = True

    parcel_id = fields.Many2one("xb.parcel", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="parcel_id.company_id", store=True, index=True)
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order Line",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    order_id = fields.Many2one(
        related="sale_line_id.order_id", string="Order", store=True, index="btree_not_null"
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
    )
    quantity = fields.Float(digits="Product Unit", default=1.0)
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        compute="_compute_uom_id",
        store=True,
        readonly=False,
        precompute=True,
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity >= 0)", "The quantity in a parcel cannot be negative."
    )
    _line_unique = models.UniqueIndex(
        "(parcel_id, sale_line_id) WHERE sale_line_id IS NOT NULL",
        "An order line can be in a parcel only once: raise its quantity instead.",
    )

    # === COMPUTE METHODS === #

    @api.depends("sale_line_id")
    def _compute_product_id(self):
        for item in self:
            item.product_id = item.sale_line_id.product_id or item.product_id

    @api.depends("sale_line_id", "product_id")
    def _compute_uom_id(self):
        for item in self:
            item.uom_id = item.sale_line_id.product_uom_id or item.product_id.uom_id
