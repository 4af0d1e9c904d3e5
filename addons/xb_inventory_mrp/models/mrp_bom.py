from odoo import api, models
from odoo.tools import ormcache

# What of a bill of materials decides what a kit is made of.
RECIPE = frozenset({
    "type", "active", "company_id", "product_id", "product_tmpl_id", "product_qty",
    "product_uom_id", "sequence", "bom_line_ids",
})


class MrpBom(models.Model):
    _inherit = "mrp.bom"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `mrp`: which products are kits is remembered, and is another matter now."""
        boms = super().create(vals_list)
        boms._xb_recipes_changed()
        return boms

    def write(self, vals):
        """Override of `mrp`: likewise."""
        result = super().write(vals)
        if not RECIPE.isdisjoint(vals):
            self._xb_recipes_changed()
        return result

    def unlink(self):
        """Override of `mrp`: likewise."""
        products = self._xb_get_products()
        result = super().unlink()
        self._xb_recipes_changed(products)
        return result

    # === BUSINESS METHODS === #

    def _xb_get_products(self):
        """Return the products that are made by the bills.

        :rtype: product.product
        """
        templates = self.filtered(lambda bom: not bom.product_id).product_tmpl_id
        return self.product_id | templates.with_context(active_test=False).product_variant_ids

    def _xb_recipes_changed(self, products=None):
        """Forget what is remembered, and look again at what shops are told of the products."""
        self.env.registry.clear_cache()
        products = self._xb_get_products() if products is None else products
        self.env["xb.stock.publication"]._mark_products(products)
        products._xb_relist()

    @api.model
    @ormcache("company_id")
    def _xb_get_kit_ids(self, company_id):
        """Return which products are kits in a company.

        :param int company_id: id of ``res.company``
        :return: ids of ``product.product``
        :rtype: frozenset[int]
        """
        self.flush_model(["type", "active", "company_id", "product_id", "product_tmpl_id"])
        self.env.cr.execute(
            """
            SELECT item.id
              FROM mrp_bom bom
              JOIN product_product item
                ON item.id = bom.product_id
                OR bom.product_id IS NULL AND item.product_tmpl_id = bom.product_tmpl_id
             WHERE bom.type = 'phantom' AND bom.active
               AND (bom.company_id = %s OR bom.company_id IS NULL)
            """,
            [company_id],
        )
        return frozenset(row[0] for row in self.env.cr.fetchall())

    @api.model
    @ormcache("product_id", "company_id")
    def _xb_get_recipe(self, product_id, company_id):
        """Return what one unit of a kit takes from the shelf.

        :param int product_id: a kit's, see :meth:`_xb_get_kit_ids`
        :param int company_id: id of ``res.company``
        :return: ``((component id, quantity in its unit), …)``, by id; empty for a kit of services
        :rtype: tuple
        """
        product = self.env["product.product"].sudo().browse(product_id)
        bom = self.sudo()._bom_find(
            product, company_id=company_id, bom_type="phantom")[product]
        runs = product.uom_id._compute_quantity(1.0, bom.product_uom_id, round=False)
        runs /= bom.product_qty
        # of a whole run of the bill: what it takes is rounded up to units that can be moved
        parts = bom._xb_get_parts(product, 1.0, round=False)
        return tuple(sorted((part, qty * runs) for part, qty in parts.items() if qty > 0))

    @api.model
    def _xb_explode(self, product, qty, company_id):
        """Take a kit apart, with the kits in it, as the transfer of a confirmed order does it.

        :param product.product product: a kit
        :param float qty: in its unit
        :param int company_id: id of ``res.company``
        :return: list of ``(component id, quantity in its unit)``, one per component
        """
        bom = self._bom_find(product, company_id=company_id, bom_type="phantom")[product]
        runs = product.uom_id._compute_quantity(qty, bom.product_uom_id, round=False)
        parts = bom._xb_get_parts(product, runs / bom.product_qty, rounding_method="HALF-UP")
        return [(part, taken) for part, taken in parts.items() if taken > 0]

    def _xb_get_parts(self, product, runs, **rounding):
        """Return what comes off the shelf for so many runs of a kit's bill.

        :param float runs: how often the bill is carried out
        :param rounding: how quantities become those of the components' units
        :return: quantity in its unit by component id; services and the like are left out
        :rtype: dict
        """
        parts = {}
        for line, data in self.explode(product, runs, picking_type=self.picking_type_id)[1]:
            part = line.product_id
            if part.type == "consu":
                parts[part.id] = parts.get(part.id, 0.0) + line.product_uom_id._compute_quantity(
                    data["qty"], part.uom_id, **rounding)
        return parts
