from decimal import Decimal, InvalidOperation

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_compare, float_is_zero

from ..core import order_value
from ..core.draft import Draft, storable
from ..core.problem import _lt
from .xb_order_builder import to_utc
from .xb_order_importer import BUSINESS_ERRORS


class XbOrderCanceller(models.AbstractModel):
    """Cancellation documents: take back a sale, or a part of one, that has not left yet.

    A cancellation names its sale, or it names a buyer and what is taken back (the usual case in
    exported files): then it is about the buyer's newest earlier order that has all of it at that
    price. What cannot be applied is held; where the sale is missing, it is tried again by itself
    when the sale arrives.
    """

    _name = "xb.order.canceller"
    _description = "Order Import: Cancellations"

    # === BUSINESS METHODS === #

    @api.model
    def _import(self, shop, rows, options=None):
        """Apply cancellations.

        :param xb.shop shop: the shop; the caller has checked that the user may import.
        :param list rows: ``{"ref", "cancels", "placed_at", "lines": [{"sku", "qty",
            "unit_price"}], "buyer_id"}``; no lines means the whole order.
        :param dict options: see ``xb.order.importer._import``.
        :return: verdicts as ``xb.order.importer._import`` gives them; ``created`` is a
            cancellation that was applied.
        """
        if not rows:
            return []
        options = options or {}
        importer, shop = self.env["xb.order.importer"]._with_import_env(shop)
        self = self.with_env(importer.env)
        drafts = [self._examine(index, row) for index, row in enumerate(rows)]
        known = self.env["xb.order.importer"]._read_known(shop, drafts)
        todo = {}
        for draft in drafts:
            if draft.ref in todo:
                draft.state = "unchanged"
            elif self._is_news(draft, known.get(draft.ref), options):
                todo[draft.ref] = draft
        if todo:
            self._apply_all(shop, list(todo.values()))
            self._record(list(todo.values()), options)
        return [self.env["xb.order.importer"]._verdict(draft) for draft in drafts]

    @api.model
    def _retry_waiting(self, shop, drafts):
        """Try the cancellations again that waited for the sales of these drafts."""
        arrived = [draft for draft in drafts if draft.order and draft.state in (
            "created", "updated", "held")]
        if not arrived:
            return
        waiting = self.env["xb.order.intake"].search(
            Domain("shop_id", "=", shop.id) & Domain("state", "=", "held")
            & Domain("kind", "=", "cancellation") & Domain("problem_code", "=", "sale_unknown")
            & (Domain("cancels", "in", [draft.ref for draft in arrived])
               | Domain("cancels", "=", False)
               & Domain("buyer_key", "in", [draft.buyer_key for draft in arrived])),
            order="placed_at, id",
        )
        self._import(shop, [intake.value for intake in waiting], {"retry": True})

    # === BUSINESS METHODS - READING === #

    @api.model
    def _examine(self, index, row):
        row = order_value.without_nulls(row) if isinstance(row, dict) else {}
        ref = row.get("ref")
        draft = Draft(index=index, ref=ref.strip() if isinstance(ref, str) else "", value=row)
        if not draft.ref:
            draft.problem("schema", _lt(
                "$.ref: a cancellation needs a reference."
            ))
        if not self._lines_are_readable(row):
            draft.problem("schema", _lt(
                "$.lines: each line needs a SKU and a quantity above zero, as text."
            ))
        try:
            to_utc(row.get("placed_at"))
        except (AttributeError, TypeError, ValueError):
            draft.problem("schema", _lt(
                "$.placed_at: not a time."
            ))
        if draft.problems:
            draft.state = "rejected"
        draft.digest = order_value.digest(row)
        if draft.problems:
            draft.value = storable(row)
            draft.nameless = not draft.ref
            draft.ref = storable(draft.ref) or f"?{draft.digest[:16]}"
        return draft

    @api.model
    def _lines_are_readable(self, row):
        try:
            return all(
                isinstance(line["sku"], str) and Decimal(line["qty"]) > 0
                and Decimal(line.get("unit_price") or 0) >= 0
                for line in row.get("lines") or []
            )
        except (InvalidOperation, KeyError, TypeError, ValueError):
            return False

    @api.model
    def _is_news(self, draft, intake, options):
        if not intake:
            return True
        draft.intake, draft.order = intake, intake.order_id
        if intake.kind == "order":
            return self.env["xb.order.importer"]._refuse_taken(draft)
        if options.get("retry") and intake.state != "imported":
            return True
        if intake.state in ("imported", "dismissed"):
            draft.state = "unchanged"
            return False
        return True

    # === BUSINESS METHODS - APPLYING === #

    @api.model
    def _apply_all(self, shop, drafts):
        claimed = self.env["xb.order.intake"]._claim(
            shop, {draft.ref: "cancellation" for draft in drafts})
        valid = [draft for draft in drafts if draft.state != "rejected"]
        by_ref, by_buyer = self._find_sales(shop, valid)
        for draft in drafts:
            draft.intake = claimed[draft.ref]
        for draft in valid:
            try:
                with self.env.cr.savepoint():
                    self._apply(draft, by_ref, by_buyer)
                    if draft.problems:
                        raise UserError(draft.problems[0]["code"])
                draft.state = "created"
            except BUSINESS_ERRORS as error:
                draft.state = "held"
                if not draft.problems:
                    draft.problem("refused", _lt("Odoo refused it: %(reason)s"),
                                  reason=self.env["xb.order.importer"]._describe(error))

    @api.model
    def _find_sales(self, shop, drafts):
        """The sales that may be meant: by reference, and by buyer, newest first."""
        refs = [draft.value["cancels"] for draft in drafts if draft.value.get("cancels")]
        buyers = [self._buyer_key(draft) for draft in drafts if not draft.value.get("cancels")]
        orders = self.env["sale.order"].search(
            Domain("xb_shop_id", "=", shop.id)
            & (Domain("xb_ref", "in", refs)
               | Domain("xb_buyer_key", "in", [key for key in buyers if key])),
            order="xb_placed_at desc, id desc",
        )
        return {order.xb_ref: order for order in orders}, orders.grouped("xb_buyer_key")

    @api.model
    def _buyer_key(self, draft):
        buyer = draft.value.get("buyer_id")
        return f"id:{buyer.strip()}" if buyer else False

    @api.model
    def _apply(self, draft, by_ref, by_buyer):
        """Find the sale, then cancel it or take quantities off it; adds a problem otherwise."""
        draft.order, quantities = self._match(draft, by_ref, by_buyer)
        order = draft.order
        if not order or draft.problems or order.state == "cancel":
            return
        goods = order.order_line.filtered(lambda line: line.xb_sku)
        left = {line: quantities.get(line, line.product_uom_qty) for line in goods}
        late = [line for line in goods
                if left[line] < max(line.qty_delivered, line.qty_invoiced)]
        if late:
            draft.problem("already_delivered", _lt(
                "Order %(order)s: %(product)s has been delivered or billed already."
            ), order=order.name, product=late[0].product_id.display_name)
        elif not any(left.values()):
            order.action_cancel()
        else:
            order.write({"order_line": [
                (1, line.id, {"product_uom_qty": quantity})
                for line, quantity in quantities.items()
            ]})
        if not draft.problems:
            order._message_log(body=self.env._(
                "Cancelled by document %(ref)s: %(what)s.", ref=draft.ref,
                what=", ".join(f"{line['qty']} × {line['sku']}"
                               for line in draft.value.get("lines") or [])
                or self.env._("the whole order")))

    @api.model
    def _match(self, draft, by_ref, by_buyer):
        """The sale that is meant and the quantities that would be left on its lines.

        :return: ``(sale.order or None, {line: quantity})``
        """
        cancels, buyer = draft.value.get("cancels"), self._buyer_key(draft)
        if cancels:
            order = by_ref.get(cancels)
            if not order:
                draft.problem("sale_unknown", _lt(
                    "The sale %(ref)s has not been imported."
                ), ref=cancels)
                return None, {}
            quantities = self._quantities_left(order, draft)
            if quantities is None and order.state != "cancel":
                draft.problem("more_than_sold", _lt(
                    "Order %(order)s does not have all that is cancelled."
                ), order=order.name)
            return order, quantities or {}
        if not buyer:
            draft.problem("sale_not_named", _lt(
                "The cancellation names neither a sale nor a buyer."
            ))
            return None, {}
        placed_at = to_utc(draft.value.get("placed_at"))
        for order in by_buyer.get(buyer, ()):
            if order.state == "cancel" or (placed_at and order.xb_placed_at > placed_at):
                continue
            quantities = self._quantities_left(order, draft)
            if quantities is not None:
                return order, quantities
        draft.problem("sale_unknown", _lt(
            "No earlier order of buyer %(buyer)s has all that is cancelled."
        ), buyer=draft.value["buyer_id"])
        return None, {}

    @api.model
    def _quantities_left(self, order, draft):
        """Take the cancelled quantities off the order's lines, in thought.

        :return: quantity left per line that changes; None where the order has not all of it.
        """
        goods = order.order_line.filtered(lambda line: line.xb_sku)
        wanted = draft.value.get("lines")
        if not wanted:
            return dict.fromkeys(goods, 0.0)
        left = {}
        for item in wanted:
            rest = float(item["qty"])
            for line in goods:
                if rest and line.xb_sku == item["sku"].strip() and self._same_price(line, item):
                    have = left.get(line, line.product_uom_qty)
                    taken = min(have, rest)
                    left[line] = have - taken
                    rest -= taken
            if not float_is_zero(rest, precision_digits=6):
                return None
        return left

    @api.model
    def _same_price(self, line, item):
        price = item.get("unit_price")
        return not price or not float_compare(line.price_unit, float(price), precision_digits=6)

    # === BUSINESS METHODS - VERDICT === #

    @api.model
    def _record(self, drafts, options):
        self.env["xb.order.problem"]._sync(drafts)
        for draft in drafts:
            intake = draft.intake
            state = "imported" if draft.state == "created" else draft.state
            problems = draft.intake._prepare_problem_vals(draft.problems)
            if intake.state == state and (intake.problems or []) == draft.problems:
                if intake.digest == draft.digest:
                    draft.state = draft.state if state == "rejected" else "unchanged"
                    continue
            intake.write({
                "state": state, "kind": "cancellation", "digest": draft.digest,
                "value": draft.value, **problems,
                "order_id": draft.order.id if draft.order else False,
                "run_id": options.get("run_id") or intake.run_id.id,
                **({} if state == "rejected" else {
                    "cancels": draft.value.get("cancels") or False,
                    "buyer_key": self._buyer_key(draft),
                    "placed_at": to_utc(draft.value.get("placed_at")),
                }),
            })
