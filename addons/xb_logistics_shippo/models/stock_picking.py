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
        return Parcel.create([self._shippo_prepare_parcel_vals(b) for b in self._xb_get_boxes()])

    def _shippo_prepare_parcel_vals(self, box):
        """Return the values of the parcel of one box; see `stock.picking._xb_get_boxes`."""
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "carrier_id": self.carrier_id.xb_carrier_id.id,
            "picking_ids": [fields.Command.set(self.ids)],
            "shipped_at": self.date_done,
            "weight": box["weight"],
            **box["size"],
            "item_ids": [fields.Command.create(item) for item in box["items"]],
        }
