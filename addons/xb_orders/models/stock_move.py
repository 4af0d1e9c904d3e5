from collections import defaultdict

from odoo import api, models
from odoo.tools import clean_context, groupby

from ..batch import Batch, default_get, extended_by, unchecked
from ..shelf import Shelf

# Who has a word in what a batch does in one go; their words are in it.
ASSIGNERS = {"stock", "stock_picking_batch", "xb_orders"}
MERGERS = {"stock", "mrp", "xb_orders"}
RESERVERS = {"stock", "product_expiry", "xb_orders"}
DESCRIBERS = {"stock", "sale_stock", "purchase_stock", "xb_orders"}
# Who writes more when a move's transfer is written; none of these does but `stock`.
WRITERS = {
    "base", "mrp", "product_expiry", "purchase_stock", "sale_stock", "stock", "stock_account",
    "stock_delivery", "stock_picking_batch", "xb_inventory", "xb_orders", "xb_pricing",
}


class StockMove(models.Model):
    """Moves of many orders at once: core's methods, with one answer for all of them."""

    _inherit = "stock.move"

    # === COMPUTE METHODS === #

    def _compute_description_picking(self):
        """Override of `stock`: the same goods for people of one language read the same."""
        batch = Batch.of(self.env)
        if batch is None or extended_by(self, "_compute_description_picking", DESCRIBERS):
            return super()._compute_description_picking()
        for move in self:
            key = move._xb_get_description_key()
            if key in batch.descriptions:
                move.description_picking = batch.descriptions[key]
                continue
            super(StockMove, move)._compute_description_picking()
            if key:
                batch.descriptions[key] = move.description_picking
        return None

    def _xb_get_description_key(self):
        """What the description of a sold product depends on; None for what is not that simple."""
        line = self.sale_line_id
        if (not line or self.description_picking_manual or line.product_custom_attribute_value_ids
                or line.product_no_variant_attribute_value_ids):
            return None
        return (self.product_id.id, self.picking_type_id.id, self._get_lang(),
                line.order_id.partner_id.lang)

    # === BUSINESS METHODS === #

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """Override of `stock`: in a batch the transfers are there before the moves ask."""
        batch = Batch.of(self.env)
        if batch is not None:
            self._xb_assign_pickings(batch)
        return super()._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc)

    def _xb_assign_pickings(self, batch):
        """Make the transfers of moves of new orders: one create, one write.

        Core looks for a transfer that has the order's reference; that of an order which is being
        confirmed is new, so there is none. Moves of any other kind are left to core.
        """
        moves = self.filtered(lambda move: (
            move.state == "draft" and move._should_be_assigned() and move.reference_ids
            and batch.references.issuperset(move.reference_ids._ids)
            and move.product_uom.compare(move.product_uom_qty, 0.0) >= 0))
        if not moves or extended_by(self, "_assign_picking", ASSIGNERS) or extended_by(
                self, "_search_picking_for_assignation", ASSIGNERS):
            return
        moves = moves.with_context(clean_context(self.env.context))
        groups = [moves.browse(move.id for move in group)
                  for _key, group in groupby(moves, key=lambda move: move._key_assign_picking())]
        vals_list = [group._get_new_picking_values() for group in groups]
        self._xb_name_pickings(vals_list)
        pickings = self.env["stock.picking"].with_env(moves.env).create(vals_list)
        moves._xb_put_into(groups, pickings)
        batch.made.update(pickings._ids)
        for group in groups:
            group._assign_picking_post_process(new=True)

    def _xb_put_into(self, groups, pickings):
        """Write the transfers of all moves with one round of consequences instead of one each."""
        if extended_by(self, "write", WRITERS):
            for group, picking in zip(groups, pickings, strict=True):
                group.picking_id = picking
            return
        field = self._fields["picking_id"]
        for group, picking in zip(groups, pickings, strict=True):
            field.write(group, picking.id)
        self.modified(["picking_id"])
        self._check_company(["picking_id"])
        self._set_references()

    def _merge_moves(self, merge_into=False):
        """Override of `stock`: core compares the moves of a transfer, field by field; those of
        a new one that are all of different products cannot be the same."""
        batch = Batch.of(self.env)
        if batch is None or merge_into or not self._xb_is_all_of_new_transfers(batch):
            return super()._merge_moves(merge_into=merge_into)
        return self

    def _xb_is_all_of_new_transfers(self, batch):
        """Whether these are all the moves of transfers that the batch has made, every product once
        in each, and none of them a return."""
        if extended_by(self, "_merge_moves", MERGERS) or extended_by(
                self, "_update_candidate_moves_list", MERGERS):
            return False
        seen = set()
        for move in self:
            key = move.picking_id.id, move.product_id.id
            if (key[0] not in batch.made or key in seen
                    or move.product_uom.compare(move.product_uom_qty, 0.0) < 0):
                return False
            seen.add(key)
        return len(seen) == len(self.picking_id.move_ids)

    def _update_orderpoints(self):
        """Override of `stock`: which products have reordering rules is asked once per batch."""
        batch = Batch.of(self.env)
        if batch is None or batch.reordered is None:
            return super()._update_orderpoints()
        concerned = self.filtered(lambda move: move.product_id.id in batch.reordered)
        return super(StockMove, concerned)._update_orderpoints()

    def _xb_name_pickings(self, vals_list):
        """Draw the numbers of all transfers at once."""
        by_type = defaultdict(list)
        for vals in vals_list:
            by_type[vals["picking_type_id"]].append(vals)
        for type_id, some in by_type.items():
            sequence = self.env["stock.picking.type"].browse(type_id).sequence_id.sudo()
            for vals, name in zip(some, sequence._xb_draw(len(some)), strict=True):
                vals["name"] = name

    def _trigger_scheduler(self):
        """Override of `stock`: most products have no reordering rule; it is known which have."""
        batch = Batch.of(self.env)
        if batch is None:
            return super()._trigger_scheduler()
        if batch.reordered is None:
            return super()._trigger_scheduler()
        concerned = self.filtered(lambda move: move.product_id.id in batch.reordered)
        return super(StockMove, concerned)._trigger_scheduler()

    # === BUSINESS METHODS - RESERVATION === #

    def _action_assign(self, force_qty=False):
        """Override of `stock`: a batch reads and locks the shelf once, and writes it once."""
        batch = Batch.of(self.env)
        if (batch is None or force_qty or batch.quants is not None
                or extended_by(self, "_update_reserved_quantity", RESERVERS)
                or not Shelf.understands(self.env)):
            return super()._action_assign(force_qty=force_qty)
        batch.quants = Shelf(self)
        try:
            result = super()._action_assign(force_qty=force_qty)
            batch.quants.write()
        finally:
            batch.quants, batch.lines = None, []
        return result

    def _update_reserved_quantity(self, need, location_id, lot_id=None, package_id=None,
                                  owner_id=None, strict=True):
        """Override of `stock`: the lines of a batch are created together."""
        batch = Batch.of(self.env)
        if batch is None or batch.quants is None or strict or lot_id or package_id or owner_id \
                or not batch.quants.covers(self.product_id, location_id):
            return super()._update_reserved_quantity(
                need, location_id, lot_id, package_id, owner_id, strict)
        vals_list, taken = self._update_reserved_quantity_vals(
            need, location_id, strict=strict)
        batch.lines += vals_list
        return taken

    # === BATCHES === #

    @api.model
    def default_get(self, fields):
        """Override of `base`: asked once per batch."""
        return default_get(self, fields, super().default_get)

    def _check_company(self, fnames=None):
        """Override of `base`: what is the same in many records of a batch is checked once."""
        return super(StockMove, unchecked(self, fnames))._check_company(fnames)
