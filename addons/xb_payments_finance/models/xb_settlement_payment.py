from odoo import fields, models
from odoo.fields import Command
from odoo.tools import SQL


class XbSettlement(models.Model):
    """What buyers paid through a provider of ours is in the books already: core's payment.

    It says that the money is on its way (an outstanding account) and that the customer owes it
    no longer. The settlement books the same sale once more; this entry takes the payment's
    part back, at the payment's own values: the outstanding account is cleared, the customer's
    account balanced, and the revenue is there once, from the settlement or from the invoice.
    """

    _inherit = "xb.settlement"

    payment_move_id = fields.Many2one(
        "account.move",
        "Cleared Payments",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Takes back what the payments of these orders booked as outstanding.",
    )

    # === BUSINESS METHODS === #

    def _post(self):
        """Override of `xb_finance`: the statement clears the payments that it names."""
        result = super()._post()
        self._clear_payments()
        return result

    def _reverse(self):
        """Override of `xb_finance`: payments are outstanding again."""
        move_sudo = self.payment_move_id.sudo()
        if move_sudo:
            move_sudo._reverse_moves(
                [
                    {
                        "date": self._get_reversal_date(move_sudo),
                        "ref": self.env._("Reversal of %(name)s", name=move_sudo.name),
                    }
                ],
                cancel=True,
            )
            self.sudo().payment_move_id = False
        return super()._reverse()

    def _clear_payments(self):
        """Book the counterpart of the payments named, and reconcile all of it."""
        self.ensure_one()
        # In sudo mode: finance posts what ties out; payments and entries follow from it.
        payments = self._search_cleared_payments().sudo()
        outstanding, counterparts = self._get_open_items(payments)
        if not outstanding:
            return
        move = (
            self.env["account.move"]
            .sudo()
            .with_company(self.company_id)
            .create(
                {
                    "move_type": "entry",
                    "date": self.date_end,
                    "ref": self.env._("Payments of %(name)s", name=self.name),
                    "journal_id": self.company_id._xb_get_settlement_journal().id,
                    "company_id": self.company_id.id,
                    "line_ids": [
                        Command.create(vals) for vals in self._prepare_cleared_vals(outstanding)
                    ],
                }
            )
        )
        move.action_post()
        self.sudo().payment_move_id = move
        self._reconcile_cleared(move.line_ids, outstanding, counterparts)

    def _search_cleared_payments(self):
        """Return the booked payments that the statement's sales and refunds name.

        :rtype: account.payment
        """
        self.env["payment.transaction"].flush_model()
        self.env["xb.settlement.line"].flush_model()
        same = SQL(
            "l.settlement_id = %s AND l.company_id = tx.company_id AND l.kind IN "
            "('sale', 'refund', 'chargeback') AND SIGN(l.amount) = SIGN(tx.amount)",
            self.id,
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT tx.payment_id
                  FROM payment_transaction tx
                  JOIN account_payment p ON p.id = tx.payment_id
                  JOIN account_move m ON m.id = p.move_id AND m.state = 'posted'
                 WHERE tx.xb_attempt IS NOT NULL AND tx.state = 'done'
                   AND tx.company_id = %(company)s AND tx.currency_id = %(currency)s
                   AND (EXISTS (SELECT FROM xb_settlement_line l
                                 WHERE %(same)s AND l.order_ref = tx.xb_attempt)
                     OR EXISTS (SELECT FROM xb_settlement_line l
                                 WHERE %(same)s AND l.related_ref = tx.xb_attempt)
                     -- Refunds may bear their payment's number: then the amount tells.
                     OR EXISTS (SELECT FROM xb_settlement_line l
                                 WHERE %(same)s AND l.reference = tx.provider_reference
                                   AND (tx.amount > 0 OR l.amount = tx.amount)))
                 ORDER BY tx.payment_id
                """,
                company=self.company_id.id,
                currency=self.currency_id.id,
                same=same,
            )
        )
        return self.env["account.payment"].browse([row[0] for row in rows])

    def _get_open_items(self, payments):
        """Return the journal items that the payments left open, and their counterparts.

        A payment that was booked straight into a bank account has none: nothing is outstanding.

        :rtype: tuple[account.move.line, account.move.line]
        """
        outstanding = counterparts = self.env["account.move.line"].sudo()
        for payment in payments:
            liquidity, counterpart, _write_off = payment._seek_for_lines()
            open_lines = liquidity.filtered(
                lambda line: line.account_id.reconcile and not line.reconciled
            )
            if open_lines and len(counterpart) == 1:
                outstanding |= open_lines
                counterparts |= counterpart
        return outstanding, counterparts

    def _prepare_cleared_vals(self, outstanding):
        """Values of the items: per customer what is owed again, per account what is cleared."""
        name = self.env._("Payments of %(name)s", name=self.name)
        sums = {}
        for line in outstanding:
            payment = line.payment_id
            for key, sign in (
                ((payment.destination_account_id, payment.partner_id), 1),
                ((line.account_id, line.partner_id.browse()), -1),
            ):
                amount, value = sums.get(key, (0, 0))
                sums[key] = (
                    amount + sign * line.amount_residual_currency,
                    value + sign * line.amount_residual,
                )
        own, currency = self.company_id.currency_id, self.currency_id
        return [
            {
                "name": name,
                "account_id": account.id,
                "partner_id": partner.id,
                "currency_id": currency.id,
                "amount_currency": currency.round(amount),
                "balance": own.round(value),
            }
            for (account, partner), (amount, value) in sums.items()
            if not (currency.is_zero(amount) and own.is_zero(value))
        ]

    def _reconcile_cleared(self, lines, outstanding, counterparts):
        """Tie the entry's items to what they clear: the payments, and what the settlement or
        the payments still owe the customers."""
        for account, items in lines.grouped("account_id").items():
            ours = outstanding.filtered(lambda line, account=account: line.account_id == account)
            if ours:
                (items | ours).reconcile()
        settled = self.move_id.sudo().line_ids
        candidates = (counterparts | settled).filtered(lambda line: not line.reconciled)

        def whose(line):
            return line.account_id, line.partner_id.commercial_partner_id

        owed = candidates.grouped(whose)
        for line in lines.filtered(lambda line: line.account_type == "asset_receivable"):
            others = owed.get(whose(line), line.browse()).filtered(
                lambda item, line=line: item.balance * line.balance < 0
            )
            if others:
                (line | others).reconcile()

    def _get_customer_items(self, orders):
        """Override of `xb_finance`: what the buyers paid through a provider of ours."""
        items = super()._get_customer_items(orders)
        for order in orders:
            for payment in order.transaction_ids.payment_id:
                items[order] |= payment._seek_for_lines()[1].filtered(
                    lambda line: line.parent_state == "posted" and not line.reconciled
                )
        return items
