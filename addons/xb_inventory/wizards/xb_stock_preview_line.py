from odoo import api, fields, models

from ..core.policy import publish


class XbStockPreviewLine(models.TransientModel):
    """One product of a preview."""

    _name = "xb.stock.preview.line"
    _description = "Stock Preview Line"
    _order = "id"

    preview_id = fields.Many2one("xb.stock.preview", required=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", readonly=True)
    key = fields.Char("Name in the Shop", readonly=True)
    free = fields.Float(digits="Product Unit", readonly=True, help="Over all shops, after claims.")
    quantity = fields.Integer("Would Say", readonly=True)
    told = fields.Char("Says Now", readonly=True)
    is_change = fields.Boolean(readonly=True)
    why = fields.Text(readonly=True)

    @api.model
    def _reckon(self, shop, products, categ):
        """Reckon what a shop would be told.

        :param shop: one ``xb.shop`` record
        :param products: ``product.product`` records; empty for all it lists
        :param categ: ``product.category`` record or an empty one
        :return: values of lines
        :rtype: list[dict]
        """
        shop_sudo = shop.sudo()
        found = self.env["product.product"].search(self._get_domain(shop, products, categ))
        keys = shop_sudo._get_stock_keys(found)
        listed = found.filtered(lambda product: product.id in keys)
        place = shop_sudo._get_stock_warehouse()
        figures = self.env["xb.availability"]._read_figures(self.env.cr, listed.ids, (place.id,))
        policies = self.env["xb.stock.policy"]._resolve(shop_sudo, listed.ids, (place.id,))
        said = {
            row.product_id.id: row.confirmed
            for row in self.env["xb.stock.publication"].search(
                [("shop_id", "=", shop.id), ("has_confirmed", "=", True)]
            )
        }
        rows = []
        for product in listed:
            _tracked, on_hand, reserved, waiting, claimed = figures[product.id]
            free = round(on_hand - reserved - waiting - claimed, 6)
            told = publish(free, policies[product.id])
            rows.append(
                {
                    "product_id": product.id,
                    "key": keys[product.id],
                    "free": free,
                    **self._prepare_told_vals(told, said.get(product.id)),
                }
            )
        return rows

    @api.model
    def _get_domain(self, shop, products, categ):
        """What of the shop's company's products a preview is about."""
        domain = [
            ("is_storable", "=", True),
            ("sale_ok", "=", True),
            ("company_id", "in", (False, shop.company_id.id)),
        ]
        if products:
            domain.append(("id", "in", products.ids))
        if categ:
            domain.append(("categ_id", "child_of", categ.id))
        return domain

    @api.model
    def _prepare_told_vals(self, told, said):
        """Values of what the shop would be told, beside what it says now.

        :param told: :class:`~..core.policy.Publication`
        :param said: quantity that the shop confirmed last, or None
        """
        return {
            "quantity": told.quantity,
            "told": self.env._("nothing") if said is None else str(said),
            "is_change": said != told.quantity,
            "why": self.env["xb.stock.publication"]._explain(
                [[step.code, step.figure, step.after] for step in told.steps]
            ),
        }
