from odoo import fields, models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "xb.parcels.mixin"]
    _xb_parcel_field = "order_ids"

    xb_parcel_ids = fields.Many2many(
        "xb.parcel",
        "xb_parcel_sale_order_rel",
        "order_id",
        "parcel_id",
        string="Parcels",
        copy=False,
        readonly=True,
    )

    # === ACTION METHODS === #

    def action_xb_enter_tracking(self):
        """Open the dialog that enters tracking numbers, with a row for each of the orders."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_logistics.xb_tracking_wizard_action"
        )
        return {**action, "context": {"default_order_ids": self.ids}}

    def action_upload_tracking(self):
        """Upload carrier and number of the orders' parcels; see `xb.parcel`."""
        parcels = self.xb_parcel_ids.filtered(lambda p: p.direction == "outbound")
        parcels.check_access("write")
        result = parcels._upload_tracking(insist=True)
        without = self.filtered(lambda order: not order.xb_parcel_ids & parcels)
        return parcels._prepare_upload_notification(result, without)

    # === BUSINESS METHODS === #

    def _xb_get_default_carrier(self):
        """Return the carrier that moves the order's parcels unless somebody names another."""
        self.ensure_one()
        return self.carrier_id.xb_carrier_id

    def _xb_get_parcel_pickings(self):
        """Return the transfers a new parcel of the order leaves with.

        Those to the customer that have no parcel yet; if all have, the parcel is one more box of
        the last one.
        """
        self.ensure_one()
        together = self.picking_ids._prefetch_ids  # those of all orders, which `filtered` forgets
        pickings = (
            self.picking_ids.filtered(
                lambda p: p.picking_type_code == "outgoing" and p.state != "cancel"
            )
            .sorted("id")
            .with_prefetch(together)
        )
        return pickings.filtered(lambda p: not p.xb_parcel_ids) or pickings[-1:]

    def _xb_prepare_parcel_items(self, unpacked):
        """Return the values of the items of one more parcel of the order.

        :param dict unpacked: {line: quantity} as `_xb_get_qty_to_pack` gives it; goods of other
            orders in it do not matter. Without any of this order the content stays unstated: all
            goods lines with quantity 0.
        """
        self.ensure_one()
        lines = self.order_line
        filled = {line: unpacked[line] for line in lines if unpacked.get(line)}
        filled = filled or dict.fromkeys(lines._xb_filter_goods(), 0.0)
        return [{"sale_line_id": line.id, "quantity": qty} for line, qty in filled.items()]
