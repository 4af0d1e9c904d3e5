from odoo import api, fields, models


class XbParcelItem(models.Model):
    _inherit = "xb.parcel.item"

    purchase_line_id = fields.Many2one(
        "purchase.order.line",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    purchase_id = fields.Many2one(
        related="purchase_line_id.order_id", string="Purchase", store=True, index="btree_not_null"
    )

    _purchase_line_unique = models.UniqueIndex(
        "(parcel_id, purchase_line_id) WHERE purchase_line_id IS NOT NULL",
        "A purchase line can be in a parcel only once: raise its quantity instead.",
    )

    # === COMPUTE METHODS === #

    @api.depends("purchase_line_id")
    def _compute_product_id(self):
        """Override of `xb_logistics`: what was bought."""
        bought = self.filtered("purchase_line_id")
        for item in bought:
            item.product_id = item.purchase_line_id.product_id
        return super(XbParcelItem, self - bought)._compute_product_id()

    @api.depends("purchase_line_id")
    def _compute_uom_id(self):
        """Override of `xb_logistics`: in the unit it was bought in."""
        bought = self.filtered("purchase_line_id")
        for item in bought:
            item.uom_id = item.purchase_line_id.product_uom_id
        return super(XbParcelItem, self - bought)._compute_uom_id()

    @api.depends("purchase_line_id")
    def _compute_currency_id(self):
        """Override of `xb_logistics`: goods that come in are worth what they cost."""
        bought = self.filtered("purchase_line_id")
        for item in bought:
            item.currency_id = item.purchase_line_id.currency_id
        return super(XbParcelItem, self - bought)._compute_currency_id()

    @api.depends("purchase_line_id")
    def _compute_customs_value(self):
        """Override of `xb_logistics`: goods that come in are worth what they cost."""
        bought = self.filtered("purchase_line_id")
        for item in bought:
            item.customs_value = item.purchase_line_id.price_unit
        return super(XbParcelItem, self - bought)._compute_customs_value()
