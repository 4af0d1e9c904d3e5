from odoo import fields, models


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    xb_parcel_item_ids = fields.One2many("xb.parcel.item", "purchase_line_id", string="In Parcels")

    def _xb_filter_goods(self):
        """Return the lines that are goods: what can be in a parcel."""
        return self.filtered(
            lambda line: (
                not line.display_type
                and line.product_id.type == "consu"
                and line.product_uom_id.compare(line.product_qty, 0) > 0
            )
        )

    def _xb_get_qty_to_pack(self):
        """Return {line: quantity in the line's unit} that is ordered and in no parcel yet."""
        packed = dict(
            self.env["xb.parcel.item"]._read_group(
                [
                    ("purchase_line_id", "in", self.ids),
                    ("parcel_id.active", "=", True),
                    ("parcel_id.status", "!=", "returned"),
                ],
                ["purchase_line_id"],
                ["quantity:sum"],
            )
        )
        return {
            line: max(line.product_uom_id.round(line.product_qty - packed.get(line, 0.0)), 0.0)
            for line in self
        }
