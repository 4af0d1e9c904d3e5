from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..core import posting
from ..core.kinds import REFUNDS, SALES
from ..core.statements.base import ZERO

TRADE = (SALES, REFUNDS)
# The lines of orders (``s``) with those of the posted documents (``m``, ``i``) that invoice them.
DOCUMENTS = SQL("""
    sale_order_line s
    JOIN sale_order_line_invoice_rel r ON r.order_line_id = s.id
    JOIN account_move_line i ON i.id = r.invoice_line_id
    JOIN account_move m ON m.id = i.move_id AND m.state = 'posted'
     AND m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
""")
# Of a journal item that is a customer's: whose order it pays.
ORDER_KEY = "order"


class Party(NamedTuple):
    """Whose money a bucket is, as far as that decides its account."""

    order_id: int | None
    position_id: int | None


class Turned(NamedTuple):
    """Lines of one kind and order that are booked elsewhere from now on; ``sign`` is 1 from the
    settlement's sales to the customer, -1 back."""

    settlement_id: int
    order_id: int
    position_id: int | None
    kind: str
    sign: int
    amount: Decimal
    value: Decimal


class XbSettlement(models.Model):
    """An order is sold once: by its settlement, or by its invoice, which the settlement pays.

    Which of them is said by the order's posted invoices and credit notes. When they change after
    the settlement was posted, its sale becomes a payment of the customer's, or a sale again, by
    an entry of its own: what was booked stays as it is.
    """

    _inherit = "xb.settlement"

    invoice_move_ids = fields.One2many(
        "account.move", "xb_settlement_id", "Invoiced Later", readonly=True,
        help="Entries that make the settlement's sales payments of invoices which were posted "
             "after it, and back.")
    invoice_move_count = fields.Integer(compute="_compute_invoice_move_count")

    # === COMPUTE METHODS === #

    @api.depends("invoice_move_ids")
    def _compute_invoice_move_count(self):
        for settlement in self:
            settlement.invoice_move_count = len(settlement.invoice_move_ids)

    # === ACTION METHODS === #

    def action_view_invoice_moves(self):
        """Open the entries of orders that were invoiced after the settlement."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_journal_line")
        return {**action, "domain": [("xb_settlement_id", "=", self.id)], "context": {}}

    # === WHAT IS INVOICED === #

    def _sql_settles_invoice(self, where, orders):
        """SQL of which lines pay an invoice: rows ``(id, value)``.

        In *Settle invoices* mode all of an order's. Else sales while its posted invoices exceed
        its credit notes, refunds while it has credit notes that do not just undo the invoices.

        :param SQL where: which lines, of ``l``
        :param orders: theirs, ids or a query
        """
        return SQL(
            """
            SELECT l.id, CASE
                   WHEN l.kind_group NOT IN %(trade)s OR l.match != 'order' THEN FALSE
                   WHEN shop.settlement_mode = 'receivable' THEN TRUE
                   WHEN l.kind_group = %(sales)s THEN COALESCE(net.most > 0, FALSE)
                   ELSE COALESCE(net.credited AND (net.most > 0 OR net.least < 0), FALSE)
                   END AS value
              FROM xb_settlement_line l
              JOIN xb_shop shop ON shop.id = l.shop_id
              LEFT JOIN (
                   SELECT order_id, MAX(amount) AS most, MIN(amount) AS least,
                          bool_or(credited) AS credited
                     FROM (SELECT s.order_id, SUM(CASE WHEN m.move_type = 'out_refund' THEN -1
                                                       ELSE 1 END * i.price_total) AS amount,
                                  bool_or(m.move_type = 'out_refund') AS credited
                             FROM %(documents)s
                            WHERE s.order_id IN %(orders)s
                            GROUP BY s.order_id, i.currency_id) document
                    GROUP BY order_id) net ON net.order_id = l.order_id
             WHERE %(where)s
            """, trade=TRADE, sales=SALES, documents=DOCUMENTS, orders=orders, where=where)

    def _mark_invoiced(self):
        """Tell the lines that pay an invoice from those that are sales."""
        self.env.flush_all()
        wanted = self._sql_settles_invoice(
            SQL("l.settlement_id = %s", self.id),
            SQL("(SELECT order_id FROM xb_settlement_line WHERE settlement_id = %s)", self.id))
        self.env.cr.execute(SQL(
            """
            UPDATE xb_settlement_line l SET settles_invoice = new.value
              FROM (%s) new
             WHERE l.id = new.id AND COALESCE(l.settles_invoice, FALSE) != new.value
            """, wanted))
        self.env["xb.settlement.line"].invalidate_model(["settles_invoice"])

    # === INVOICES AFTER THE SETTLEMENT === #

    @api.model
    def _book_invoices(self, moves):
        """Book what invoices and credit notes, just posted or taken back, change in settlements.

        The entry is dated as the document, but not before the settlement. Core moves it to the
        first open day where that one is locked.

        :param account.move moves: customer documents
        """
        days = {}
        for move in moves:
            for order in move.invoice_line_ids.sale_line_ids.order_id:
                days[order.id] = max(days.get(order.id, move.date), move.date)
        turned = self._turn_lines(tuple(days)) if days else None
        if turned is None:
            return
        # Core lets a draft keep what has paid it; here that is a sale again.
        moves.filtered(lambda move: move.state != "posted").line_ids.filtered(
            lambda line: line.account_type == "asset_receivable").remove_move_reconcile()
        entries = {}
        for row in turned:
            settlement = self.browse(row.settlement_id)
            day = max(days[row.order_id], settlement.move_id.date)
            entries.setdefault((settlement, day), []).append(row)
        for (settlement, day), rows in sorted(
                entries.items(), key=lambda item: (item[0][0].id, item[0][1])):
            settlement._make_move(
                _prepare_turned(rows), day, xb_settlement_id=settlement.id,
                ref=self.env._("Invoices of orders in %(name)s", name=settlement.name))
        self._reconcile_orders(self.env["sale.order"].browse(days))

    def _turn_lines(self, order_ids):
        """Mark the lines of orders anew.

        Lines of settlements that are not posted are written in any case: one that is being
        posted at this very moment then fails on it, and is posted again with the invoice in sight.

        :return: list of :class:`Turned`, None where no settlement knows the orders
        """
        if not self.env.execute_query(SQL(
                "SELECT FROM xb_settlement_line WHERE order_id IN %s LIMIT 1", order_ids)):
            return None
        self.env.flush_all()
        rows = self.env.execute_query(SQL(
            """
            WITH turned AS (
                UPDATE xb_settlement_line l SET settles_invoice = new.value
                  FROM (SELECT w.id, w.value, t.state,
                               COALESCE(x.settles_invoice, FALSE) != w.value AS differs
                          FROM (%(wanted)s) w
                          JOIN xb_settlement_line x ON x.id = w.id
                          JOIN xb_settlement t ON t.id = x.settlement_id) new
                 WHERE l.id = new.id AND (new.differs OR new.state != 'posted')
                RETURNING l.*, new.differs AND new.state = 'posted' AS is_booked)
            SELECT l.settlement_id, l.order_id, %(position)s, l.kind,
                   CASE WHEN l.settles_invoice THEN 1 ELSE -1 END,
                   SUM(l.amount)::text, SUM(l.value)::text
              FROM turned l JOIN sale_order o ON o.id = l.order_id
             WHERE l.is_booked
             GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
            """, position=self._sql_position(), wanted=self._sql_settles_invoice(
                SQL("l.order_id IN %s", order_ids), order_ids)))
        self.env["xb.settlement.line"].invalidate_model(["settles_invoice"])
        return [Turned(*row, Decimal(amount), Decimal(value)) for *row, amount, value in rows]

    @api.model
    def _sql_position(self):
        """SQL of the fiscal position that changes the account of a line ``l`` of order ``o``."""
        return SQL(
            """
            CASE WHEN l.kind_group IN %s AND o.fiscal_position_id IN (
                      SELECT position_id FROM account_fiscal_position_account)
                 THEN o.fiscal_position_id END
            """, TRADE)

    # === CUSTOMERS === #

    def _get_customers(self, orders):
        """Return whose account pays an order: the one of its invoice, where there is one.

        :return: ``{order id: (partner, account)}``; without an invoice no account
        """
        none = self.env["account.account"]
        found = {order.id: (order.partner_invoice_id, none) for order in orders}
        for order, items in self._get_invoice_items(orders).items():
            if items:
                found[order.id] = (items[0].partner_id, items[0].account_id)
        return found

    def _get_invoice_items(self, orders):
        """Return ``{order: receivable items of its posted invoices and credit notes}``."""
        return {order: order.order_line.invoice_lines.move_id.filtered(
            lambda move: move.state == "posted" and move.is_sale_document(include_receipts=True)
            ).sorted("id").line_ids.filtered(
            lambda line: line.account_type == "asset_receivable") for order in orders}

    def _get_customer_items(self, orders):
        """Return what is booked on customers' accounts for orders, by documents and settlements.

        :return: ``{order: account.move.line}``
        """
        items = self._get_invoice_items(orders)
        keys = {f"{ORDER_KEY}/{order.id}": order for order in orders}
        for line in self.env["account.move.line"].sudo().search([
                ("xb_settlement_key", "in", list(keys)), ("parent_state", "=", "posted"),
                ("reconciled", "=", False)]):
            items[keys[line.xb_settlement_key]] |= line
        return items

    def _reconcile_orders(self, orders):
        """Tie what was paid for orders to their open invoices; core books the difference of
        their rates."""
        # In sudo mode: who posts an invoice or a settlement need not reconcile by hand.
        for items in self._get_customer_items(orders.sudo()).values():
            for lines in items.grouped("account_id").values():
                lines = lines.filtered(lambda line: not line.reconciled)
                if len({line.balance > 0 for line in lines}) > 1:
                    lines.reconcile()


def _prepare_turned(rows):
    """Return the entries that turn lines: off the accounts of their kinds onto the customers', or
    back."""
    sums = {}
    for row in rows:
        for order_id, sign in ((None, row.sign), (row.order_id, -row.sign)):
            key = (row.kind, order_id, row.position_id)
            amount, value = sums.get(key, (ZERO, ZERO))
            sums[key] = (amount + sign * row.amount, value + sign * row.value)
    return [
        posting.Entry(posting.KIND, amount, value, kind, Party(order_id, position_id))
        for (kind, order_id, position_id), (amount, value) in sums.items() if amount or value]
