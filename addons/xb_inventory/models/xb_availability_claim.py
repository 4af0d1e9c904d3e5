import hashlib
import json
import time
from uuid import uuid4

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import float_compare

from odoo.addons.xb_base.db import own_cursor

from .. import gate
from ..const import (
    CLAIM_GROUPS,
    CLAIM_LINES_MAX,
    CLAIM_SECONDS,
    CLAIM_SECONDS_MAX,
    LOCK_CLAIMS,
)
from ..core import claim_lines
from ..reading import snapshot

# Monitors hear of claims at most so often from one process: a thousand claims a second must not
# become a thousand messages. What is held up leaves with the next one; monitors look again anyway.
ANNOUNCE_SECONDS = 1.0


class _Announced:
    """When this process last told of claims, and of what it has not told yet."""

    at = float("-inf")
    items = set()


_announced = _Announced()


class XbAvailability(models.AbstractModel):
    """Claims: ask, and it is yours until you order, give it back or let the time pass."""

    _inherit = "xb.availability"

    # === BUSINESS METHODS: THE CONTRACT === #

    @api.model
    def claim(self, lines, key, shop_id=None, ttl=None, partial=False, warehouse_id=None):
        """Claim stock: all lines or none, at once and for good.

        Durable when it returns. Repeating a call with the same key gives the same claim; a claim
        that is over (released, expired) may be made anew under its key.

        :param list lines: ``{"product_id": id, "qty": positive number or its text, "uom_id": id?,
            "warehouse_id": id?}``; without a unit, in the product's; a kit claims its components
        :param str key: the caller's name for the claim, unique for ever (an order reference, say)
        :param int shop_id: who sells; decides the warehouse and what is allocated to other shops
        :param int ttl: seconds until the claim ends by itself; 15 minutes when not given
        :param bool partial: claim what there is rather than nothing
        :param int warehouse_id: for lines that name none
        :return: ``{"token": text | False, "expires_at": text | False, "lines": [{"product_id",
            "warehouse_id", "qty"}], "short": [{"product_id", "asked", "available"}]}``; lines are
            what was claimed, in the products' units, untracked products left out
        :raise ValidationError: bad input, naming row and field; nothing was claimed
        :raise AccessError: the user may not claim
        """
        self._check_may_claim()
        shop = self._get_shop(shop_id)
        default_id = self._get_claim_warehouse_id(shop, warehouse_id)
        wanted, gated = self._read_lines(lines, default_id)
        self._check_key(key)
        seconds = self._check_ttl(ttl)
        if not partial and self._is_sold_out(gated):
            return self._refusal(gated)
        rows = self._decide_one(key, shop, wanted, gated, bool(partial), seconds)
        return self._answer(rows)

    @api.model
    def release(self, token):
        """Give a claim back.

        :param str token: from :meth:`claim`
        :return: True when it is released (now, or was before, or had expired); False when an order
            has used it up or is doing so
        :rtype: bool
        :raise ValidationError: no such claim
        """
        self._check_may_claim()
        claim_id, _state = self._read_token(token)
        return self._release(claim_id)

    @api.model
    def consume(self, token, order):
        """Use a claim up for an order, and confirm the order if it is a quotation.

        The claim ends with the commit that makes the order's reservation visible. What the order
        needs beyond the claim is claimed as well. Repeating the call changes nothing.

        :param str token: from :meth:`claim`
        :param order: ``sale.order`` record or id
        :return: ``{"state": "consumed", "order_id": id}``
        :raise UserError: the claim is over, belongs to another order, or the rest is not there
        :raise ValidationError: no such claim or order
        """
        self._check_may_claim()
        order = self._get_order(order)
        claim_id, state = self._read_token(token, hold=True)
        if state["state"] == "consumed":
            if state["order_id"] != order.id:
                raise UserError(self.env._("The claim was used up by another order."))
        else:
            self._check_usable(state)
            granted = {(line[0], line[1]): line[2] for line in state["lines"]}
            if order.state in ("draft", "sent"):
                order.with_context(xb_stock_guard=True, xb_stock_granted=granted).action_confirm()
            self._use({claim_id: order.id})
            self.env["xb.stock.level"]._touch({product_id for product_id, _place in granted})
        return {"state": "consumed", "order_id": order.id}

    # === BUSINESS METHODS: DECIDING === #

    @api.model
    def _decide_one(self, key, shop, wanted, gated, partial, seconds):
        """Decide a claim in a cursor of its own.

        :param dict wanted: quantity by (product id, warehouse id), all lines
        :param dict gated: those of them that can be refused
        :return: rows of ``xb_stock_decide``
        """
        digest = self._digest(wanted, shop)
        arguments = [
            key, digest, uuid4().hex, self.env.company.id, shop.id or None, self.env.uid,
            *self._gate_arrays(shop, gated), partial, seconds,
        ]
        try:
            rows = gate.claim(self.env, arguments)
        except UniqueViolation:
            # The same key at the same moment for other products: now the other one is there.
            rows = gate.claim(self.env, arguments)
        if rows and rows[0][2] != digest:
            raise ValidationError(
                self.env._("key: %(key)s is the key of a claim with other lines.", key=key)
            )
        self._changed({(row[3], row[4]) for row in rows if row[0] and row[3]})
        return rows

    @api.model
    def _gate_arrays(self, shop, gated):
        """Products, warehouses, quantities and what is withheld: parallel lists, in order."""
        items = sorted(gated)
        withheld = [0.0] * len(items)
        if shop and items:
            places = tuple({place for _product, place in items})
            rules = self.env["xb.stock.policy"]._resolve(
                shop, [product for product, _place in items], places
            )
            withheld = [
                rules[product].withheld - rules[product].replenishable for product, _ in items
            ]
        return (
            [product for product, _place in items],
            [place for _product, place in items],
            [gated[item] for item in items],
            withheld,
        )

    @api.model
    def _answer(self, rows):
        """Put the gate's rows into the shape of the answer."""
        claim_id, nonce = rows[0][:2] if rows else (None, None)
        lines = [
            {"product_id": row[3], "warehouse_id": row[4], "qty": float(row[6])}
            for row in rows if row[3] and row[6]
        ]
        short = [
            self._shortage(row[3], row[5], row[7])
            for row in rows if row[3] and (not claim_id or row[6] < row[5])
            and float_compare(row[7], row[5], precision_digits=6) < 0
        ]
        return {
            "token": f"{claim_id}.{nonce}" if claim_id else False,
            "expires_at": fields.Datetime.to_string(rows[0][8]) if claim_id else False,
            "lines": lines,
            "short": short,
        }

    @api.model
    def _shortage(self, product_id, asked, available):
        return {
            "product_id": product_id,
            "asked": float(asked),
            "available": max(0.0, float(available)),
        }

    @api.model
    def _is_sold_out(self, gated):
        """Whether the cache knows, as of this very moment, that nothing is left of some line."""
        levels = self.env["xb.stock.cache"]._get()
        return bool(levels and gated and levels.sold_out(list(gated)))

    @api.model
    def _refusal(self, gated):
        """The answer of an early refusal: figures as the database has them at this moment."""
        short = []
        with snapshot(self.env) as cr:
            for (product_id, place), qty in sorted(gated.items()):
                figures = self._read_figures(cr, [product_id], (place,))[product_id]
                free = figures[1] - figures[2] - figures[3] - figures[4]
                if float_compare(free, qty, precision_digits=6) < 0:
                    short.append(self._shortage(product_id, qty, free))
        return {"token": False, "expires_at": False, "lines": [], "short": short}

    @api.model
    def _changed(self, items):
        """Tell cache and monitors that claims on the items were made or ended (and committed)."""
        if not items:
            return
        levels = self.env["xb.stock.cache"]._get()
        if levels and not levels.end(sorted(items)):
            self.env["xb.stock.cache"]._new_generation(levels)
        _announced.items.update(items)
        if time.monotonic() - _announced.at < ANNOUNCE_SECONDS:
            return
        _announced.at, due, _announced.items = time.monotonic(), _announced.items, set()
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                "SELECT id, company_id FROM xb_stock_level WHERE product_id = ANY(%s)",
                [sorted({product_id for product_id, _place in due})],
            )
            rows = cr.fetchall()
            self.env["xb.stock.level"]._announce(
                cr, {row[1] for row in rows}, [row[0] for row in rows]
            )

    # === BUSINESS METHODS: ENDING === #

    @api.model
    def _release(self, claim_id):
        """Close an open claim, unless a transaction is using it up at this moment.

        :rtype: bool
        """
        with own_cursor(self.env) as cr:
            cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLAIMS, claim_id])
            if not cr.fetchone()[0]:
                return False
            cr.execute("SELECT xb_stock_close(ARRAY[%s], 'released')", [claim_id])
            cr.execute("SELECT state FROM xb_stock_claim WHERE id = %s", [claim_id])
            released = cr.fetchone()[0] in ("released", "expired")
            cr.execute(
                "SELECT product_id, warehouse_id FROM xb_stock_claim_line WHERE claim_id = %s",
                [claim_id],
            )
            items = set(cr.fetchall())
        if released:
            self._changed(items)
        return released

    @api.model
    def _use(self, claims):
        """Note in this transaction that it uses claims up.

        :param dict claims: order id by claim id; the caller holds the claims' or their bond's lock
        """
        self.env.cr.execute(
            "INSERT INTO xb_stock_claim_use (claim_id, order_id)"
            " SELECT * FROM unnest(%s::int[], %s::int[])",
            [list(claims), list(claims.values())],
        )

    @api.model
    def _read_token(self, token, *, hold=False):
        """Find the claim of a token, as it is at this moment.

        :param bool hold: lock the claim for the rest of this transaction, so that it cannot expire
        :return: ``(id, {"state", "order_id", "expires_at", "lines": [(product, place, qty)]})``
        """
        head, _dot, nonce = token.partition(".") if isinstance(token, str) else ("", "", "")
        claim_id = int(head) if head.isascii() and head.isdigit() and len(head) < 10 else 0
        if hold and claim_id:
            self.env.cr.execute(
                "SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLAIMS, claim_id]
            )
            if not self.env.cr.fetchone()[0]:
                raise UserError(self.env._("Another order is using this claim up right now."))
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                SELECT CASE WHEN used.id IS NULL THEN claim.state ELSE 'consumed' END,
                       COALESCE(used.order_id, claim.order_id), claim.expires_at
                  FROM xb_stock_claim claim
                  LEFT JOIN xb_stock_claim_use used ON used.claim_id = claim.id
                 WHERE claim.id = %s AND claim.nonce = %s AND claim.bond IS NULL
                """,
                [claim_id, nonce],
            )
            row = cr.fetchone()
            if not row:
                raise ValidationError(
                    self.env._("token: there is no claim %(token)s.", token=token)
                )
            cr.execute(
                "SELECT product_id, warehouse_id, quantity::float8 FROM xb_stock_claim_line"
                " WHERE claim_id = %s ORDER BY id",
                [claim_id],
            )
            keys = ("state", "order_id", "expires_at")
            return claim_id, {**dict(zip(keys, row, strict=True)), "lines": cr.fetchall()}

    @api.model
    def _check_usable(self, state):
        if state["state"] == "expired":
            raise UserError(
                self.env._(
                    "The claim expired at %(time)s UTC. Claim again.", time=state["expires_at"]
                )
            )
        if state["state"] != "open":
            raise UserError(self.env._("The claim was released. Claim again."))

    # === BUSINESS METHODS: ARGUMENTS === #

    @api.model
    def _check_may_claim(self):
        if not self.env.su and not self.env.user.has_groups(CLAIM_GROUPS):
            raise AccessError(
                self.env._("Claiming stock takes the role Clerk, Warehouse or Integrator.")
            )

    @api.model
    def _check_key(self, key):
        if not isinstance(key, str) or not key.strip() or len(key) > 200:
            raise ValidationError(
                self.env._("key: a text of 1 to 200 characters names the claim.")
            )

    @api.model
    def _check_ttl(self, ttl):
        if ttl is None or ttl is False:
            return CLAIM_SECONDS
        if type(ttl) not in (int, float) or not 1 <= ttl <= CLAIM_SECONDS_MAX:
            raise ValidationError(
                self.env._(
                    "ttl: between 1 and %(limit)s seconds, not %(value)s.",
                    limit=CLAIM_SECONDS_MAX,
                    value=ttl,
                )
            )
        return int(ttl)

    @api.model
    def _get_claim_warehouse_id(self, shop, warehouse_id):
        ids = self._get_warehouse_ids(shop, warehouse_id)
        return ids[0] if ids else 0

    @api.model
    def _get_order(self, order):
        order_id = order if type(order) is int else getattr(order, "id", 0)
        found = self.env["sale.order"].browse(order_id).exists() if order_id else order
        if not found:
            raise ValidationError(
                self.env._("order: there is no sales order %(order)s.", order=order_id)
            )
        found.check_access("write")
        if found.state == "cancel":
            raise UserError(self.env._("%(order)s is cancelled.", order=found.name))
        return found

    @api.model
    def _digest(self, wanted, shop):
        text = json.dumps([sorted([*item, qty] for item, qty in wanted.items()), shop.id or 0])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @api.model
    def _read_lines(self, lines, default_warehouse_id):
        """Check and merge claim lines.

        :return: quantity in the product's unit by (product id, warehouse id), and those of them
            that can be refused
        :rtype: tuple[dict, dict]
        """
        try:
            asked = claim_lines.read(lines)
        except claim_lines.BadLine as error:
            raise ValidationError(self._describe_bad_line(error)) from error
        if len(asked) > CLAIM_LINES_MAX:
            raise ValidationError(
                self.env._("lines: at most %(limit)s per claim.", limit=CLAIM_LINES_MAX)
            )
        return self._merge_lines(asked, default_warehouse_id)
