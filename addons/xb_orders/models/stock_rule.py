from odoo import api, models

from ..batch import Batch, extended_by

# Who decides by what is in the key of `_get_rule`.
FINDERS = {"stock", "stock_dropshipping", "xb_orders"}


class StockRule(models.Model):
    _inherit = "stock.rule"

    @api.model
    def _get_rule(self, product_id, location_id, values):
        """Override of `stock`: what is sold from one place by one route has one rule."""
        batch = Batch.of(self.env)
        if batch is None or extended_by(self, "_get_rule", FINDERS) or extended_by(
                self, "_get_rule_domain", FINDERS):
            return super()._get_rule(product_id, location_id, values)
        asked = (values.get(name) for name in (
            "route_ids", "packaging_uom_id", "warehouse_id", "company_id"))
        key = (
            location_id._ids, product_id.route_ids._ids, product_id.categ_id._ids,
            "sale_line_id" in values, self.env.su,
            *(records._ids if records else () for records in asked),
        )
        if key not in batch.supply:
            batch.supply[key] = super()._get_rule(product_id, location_id, values)
        return batch.supply[key]

    def _get_custom_move_fields(self):
        """Override of `stock`: what leaves later is known by it."""
        return [*super()._get_custom_move_fields(), "xb_leaves_later"]

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
