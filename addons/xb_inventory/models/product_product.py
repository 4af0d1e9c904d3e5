from odoo import api, models
from odoo.tools import ormcache


class ProductProduct(models.Model):
    _inherit = "product.product"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `product`: shops may sell it."""
        products = super().create(vals_list)
        products.filtered(lambda product: product.default_code and product.is_storable)._xb_relist()
        return products

    def write(self, vals):
        """Override of `product`: shops may sell it by another name, or no longer."""
        result = super().write(vals)
        if not {"default_code", "active"}.isdisjoint(vals):
            self.filtered("is_storable")._xb_relist()
        return result

    def unlink(self):
        """Override of `product`: shops no longer sell it; claims have no foreign key that would
        take them along."""
        ids = self.ids
        # In sudo mode: whoever may delete a product need not know the shops.
        rows = self.env["xb.stock.publication"].sudo().search([("product_id", "in", ids)])
        for shop, some in rows.grouped("shop_id").items():
            some._take_back(shop)
        result = super().unlink()
        self.env.cr.execute("DELETE FROM xb_stock_claim_line WHERE product_id = ANY(%s)", [ids])
        self.env.registry.clear_cache()
        return result

    # === BUSINESS METHODS === #

    def _xb_relist(self):
        """Look again what the shops sell that may sell these products."""
        if self:
            self.env["xb.stock.publication"]._relist(
                companies=self.company_id if all(one.company_id for one in self) else None)

    @api.model
    def _xb_read_stock_facts(self, product_ids):
        """Return the unit of products, and whether they can be refused.

        :param list product_ids: ids; unknown ones are left out
        :return: ``(id of uom.uom, limited)`` by product id
        :rtype: dict
        """
        self.env["product.template"].flush_model(["uom_id", "is_storable", "xb_sell_beyond"])
        self.env.cr.execute(
            """
            SELECT item.id, kind.uom_id, kind.is_storable AND kind.xb_sell_beyond IS NOT TRUE
              FROM product_product item JOIN product_template kind ON kind.id = item.product_tmpl_id
             WHERE item.id = ANY(%s)
            """,
            [product_ids],
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    @api.model
    @ormcache("product_id")
    def _xb_stock_facts(self, product_id):
        """Likewise for one product, remembered: every claim asks for them.

        :raise KeyError: there is no such product
        """
        return self._xb_read_stock_facts([product_id])[product_id]

    # === ACTION METHODS === #

    def action_xb_stock_levels(self):
        """Open the stock levels of the products."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_inventory.xb_stock_level_action")
        return {**action, "domain": [("product_id", "in", self.ids)]}
