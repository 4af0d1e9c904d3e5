from odoo import api, models


class XbParcelItem(models.Model):
    """Goods that join or leave a parcel share what it costs."""

    _inherit = "xb.parcel.item"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: the parcel's cost is split anew."""
        items = super().create(vals_list)
        self.env["xb.order.profit"]._schedule(items._get_priced_parcels())
        return items

    def write(self, vals):
        """Override: likewise."""
        before = self._get_priced_parcels()
        result = super().write(vals)
        self.env["xb.order.profit"]._schedule(before | self._get_priced_parcels())
        return result

    def unlink(self):
        """Override: the orders that are left share the cost; the one that left has none."""
        parcels = self._get_priced_parcels()
        orders = parcels.order_ids.filtered("xb_shop_id")
        result = super().unlink()
        if orders:
            # In sudo mode: whoever packs need not see what the order earns.
            Profit = self.env["xb.order.profit"].sudo()
            Profit._rebuild(orders)
            Profit._schedule(parcels)
        return result

    def _get_priced_parcels(self):
        """Return the parcels whose cost is known or billed."""
        parcels = self.parcel_id.filtered(lambda p: p.direction != "inbound")
        # In sudo mode: a look at whether there is a bill, by whoever packs.
        billed = self.env["xb.carrier.charge"].sudo().search(
            [("parcel_id", "in", parcels.ids)]).parcel_id if parcels else parcels
        return parcels.filtered(lambda p: p.cost or p.id in billed.ids)
