from odoo import api, models


class XbStockLevel(models.Model):
    _inherit = "xb.stock.level"

    @api.model
    def _on_changed(self, product_ids):
        """Override of `xb_inventory`: with a component, the kits change that it is part of."""
        kits = self._xb_get_kits_with(product_ids)
        return super()._on_changed(sorted({*product_ids, *kits}))

    @api.model
    def _xb_get_kits_with(self, product_ids):
        """Return the kits, in whatever company, that products are part of.

        :param list product_ids: ids of ``product.product``
        :rtype: set[int]
        """
        boms, wanted = self.env["mrp.bom"], set(product_ids)
        return {
            kit
            for company_id in set(self.env["stock.warehouse"]._xb_companies().values())
            for kit in boms._xb_get_kit_ids(company_id)
            if not wanted.isdisjoint(
                part for part, _qty in boms._xb_get_recipe(kit, company_id))
        }
