from odoo import api, models


class XbStockPublication(models.Model):
    _inherit = "xb.stock.publication"

    @api.model
    def _get_due(self, shop):
        """Override of `xb_inventory`: kits have no level that would tell that they changed; they
        are reckoned whenever there is something to publish."""
        kits = self.env["mrp.bom"]._xb_get_kit_ids(shop.company_id.id)
        rows = self.search([
            ("shop_id", "=", shop.id), "|", ("product_id", "in", list(kits)),
            ("part_ids.product_id", "in", list(kits))])
        return super()._get_due(shop) | rows

    @api.model
    def _get_drifted(self, product_ids, place):
        """Override of `xb_inventory`: a kit is as doubtful as its components."""
        boms, company_id = self.env["mrp.bom"], place.company_id.id
        kits = boms._xb_get_kit_ids(company_id)
        recipes = {one: {part for part, _qty in boms._xb_get_recipe(one, company_id)}
                   for one in product_ids if one in kits}
        asked = set(product_ids).union(*recipes.values())
        drifted = super()._get_drifted(asked, place)
        return drifted | {kit for kit, parts in recipes.items() if parts & drifted}
