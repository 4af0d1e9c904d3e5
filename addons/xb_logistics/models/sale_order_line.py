from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    xb_parcel_item_ids = fields.One2many("xb.parcel.item", "sale_line_id", string="In Parcels")

    def _xb_filter_goods(self):
        """Return the lines that are goods: what can be in a parcel."""
        return self.filtered(
            lambda line: (
                not line.display_type
                and not line.is_delivery
                and line.product_id.type == "consu"
                and line.product_uom_qty > 0
            )
        )

    def _xb_get_qty_to_pack(self):
        """Return {line: quantity in the line's unit} of goods that are in no parcel yet.

        Counted is what is ordered while something is still to be delivered, and what was
        delivered once nothing is. What came back in a returned parcel may be packed again.
        """
        lines = self._xb_filter_goods()
        packed = dict(
            self.env["xb.parcel.item"]._read_group(
                [
                    ("sale_line_id", "in", lines.ids),
                    ("parcel_id.active", "=", True),
                    ("parcel_id.direction", "=", "outbound"),
                    ("parcel_id.status", "!=", "returned"),
                ],
                ["sale_line_id"],
                ["quantity:sum"],
            )
        )
        result = {}
        for line in lines:
            closed = line.move_ids and all(m.state in ("done", "cancel") for m in line.move_ids)
            total = line.qty_delivered if closed else line.product_uom_qty
            left = line.product_uom_id.round(total - packed.get(line, 0.0))
            result[line] = max(left, 0.0)
        return result
