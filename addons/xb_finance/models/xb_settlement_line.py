import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import GROUP_SELECTION, KIND_SELECTION, MATCHES, REASONS
from ..core.kinds import KINDS

READ_ONLY = ("amount", "row", "part", "settlement_id", "happened_at", "reference", "description")


class XbSettlementLine(models.Model):
    """One movement of a statement, and what it is tied to.

    What the platform said is never edited: a mistake of its is a line of our own, with a reason.
    """

    _name = "xb.settlement.line"
    _description = "Settlement Line"
    _order = "settlement_id, row, part, id"
    _rec_name = "description"

    settlement_id = fields.Many2one("xb.settlement", required=True, index=True,
                                    ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    shop_id = fields.Many2one("xb.shop", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    row = fields.Integer("Row of the File", readonly=True)
    part = fields.Integer(readonly=True)
    kind = fields.Selection(KIND_SELECTION, required=True, readonly=True, index=True)
    kind_group = fields.Selection(GROUP_SELECTION, "Term", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True, help="Positive is to the seller.")
    value = fields.Monetary(
        "Booked As", currency_field="company_currency_id", readonly=True,
        help="In the company's currency: sales at the rate of their order, the rest at the "
             "settlement's.")
    exchange_value = fields.Monetary(
        "Exchange Difference", currency_field="company_currency_id", readonly=True,
        help="What the line is worth at the settlement's rate less what it was booked as.")
    original_amount = fields.Monetary(
        "Charged", currency_field="original_currency_id", readonly=True,
        help="What the buyer was charged, where that is another currency.")
    original_currency_id = fields.Many2one("res.currency", readonly=True)
    happened_at = fields.Datetime("Time", readonly=True)
    order_ref = fields.Char("Order Number", readonly=True)
    reference = fields.Char("Transaction", readonly=True)
    related_ref = fields.Char("Refers To", readonly=True)
    description = fields.Char("Platform's Words", readonly=True)
    sku = fields.Char("SKU", readonly=True)
    match = fields.Selection(MATCHES, "Tied To", required=True, default="open", readonly=True)
    matched_by = fields.Selection(
        [("rule", "Rule"), ("hand", "Hand")], readonly=True)
    reason = fields.Selection(REASONS, "Open Because", readonly=True)
    note = fields.Char("Reason", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True, ondelete="restrict",
                               index="btree_not_null")
    is_correction = fields.Boolean("Correction", readonly=True)
    settles_invoice = fields.Boolean(
        readonly=True, help="Booked against the customer: its revenue is in the order's invoice.")
    suggestion_ids = fields.Many2many("sale.order", compute="_compute_suggestion_ids",
                                      string="Suggestions")
    suggestion_text = fields.Char("Perhaps", compute="_compute_suggestion_ids")

    _place_uniq = models.UniqueIndex(
        "(settlement_id, row, part) WHERE is_correction IS NOT TRUE",
        "A row of the file is in its settlement already.")
    _invoice_idx = models.Index("(settlement_id) WHERE settles_invoice")
    _open_idx = models.Index("(settlement_id) WHERE match = 'open'")
    _reference_idx = models.Index("(shop_id, reference) WHERE reference IS NOT NULL")
    _order_ref_idx = models.Index("(shop_id, order_ref) WHERE order_ref IS NOT NULL")

    # === COMPUTE METHODS === #

    @api.depends("order_ref", "amount", "match")
    def _compute_suggestion_ids(self):
        for line in self:
            orders = line._get_suggestions() if line.match == "open" else line.order_id.browse()
            line.suggestion_ids = orders
            line.suggestion_text = ", ".join(
                order.xb_ref or order.name for order in orders) or False

    # === CRUD METHODS === #

    def write(self, vals):
        """Override: what the platform said stays as it is."""
        touched = [name for name in READ_ONLY if name in vals]
        if touched and not self.env.su:
            raise UserError(self.env._(
                "A line of a statement is not edited. Add a correction line with the reason."))
        return super().write(vals)

    # === ACTION METHODS === #

    def action_match_suggestion(self):
        """Tie each line to the first order that is suggested for it, and with it the other open
        lines of the same number."""
        self._check_open_settlement()
        for line in self.filtered("suggestion_ids"):
            if line.match == "open":
                (line | line._search_siblings())._match_order(line.suggestion_ids[0])
        self.settlement_id._refresh()
        return True

    # === BUSINESS METHODS === #

    def match_order(self, order_id):
        """Tie lines to an order by hand.

        :param int order_id: the sales order, of the same company
        :raise UserError: when the settlement is posted, or the order of another company
        """
        self._check_open_settlement()
        order = self.env["sale.order"].browse(order_id).exists()
        order.check_access("read")
        if not order or order.company_id != self.company_id:
            raise UserError(self.env._("Choose an order of the settlement's company."))
        self._match_order(order)
        self.settlement_id._refresh()
        return True

    def _match_order(self, order):
        # In sudo mode: finance ties lines, it does not write what was in the file.
        self.sudo().write({"match": "order", "matched_by": "hand", "order_id": order.id,
                           "reason": False, "note": False})

    def leave_open(self, note):
        """Let lines be booked on the account of open items, with a reason.

        :param str note: why nobody can tie them
        :raise UserError: without a reason, or when the settlement is posted
        """
        self._check_open_settlement()
        note = note.strip() if isinstance(note, str) else ""
        if not note:
            raise UserError(self.env._("Say why the lines stay open."))
        lines = self.filtered(lambda line: line.match in ("open", "left"))
        lines.sudo().write({"match": "left", "matched_by": "hand", "note": note})
        self.settlement_id._refresh()
        return True

    def set_kind(self, kind, remember=False):
        """Say what lines of a type that nobody knew are.

        :param str kind: key of the kinds
        :param bool remember: make a rule of it, for this and later settlements
        :raise UserError: for an unknown kind, or when the settlement is posted
        """
        self._check_open_settlement()
        if kind not in dict(KIND_SELECTION) or kind == "payout":
            raise UserError(self.env._("There is no kind “%(kind)s”.", kind=kind))
        settlements = self.settlement_id
        if remember:
            self.env["xb.settlement.rule"]._remember(self, kind)
        else:
            self.sudo()._set_kind(kind)
        settlements._match_lines()
        return True

    def _set_kind(self, kind):
        self.write({"kind": kind, "kind_group": KINDS[kind].group, "match": "open",
                    "matched_by": False, "reason": False})

    def _search_siblings(self):
        """Return the open lines of the settlement that name the same order."""
        self.ensure_one()
        return self.search([
            ("settlement_id", "=", self.settlement_id.id), ("match", "=", "open"),
            ("order_ref", "=", self.order_ref), ("kind", "!=", "unclassified"),
        ]) if self.order_ref else self

    def _check_open_settlement(self):
        self.shop_id._check_finance_access()
        if any(settlement.state in ("posted", "cancelled") for settlement in self.settlement_id):
            raise UserError(self.env._(
                "The settlement is posted. Reverse it before its lines are tied anew."))

    def _get_suggestions(self):
        """Return up to three orders that the line may belong to, the likeliest first."""
        self.ensure_one()
        Order = self.env["sale.order"]
        domain = [("xb_shop_id", "=", self.shop_id.id), ("state", "!=", "cancel")]
        numbers = re.findall(r"\d{4,}", self.order_ref or "")
        if numbers:
            likely = [("xb_ref", "ilike", max(numbers, key=len))]
            found = Order.search(Domain.AND([domain, likely]), limit=3)
            if found:
                return found
        if self.kind_group == "sales" and self.amount > 0:
            same = [("currency_id", "=", self.currency_id.id), ("amount_total", "=", self.amount)]
            return Order.search(
                Domain.AND([domain, same]), order="date_order desc", limit=3)
        return Order
