from odoo import api, fields, models


class XbParcel(models.Model):
    """Parcels from suppliers; tracked by the same services and in the same way as all others."""

    _inherit = "xb.parcel"

    purchase_ids = fields.Many2many(
        "purchase.order",
        "xb_parcel_purchase_order_rel",
        "parcel_id",
        "purchase_id",
        string="Purchases",
        compute="_compute_purchase_ids",
        store=True,
    )

    # === COMPUTE METHODS === #

    @api.depends("item_ids.purchase_id")
    def _compute_purchase_ids(self):
        for parcel in self:
            parcel.purchase_ids = parcel.item_ids.purchase_id

    @api.depends("purchase_ids")
    def _compute_partner_id(self):
        """Override of `xb_logistics`: the supplier of a receipt does not receive the parcel."""
        bought = self.filtered(lambda p: p.direction == "inbound" and p.purchase_ids)
        for parcel in bought:
            warehouse = parcel.purchase_ids[:1].picking_type_id.warehouse_id
            parcel.partner_id = (
                parcel.partner_id or warehouse.partner_id or parcel.company_id.partner_id
            )
        return super(XbParcel, self - bought)._compute_partner_id()

    # === ACTION METHODS === #

    def action_view_purchases(self):
        """Open the purchases that the parcels bring."""
        action = self.env["ir.actions.act_window"]._for_xml_id("purchase.purchase_form_action")
        return self._prepare_neighbour_action(action, self.purchase_ids)

    # === BUSINESS METHODS === #

    def _on_status_changed(self, previous):
        """Override of `xb_logistics`: who has bought it is told that it is here."""
        result = super()._on_status_changed(previous)
        arrived = self.filtered(lambda p: p.status == "delivered" and p.purchase_ids)
        for parcel in arrived:
            for order in parcel.purchase_ids:
                order.message_post(
                    body=self.env._(
                        "Parcel %(parcel)s has arrived. Receive it.", parcel=parcel.display_name
                    )
                )
        return result
