import logging

import psycopg2

from odoo import api, models
from odoo.tools import float_compare, format_list

from ..const import LOCK_BONDS
from ..exceptions import NotEnoughStock
from ..gate import ask_gate

_logger = logging.getLogger(__name__)

# A bound claim ends with its transaction; its time only says how old it may look in a list.
BOUND_SECONDS = 3600


class XbAvailability(models.AbstractModel):
    """Orders at the gate: claims that live and die with the transaction that confirms them."""

    _inherit = "xb.availability"

    @api.model
    @api.private
    def claim_for_orders(self, orders):
        """Claim what orders need, each all or nothing, in the order given; before confirming them.

        The claims are bound to this transaction: the commit that makes the orders' reservations
        visible ends them, a rollback (also to a savepoint, also of a killed process) frees them.
        Whoever calls this confirms the orders without shortages in the same transaction, with
        ``xb_stock_guard=False`` in the context: they went through the gate already.

        :param orders: ``sale.order`` records, of any companies
        An order that is not confirmed after all is named to :meth:`give_back_orders`.

        :param sale.order orders: quotations of any companies, hundreds at a time; one round to
            the gate for all of them
        :return: shortages by order id, ``[{"product_id", "asked", "available"}]``, in the
            products' units; an empty list says that the order may be confirmed
        :rtype: dict
        """
        needs = {order.id: order.order_line._xb_get_needs() for order in orders}
        shortages = self._claim_bound(orders, needs)
        self.env["xb.stock.due"]._approach({
            product_id for order_id, mine in needs.items() if not shortages[order_id]
            for product_id, _place in mine})
        return shortages

    @api.model
    @api.private
    def give_back_orders(self, orders):
        """Give back what :meth:`claim_for_orders` claimed in this transaction for orders that were
        not confirmed. It is free for others from the commit on.

        :param sale.order orders: any of those that were claimed for
        """
        if orders:
            self.env.cr.execute(
                "DELETE FROM xb_stock_claim_use WHERE order_id = ANY(%s)", [orders.ids]
            )

    @api.model
    def _guard(self, lines, previous=False):
        """Let lines that are about to create demand pass the gate, or refuse them all.

        :param lines: ``sale.order.line`` records
        :param previous: as in core's ``_action_launch_stock_rule``
        :raise NotEnoughStock: with what is short of which order
        """
        granted = dict(self.env.context.get("xb_stock_granted") or {})
        needs, products = {}, set()
        for order in lines.order_id:
            mine = lines.filtered(lambda line, order=order: line.order_id == order)
            wanted = mine._xb_get_needs(previous)
            products.update(product_id for product_id, _place in wanted)
            needs[order.id] = self._take_granted(wanted, granted)
        shortages = self._claim_bound(lines.order_id, needs)
        short = {order_id: rows for order_id, rows in shortages.items() if rows}
        if short:
            raise NotEnoughStock(self._describe_shortages(short), short)
        self.env["xb.stock.due"]._approach(products)

    @api.model
    def _take_granted(self, needs, granted):
        """Take off what a claim of the caller's holds already."""
        rest = {}
        for item, qty in needs.items():
            taken = min(qty, granted.get(item, 0.0))
            granted[item] = granted.get(item, 0.0) - taken
            if float_compare(qty, taken, precision_digits=6) > 0:
                rest[item] = qty - taken
        return rest

    @api.model
    def _claim_bound(self, orders, needs):
        """Claim needs of orders, bound to this transaction.

        :param orders: ``sale.order`` records
        :param dict needs: by order id: quantity by (product id, warehouse id)
        :return: shortages by order id
        :rtype: dict
        """
        gated = {order.id: self._only_limited(needs[order.id]) for order in orders}
        shortages = {order_id: [] for order_id in gated}
        busy = orders.filtered(lambda order: gated[order.id])
        if not busy:
            return shortages
        arrays = {
            order.id: self._gate_arrays(order.sudo()._xb_get_stock_shop(), gated[order.id])
            for order in busy
        }
        bond = self._bond()
        made = self._decide_bound(busy, arrays, bond, shortages)
        self._end_with_transaction(list(made))
        self._use(made)
        self.env["xb.stock.level"]._touch(
            {product_id for products, *_rest in arrays.values() for product_id in products}
        )
        return shortages

    @api.model
    def _decide_bound(self, orders, arrays, bond, shortages):
        """Decide all orders in one transaction of the gate, which locks all their products first.

        :return: order id by claim id
        :rtype: dict
        """
        owners, products, places, asked, withheld = [], [], [], [], []
        for number, order in enumerate(orders, 1):
            mine = arrays[order.id]
            owners += [number] * len(mine[0])
            for column, values in zip((products, places, asked, withheld), mine, strict=True):
                column += values
        rows = ask_gate(
            self.env,
            "SELECT * FROM xb_stock_claim_bound(%s, %s, %s::int[], %s, %s, %s, %s, %s::numeric[],"
            " %s::numeric[], %s, %s)",
            [
                orders.ids, [order.company_id.id for order in orders],
                [order.sudo()._xb_get_stock_shop().id or None for order in orders], self.env.uid,
                owners, products, places, asked, withheld, BOUND_SECONDS, bond,
            ],
            durable=False,
        )
        made = {}
        for order_id, claim_id, product_id, wanted, available in rows:
            if claim_id:
                made[claim_id] = order_id
            elif float_compare(available, wanted, precision_digits=6) < 0:
                shortages[order_id].append(self._shortage(product_id, wanted, available))
        return made

    @api.model
    def _bond(self):
        """Lock a fresh number in this transaction: as long as it is locked, we are alive.

        :rtype: int
        """
        self.env.cr.execute(
            """
            SELECT pg_advisory_xact_lock(%s, fresh.number), fresh.number
              FROM (SELECT nextval('xb_stock_bond_seq')::int AS number OFFSET 0) fresh
            """,
            [LOCK_BONDS],
        )
        return self.env.cr.fetchone()[1]

    @api.model
    def _end_with_transaction(self, claim_ids):
        """See to it that claims are freed at once when this transaction, or the savepoint they
        were made in, is rolled back. Were this process to die, the gate would find the lock gone.

        :param list claim_ids: ids of ``xb.stock.claim``
        """
        if not claim_ids:
            return
        free = self._free_unused
        self.env.cr.postrollback.add(lambda: free(claim_ids))
        self.env.cr.postcommit.add(lambda: free(claim_ids))

    @api.model
    def _free_unused(self, claim_ids):
        try:
            # after a commit, what was used up is closed as such by whoever follows first
            ask_gate(
                self.env, "SELECT xb_stock_close(%s, 'released')", [claim_ids], durable=False)
        except psycopg2.Error:
            _logger.warning("Claims %s stay until the gate finds them", claim_ids, exc_info=True)

    @api.model
    def _describe_shortages(self, shortages):
        """Say to a person what is short.

        :param dict shortages: by order id
        :rtype: str
        """
        texts = [self.env._("There is not enough stock to confirm:")]
        for order_id, rows in shortages.items():
            order = self.env["sale.order"].browse(order_id)
            parts = [
                self.env._(
                    "%(product)s: %(asked)s %(unit)s wanted, %(available)s available",
                    product=product.display_name,
                    unit=product.uom_id.name,
                    asked=f"{row['asked']:g}",
                    available=f"{row['available']:g}",
                )
                for row in rows
                for product in self.env["product.product"].browse(row["product_id"])
            ]
            texts.append(f"{order.name} — {format_list(self.env, parts)}")
        return "\n".join(texts)
