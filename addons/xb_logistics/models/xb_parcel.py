import uuid

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import DIRECTIONS, STATUSES
from ..core import number as numbers
from ..messages import get_message

# Only code that holds this object writes a tracking reference without the parcels following, or
# takes over a number unchecked. (A plain context key could be set over RPC.)
SYNC_DOOR = object()


class XbParcel(models.Model):
    """A parcel: one carrier, one tracking number, goods of one or several orders.

    Orders and parcels are many-to-many through the items. What belongs to a matter of its own
    stands in a file of its own: status, tracking (lists of numbers), upload.
    """

    _name = "xb.parcel"
    _description = "Parcel"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_names_search = ["name", "number"]
    _check_company_auto = True

    name = fields.Char(string="Parcel", readonly=True, copy=False, default="/", index="trigram")
    key = fields.Char(
        string="Business Key",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: f"P{uuid.uuid4().hex}",
        help="Names this parcel to the outside for good, so that a correction replaces what was"
        " uploaded before.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    direction = fields.Selection(DIRECTIONS, required=True, default="outbound", index=True)
    carrier_id = fields.Many2one(
        "xb.carrier", tracking=True, index="btree_not_null", ondelete="restrict"
    )
    number = fields.Char(
        string="Tracking Number", copy=False, tracking=True, index="btree_not_null"
    )
    tracking_url = fields.Char(string="Tracking Page", compute="_compute_tracking_url")
    status = fields.Selection(
        STATUSES,
        required=True,
        readonly=True,
        copy=False,
        default="pending",
        index=True,
        group_expand=True,
    )
    status_at = fields.Datetime(string="Status Since", readonly=True, copy=False)

    # Content
    item_ids = fields.One2many("xb.parcel.item", "parcel_id", string="Content", copy=True)
    order_ids = fields.Many2many(
        "sale.order",
        "xb_parcel_sale_order_rel",
        "parcel_id",
        "order_id",
        string="Orders",
        compute="_compute_order_ids",
        store=True,
    )
    picking_ids = fields.Many2many(
        "stock.picking",
        "xb_parcel_stock_picking_rel",
        "parcel_id",
        "picking_id",
        string="Transfers",
        copy=False,
        check_company=True,
    )
    picking_id = fields.Many2one(
        "stock.picking",
        string="Transfer",
        compute="_compute_picking_id",
        inverse="_inverse_picking_id",
        search="_search_picking_id",
        help="The transfer the parcel left with; the first of them when it carries several orders.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Recipient",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        index="btree_not_null",
    )
    country_id = fields.Many2one(
        related="partner_id.country_id", string="To Country", store=True, index="btree_not_null"
    )
    weight = fields.Float(digits="Stock Weight", help="Gross weight in the unit shown beside.")
    weight_uom_name = fields.Char(compute="_compute_weight_uom_name", string="Weight Unit")
    note = fields.Html()

    # Timeline
    shipped_at = fields.Datetime(string="Shipped", copy=False, index="btree_not_null")
    first_movement_at = fields.Datetime(string="First Movement", readonly=True, copy=False)
    delivered_at = fields.Datetime(string="Delivered", readonly=True, copy=False)
    returned_at = fields.Datetime(string="Returned", readonly=True, copy=False)

    _key_unique = models.Constraint("UNIQUE(key)", "Another parcel has this business key.")
    _number_unique = models.UniqueIndex(
        "(company_id, COALESCE(carrier_id, 0), number)"
        " WHERE active AND direction = 'outbound' AND number IS NOT NULL",
        "Another parcel of this carrier has this tracking number already: add the goods there, or"
        " correct the number.",
    )

    # === COMPUTE METHODS === #

    @api.depends("item_ids.order_id")
    def _compute_order_ids(self):
        for parcel in self:
            parcel.order_ids = parcel.item_ids.order_id

    @api.depends("picking_ids")
    def _compute_picking_id(self):
        for parcel in self:
            parcel.picking_id = parcel.picking_ids.sorted("id")[:1]

    def _inverse_picking_id(self):
        for parcel in self:
            parcel.picking_ids |= parcel.picking_id

    def _search_picking_id(self, operator, value):
        return [("picking_ids", operator, value)]

    @api.depends("order_ids.partner_shipping_id", "picking_ids.partner_id")
    def _compute_partner_id(self):
        for parcel in self:
            recipient = parcel.order_ids.partner_shipping_id or parcel.picking_ids.partner_id
            parcel.partner_id = recipient[:1] or parcel.partner_id

    @api.depends("carrier_id.tracking_url", "number", "country_id.code", "partner_id.zip")
    def _compute_tracking_url(self):
        for parcel in self:
            carrier = parcel.carrier_id
            # An empty record is no address, but a text field would make a text of it.
            parcel.tracking_url = bool(carrier) and carrier._get_tracking_url(
                parcel.number, parcel.country_id.code, parcel.partner_id.zip
            )

    def _compute_weight_uom_name(self):
        self.weight_uom_name = self.env[
            "product.template"
        ]._get_weight_uom_name_from_ir_config_parameter()

    @api.depends("name", "number")
    def _compute_display_name(self):
        for parcel in self:
            parts = [parcel.name, parcel.number and f"({parcel.number})"]
            parcel.display_name = " ".join(part for part in parts if part)

    # === CONSTRAINT METHODS === #

    @api.constrains("number")
    def _check_number(self):
        """Refuse what cannot be a number, unless a transfer already went out with it."""
        if self.env.context.get("xb_sync_door") is SYNC_DOOR:
            return
        for parcel in self.filtered("number"):
            if code := numbers.problem(parcel.number):
                bad = numbers.bad_characters(parcel.number)
                params = {"number": parcel.number, "bad": bad}
                raise ValidationError(get_message(self.env, code, params))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: name, number in its one spelling, transfers and uploads follow."""
        # A number that was given up in this transaction is free only once the database knows.
        self.flush_model(["active", "company_id", "carrier_id", "number", "direction"])
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("xb.parcel") or "/"
            if "number" in vals:
                vals["number"] = numbers.normalize(vals["number"]) or False
        parcels = super().create(vals_list)
        # The orders read their parcels from the other side of a stored computed relation.
        parcels.flush_recordset(["order_ids"])
        parcels._on_tracking_changed({})
        return parcels

    def write(self, vals):
        """Override: number in its one spelling, transfers and uploads follow."""
        if "number" in vals:
            vals = {**vals, "number": numbers.normalize(vals["number"]) or False}
        if not self._get_tracking_fields() & vals.keys():
            return super().write(vals)
        before = self._tracking_snapshot()
        result = super().write(vals)
        self._on_tracking_changed(before)
        return result

    def unlink(self):
        """Override: the numbers leave the transfers' tracking references."""
        before = self._tracking_snapshot()
        pickings = self.picking_ids
        result = super().unlink()
        self._sync_picking_refs(pickings, self._outdated_refs(before))
        return result

    # === ACTION METHODS === #

    def action_open_tracking_url(self):
        """Open the carrier's page about the parcel."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.tracking_url, "target": "new"}

    def action_view_orders(self):
        """Open the orders the parcel carries."""
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        return self._prepare_neighbour_action(action, self.order_ids)

    def action_view_pickings(self):
        """Open the transfers the parcel left with."""
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        return self._prepare_neighbour_action(action, self.picking_ids)

    # === BUSINESS METHODS === #

    @api.model
    def _get_tracking_fields(self):
        """Return the fields whose change concerns transfers and shops."""
        return {"number", "carrier_id", "active", "picking_ids", "picking_id", "direction"}

    def _tracking_snapshot(self):
        """Return {id: (carrier id, number, picking ids)} before a change."""
        return {p.id: (p.carrier_id.id, p.number, p.picking_ids.ids) for p in self}

    def _on_tracking_changed(self, before):
        """Hook: parcels were created (`before` empty) or their tracking changed.

        :param dict before: `_tracking_snapshot` of the time before; new parcels are not in it.
        """
        rerouted = self.filtered(
            lambda p: p.id in before and before[p.id][:2] != (p.carrier_id.id, p.number)
        )
        rerouted.filtered(lambda p: before[p.id][1])._reset_status()
        touched = self.picking_ids | self.env["stock.picking"].browse(
            {picking_id for _c, _n, picking_ids in before.values() for picking_id in picking_ids}
        )
        self._sync_picking_refs(touched, self._outdated_refs(before))

    @api.model
    def _outdated_refs(self, before):
        """Return {picking id: numbers its reference had from these parcels before}."""
        outdated = {}
        for _carrier, number, picking_ids in before.values():
            for picking_id in picking_ids:
                outdated.setdefault(picking_id, set()).add(number)
        return outdated

    @api.model
    def _sync_picking_refs(self, pickings, outdated):
        """Write the parcels' numbers into the transfers' tracking references.

        Numbers that no parcel knows (typed on a transfer that is not done yet) are kept.

        :param stock.picking pickings: The transfers concerned.
        :param dict outdated: {picking id: numbers that were of a parcel and may be no more}
        """
        # In sudo mode: entering a number must not need rights on transfers.
        for picking in pickings.sudo():
            parcels = picking.xb_parcel_ids.filtered("active").sorted("id")
            wanted = [number for number in parcels.mapped("number") if number]
            gone = outdated.get(picking.id, set())
            kept = [n for n in numbers.split_refs(picking.carrier_tracking_ref) if n not in gone]
            ref = ",".join(dict.fromkeys(kept + wanted)) or False
            if ref != picking.carrier_tracking_ref:
                picking.with_context(xb_sync_door=SYNC_DOOR).carrier_tracking_ref = ref

    @api.model
    def _assign(self, wanted):
        """Return the outbound parcel of each (company, carrier, number), made where missing.

        Goods of several orders under one number end in one parcel. One search, one create.

        :param dict wanted: {(company id, carrier id or 0, number): {"items": [item values],
            "picking_ids": [ids], "shipped_at": datetime or False, "weight": in the screens' unit,
            "size": {"length", "width", "height" in cm} if known, "details": other values of a
            new parcel}}
        :return: {key: xb.parcel}
        """
        existing = self.search(
            [("direction", "=", "outbound"), ("number", "in", [key[2] for key in wanted])]
        )
        parcels = {(p.company_id.id, p.carrier_id.id or 0, p.number): p for p in existing}
        missing = [key for key in wanted if key not in parcels]
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        created = quiet.create([self._prepare_assigned_vals(k, wanted[k]) for k in missing])
        for key in wanted.keys() - set(missing):
            parcels[key]._join(wanted[key])
        # Without the context of the creation.
        parcels.update(zip(missing, created.with_env(self.env), strict=True))
        return {key: parcels[key] for key in wanted}

    @api.model
    def _prepare_assigned_vals(self, key, content):
        company_id, carrier_id, number = key
        return {
            "company_id": company_id,
            "carrier_id": carrier_id or False,
            "number": number,
            "shipped_at": content.get("shipped_at") or False,
            "weight": content.get("weight") or 0.0,
            **content.get("size", {}),
            **content.get("details", {}),
            "picking_ids": [fields.Command.set(list(set(content["picking_ids"])))],
            "item_ids": [fields.Command.create(item) for item in content["items"]],
        }

    def _join(self, content):
        """Put more goods into a parcel that exists; lines it has already grow."""
        self.ensure_one()
        by_line = {item.sale_line_id.id: item for item in self.item_ids if item.sale_line_id}
        commands = []
        for vals in content["items"]:
            item = by_line.get(vals.get("sale_line_id"))
            if item:
                item.quantity += vals["quantity"]
            else:
                commands.append(fields.Command.create(vals))
        self.write(
            {
                "item_ids": commands,
                "picking_ids": [fields.Command.link(i) for i in content["picking_ids"]],
                "shipped_at": self.shipped_at or content.get("shipped_at") or False,
            }
        )
        self.flush_recordset(["order_ids"])

    @api.model
    def _prepare_neighbour_action(self, action, records):
        action = {**action, "domain": [("id", "in", records.ids)], "context": {"create": False}}
        if len(records) == 1:
            action.update(res_id=records.id, view_mode="form", views=[(False, "form")])
        return action
