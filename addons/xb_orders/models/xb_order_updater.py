from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_compare

from odoo.addons.xb_inventory.exceptions import NotEnoughStock

from ..const import CANCEL_STATUSES
from ..core.problem import _lt
from .xb_order_importer import BUSINESS_ERRORS


class XbOrderUpdater(models.AbstractModel):
    """Brings a known order to what the platform now says, as long as that is possible."""

    _name = "xb.order.updater"
    _description = "Order Import: Updates"

    # === BUSINESS METHODS === #

    @api.model
    def _update(self, shop, draft):
        """Apply a changed order value: entirely, or not at all and the order is held.

        :param xb.shop shop: the shop.
        :param Draft draft: a resolved draft with its order.
        """
        if draft.problems:
            draft.state = "held"
            return
        try:
            with self.env.cr.savepoint():
                self._apply(shop, draft)
                if draft.problems:
                    raise UserError(draft.problems[0]["code"])
        except BUSINESS_ERRORS as error:
            draft.state = "held"
            draft.changes = []
            if isinstance(error, NotEnoughStock):
                self.env["xb.order.gate"]._on_short(draft, error.shortages[draft.order.id])
            elif not draft.problems:
                draft.problem("too_late", _lt("Odoo refused the change: %(reason)s"),
                              reason=self.env["xb.order.importer"]._describe(error))
            return
        before = draft.order.state
        self.env["xb.order.importer"]._advance(shop, [draft])
        if draft.order.state != before:
            draft.changes.append(self._describe_change(
                draft.order, "state", before, draft.order.state))
        if draft.problems:
            draft.state = "held"
        else:
            draft.state = "updated" if draft.changes else "unchanged"

    @api.model
    def _apply(self, shop, draft):
        order = draft.order
        facts = self.env["xb.order.builder"]._collect_facts(shop, [draft])
        if draft.value["status"] in CANCEL_STATUSES:
            self._apply_header(draft, facts)
            if not order._xb_is_on_its_way():
                # a cancelled order, too, is what the platform last said of it
                self._apply_contacts(shop, draft)
                self._apply_any_lines(shop, draft, facts)
            if not draft.problems:
                self._apply_cancellation(draft)
            return
        if order.state == "cancel" and not self._reopen(draft):
            return
        self._apply_header(draft, facts)
        self._apply_contacts(shop, draft)
        self._apply_any_lines(shop, draft, facts)
        if not draft.problems:
            self.env["xb.order.builder"]._check_total(draft)

    @api.model
    def _reopen(self, draft):
        """A cancelled order goes on only if it was the platform that had cancelled it."""
        if draft.order.xb_status in CANCEL_STATUSES:
            draft.order.action_draft()
            draft.changes.append(self.env._("set to quotation again"))
            return True
        draft.problem("cancelled_here", _lt(
            "Order %(order)s was cancelled here, the platform goes on with it."
        ), order=draft.order.name)
        return False

    @api.model
    def _apply_cancellation(self, draft):
        order = draft.order
        if order.state == "cancel":
            return
        if order._xb_is_on_its_way():
            draft.problem("too_late", _lt(
                "The platform cancelled order %(order)s after goods were delivered or billed."
                " Leave it as it is (Dismiss) or make a return and a credit note."
            ), order=order.name)
            return
        order.action_cancel()
        draft.changes.append(self.env._("cancelled"))

    # === BUSINESS METHODS - HEADER === #

    @api.model
    def _apply_header(self, draft, facts):
        order = draft.order
        vals = self.env["xb.order.builder"]._prepare_mutable_vals(draft, facts)
        changed = {}
        for name, value in vals.items():
            field = order._fields[name]
            old = order[name].ids if field.type == "many2many" else order[name]
            new = value[0][2] if field.type == "many2many" else value
            if (sorted(old) != sorted(new)) if field.type == "many2many" else old != new:
                changed[name] = value
                draft.changes.append(self._describe_change(order, name, old, new))
        if changed:
            order.write(changed)

    @api.model
    def _describe_change(self, order, name, old, new):
        label = order._fields[name]._description_string(self.env)
        if order._fields[name].type == "many2many":
            return label
        return f"{label}: {old or '–'} → {new or '–'}"

    @api.model
    def _apply_contacts(self, shop, draft):
        order = draft.order
        _buyer, invoice, delivery = self.env["xb.order.contacts"]._ensure(shop, [draft])[
            draft.index]
        if invoice != order.partner_invoice_id:
            order.partner_invoice_id = invoice
            draft.changes.append(self.env._("invoice address"))
        if delivery == order.partner_shipping_id:
            return
        if any(picking.state == "done" for picking in order.picking_ids):
            draft.problem("too_late", _lt(
                "The buyer changed the address of order %(order)s after goods were delivered."
            ), order=order.name)
            return
        order.with_context(update_delivery_shipping_partner=True).write(
            {"partner_shipping_id": delivery.id})
        draft.changes.append(self.env._("delivery address"))

    # === BUSINESS METHODS - LINES === #

    @api.model
    def _apply_any_lines(self, shop, draft, facts):
        """Bring the order's lines to what was sold, in whatever state it is."""
        if draft.order.state == "sale":
            self._apply_lines(draft, facts)
        else:
            self._rebuild_lines(shop, draft, facts)

    @api.model
    def _rebuild_lines(self, shop, draft, facts):
        """A quotation's lines are simply made again, if they differ."""
        order = draft.order
        if order.currency_id != draft.currency:
            order.pricelist_id = shop._get_pricelist(draft.currency)
        if not self._line_commands(draft, facts):
            return
        builder = self.env["xb.order.builder"]
        order.write({"order_line": [Command.clear()] + [
            Command.create(builder._prepare_line_vals(draft, facts, line, sequence))
            for sequence, line in enumerate(draft.lines, start=10)
        ]})

    @api.model
    def _apply_lines(self, draft, facts):
        """Change a confirmed order line by line; core moves the transfers along."""
        order = draft.order
        if order.currency_id != draft.currency:
            draft.problem("too_late", _lt(
                "Order %(order)s is confirmed in %(currency)s."
            ), order=order.name, currency=order.currency_id.name)
            return
        commands = self._line_commands(draft, facts)
        if commands and not draft.problems:
            order.write({"order_line": commands})

    @api.model
    def _line_commands(self, draft, facts):
        """Commands that turn the order's lines into the planned ones; adds problems for what
        can no longer be done."""
        builder = self.env["xb.order.builder"]
        existing = {line.xb_line_ref: line for line in draft.order.order_line if line.xb_line_ref}
        commands = []
        for sequence, planned in enumerate(draft.lines, start=10):
            line = existing.pop(planned.ref, None)
            vals = builder._prepare_line_vals(draft, facts, planned, sequence)
            if line is None:
                commands.append(Command.create(vals))
                draft.changes.append(self.env._("new line %(name)s", name=planned.title
                                                or planned.sku or planned.ref))
                continue
            changed = self._changed_line_vals(line, vals)
            if changed:
                self._check_line_change(draft, line, changed)
                draft.changes.append(self._describe_line_change(line, changed))
                commands.append(Command.update(line.id, changed))
        for line in existing.values():
            if line.product_uom_qty:
                self._check_line_change(draft, line, {"product_uom_qty": 0.0})
                draft.changes.append(self.env._("line %(name)s removed", name=line.name))
                commands.append(Command.update(line.id, {"product_uom_qty": 0.0}))
        return commands

    @api.model
    def _changed_line_vals(self, line, vals):
        changed = {}
        for name in ("product_uom_qty", "price_unit", "discount"):
            if float_compare(line[name], vals[name], precision_digits=8):
                changed[name] = vals[name]
        if line.product_id.id != vals["product_id"]:
            changed["product_id"] = vals["product_id"]
        if line.tax_ids.ids != vals["tax_ids"][0][2]:
            changed["tax_ids"] = vals["tax_ids"]
        if "xb_gift_message" in vals and line.xb_gift_message != vals["xb_gift_message"]:
            changed["xb_gift_message"] = vals["xb_gift_message"]
        return changed

    @api.model
    def _check_line_change(self, draft, line, changed):
        """Add a problem where goods have left or were billed before the change came."""
        quantity = changed.get("product_uom_qty")
        price = {"price_unit", "discount", "tax_ids", "product_id"} & set(changed)
        if quantity is not None and quantity < max(line.qty_delivered, line.qty_invoiced):
            draft.problem("too_late", _lt(
                "Line %(name)s: %(done)s of it are delivered or billed, the platform now says"
                " %(quantity)s."
            ), line.xb_line_ref,
                name=line.name,
                quantity=quantity,
                done=max(line.qty_delivered, line.qty_invoiced),
            )
        elif price and line.qty_invoiced:
            draft.problem("too_late", _lt(
                "Line %(name)s is billed; its price can no longer change."
            ), line.xb_line_ref, name=line.name)

    @api.model
    def _describe_line_change(self, line, changed):
        parts = [
            f"{line._fields[name]._description_string(self.env)}: {line[name]:g} → {new:g}"
            for name, new in changed.items() if isinstance(new, float)
        ]
        return f"{line.product_id.display_name}: {', '.join(parts) or ', '.join(changed)}"
