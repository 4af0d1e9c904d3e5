from odoo import api, fields, models

DONE, CURRENT, TODO, TROUBLE = "done", "current", "todo", "trouble"


class SaleOrder(models.Model):
    """One horizontal line from placed to settled: what happened when, who did it, what is next."""

    _inherit = "sale.order"

    xb_timeline = fields.Json("Timeline", compute="_compute_xb_timeline")

    # === COMPUTE METHODS === #

    @api.depends(
        "xb_state", "xb_placed_at", "xb_paid_at", "xb_status", "picking_ids.state",
        "xb_parcel_ids.status", "xb_parcel_ids.number", "xb_parcel_ids.upload_state",
        "xb_problem_ids.state", "xb_closed_at")
    @api.depends_context("lang", "uid")
    def _compute_xb_timeline(self):
        for order in self:
            order.xb_timeline = order.xb_shop_id and {"stops": order._xb_get_timeline()}

    def _xb_get_timeline(self):
        """The stops of an order, in their order; hook for addons that know more of it.

        :return: dicts ``{"key", "label", "icon", "state": done|current|todo|trouble, "at": UTC or
            False, "who", "what", "action": {"name", "label"} or False}``. Exactly the first stop
            that is not done may be current.
        :rtype: list[dict]
        """
        self.ensure_one()
        # In sudo mode: who may read the order may know how far it is.
        order = self.sudo()
        stops = [
            order._xb_stop_placed(), order._xb_stop_paid(), order._xb_stop_allocated(),
            order._xb_stop_picked(), *order._xb_stops_parcels(), order._xb_stop_delivered(),
            order._xb_stop_settled(),
        ]
        stops = [stop for stop in stops if stop]
        if self.xb_state in ("cancelled", "closed"):
            for stop in stops:
                stop["action"] = False
            return stops
        first = next((stop for stop in stops if stop["state"] in (TODO, TROUBLE)), None)
        for stop in stops:
            if stop is first and stop["state"] == TODO:
                stop["state"] = CURRENT
            elif stop["state"] == TODO or (
                    stop["state"] == DONE and not stop["key"].startswith("parcel")):
                stop["action"] = False  # one next action, the one that can be done now
        return stops

    def _xb_stop(self, key, label, icon, state, at=False, who="", what="", action=False):
        return {
            "key": key, "label": label, "icon": icon, "state": state, "who": who or "",
            "at": fields.Datetime.to_string(at) if at else False, "what": what or "",
            "action": action and {"name": action[0], "label": action[1]},
        }

    # === BUSINESS METHODS - STOPS === #

    def _xb_stop_placed(self):
        return self._xb_stop(
            "placed", self.env._("Placed"), "fa-shopping-cart", DONE,
            self.xb_placed_at or self.date_order, self.xb_shop_id.name, self.partner_id.name)

    def _xb_stop_paid(self):
        paid = self._xb_is_paid()
        methods = ", ".join(dict.fromkeys(
            payment["method"] for payment in self.xb_payments or [] if payment.get("method")))
        return self._xb_stop(
            "paid", self.env._("Paid"), "fa-credit-card", DONE if paid else TODO,
            self.xb_paid_at, methods, "" if paid else self.env._("waits for the buyer"))

    def _xb_stop_allocated(self):
        if self.state == "cancel":
            return self._xb_stop("cancelled", self.env._("Cancelled"), "fa-ban", TROUBLE)
        label, icon = self.env._("Allocated"), "fa-cubes"
        if self._xb_needs_review():
            problem = self.xb_problem_ids.filtered(lambda row: row.state == "open")[:1]
            return self._xb_stop(
                "allocated", label, icon, TROUBLE, what=self.xb_hold_reason or problem.title
                or self.env._("on hold"),
                action=("action_xb_fix", problem.fix_label or self.env._("Open Problem"))
                if problem else ("action_xb_release", self.env._("Release")))
        pickings = self._xb_timeline_pickings()
        if not pickings:
            return self._xb_stop(
                "allocated", label, icon, TODO if self.state != "sale" else DONE,
                action=("action_confirm", self.env._("Confirm"))
                if self.state in ("draft", "sent") else False)
        reserved = all(picking.state in ("assigned", "done") for picking in pickings)
        return self._xb_stop(
            "allocated", label, icon, DONE if reserved else TODO,
            min(pickings.mapped("create_date")) if reserved else False,
            ", ".join(pickings.picking_type_id.warehouse_id.mapped("name")),
            ", ".join(pickings.mapped("name")),
            ("action_xb_allocate", self.env._("Check Stock")))

    def _xb_timeline_pickings(self):
        pickings = self.picking_ids.filtered(
            lambda picking: picking.state != "cancel" and picking.picking_type_code == "outgoing")
        return self._xb_leave_later_out(pickings) if self.xb_is_split else pickings

    def _xb_stop_picked(self):
        pickings = self._xb_timeline_pickings()
        if self.state == "cancel" or not pickings:
            return False
        picked = all(
            picking.state == "done" or all(move.picked for move in picking.move_ids)
            for picking in pickings)
        done = pickings.filtered("date_done")
        return self._xb_stop(
            "picked", self.env._("Picked"), "fa-hand-paper-o", DONE if picked else TODO,
            max(done.mapped("date_done")) if picked and done else False,
            ", ".join(pickings.user_id.mapped("name")), "",
            ("action_xb_deliver", self.env._("Deliver")))

    def _xb_stops_parcels(self):
        parcels = self.xb_parcel_ids.filtered(lambda parcel: parcel.direction == "outbound")
        if self.state == "cancel" or (not parcels and not self._xb_timeline_pickings()):
            return []
        if not parcels:
            return [self._xb_stop(
                "parcel", self.env._("Parcel"), "fa-cube", TODO,
                action=("action_xb_enter_tracking", self.env._("Enter Tracking")))]
        return [self._xb_stop_parcel(parcel) for parcel in parcels]

    def _xb_stop_parcel(self, parcel):
        """One parcel with its last event."""
        labels = dict(parcel._fields["status"]._description_selection(self.env))
        news = parcel.last_event_text or ""
        state, action = DONE, False
        if not parcel.number:
            state, action = TODO, ("action_xb_enter_tracking", self.env._("Enter Tracking"))
        elif parcel.upload_state == "refused":
            state, news = TROUBLE, parcel.upload_reason or self.env._("upload refused")
            action = ("action_upload_tracking", self.env._("Upload Again"))
        elif parcel.status in ("exception", "delivery_failed", "returned", "expired"):
            state, action = TROUBLE, ("action_view_xb_parcels", self.env._("Open Parcel"))
        elif parcel.upload_state == "none":
            action = ("action_upload_tracking", self.env._("Upload"))
        return self._xb_stop(
            f"parcel_{parcel.id}",
            " ".join(filter(None, (parcel.carrier_id.name, parcel.number)))
            or self.env._("Parcel"), "fa-cube", state,
            parcel.last_event_at or parcel.status_at or parcel.shipped_at,
            labels[parcel.status], news, action)

    def _xb_stop_delivered(self):
        if self.state == "cancel":
            return False
        parcels = self.xb_parcel_ids.filtered(lambda parcel: parcel.direction == "outbound")
        delivered = self.xb_state in ("delivered", "closed") or (
            bool(parcels) and all(parcel.status == "delivered" for parcel in parcels))
        times = [parcel.delivered_at for parcel in parcels if parcel.delivered_at]
        return self._xb_stop(
            "delivered", self.env._("Delivered"), "fa-home", DONE if delivered else TODO,
            max(times) if delivered and times else False)

    def _xb_stop_settled(self):
        """Whether the platform has paid out; finance, where it is installed, knows better."""
        if self.state == "cancel":
            return False
        closed = self.xb_state == "closed"
        return self._xb_stop(
            "settled", self.env._("Settled"), "fa-bank", DONE if closed else TODO,
            self.xb_closed_at, action=("action_xb_close", self.env._("Close"))
            if self.xb_state == "delivered" else False)

    # === ACTION METHODS === #

    def action_xb_fix(self):
        """Do what repairs the order's most urgent open problem, or open where a person does.

        :return: an action
        """
        self.ensure_one()
        problem = self.xb_problem_ids.filtered(lambda row: row.state == "open").sorted(
            lambda row: (row.severity != "blocking", row.id))[:1]
        return problem.action_fix() if problem else False

    def action_xb_allocate(self):
        """Reserve what can be reserved for the orders' open deliveries."""
        self.check_access("write")
        pickings = self.picking_ids.filtered(
            lambda picking: picking.state in ("confirmed", "waiting", "assigned"))
        if pickings:
            pickings.action_assign()
        return True
