from odoo import fields, models

from ..const import LATE_CODES


class XbOrderProblem(models.Model):
    """What *Fix* does: it opens the form in which the cause is repaired, or repairs it."""

    _inherit = "xb.order.problem"

    is_late = fields.Boolean(compute="_compute_choices")
    can_return = fields.Boolean(compute="_compute_choices")
    can_cut = fields.Boolean(compute="_compute_choices")

    # === COMPUTE METHODS === #

    def _compute_choices(self):
        for problem in self:
            # In sudo mode: what can be done is the same for everybody who may see the problem.
            pickings = problem.order_id.sudo().picking_ids
            late = problem.state == "open" and problem.code in LATE_CODES
            problem.is_late = late
            problem.can_return = late and any(
                picking.state == "done" and picking.picking_type_code == "outgoing"
                for picking in pickings)
            problem.can_cut = late and any(
                picking.state not in ("done", "cancel") for picking in pickings)

    # === ACTION METHODS === #

    def action_return(self):
        """Open the return of what has left."""
        self.ensure_one()
        self._check_may_act()
        picking = self.order_id.picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.picking_type_code == "outgoing",
        ).sorted("id")[-1:]
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.act_stock_return_picking")
        return {**action, "context": {
            "active_id": picking.id, "active_ids": picking.ids, "active_model": "stock.picking"}}

    def action_cut(self):
        """Cancel what has not left yet; what has left stays sold."""
        self.ensure_one()
        self._check_may_act()
        # In sudo mode: deciding about a late change is the clerk's work, like importing it.
        order_sudo = self.order_id.sudo()
        order_sudo.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")).action_cancel()
        for line in order_sudo.order_line.filtered("xb_sku"):
            left = max(line.qty_delivered, line.qty_invoiced)
            if line.product_uom_qty > left:
                line.with_context(skip_procurement=True).product_uom_qty = left
        order_sudo._message_log(body=self.env._(
            "%(user)s cancelled what had not left yet.", user=self.env.user.name))
        self._waive(self.env._("What had not left was cancelled"))
        return self.action_open()

    # === BUSINESS METHODS === #

    def _fix_listing(self):
        listing = self.env["xb.listing"].search(
            [("shop_id", "=", self.shop_id.id), ("sku", "=", self.subject)], limit=1)
        values = (self.data or {}).get("values") or {}
        return {
            "type": "ir.actions.act_window", "res_model": "xb.listing", "view_mode": "form",
            "name": self.env._("Map SKU"), "res_id": listing.id, "target": "new",
            "context": {
                "default_shop_id": self.shop_id.id, "default_sku": self.subject,
                "default_title": values.get("title"), "default_ref": values.get("listing"),
            },
        }

    def _fix_address(self):
        """Open the contact the order goes to; the warning goes when the address is right."""
        partner = self.order_id.partner_shipping_id
        return {**partner.get_formview_action(), "target": "new",
                "name": self.env._("Correct Address")}

    def _fix_currency(self):
        currency = self.env["res.currency"].with_context(active_test=False).search(
            [("name", "=", self.subject)], limit=1)
        if not currency:
            return self.action_open()
        if not currency.active:
            # In sudo mode: the import needs the currency; that a clerk may import is checked.
            currency.sudo().active = True
        self._release(self.env["xb.shop"], [self.subject])
        return self._notify(self.env._(
            "%(currency)s is active, the orders go on.", currency=currency.name))

    def _fix_taxes(self):
        return self.env["ir.actions.act_window"]._for_xml_id("account.action_tax_form")

    def _fix_late(self):
        return {
            "type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id,
            "view_mode": "form", "target": "new", "name": self.title,
        }
