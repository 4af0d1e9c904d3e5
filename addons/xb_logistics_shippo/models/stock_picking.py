from odoo import fields, models

from ..const import VENDOR


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def send_to_shipper(self):
        """Override of `stock_delivery`: a label is ordered here and its number comes later."""
        self.ensure_one()
        if self.carrier_id.delivery_type != VENDOR:
            return super().send_to_shipper()
        [answer] = self.carrier_id.send_shipping(self)
        self.carrier_price = self.carrier_id._apply_margins(answer["exact_price"], self.sale_id)
        self.message_post(
            body=self.env._(
                "Label ordered from %(carrier)s. Number and label come onto the parcel as soon as"
                " it is bought.",
                carrier=self.carrier_id.name,
            )
        )
        self._add_delivery_cost_to_so()

    def _shippo_make_parcels(self):
        """Return a parcel for each package of the transfer, and one for what is not packed."""
        self.ensure_one()
        Parcel = self.env["xb.parcel"].sudo()
        if self.xb_parcel_ids.filtered(lambda p: not p.label_state and not p.number):
            return self.xb_parcel_ids.filtered(lambda p: not p.label_state and not p.number)
        vals_list = []
        lines = self.move_line_ids.filtered("quantity")
        for package in [*lines.result_package_id, lines.result_package_id.browse()]:
            inside = lines.filtered(lambda line, package=package: line.result_package_id == package)
            if inside:
                vals_list.append(self._shippo_prepare_parcel_vals(package, inside))
        return Parcel.create(vals_list)

    def _shippo_prepare_parcel_vals(self, package, lines):
        kind = package.package_type_id
        quantities = {}
        for line in lines:
            key = line.move_id.sale_line_id, line.product_id
            quantities[key] = quantities.get(key, 0.0) + line.quantity
        loose = sum(line.product_id.weight * line.quantity for line in lines)
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "carrier_id": self.carrier_id.xb_carrier_id.id,
            "picking_ids": [fields.Command.set(self.ids)],
            "shipped_at": self.date_done,
            "weight": package.shipping_weight or loose,
            "length": kind.packaging_length,
            "width": kind.width,
            "height": kind.height,
            "item_ids": [
                fields.Command.create(
                    {"sale_line_id": sale_line.id, "product_id": product.id, "quantity": quantity}
                )
                for (sale_line, product), quantity in quantities.items()
            ],
        }
