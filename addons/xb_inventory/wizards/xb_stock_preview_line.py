from odoo import api, fields, models


class XbStockPreviewLine(models.TransientModel):
    """One thing that the shop of a preview sells."""

    _name = "xb.stock.preview.line"
    _description = "Stock Preview Line"
    _order = "id"

    preview_id = fields.Many2one("xb.stock.preview", required=True, ondelete="cascade")
    product_id = fields.Many2one(
        "product.product", readonly=True, help="Of a bundle: the part that limits it.")
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
        :param products: ``product.product`` records; empty for all it sells
        :param categ: ``product.category`` record or an empty one
        :return: values of lines
        :rtype: list[dict]
        """
        shop_sudo = shop.sudo()
        offers = shop_sudo._get_stock_offers()
        if products or categ:
            wanted = set(self.env["product.product"].search(
                [*([("id", "in", products.ids)] if products else []),
                 *([("categ_id", "child_of", categ.id)] if categ else [])]).ids)
            offers = [offer for offer in offers if not wanted.isdisjoint(offer.content)]
        publications = self.env["xb.stock.publication"]
        said = {
            row.key: row.confirmed for row in publications.search(
                [("shop_id", "=", shop.id), ("has_confirmed", "=", True)])
        }
        contents = [offer.content for offer in offers]
        return [
            {
                # Of a bundle: the part that limits it.
                "product_id": scarce_id or next(iter(offer.content)),
                "key": offer.key,
                "free": told.steps[0].figure,
                **self._prepare_told_vals(told, said.get(offer.key)),
            }
            for offer, (told, scarce_id) in zip(
                offers, publications._reckon(shop_sudo, contents), strict=True)
        ]

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
