from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError


class _NotDelivered(Exception):
    """Core asked a question instead of delivering; undo what it did so far."""


class SaleOrder(models.Model):
    """Deliver many orders at once: all of an order or nothing of it, and a reason for the rest."""

    _inherit = "sale.order"

    # === ACTION METHODS === #

    def action_xb_deliver(self):
        """Validate the open deliveries of the orders that are reserved in full.

        An order is delivered as a whole or left as it is. What could not be delivered is listed
        with the reason.

        :return: An action that shows the result per order (`xb.bulk.result`).
        """
        self.check_access("write")
        verdicts, pickings = self._xb_check_deliverable()
        verdicts.update(self._xb_validate_pickings(pickings))
        result = self.env["xb.bulk.result"].create(
            {
                "title": self.env._("Deliver"),
                "line_ids": [
                    (0, 0, {"order_id": order.id, "state": state, "message": message})
                    for order, (state, message) in verdicts.items()
                ],
            }
        )
        return result._get_action()

    # === BUSINESS METHODS === #

    def _xb_check_deliverable(self):
        """Sort the orders into those to deliver and those not, after reserving what can be.

        :return: ({order: (state, message)} of the orders that are not delivered,
            {order: its open deliveries} of those that are)
        """
        open_pickings = {order: order._xb_get_open_deliveries() for order in self}
        waiting = (
            self.env["stock.picking"]
            .union(*open_pickings.values())
            .filtered(lambda p: p.state in ("confirmed", "waiting") or p._xb_get_shortages())
        )
        # Goods may have arrived since the order was confirmed.
        waiting.filtered(lambda p: p.state != "draft").move_ids._action_assign()
        verdicts, deliverable = {}, {}
        for order in open_pickings:
            pickings = order._xb_get_due_deliveries()
            reason = order._xb_get_undeliverable_reason(pickings)
            if reason:
                verdicts[order] = reason
            else:
                deliverable[order] = pickings
        return verdicts, deliverable

    def _xb_get_open_deliveries(self):
        """Return the order's deliveries to the customer that are neither done nor cancelled."""
        return self.picking_ids.filtered(
            lambda p: p.picking_type_code == "outgoing" and p.state not in ("done", "cancel")
        )

    def _xb_get_due_deliveries(self):
        """Hook: those of the open deliveries that leave together."""
        return self._xb_get_open_deliveries()

    def _xb_get_undeliverable_reason(self, pickings):
        """Return (state, message) why the order is not delivered, False when it can be."""
        self.ensure_one()
        if self.state == "cancel":
            return "refused", self.env._("The order is cancelled.")
        if self.state != "sale":
            return "refused", self.env._("The order is still a quotation. Confirm it first.")
        if not pickings:
            if self.picking_ids.filtered(lambda p: p.state == "done"):
                return "unchanged", self.env._("Delivered already.")
            return "unchanged", self.env._("Nothing to deliver: the order has no transfer.")
        for picking in pickings:
            if reason := picking._xb_get_unready_reason():
                return "refused", reason
        return False

    def _xb_validate_pickings(self, pickings):
        """Validate the deliveries of many orders, halving the batch around what refuses.

        Core validates a batch in far fewer queries than one by one. When anything in a batch
        refuses, the whole batch is undone and each half tried again, down to single orders.

        :param dict pickings: {order: its deliveries}
        :return: {order: (state, message)}
        """
        orders = list(pickings)
        if not orders:
            return {}
        batch = self.env["stock.picking"].union(*pickings.values())
        try:
            with self.env.cr.savepoint():
                batch._xb_validate()
        except (UserError, _NotDelivered) as error:
            if len(orders) == 1:
                return {orders[0]: ("refused", self._xb_get_refusal(error))}
            verdicts, middle = {}, len(orders) // 2
            for half in (orders[:middle], orders[middle:]):
                verdicts.update(self._xb_validate_pickings({o: pickings[o] for o in half}))
            return verdicts
        names = defaultdict(list)
        for order, done in pickings.items():
            names[order] = ", ".join(done.mapped("name"))
        return {order: ("done", self.env._("Delivered: %s", names[order])) for order in orders}

    def _xb_get_refusal(self, error):
        if isinstance(error, _NotDelivered):
            return self.env._(
                "The delivery needs an answer from a person (%s). Open it and validate it there.",
                error,
            )
        return str(error)
