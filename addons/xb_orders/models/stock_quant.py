from odoo import api, models

from ..batch import Batch


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _get_reserve_quantity(self, product_id, location_id, quantity, uom_id=None, lot_id=None,
                              package_id=None, owner_id=None, strict=False):
        """Override of `stock`: within a batch, what is left on the shelf as it was read for it."""
        batch = Batch.of(self.env)
        if batch is None or batch.quants is None or strict or lot_id or package_id or owner_id \
                or not batch.quants.covers(product_id, location_id):
            return super()._get_reserve_quantity(
                product_id, location_id, quantity, uom_id, lot_id, package_id, owner_id, strict)
        return batch.quants.take(product_id, location_id, quantity, uom_id)

    @api.model
    def _update_reserved_quantity(self, product_id, location_id, quantity, lot_id=None,
                                  package_id=None, owner_id=None, strict=True):
        """Override of `stock`: what a batch has taken is written in one go, at its end."""
        batch = Batch.of(self.env)
        if batch is None or batch.quants is None or lot_id or package_id or owner_id \
                or not batch.quants.reserve(product_id, location_id, quantity):
            return super()._update_reserved_quantity(
                product_id, location_id, quantity, lot_id, package_id, owner_id, strict)
        return None
