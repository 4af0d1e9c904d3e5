from odoo import models


class ProductSupplierinfo(models.Model):
    _name = "product.supplierinfo"
    _inherit = ["product.supplierinfo", "xb.price.input"]

    # === HOOKS === #

    def _get_price_scope(self):
        """Override of `xb_pricing`: where the products are listed."""
        return [], set((self.product_id | self.product_tmpl_id.product_variant_ids).ids)
