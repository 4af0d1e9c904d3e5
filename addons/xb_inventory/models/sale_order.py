from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === CRUD METHODS === #

    def unlink(self):
        """Override of `sale`: claims have no foreign key that would forget the order."""
        ids = self.ids
        result = super().unlink()
        self.env["xb.stock.claim"]._forget("order_id", ids)
        return result

    # === HOOKS === #

    def _xb_get_stock_shop(self):
        """Hook: the shop an order was sold in; decides what is allocated to others.

        :return: ``xb.shop`` record or an empty one
        """
        return self.env["xb.shop"]
