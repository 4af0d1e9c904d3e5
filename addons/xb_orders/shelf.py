"""The shelf as a batch of reservations sees it: read once, locked once, written once."""

from collections import defaultdict

from odoo import fields

from .batch import extended_by

KNOWN = {"stock", "xb_orders", "xb_inventory"}
METHODS = ("_get_reserve_quantity", "_gather", "_get_available_quantity", "_get_gather_domain",
           "_get_removal_strategy", "_update_available_quantity")
# Core's other strategies look at packages and shelves one product at a time.
STRATEGIES = ("fifo", "lifo")


class Shelf:
    """Quants of the products and places of some moves, in their order of removal.

    Only goods without lots, packages and owners are covered; the others are reserved by core.
    The rules are core's (`stock.quant._get_reserve_quantity`, `_update_available_quantity`): take
    in the order of removal, never what is reserved; write on the first quant that nobody else
    has locked, and on a new one where all are.

    :param moves: ``stock.move`` records that are about to be reserved.
    """

    def __init__(self, moves):
        self.env = moves.env
        self.quants = self.env["stock.quant"].sudo()
        self.rows = {}  # [quant, quantity, reserved] by (product id, place id), in order
        self.taken = defaultdict(float)  # by (product id, place id of the quant)
        self.found = defaultdict(list)  # quants by the same, in order
        self._read(moves)

    @staticmethod
    def understands(env):
        """Whether nobody has changed the rules which this class follows."""
        return not any(extended_by(env["stock.quant"], name, KNOWN) for name in METHODS)

    def _read(self, moves):
        places = defaultdict(set)
        for move in moves:
            product, place = move.product_id, move.location_id
            if (product.is_storable and product.tracking == "none" and not move.move_orig_ids
                    and not place.should_bypass_reservation()
                    and product.categ_id.packaging_reserve_method != "full"):
                strategy = self.quants._get_removal_strategy(product, place)
                if strategy in STRATEGIES:
                    places[place, strategy].add(product.id)
        for (place, strategy), product_ids in places.items():
            self._read_place(place, strategy, product_ids)

    def _read_place(self, place, strategy, product_ids):
        quants = self.quants.search_fetch(
            [("product_id", "in", list(product_ids)), ("location_id", "child_of", place.id)],
            ["product_id", "location_id", "quantity", "reserved_quantity", "lot_id",
             "package_id", "owner_id", "in_date"],
            order=self.quants._get_removal_strategy_order(strategy),
        )
        odd = {quant.product_id.id for quant in quants
               if quant.lot_id or quant.package_id or quant.owner_id}
        for product_id in product_ids - odd:
            self.rows[product_id, place.id] = []
        for quant in quants:
            product_id = quant.product_id.id
            if product_id not in odd:
                self.rows[product_id, place.id].append(
                    [quant, quant.quantity, quant.reserved_quantity])
                self.found[product_id, quant.location_id.id].append(quant)

    def covers(self, product, place):
        """Whether the goods of a product at a place are in here."""
        return (product.id, place.id) in self.rows

    def take(self, product, place, quantity, uom=None):
        """Take from the shelf, in the order of removal.

        :param float quantity: in the product's unit, above zero.
        :param uom: the move's unit; nothing is taken that it cannot say.
        :return: ``[(quant, quantity)]``, as `_get_reserve_quantity` gives it
        """
        unit, rows = product.uom_id, self.rows[product.id, place.id]
        available = sum(row[1] for row in rows) - sum(row[2] for row in rows)
        quantity = min(quantity, available)
        if uom and uom != unit:
            in_moves = unit._compute_quantity(quantity, uom, rounding_method="DOWN")
            quantity = uom._compute_quantity(in_moves, unit, rounding_method="HALF-UP")
        if unit.compare(quantity, 0) <= 0:
            return []
        available = sum(row[1] for row in rows if unit.compare(row[1], 0) > 0) - sum(
            row[2] for row in rows)
        # What is reserved beyond a quant's goods counts against its neighbours at the place.
        missing = defaultdict(float)
        for quant, have, reserved in rows:
            if unit.compare(have - reserved, 0) < 0:
                missing[quant.location_id.id] += have - reserved
        result = []
        for row in rows:
            free = self._free(row, unit, missing)
            if unit.compare(free, 0) <= 0:
                continue
            part = min(free, quantity)
            result.append((row[0], part))
            row[2] += part
            quantity -= part
            available -= part
            if unit.is_zero(quantity) or unit.is_zero(available):
                break
        return result

    def _free(self, row, unit, missing):
        quant, have, reserved = row
        free = have - reserved
        if unit.compare(free, 0) <= 0:
            return 0.0
        lack = missing[quant.location_id.id]
        if lack:
            less = min(abs(lack), free)
            missing[quant.location_id.id] += less
            free -= less
        return free

    def reserve(self, product, place, quantity):
        """Note that goods at a place are reserved; False where they are not in here."""
        key = product.id, place.id
        if key not in self.found:
            return False
        self.taken[key] += quantity
        return True

    # pylint: disable-next=method-required-super  # no model
    def write(self):
        """Write what was reserved: on quants that are free, else on new ones, as core does."""
        wanted = {key: qty for key, qty in self.taken.items() if qty}
        quants = self.quants.browse(quant.id for key in wanted for quant in self.found[key])
        free = quants.try_lock_for_update(allow_referencing=True)
        new = []
        for (product_id, place_id), quantity in wanted.items():
            mine = self.found[product_id, place_id]
            dates = [quant.in_date for quant in mine if quant.in_date and quant.quantity > 0]
            in_date = min(dates, default=fields.Datetime.now())
            quant = next((quant for quant in mine if quant in free), None)
            if quant:
                reserved = max(0, quant.reserved_quantity + quantity)
                quant.write({"in_date": in_date, "reserved_quantity": reserved})
            else:
                new.append({
                    "product_id": product_id, "location_id": place_id, "in_date": in_date,
                    "reserved_quantity": quantity,
                })
        self.quants.create(new)
