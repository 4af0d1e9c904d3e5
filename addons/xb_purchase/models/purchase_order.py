from odoo import fields, models
from odoo.exceptions import UserError


class PurchaseOrder(models.Model):
    """Purchases and the parcels they come in."""

    _name = "purchase.order"
    _inherit = ["purchase.order", "xb.parcels.mixin"]
    _xb_parcel_field = "purchase_ids"
    _xb_parcel_action = "xb_purchase.xb_parcel_action_inbound"

    xb_parcel_ids = fields.Many2many(
        "xb.parcel",
        "xb_parcel_purchase_order_rel",
        "purchase_id",
        "parcel_id",
        string="Parcels",
        copy=False,
        readonly=True,
    )

    # === ACTION METHODS === #

    def action_xb_add_parcel(self):
        """Open a new inbound parcel with the goods that are in none yet, to enter its number.

        :raise UserError: The purchase is not confirmed, or has no goods.
        """
        self.ensure_one()
        if self.state != "purchase":
            raise UserError(self.env._("Confirm %(order)s first.", order=self.name))
        lines = self.order_line._xb_filter_goods()
        if not lines:
            raise UserError(
                self.env._("%(order)s has no goods that could be in a parcel.", order=self.name)
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Inbound Parcel"),
            "res_model": "xb.parcel",
            "view_mode": "form",
            "context": {
                f"default_{name}": value
                for name, value in self._xb_prepare_inbound_vals(lines).items()
            },
        }

    # === BUSINESS METHODS === #

    def _xb_prepare_inbound_vals(self, lines):
        """Return the values of one more parcel of the purchase, addressed to our warehouse."""
        self.ensure_one()
        warehouse = self.picking_type_id.warehouse_id
        recipient = warehouse.partner_id or self.company_id.partner_id
        to_pack = lines._xb_get_qty_to_pack()
        # Once all goods are in parcels, of further ones nobody has said what is in them.
        items = {line: qty for line, qty in to_pack.items() if qty} or dict.fromkeys(lines, 0.0)
        receipts = self.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        return {
            "direction": "inbound",
            "company_id": self.company_id.id,
            "partner_id": recipient.id,
            "picking_ids": [fields.Command.set(receipts.ids)],
            "item_ids": [
                fields.Command.create(
                    {
                        "purchase_line_id": line.id,
                        "product_id": line.product_id.id,
                        "uom_id": line.product_uom_id.id,
                        "quantity": quantity,
                    }
                )
                for line, quantity in items.items()
            ],
        }
