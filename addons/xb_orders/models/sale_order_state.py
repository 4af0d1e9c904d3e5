from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import CONFIRM_STATUSES, IMPORT_GROUPS, STATES

# Days after delivery in which buyers usually come back.
CLOSE_AFTER = 30
LEFT_STATUSES = frozenset({"shipped", "delivered"})


class SaleOrder(models.Model):
    """Where an order stands, told from facts: payment, problems, reservation, transfers, parcels,
    refunds. Never from the last event: events come late, twice and in any order."""

    _inherit = "sale.order"

    xb_state = fields.Selection(
        STATES, "Stage", compute="_compute_xb_state", store=True, index=True, copy=False,
        group_expand=True)
    xb_on_hold = fields.Boolean("On Hold", copy=False, readonly=True, tracking=True)
    xb_hold_reason = fields.Char("Held Because", copy=False, readonly=True, tracking=True)
    xb_priority = fields.Selection(
        [("0", "Normal"), ("1", "Urgent")], "Priority", default="0", copy=False)
    xb_closed_at = fields.Datetime("Closed On", copy=False, readonly=True)
    xb_problem_ids = fields.One2many(
        "xb.order.problem", "order_id", "Problems", readonly=True, copy=False)
    xb_problem_count = fields.Integer("Open Problems", compute="_compute_xb_problem")
    xb_problem = fields.Text(
        "Problem", compute="_compute_xb_problem", search="_search_xb_problem")

    _xb_state_idx = models.Index("(xb_state, xb_ship_by) WHERE xb_shop_id IS NOT NULL")

    # === COMPUTE METHODS === #

    @api.depends("xb_problem_ids.state", "xb_problem_ids.data")
    @api.depends_context("lang")
    def _compute_xb_problem(self):
        for order in self:
            rows = order.xb_problem_ids.filtered(lambda problem: problem.state == "open")
            order.xb_problem_count = len(rows)
            order.xb_problem = "\n".join(rows.mapped("message")) or False

    def _search_xb_problem(self, operator, value):
        if operator == "!=" and not value:
            return [("xb_problem_ids.state", "=", "open")]
        if operator == "=" and not value:
            return [("xb_problem_ids", "not any", [("state", "=", "open")])]
        return NotImplemented

    @api.depends(
        "state", "amount_total", "xb_status", "xb_paid_at", "xb_paid_amount", "xb_on_hold",
        "xb_closed_at", "xb_refunded_amount", "xb_shop_id",
        "xb_problem_ids.state", "xb_problem_ids.severity",
        "picking_ids.state", "picking_ids.move_ids.picked",
        "xb_parcel_ids.status", "xb_parcel_ids.number", "xb_parcel_ids.direction",
    )
    def _compute_xb_state(self):
        for order in self:
            # In sudo mode: the stage does not depend on who looks.
            order.xb_state = order.sudo()._xb_get_state()

    def _xb_get_state(self):
        """Return the stage of one order; see ``docs/orders.md`` for what decides.

        :rtype: str
        """
        self.ensure_one()
        pickings = self.picking_ids.filtered(lambda picking: picking.state != "cancel")
        outgoing = pickings.filtered(lambda picking: picking.picking_type_code == "outgoing")
        has_left = any(picking.state == "done" for picking in outgoing)
        if self.state == "cancel" and not has_left:
            return "cancelled"
        if self.xb_closed_at:
            return "closed"
        if self._xb_is_after_sale(pickings, has_left):
            return "after_sale"
        if self.state in ("draft", "sent", "cancel"):
            return "to_review" if self._xb_is_paid() or self._xb_needs_review() else "to_pay"
        if has_left and all(picking.state == "done" for picking in outgoing):
            return self._xb_get_parcel_state()
        if self._xb_needs_review():
            return "to_review"
        if self.xb_shop_id and not self._xb_is_paid():
            return "to_pay"
        return self._xb_get_delivery_state(pickings)

    def _xb_is_paid(self):
        """Whether the buyer has paid: the platform says so, or the money is there."""
        return bool(
            self.xb_paid_at or self.xb_status in CONFIRM_STATUSES
            or (self.xb_paid_amount
            and self.currency_id.compare_amounts(self.xb_paid_amount, self.amount_total) >= 0))

    def _xb_needs_review(self):
        return self.xb_on_hold or any(
            problem.state == "open" and problem.severity == "blocking"
            for problem in self.xb_problem_ids)

    def _xb_is_after_sale(self, pickings, has_left):
        """Whether something came back, or money did, after goods had left."""
        if not has_left and self.xb_status not in LEFT_STATUSES:
            return False
        return (
            self.state == "cancel" or self.xb_status == "refunded" or self.xb_refunded_amount > 0
            or any(picking.picking_type_code == "incoming" for picking in pickings)
            or any(parcel.status == "returned" or parcel.direction == "return"
                   for parcel in self.xb_parcel_ids))

    def _xb_get_delivery_state(self, pickings):
        """Stage of a confirmed order of which goods are still here."""
        # `filtered` forgets the other orders' transfers, and each would be read by itself.
        together = self.picking_ids._prefetch_ids
        waiting = pickings.filtered(
            lambda picking: picking.state != "done").with_prefetch(together)
        if not waiting:
            # Nothing of ours to send: the platform, or nobody, delivers it.
            if self.xb_status in LEFT_STATUSES:
                return self.xb_status
            return "to_ship" if any(
                line.product_id.type == "consu" for line in self.order_line) else "delivered"
        ready = waiting.filtered(
            lambda picking: picking.state == "assigned").with_prefetch(together)
        if self.xb_is_split:
            waiting = self._xb_leave_later_out(waiting)
        if ready != waiting.filtered(lambda picking: not picking.move_ids.move_orig_ids):
            later = waiting - ready
            if any(picking.state in ("confirmed", "draft") or not any(
                    origin.state not in ("done", "cancel")
                    for origin in picking.move_ids.move_orig_ids) for picking in later):
                return "to_allocate"
        last = ready.filtered(
            lambda picking: picking.picking_type_code == "outgoing").with_prefetch(together)
        picked = last and all(move.picked for move in last.move_ids)
        labelled = any(parcel.number and parcel.direction == "outbound"
                       for parcel in self.xb_parcel_ids)
        first_steps_done = len(last) == len(waiting) and any(
            picking.picking_type_code != "outgoing" for picking in pickings)
        return "to_ship" if picked or labelled or first_steps_done else "to_pick"

    def _xb_get_parcel_state(self):
        """Stage of an order of which everything has left."""
        parcels = self.xb_parcel_ids.filtered(lambda parcel: parcel.direction == "outbound")
        if self.xb_status == "delivered" or (parcels and all(
                parcel.status == "delivered" for parcel in parcels)):
            return "delivered"
        return "shipped"

    # === ACTION METHODS === #

    def action_xb_hold(self, reason=False):
        """Put the orders on hold: they stay where they are until somebody releases them.

        :param str reason: shown with the order.
        """
        self._xb_check_clerk()
        # In sudo mode: holding is the clerk's right, whoever's order it is.
        self.sudo().write({
            "xb_on_hold": True,
            "xb_hold_reason": reason if isinstance(reason, str) and reason else False})
        return True

    def action_xb_release(self):
        """Take the orders off hold; what is ready goes on."""
        self._xb_check_clerk()
        orders_sudo = self.sudo().filtered("xb_on_hold")
        orders_sudo.write({"xb_on_hold": False, "xb_hold_reason": False})
        orders_sudo._xb_go_on()
        return True

    def action_xb_close(self):
        """Close delivered orders for good: nothing more is expected of them."""
        self._xb_check_clerk()
        self.sudo().filtered(lambda order: not order.xb_closed_at and order.xb_state in (
            "delivered", "after_sale")).xb_closed_at = fields.Datetime.now()
        return True

    # === BUSINESS METHODS === #

    def _xb_check_clerk(self):
        self.check_access("read")
        if not self.env.su and not any(self.env.user.has_group(name) for name in IMPORT_GROUPS):
            raise AccessError(self.env._("Only clerks work on the orders of shops."))

    def _xb_go_on(self, short=None):
        """Confirm the orders that are paid, free of problems and wait for nobody. They pass the
        gate; what is short is held.

        :param sale.order short: orders of which a person has said that they go on all the same.
        """
        ready = self.filtered(
            lambda order: order.state in ("draft", "sent") and order.xb_shop_id.auto_confirm
            and order._xb_is_paid() and not order._xb_needs_review())
        for shop, orders in ready.grouped("xb_shop_id").items():
            importer, shop_sudo = self.env["xb.order.importer"]._with_import_env(shop)
            orders = orders.with_env(importer.env)
            gated = orders - (short or self.browse())
            passed = importer.env["xb.order.gate"]._claim_released(shop_sudo, gated)
            importer._confirm((orders - gated) | passed)

    def _xb_recheck_problems(self):
        """Close the problems of these orders that are no more; hook for those that find them."""
        self.env["xb.order.address"]._check_orders(self)

    @api.model
    def _cron_xb_close(self):
        """Close what was delivered long ago and has no open problem."""
        before = fields.Datetime.now() - timedelta(days=CLOSE_AFTER)
        orders = self.search([
            ("xb_state", "=", "delivered"), ("xb_shop_id", "!=", False),
            ("write_date", "<", before),
            ("xb_problem_ids", "not any", [("state", "=", "open")]),
        ], limit=5000)
        orders.xb_closed_at = fields.Datetime.now()
