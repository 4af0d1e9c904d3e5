from odoo import api, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Command

# What an order may raise; database errors are none of these and pass through.
BUSINESS_ERRORS = (UserError, RedirectWarning)
# Orders of one call: the desk sends the next ones when these are done, and shows the progress.
ROUND = 50
DONE, UNCHANGED, REFUSED = "done", "unchanged", "refused"


class SaleOrder(models.Model):
    """Bulk actions of the desk: a round of orders at a time, a result per order."""

    _inherit = "sale.order"

    # === ACTION METHODS === #

    def xb_bulk(self, action, values=None):
        """Do something with these orders. Callable over RPC.

        What one order refuses does not stop the others.

        :param str action: a key of :meth:`_xb_get_bulk_actions`.
        :param dict values: what the action needs: ``reason`` (hold), ``carrier_id``
            (delivery.carrier), ``tag_ids`` (crm.tag), ``body`` (text of a note).
        :return: one row per order, in order: ``{"id", "name", "state":
            done|unchanged|refused, "message"}``
        :rtype: list[dict]
        :raise UserError: for an action that does not exist, or too many orders.
        """
        self.check_access("write")
        method = self._xb_get_bulk_actions().get(action)
        if not method:
            raise UserError(self.env._("There is no action “%(name)s”.", name=action))
        if len(self) > ROUND:
            raise UserError(self.env._(
                "At most %(limit)s orders at a time; send the others in the next call.",
                limit=ROUND))
        values = values if isinstance(values, dict) else {}
        found = self._xb_bulk_halving(getattr(self, method), values)
        return [{"id": order.id, "name": order.xb_ref or order.name, "state": found[order.id][0],
                 "message": found[order.id][1] or ""} for order in self]

    def action_xb_print_picking(self):
        """Print the picking operations of the orders' open transfers, in one document."""
        pickings = self.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel"))
        if not pickings:
            raise UserError(self.env._("None of these orders has an open transfer."))
        return self.env.ref("stock.action_report_picking").report_action(pickings)

    def action_xb_sync_all(self):
        """Fetch new orders of all shops whose platform lists them, now."""
        # pylint: disable-next=no-search-all  # shops are few
        shops = self.env["xb.shop"].search([]).filtered("can_list_orders")
        return shops.action_sync_now()

    # === BUSINESS METHODS === #

    @api.model
    def _xb_get_bulk_actions(self):
        """Name -> method; hook. A method takes the values and returns ``{order id: (state,
        message)}``; it may raise a business error for the whole batch, which is then halved."""
        return {
            "confirm": "_xb_bulk_confirm",
            "hold": "_xb_bulk_hold",
            "release": "_xb_bulk_release",
            "carrier": "_xb_bulk_carrier",
            "deliver": "_xb_bulk_deliver",
            "upload": "_xb_bulk_upload",
            "note": "_xb_bulk_note",
            "tag": "_xb_bulk_tag",
            "retry": "_xb_bulk_retry",
        }

    def _xb_bulk_halving(self, method, values):
        """Try all at once; where that is refused try the halves, down to single orders."""
        if not self:
            return {}
        try:
            with self.env.cr.savepoint():
                return getattr(self, method.__name__)(values)
        except BUSINESS_ERRORS as error:
            if len(self) == 1:
                return {self.id: (REFUSED, str(error.args[0]) if error.args else str(error))}
        middle = len(self) // 2
        return {**self[:middle]._xb_bulk_halving(method, values),
                **self[middle:]._xb_bulk_halving(method, values)}

    def _xb_bulk_all(self, todo, done, otherwise):
        """Results: ``done`` for the orders of ``todo``, ``otherwise`` for the rest."""
        return {order.id: (DONE, done) if order in todo else (UNCHANGED, otherwise)
                for order in self}

    def _xb_bulk_confirm(self, values):
        todo = self.filtered(lambda order: order.state in ("draft", "sent"))
        if todo:
            todo.action_confirm()
        return self._xb_bulk_all(todo, self.env._("Confirmed."),
                                 self.env._("Confirmed or cancelled already."))

    def _xb_bulk_hold(self, values):
        todo = self.filtered(lambda order: not order.xb_on_hold)
        todo.action_xb_hold(str(values.get("reason") or "")[:200])
        return self._xb_bulk_all(todo, self.env._("On hold."), self.env._("On hold already."))

    def _xb_bulk_release(self, values):
        todo = self.filtered("xb_on_hold")
        todo.action_xb_release()
        return self._xb_bulk_all(todo, self.env._("Released."), self.env._("Was not on hold."))

    def _xb_bulk_carrier(self, values):
        carrier = self.env["delivery.carrier"].browse(int(values.get("carrier_id") or 0)).exists()
        if not carrier:
            raise UserError(self.env._("Choose a carrier."))
        carrier.check_access("read")
        found = {}
        for order in self:
            if order.state == "cancel" or order.delivery_status == "full":
                found[order.id] = (REFUSED, self.env._("The order has left or is cancelled."))
                continue
            order.carrier_id = carrier
            open_pickings = order._xb_get_open_deliveries()
            open_pickings.carrier_id = carrier
            found[order.id] = (DONE, carrier.name)
        return found

    def _xb_bulk_deliver(self, values):
        verdicts, pickings = self._xb_check_deliverable()
        verdicts.update(self._xb_validate_pickings(pickings))
        return {order.id: verdict for order, verdict in verdicts.items()}

    def _xb_bulk_upload(self, values):
        parcels = self.xb_parcel_ids.filtered(lambda parcel: parcel.direction == "outbound")
        parcels.check_access("write")
        result = parcels._upload_tracking(insist=True)
        found = {}
        for order in self:
            own = order.xb_parcel_ids & parcels
            if own & result["queued"]:
                found[order.id] = (DONE, self.env._("Upload queued."))
            elif own & result["confirmed"]:
                found[order.id] = (UNCHANGED, self.env._("The platform knows it already."))
            elif own & result["no_destination"]:
                found[order.id] = (REFUSED, self.env._("The shop has nowhere to upload to."))
            else:
                found[order.id] = (REFUSED, self.env._("No tracking number yet."))
        return found

    def _xb_bulk_note(self, values):
        body = str(values.get("body") or "").strip()
        if not body:
            raise UserError(self.env._("Write the note first."))
        self._message_log_batch(bodies=dict.fromkeys(self.ids, body))
        return self._xb_bulk_all(self, self.env._("Note added."), "")

    def _xb_bulk_tag(self, values):
        tags = self.env["crm.tag"].browse(
            [int(tag_id) for tag_id in values.get("tag_ids") or []]).exists()
        if not tags:
            raise UserError(self.env._("Choose a tag."))
        todo = self.filtered(lambda order: tags - order.tag_ids)
        todo.write({"tag_ids": [Command.link(tag.id) for tag in tags]})
        return self._xb_bulk_all(todo, ", ".join(tags.mapped("name")),
                                 self.env._("Tagged already."))

    def _xb_bulk_retry(self, values):
        """Look again at what keeps the orders back."""
        problems = self.xb_problem_ids.filtered(lambda problem: problem.state == "open")
        if problems:
            problems._check_may_act()
            problems._retry()
        found = {}
        for order in self:
            left = order.xb_problem_ids.filtered(lambda problem: problem.state == "open")
            if left:
                found[order.id] = (REFUSED, left[0].message)
            else:
                solved = order.xb_problem_ids & problems
                found[order.id] = (DONE, self.env._("Goes on.")) if solved else (
                    UNCHANGED, self.env._("Had no problem."))
        return found
