from odoo import api, models

from ..batch import Batch


class StockRule(models.Model):
    _inherit = "stock.rule"

    @api.model
    def _search_rule_for_warehouses(self, route_ids, packaging_uom_id, product_id, warehouse_ids,
                                    domain):
        """Override of `stock`: one search for all lines of a batch that may use the same routes."""
        batch = Batch.of(self.env)
        if batch is None:
            return super()._search_rule_for_warehouses(
                route_ids, packaging_uom_id, product_id, warehouse_ids, domain)
        routes = warehouse_ids.route_ids.filtered(
            lambda route: self._filter_warehouse_routes(product_id, warehouse_ids, route))
        key = (
            route_ids._ids if route_ids else (),
            packaging_uom_id.id if packaging_uom_id else False,
            product_id.route_ids._ids, product_id.categ_id._ids, warehouse_ids._ids,
            routes._ids, repr(domain),
        )
        if key not in batch.rules:
            batch.rules[key] = super()._search_rule_for_warehouses(
                route_ids, packaging_uom_id, product_id, warehouse_ids, domain)
        return batch.rules[key]
