from collections import defaultdict

from odoo import api, fields, models

from ..core import number as numbers
from .sale_order_deliver import _NotDelivered
from .xb_parcel import SYNC_DOOR


class StockPicking(models.Model):
    """Transfers and parcels: the tracking reference and the parcels' numbers stay in step."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "xb.parcels.mixin"]
    _xb_parcel_field = "picking_ids"

    xb_parcel_ids = fields.Many2many(
        "xb.parcel",
        "xb_parcel_stock_picking_rel",
        "picking_id",
        "parcel_id",
        string="Parcels",
        copy=False,
        readonly=True,
    )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `stock`: parcels follow a tracking reference that is changed by hand."""
        if "carrier_tracking_ref" not in vals or self.env.context.get("xb_sync_door") is SYNC_DOOR:
            return super().write(vals)
        before = {picking: numbers.split_refs(picking.carrier_tracking_ref) for picking in self}
        result = super().write(vals)
        for picking, former in before.items():
            picking._xb_parcels_follow(former)
        return result

    # === ACTION METHODS === #

    def action_upload_tracking(self):
        """Upload carrier and number of the transfers' parcels; see `xb.parcel`."""
        parcels = self.xb_parcel_ids.filtered(lambda p: p.direction == "outbound")
        parcels.check_access("write")
        result = parcels._upload_tracking(insist=True)
        without = self.filtered(lambda picking: not picking.xb_parcel_ids & parcels)
        return parcels._prepare_upload_notification(result, without)

    def _action_done(self):
        """Override of `stock`: what leaves with a tracking reference is a parcel."""
        result = super()._action_done()
        self.filtered(lambda p: p.state == "done")._xb_ship_parcels()
        return result

    # === BUSINESS METHODS - PARCELS === #

    def _xb_has_parcels(self):
        """Say whether the transfer's tracking reference names parcels to a customer."""
        self.ensure_one()
        return self.picking_type_code == "outgoing"

    def _xb_ship_parcels(self):
        """Make the parcels of done transfers that have none for their numbers; date them all."""
        # In sudo mode: whoever validates a transfer need not have rights on parcels.
        shipped_sudo = self.filtered(lambda p: p._xb_has_parcels()).sudo()
        wanted = {}
        for picking in shipped_sudo:
            picking._xb_trim_items()
            known = picking.xb_parcel_ids.mapped("number")
            refs = numbers.split_refs(picking.carrier_tracking_ref)
            picking._xb_want_parcels(wanted, [ref for ref in refs if ref not in known])
        shipped_sudo._xb_assign(wanted)
        for picking in shipped_sudo:
            undated = picking.xb_parcel_ids.filtered(lambda p: not p.shipped_at)
            undated.write({"shipped_at": picking.date_done})

    def _xb_want_parcels(self, wanted, refs):
        """Add the parcels of one transfer for the numbers `refs` to `wanted` (see `_assign`)."""
        self.ensure_one()
        if not refs:
            return
        for ref, box in zip(refs, self._xb_divide(len(refs)), strict=True):
            key = (self.company_id.id, self.carrier_id.xb_carrier_id.id or 0, ref)
            content = wanted.setdefault(
                key, {"items": [], "picking_ids": [], "shipped_at": self.date_done, "weight": 0.0}
            )
            content["items"] += box["items"]
            content["picking_ids"].append(self.id)
            content["weight"] += box["weight"]
            content.setdefault("size", box["size"])

    def _xb_divide(self, count):
        """Return what is in each of `count` parcels of the transfer that have no content yet.

        As many numbers as packages: one package each, in the packages' order. Otherwise the first
        takes the goods; of the others nobody said what is in them.

        :return: `[{"items": [item values], "weight": in the unit of the screens, "size": {"length",
            "width", "height" in cm}}]`
        """
        unstated = {"items": self._xb_prepare_items(unstated=True), "weight": 0.0, "size": {}}
        if self.xb_parcel_ids:
            return [unstated] * count
        boxes = self._xb_get_boxes()
        if count > 1 and len(boxes) == count:
            return boxes
        first = {"items": self._xb_prepare_items(), "weight": self.weight, "size": {}}
        if count == 1 and len(boxes) == 1:
            first.update(weight=boxes[0]["weight"] or self.weight, size=boxes[0]["size"])
        return [first, *[unstated] * (count - 1)][:count]

    def _xb_get_boxes(self):
        """Return the transfer's packages, then what is in none, each as `_xb_divide` does."""
        self.ensure_one()
        lines = self.move_line_ids.filtered("quantity")
        packages = lines.result_package_id.sorted("id")
        by_package = lines.grouped("result_package_id")
        groups = [(package, by_package.get(package)) for package in [*packages, packages.browse()]]
        return [
            {
                "items": inside._xb_prepare_parcel_items(),
                "weight": package.shipping_weight
                or sum(line.product_id.weight * line.quantity_product_uom for line in inside),
                "size": package.package_type_id._xb_get_size(),
            }
            for package, inside in groups
            if inside
        ]

    @api.model
    def _xb_assign(self, wanted):
        """Make or join the parcels; a number that is wrong by our rules left all the same."""
        if wanted:
            Parcel = self.env["xb.parcel"].sudo()
            Parcel.with_context(xb_sync_door=SYNC_DOOR)._assign(wanted)

    def _xb_prepare_items(self, unstated=False):
        """Return the values of the parcel items for what left with the transfer.

        :param bool unstated: Say which goods, but not how many.
        """
        self.ensure_one()
        by_line, loose = defaultdict(float), defaultdict(float)
        for move in self.move_ids.filtered(lambda m: m.state == "done" and m.quantity):
            line = move.sale_line_id
            if not line:
                loose[move.product_id, move.product_uom] += move.quantity
            elif move.product_id == line.product_id:
                uom = line.product_uom_id
                by_line[line] += move.product_uom._compute_quantity(move.quantity, uom)
            else:
                # Components of a kit: the order line stands for them, with what is left of it.
                by_line[line] = line._xb_get_qty_to_pack().get(line, 0.0)
        share = 0.0 if unstated else 1.0
        return [
            {"sale_line_id": line.id, "quantity": qty * share} for line, qty in by_line.items()
        ] + [
            {"product_id": product.id, "uom_id": uom.id, "quantity": qty * share}
            for (product, uom), qty in loose.items()
        ]

    def _xb_trim_items(self):
        """Take out of the transfer's one parcel what did not leave with it after all.

        The number was entered before the delivery, for all goods of the order; a part stayed.
        """
        self.ensure_one()
        parcel = self.xb_parcel_ids
        if len(parcel) != 1 or not self.backorder_ids:
            return
        left = {
            v["sale_line_id"]: v["quantity"]
            for v in self._xb_prepare_items()
            if v.get("sale_line_id")
        }
        items = parcel.item_ids.filtered(lambda i: i.order_id == self.sale_id)
        items.filtered(lambda i: i.sale_line_id.id not in left).unlink()
        for item in items.exists():
            item.quantity = min(item.quantity, left[item.sale_line_id.id])

    def _xb_parcels_follow(self, former):
        """Let the parcels follow a tracking reference that was changed on the transfer.

        As many new numbers as gone ones are corrections, pair by pair; further new ones are new
        parcels; a number that is gone archives its parcel.

        :param list[str] former: The numbers before.
        """
        self.ensure_one()
        if not self._xb_has_parcels() or (self.state != "done" and not self.xb_parcel_ids):
            return
        picking_sudo = self.sudo().with_context(xb_sync_door=SYNC_DOOR)
        current = numbers.split_refs(self.carrier_tracking_ref)
        gone = picking_sudo.xb_parcel_ids.filtered(
            lambda p: p.number in former and p.number not in current
        ).sorted("id")
        known = picking_sudo.xb_parcel_ids.mapped("number")
        new = [ref for ref in current if ref not in known and ref not in former]
        for parcel, ref in zip(gone, new, strict=False):
            parcel.number = ref
        gone[len(new) :].filtered(lambda p: p.picking_ids == self).active = False
        if self.state == "done" and new[len(gone) :]:
            wanted = {}
            picking_sudo._xb_want_parcels(wanted, new[len(gone) :])
            picking_sudo._xb_assign(wanted)

    # === BUSINESS METHODS - DELIVERING === #

    def _xb_get_shortages(self):
        """Return the moves of the transfer that are not reserved in full."""
        return self.move_ids.filtered(
            lambda m: (
                m.state not in ("done", "cancel")
                and m.product_uom.compare(m.quantity, m.product_uom_qty) < 0
            )
        )

    def _xb_get_unready_reason(self):
        """Return why the transfer cannot be delivered in full now, False when it can be."""
        self.ensure_one()
        if self.state == "draft":
            return self.env._("%s is a draft. Mark it as to do first.", self.name)
        shortages = self._xb_get_shortages()
        before = shortages.move_orig_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        if before:
            return self.env._(
                "%(name)s waits for %(before)s: do that first.",
                name=self.name,
                before=", ".join(before.picking_id.mapped("name")) or self.env._("another move"),
            )
        if shortages:
            parts = [
                self.env._(
                    "%(have)g of %(want)g %(product)s",
                    have=move.quantity,
                    want=move.product_uom_qty,
                    product=move.product_id.display_name,
                )
                for move in shortages
            ]
            return self.env._(
                "Not enough in stock for %(name)s: %(parts)s reserved. Replenish, or deliver"
                " a part from the transfer.",
                name=self.name,
                parts="; ".join(parts),
            )
        todo = self.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        if len(set(todo.mapped("picked"))) > 1:
            return self.env._("%s is being picked. Finish or reset it there.", self.name)
        return False

    def _xb_validate(self):
        """Validate transfers together, in full.

        :raise _NotDelivered: If core asks something instead.
        """
        answer = self.with_context(**self._xb_get_validation_context()).button_validate()
        left = self.filtered(lambda p: p.state != "done")
        if left:
            title = answer.get("name") if isinstance(answer, dict) else ""
            raise _NotDelivered(title or ", ".join(left.mapped("name")))
        # Computations and constraints belong inside the caller's savepoint.
        self.env.flush_all()

    # === HOOKS === #

    def _xb_get_validation_context(self):
        """Hook: return the context that validates in bulk what core would ask a person about.

        `stock_sms` (installed by itself where `sms` is) asks once per company whether to text
        customers. Until somebody has decided that on a single delivery, bulk delivery sends none.
        """
        companies = self.company_id
        if "has_received_warning_stock_sms" not in companies._fields:
            return {}
        undecided = companies.filtered(lambda c: not c.has_received_warning_stock_sms)
        return {"skip_sms": True} if undecided else {}
