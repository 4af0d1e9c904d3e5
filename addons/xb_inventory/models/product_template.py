from odoo import fields, models

LIMITS = frozenset({"is_storable", "xb_sell_beyond"})
# What ``product.product._xb_stock_facts`` remembers.
FACTS = LIMITS | {"uom_id"}
# What of a template decides whether shops may sell its products from stock.
SOLD = frozenset({"is_storable", "sale_ok", "active", "company_id"})


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # === FIELDS === #

    xb_sell_beyond = fields.Boolean(
        "Sell Beyond Stock",
        help="Orders are taken and confirmed when the stock is used up, too: the product is bought "
        "or made after it is sold. Its claims are never refused.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `product`: what may be promised follows."""
        result = super().write(vals)
        if not FACTS.isdisjoint(vals):
            self.env.registry.clear_cache()
        if not LIMITS.isdisjoint(vals):
            self.env["xb.stock.level"]._touch(
                self.with_context(active_test=False).product_variant_ids.ids
            )
        if not SOLD.isdisjoint(vals):
            self.with_context(active_test=False).product_variant_ids._xb_relist()
        return result
