from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..core import posting
from ..core.kinds import KINDS, PAYOUT
from ..core.statements.base import ZERO
from .xb_settlement_invoice import ORDER_KEY, Party

# What an order was worth on its day; fees are worth the settlement's rate.
AT_ORDER_RATE = tuple(kind for kind, word in KINDS.items()
                      if word.group in ("sales", "refunds"))


class XbSettlement(models.Model):
    """From a settlement that ties out to journal entries, and back.

    One entry for the settlement, dated its last day, one for the payout, dated its own. See
    ``core/posting.py`` for what they hold. Everything happens in one transaction: nothing is
    posted half.
    """

    _inherit = "xb.settlement"

    payout_move_id = fields.Many2one("account.move", "Payout Entry", readonly=True, copy=False,
                                     index="btree_not_null")

    # === ACTION METHODS === #

    def action_post(self):
        """Post settlements in the order of their periods.

        :raise UserError: when one does not tie out, has open lines, or an earlier one of the
            same shop and currency is not posted yet; and whatever core refuses (lock dates)
        """
        self.shop_id._check_finance_access()
        for settlement in self.sorted(lambda s: (s.date_end, s.id)):
            settlement._check_postable()
            settlement._post()
        return True

    def action_reverse(self):
        """Reverse the entries; the settlement can be changed and posted again.

        :raise UserError: when a later settlement of the shop and currency is posted
        """
        self.shop_id._check_finance_access()
        for settlement in self.sorted(lambda s: (s.date_end, s.id), reverse=True):
            if settlement.state != "posted":
                raise UserError(self.env._("%(name)s is not posted.", name=settlement.name))
            later = settlement._search_neighbour(">", [("state", "=", "posted")])
            if later:
                raise UserError(self.env._(
                    "Reverse %(later)s first: it carries on from %(name)s.",
                    later=later.name, name=settlement.name))
            settlement._reverse()
        return True

    # === CHECKS === #

    def _check_postable(self):
        self.ensure_one()
        if self.state in ("posted", "cancelled"):
            raise UserError(self.env._("%(name)s is posted or cancelled.", name=self.name))
        self._refresh()
        if self.state == "held":
            raise UserError(self.env._(
                "%(name)s cannot be posted: %(problems)s", name=self.name,
                problems=self.problem_text or self.env._(
                    "the lines lack %(difference)s to the total",
                    difference=self.currency_id.format(self.difference))))
        if self.open_count:
            raise UserError(self.env._(
                "%(name)s has %(count)s open lines. Tie them to an order or leave them open with "
                "a reason.", name=self.name, count=self.open_count))
        earlier = self._search_neighbour("<", [("state", "in", ("held", "open", "ready"))])
        if earlier:
            raise UserError(self.env._(
                "Post %(earlier)s first: settlements of a shop carry on from one another.",
                earlier=earlier.name))

    def _search_neighbour(self, operator, domain):
        return self.search([
            ("shop_id", "=", self.shop_id.id), ("currency_id", "=", self.currency_id.id),
            ("date_end", operator, self.date_end), ("id", "!=", self.id), *domain], limit=1)

    # === POSTING === #

    def _post(self):
        self.ensure_one()
        rates = self._get_rates()
        self._value_lines(rates)
        first, second = posting.entries(
            self._get_buckets(), self.nature, rates,
            self._get_carried("clearing"), self._get_carried("reserve"))
        settled = self._make_move(first, self.date_end)
        paid = self._make_move(second, self.paid_on or self.date_end)
        exchange = -sum((entry.value for entry in (*first, *second)
                         if entry.role == posting.EXCHANGE), ZERO)
        # In sudo mode: the state of a settlement follows from what was done, it is not typed.
        self.sudo().write({
            "state": "posted", "move_id": settled.id, "payout_move_id": paid.id,
            "exchange_difference": exchange,
        })
        self._reconcile_orders(self._get_paid_orders(settled))
        self._after_post()

    def _after_post(self):
        """Hook: the settlement has been posted or reversed."""
        # In sudo mode: the rows follow from what was booked, nobody writes them.
        self.env["xb.order.profit"].sudo()._rebuild_settlement(self)

    def _get_rates(self):
        """Return the rates of the settlement, as exact as they are stored."""
        own = self.company_id.currency_id
        convert = self.env["res.currency"]._get_conversion_rate

        def rate(day):
            return Decimal(repr(float(convert(self.currency_id, own, self.company_id, day))))

        settlement = Decimal(repr(self.settlement_rate)) if self.settlement_rate else rate(
            self.date_end)
        received = Decimal(repr(self.received)) if self.received else None
        if self.currency_id == own:
            settlement, received = Decimal(1), None
        return posting.Rates(
            settlement, rate(self.paid_on or self.date_end), received, own.decimal_places)

    def _value_lines(self, rates):
        """Store what each line is worth in the company's currency, in one statement."""
        own = self.company_id.currency_id
        at_order = AT_ORDER_RATE if self.shop_id.settlement_mode == "revenue" else ("",)
        self.env.flush_all()
        self.env.cr.execute(SQL(
            """
            WITH valued AS (
                SELECT l.id, ROUND(l.amount * %(rate)s, %(digits)s) AS plain,
                       CASE WHEN l.kind NOT IN %(kinds)s OR o.id IS NULL THEN NULL
                            WHEN o.currency_id = l.currency_id
                            THEN ROUND(l.amount * w.rate, %(digits)s)
                            WHEN o.currency_id = l.original_currency_id
                            THEN ROUND(l.original_amount * w.rate, %(digits)s)
                       END AS worth
                  FROM xb_settlement_line l
                  LEFT JOIN sale_order o ON o.id = l.order_id
                  LEFT JOIN LATERAL (SELECT %(order_rate)s AS rate) w ON TRUE
                 WHERE l.settlement_id = %(id)s)
            UPDATE xb_settlement_line l
               SET value = COALESCE(v.worth, v.plain),
                   exchange_value = v.plain - COALESCE(v.worth, v.plain)
              FROM valued v WHERE v.id = l.id
            """, rate=rates.settlement, digits=own.decimal_places, kinds=at_order,
            order_rate=self.env["sale.order"]._xb_sql_company_rate(), id=self.id))
        self.env["xb.settlement.line"].invalidate_model(["value", "exchange_value"])

    def _get_buckets(self):
        """Return the lines summed up by kind and by what changes their account: the fiscal
        position, and the order whose invoice they pay."""
        self._mark_invoiced()
        rows = self.env.execute_query(SQL(
            """
            SELECT CASE WHEN l.match = 'left' AND NOT COALESCE(l.is_correction, FALSE)
                             AND l.kind_group != %s THEN 'left' ELSE l.kind END,
                   CASE WHEN l.settles_invoice THEN l.order_id END,
                   %s, SUM(l.amount)::text, SUM(l.value)::text
              FROM xb_settlement_line l LEFT JOIN sale_order o ON o.id = l.order_id
             WHERE l.settlement_id = %s
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """, PAYOUT, self._sql_position(), self.id))
        return [posting.Bucket(kind, Decimal(amount), Decimal(value), Party(order, position))
                for kind, order, position, amount, value in rows]

    def _get_carried(self, purpose):
        """Return what the shop's clearing or reserve account holds in this currency."""
        account = self._get_account(purpose)
        [[amount, value]] = self.env["account.move.line"]._read_group(
            [("account_id", "=", account.id), ("currency_id", "=", self.currency_id.id),
             ("company_id", "=", self.company_id.id), ("parent_state", "=", "posted")],
            [], ["amount_currency:sum", "balance:sum"])
        own = self.company_id.currency_id
        return posting.Carried(_exact(amount, self.currency_id), _exact(value, own))

    def _get_account(self, purpose):
        return self.env["xb.settlement.account"]._get_account(
            purpose, self.shop_id, self.currency_id)

    # === JOURNAL ENTRIES === #

    def _make_move(self, entries, day, **vals):
        """Book entries.

        :param list entries: see ``core/posting.py``
        :param date day: of the entry
        :param vals: what else is to be written on it
        :rtype: account.move
        """
        if not entries:
            return self.env["account.move"]
        orders = self.env["sale.order"].browse(
            {entry.key.order_id for entry in entries if entry.key and entry.key.order_id}).sudo()
        customers = self._get_customers(orders)
        booked = self._get_booked_accounts()
        # In sudo mode: finance posts what ties out; journals and taxes are not its to manage.
        move = self.env["account.move"].sudo().with_company(self.company_id).create({
            "move_type": "entry",
            "date": day,
            "ref": f"{self.shop_id.name} {self.name}",
            "journal_id": self.company_id._xb_get_settlement_journal().id,
            "company_id": self.company_id.id,
            "line_ids": [Command.create(self._prepare_move_line_vals(entry, customers, booked))
                         for entry in entries],
            **vals,
        })
        move.action_post()
        return move.sudo(False)

    def _prepare_move_line_vals(self, entry, customers, booked):
        """Values of one journal item."""
        partner, receivable = customers.get(entry.key and entry.key.order_id, (None, None))
        key = _get_key(entry)
        account = receivable or booked.get(key) or self._get_entry_account(entry, partner)
        analytic = self.shop_id.analytic_account_id
        vals = {
            "name": f"{self.name} {self._get_entry_label(entry)}",
            "account_id": account.id,
            "xb_settlement_key": key,
            "partner_id": partner.id if partner else False,
            "currency_id": self.currency_id.id,
            "amount_currency": float(entry.amount),
            "debit": float(max(entry.value, ZERO)),
            "credit": float(max(-entry.value, ZERO)),
        }
        if analytic and entry.role == posting.KIND:
            vals["analytic_distribution"] = {str(analytic.id): 100}
        return vals

    def _get_entry_label(self, entry):
        if entry.role == posting.EXCHANGE:
            return self.env._("Exchange Difference")
        if entry.kind == "left":
            return self.env._("In Clarification")
        return self._get_kind_label(entry.kind) if entry.kind else self.env._("Clearing")

    def _get_entry_account(self, entry, partner):
        if entry.role == posting.EXCHANGE:
            company = self.company_id
            account = company.expense_currency_exchange_account_id if entry.value > 0 \
                else company.income_currency_exchange_account_id
            if not account:
                raise UserError(self.env._(
                    "%(company)s has no accounts for exchange differences. Choose them under "
                    "Accounting, Settings.", company=company.name))
            return account
        if entry.role != posting.KIND:
            return self._get_account(entry.role)
        account = partner.with_company(self.company_id).property_account_receivable_id \
            if partner else self._get_account(entry.kind)
        # In sudo mode, as the entry: who posts need not read what taxes and accounts map to.
        position = self.env["account.fiscal.position"].sudo().browse(
            entry.key and entry.key.position_id)
        return position.map_account(account) if position else account

    def _get_booked_accounts(self):
        """Return ``{key: account}`` of what is booked already: it is taken back where it is, even
        if another account has been chosen meanwhile."""
        items = (self.move_id | self.invoice_move_ids).sudo().line_ids.filtered(
            lambda line: (line.xb_settlement_key or ORDER_KEY).split("/")[0] != ORDER_KEY)
        return {item.xb_settlement_key: item.account_id for item in items}

    @api.model
    def _get_paid_orders(self, moves):
        """Return the orders whose invoices entries pay."""
        keys = {line.xb_settlement_key for line in moves.sudo().line_ids} - {False}
        return self.env["sale.order"].browse(
            {int(number) for word, number in (key.split("/") for key in keys)
             if word == ORDER_KEY})

    def _reverse(self):
        self.ensure_one()
        later = self.invoice_move_ids.sudo()
        moves = later | (self.payout_move_id | self.move_id).sudo()
        moves._reverse_moves([
            {"date": self._get_reversal_date(move),
             "ref": self.env._("Reversal of %(name)s", name=move.name)} for move in moves
        ], cancel=True)
        self._message_log(body=self.env._("Reversed."))
        self.sudo().write({"state": "open", "move_id": False, "payout_move_id": False,
                           "exchange_difference": 0.0})
        later.xb_settlement_id = False
        self._reconcile_orders(self._get_paid_orders(moves))
        self._refresh()
        self._after_post()

    def _get_reversal_date(self, move):
        """The entry's own day, so that the period is as before; today where it is locked."""
        locked = self.company_id._get_violated_lock_dates(move.date, False, move.journal_id)
        return fields.Date.context_today(self) if locked else move.date


def _get_key(entry):
    """Return what a journal item is for: an order that it pays, or a kind and fiscal position."""
    if entry.role != posting.KIND:
        return False
    order_id, position_id = entry.key
    return f"{ORDER_KEY}/{order_id}" if order_id else f"{entry.kind}/{position_id or 0}"


def _exact(amount, currency):
    """Return a float of the ORM as the exact amount it stands for."""
    return Decimal(f"{amount or 0.0:.{currency.decimal_places}f}")
