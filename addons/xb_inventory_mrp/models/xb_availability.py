import math

from odoo import api, models

# A millionth of a unit is the noise of floats, not stock.
NOISE = 1e-6


class XbAvailability(models.AbstractModel):
    """Kits: as many as the scarcest component allows; a claim holds the components."""

    _inherit = "xb.availability"

    # === BUSINESS METHODS === #

    @api.model
    def _figures(self, product_ids, warehouse_ids):
        """Override of `xb_inventory`: kits are reckoned anew each time, from what the cache knows
        of their components."""
        kits = self._get_kit_ids(product_ids)
        if not kits:
            return super()._figures(product_ids, warehouse_ids)
        plain = [one for one in product_ids if one not in kits]
        figures = super()._figures(plain, warehouse_ids) if plain else {}
        figures.update(self._kit_figures(kits, warehouse_ids, super()._figures))
        return figures

    @api.model
    def _read_figures(self, cr, product_ids, warehouse_ids):
        """Override of `xb_inventory`: likewise."""
        kits = self._get_kit_ids(product_ids)
        if not kits:
            return super()._read_figures(cr, product_ids, warehouse_ids)
        plain = [one for one in product_ids if one not in kits]
        figures = super()._read_figures(cr, plain, warehouse_ids) if plain else {}
        read = super()._read_figures
        figures.update(self._kit_figures(
            kits, warehouse_ids, lambda ids, places: read(cr, ids, places)))
        return figures

    @api.model
    def _get_kit_ids(self, product_ids):
        """Return which of the products are kits, in order.

        :rtype: list[int]
        """
        kits = self.env["mrp.bom"]._xb_get_kit_ids(self.env.company.id)
        return [one for one in dict.fromkeys(product_ids) if one in kits] if kits else []

    @api.model
    def _kit_figures(self, kit_ids, warehouse_ids, read):
        """Reckon kits: in each warehouse by its scarcest component, then summed. A kit is packed
        in one place; what lies in two warehouses makes none.

        :param read: function of component ids and warehouse ids that gives their figures
        :return: as ``_figures``; of a kit, *reserved* is what of it is promised in any way
        :rtype: dict
        """
        company_id = self.env.company.id
        recipes = {
            kit: self.env["mrp.bom"]._xb_get_recipe(kit, company_id) for kit in kit_ids}
        parts = sorted({part for recipe in recipes.values() for part, _qty in recipe})
        found = {kit: [False, 0.0, 0.0] for kit in kit_ids}
        for place in warehouse_ids:
            figures = read(parts, (place,)) if parts else {}
            for kit, recipe in recipes.items():
                limited = [(*figures[part], qty) for part, qty in recipe
                           if part in figures and figures[part][0]]
                if limited:
                    row = found[kit]
                    row[0] = True
                    row[1] += min(self._makes(on_hand, qty)
                                  for _l, on_hand, _r, _w, _c, qty in limited)
                    row[2] += min(self._makes(on_hand - reserved - waiting - claimed, qty)
                                  for _l, on_hand, reserved, waiting, claimed, qty in limited)
        return {kit: (limited, on_hand, on_hand - free, 0.0, 0.0)
                for kit, (limited, on_hand, free) in found.items()}

    @api.model
    def _makes(self, units, per_kit):
        """Whole kits that so many units of a component make; below zero where it is oversold."""
        return float(math.floor(units / per_kit + NOISE))

    # === HOOKS === #

    @api.model
    def _explode_line(self, product_id, qty):
        """Override of `xb_inventory`: a kit's components, as its transfer will ask for them."""
        company_id = self.env.company.id
        if product_id not in self.env["mrp.bom"]._xb_get_kit_ids(company_id):
            return super()._explode_line(product_id, qty)
        product = self.env["product.product"].sudo().browse(product_id)
        return self.env["mrp.bom"].sudo()._xb_explode(product, qty, company_id)
