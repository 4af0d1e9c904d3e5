from odoo import models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _xb_prepare_parcel_items(self):
        """Return the values of the items of a parcel that these lines are packed in.

        Of a kit whose components are spread over packages nobody can say how much of it is in
        which: its quantity stays unstated.
        """
        by_line, loose = {}, {}
        for line in self:
            move, sale_line = line.move_id, line.move_id.sale_line_id
            if not sale_line:
                key = (line.product_id, line.product_uom_id)
                loose[key] = loose.get(key, 0.0) + line.quantity
                continue
            quantity = 0.0
            if move.product_id == sale_line.product_id:
                unit = sale_line.product_uom_id
                quantity = line.product_uom_id._compute_quantity(line.quantity, unit)
            by_line[sale_line] = by_line.get(sale_line, 0.0) + quantity
        return [
            {"sale_line_id": sale_line.id, "quantity": quantity}
            for sale_line, quantity in by_line.items()
        ] + [
            {"product_id": product.id, "uom_id": unit.id, "quantity": quantity}
            for (product, unit), quantity in loose.items()
        ]
