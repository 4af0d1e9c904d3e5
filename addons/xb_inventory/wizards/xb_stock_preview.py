from odoo import api, fields, models

# A preview is for reading; who wants more narrows it down.
LINES_MAX = 500


class XbStockPreview(models.TransientModel):
    """What a shop would be told at this moment, and why: nothing is sent."""

    _name = "xb.stock.preview"
    _description = "Stock Preview"
    _rec_name = "shop_id"

    shop_id = fields.Many2one("xb.shop", required=True)
    categ_id = fields.Many2one("product.category", "Category")
    product_ids = fields.Many2many("product.product", string="Products")
    only_changed = fields.Boolean("Only What Would Change")
    line_ids = fields.One2many("xb.stock.preview.line", "preview_id", readonly=True)
    is_cut = fields.Boolean(readonly=True)

    @api.model
    def _open(self, shop):
        """Open the preview of a shop.

        :param shop: one ``xb.shop`` record
        :return: an action
        """
        preview = self.create({"shop_id": shop.id})
        return preview.action_refresh()

    def action_refresh(self):
        """Reckon anew."""
        self.ensure_one()
        self.line_ids.unlink()
        rows = self.env["xb.stock.preview.line"]._reckon(
            self.shop_id, self.product_ids, self.categ_id
        )
        if self.only_changed:
            rows = [row for row in rows if row["is_change"]]
        self.is_cut = len(rows) > LINES_MAX
        self.env["xb.stock.preview.line"].create(
            [{**row, "preview_id": self.id} for row in rows[:LINES_MAX]]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Stock Preview: %(shop)s", shop=self.shop_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }
