from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def unlink(self):
        """Override of `product`: claims have no foreign key that would take them along."""
        ids = self.ids
        result = super().unlink()
        self.env.cr.execute("DELETE FROM xb_stock_claim_line WHERE product_id = ANY(%s)", [ids])
        return result

    def action_xb_stock_levels(self):
        """Open the stock levels of the products."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_inventory.xb_stock_level_action")
        return {**action, "domain": [("product_id", "in", self.ids)]}
