from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Command

from ..batch import default_get, unchecked

STATUSES = [
    ("pending", "Awaiting Payment"),
    ("paid", "Paid"),
    ("partially_shipped", "Partially Shipped"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
    ("cancelled", "Cancelled"),
    ("refunded", "Refunded"),
    ("on_hold", "On Hold"),
]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    xb_shop_id = fields.Many2one(
        "xb.shop", "Shop", copy=False, index="btree_not_null", ondelete="restrict",
        check_company=True,
    )
    xb_ref = fields.Char("Platform Reference", copy=False, readonly=True, index="trigram")
    xb_intake_id = fields.Many2one(
        "xb.order.intake", "Incoming Order", copy=False, readonly=True, ondelete="set null",
        index="btree_not_null",
    )
    xb_intake_state = fields.Selection(related="xb_intake_id.state", string="Import State")
    xb_status = fields.Selection(
        STATUSES, "Platform Status", copy=False, readonly=True, tracking=True,
        help="The platform's state of the order in the words all platforms share.",
    )
    xb_platform_status = fields.Char(
        "Status in the Platform's Words", copy=False, readonly=True)
    xb_placed_at = fields.Datetime("Placed On", copy=False, readonly=True)
    xb_paid_at = fields.Datetime("Paid On", copy=False, readonly=True)
    xb_ship_by = fields.Datetime("Ship By", copy=False, readonly=True, tracking=True)
    xb_risk = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")], "Fraud Risk",
        copy=False, readonly=True, help="As the platform judges it.",
    )
    xb_ioss = fields.Char(
        "IOSS / VOEC Number", copy=False,
        help="The platform's number for customs, where it has collected the import tax.",
    )
    xb_note = fields.Text("Buyer's Note", copy=False, tracking=True)
    xb_buyer_key = fields.Char(copy=False, readonly=True, index="btree_not_null")
    xb_country_id = fields.Many2one(
        related="partner_shipping_id.country_id", string="Ships To", store=True,
    )

    xb_tracking = fields.Char("Tracking", compute="_compute_xb_tracking")

    _xb_ref_uniq = models.UniqueIndex(
        "(xb_shop_id, xb_ref) WHERE xb_ref IS NOT NULL",
        "The shop has an order with this reference already.",
    )
    _xb_ship_by_idx = models.Index("(xb_shop_id, xb_ship_by) WHERE xb_shop_id IS NOT NULL")

    # === COMPUTE METHODS === #

    @api.depends("xb_parcel_ids.number", "xb_parcel_ids.carrier_id")
    def _compute_xb_tracking(self):
        for order in self:
            # In sudo mode: who may read the order may know where it is.
            parcels = order.sudo().xb_parcel_ids.filtered(lambda p: p.direction == "outbound")
            order.xb_tracking = ", ".join(
                " ".join(filter(None, (parcel.carrier_id.name, parcel.number)))
                for parcel in parcels if parcel.number
            ) or False

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `sale`: another delivery address is checked as the first one was."""
        result = super().write(vals)
        if "partner_shipping_id" in vals:
            self.env["xb.order.address"]._check_orders(self)
        return result

    # === ACTION METHODS === #

    def action_view_intake(self):
        """Open what the platform sent for this order."""
        self.ensure_one()
        return self.xb_intake_id.get_formview_action()

    # === BUSINESS METHODS === #

    def _xb_get_stock_shop(self):
        """Override of `xb_inventory`: what is allocated to other shops is not for this order."""
        return self.xb_shop_id or super()._xb_get_stock_shop()

    def _prepare_confirmation_values(self):
        """Override of `sale` to keep the time at which the buyer placed the order."""
        values = super()._prepare_confirmation_values()
        if self and all(order.xb_placed_at for order in self):
            values.pop("date_order", None)
        return values

    def _action_confirm(self):
        """Override of `sale`: a held quotation that a person confirms is held no more."""
        result = super()._action_confirm()
        if not self.env.context.get("xb_importing"):
            # In sudo mode: whoever may confirm the order settles its problem by that.
            held = self.sudo().xb_intake_id.filtered(
                lambda intake: intake.state == "held" and intake.kind == "order")
            held.write({"state": "imported", **held._prepare_problem_vals([])})
            held._message_log_batch(bodies={
                intake.id: self.env._("Order confirmed by hand.") for intake in held
            })
        return result

    def _xb_is_on_its_way(self):
        """Whether goods of the order were delivered or billed: too late to cancel it.

        :rtype: bool
        """
        self.ensure_one()
        return any(line.qty_delivered > 0 or line.qty_invoiced > 0 for line in self.order_line)

    @api.model
    def _xb_record_shipments(self, shipments):
        """Make the parcels of which the platform told us.

        :param dict shipments: ``{sale.order: [{"ref", "carrier", "tracking", ...}]}``; all
            shipments of an order at once, lest the second counts as a correction of the first.
        """
        rows = [
            {"order": order.name, "number": shipment["tracking"],
             "carrier": shipment.get("carrier") or False}
            for order, parts in shipments.items() for shipment in parts
            if shipment.get("tracking")
        ]
        verdicts = self.env["xb.parcel"].set_tracking(rows)
        orders = {order.name: order for order in shipments}
        unknown = defaultdict(self.browse)
        names = {}
        for row, verdict in zip(rows, verdicts, strict=True):
            # The number counts, even under a carrier's name that nobody here knows yet.
            if verdict["state"] == "refused" and any(
                    problem["field"] == "carrier" for problem in verdict["problems"]):
                unknown[row["number"]] |= orders[row["order"]]
                names[row["number"]] = row["carrier"]
        self._xb_record_unknown_carriers(unknown, names)

    @api.model
    def _xb_record_unknown_carriers(self, orders_by_number, names):
        """Make parcels without a carrier; orders that name the same number share one parcel.

        :param dict orders_by_number: number -> sale.order
        :param dict names: number -> the carrier as the platform names it
        """
        parcels = self.env["xb.parcel"].search([
            ("number", "in", list(orders_by_number)), ("direction", "=", "outbound"),
            ("carrier_id", "=", False),
            ("company_id", "in", self.env["sale.order"].union(
                *orders_by_number.values()).company_id.ids)])
        known = {parcel.number: parcel for parcel in parcels}
        vals_list = []
        for number, orders in orders_by_number.items():
            if number in known:
                orders -= known[number].order_ids
            parts = [order._xb_prepare_shipment_vals(
                {"number": number, "carrier": names[number]}) for order in orders]
            if not parts:
                continue
            vals = {**parts[0], "item_ids": [item for part in parts for item in part["item_ids"]],
                    "picking_ids": [Command.link(picking_id) for part in parts
                                    for picking_id in part["picking_ids"][0][2]]}
            if number in known:
                known[number].write({key: vals[key] for key in ("item_ids", "picking_ids")})
            else:
                vals_list.append(vals)
        self.env["xb.parcel"].create(vals_list)

    def _xb_prepare_shipment_vals(self, row):
        """Values of a parcel of this order whose carrier is not known; see `set_tracking`."""
        self.ensure_one()
        goods = self.order_line.filtered("xb_sku")
        return {
            "company_id": self.company_id.id,
            "number": row["number"],
            "note": self.env._("Carrier as the platform names it: %(name)s", name=row["carrier"])
            if row["carrier"] else False,
            "item_ids": [Command.create({"sale_line_id": line.id, "quantity": 0.0})
                         for line in goods],
            "picking_ids": [Command.set(self.picking_ids.filtered(
                lambda picking: picking.state != "cancel").ids)],
        }

    # === BATCHES === #

    @api.model
    def default_get(self, fields):
        """Override of `base`: asked once per batch."""
        return default_get(self, fields, super().default_get)

    def _check_company(self, fnames=None):
        """Override of `base`: what is the same in many records of a batch is checked once."""
        return super(SaleOrder, unchecked(self, fnames))._check_company(fnames)
