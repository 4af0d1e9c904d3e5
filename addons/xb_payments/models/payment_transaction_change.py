from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import CAPTURE, CHANGES, REFUND, VOID
from ..core.money import to_text
from ..core.truth import Truth


class PaymentTransaction(models.Model):
    """Refunds, captures and voids: rows of the outbox, so that each happens once or not at all.

    Core sends them inside the user's transaction. When that is rolled back, or the answer gets
    lost, the provider has moved money that we know nothing of, and the user presses again. Here
    the wish is committed first and sent afterwards, with the same number however often it has to
    be sent, until the provider's answer is known.
    """

    _inherit = "payment.transaction"

    xb_is_void = fields.Boolean(string="Cancels an Authorization", readonly=True, copy=False)

    # === OVERRIDES: CORE'S CHANGES === #

    def _refund(self, amount_to_refund=None):
        """Override of `payment`: never more than was paid, whatever is still under way.

        Core counts confirmed refunds only, so that pressing twice refunds twice.

        :raise UserError: the amount exceeds what is left
        """
        if self.xb_attempt:
            self._xb_lock()
            left = self._xb_get_refundable()
            wanted = Decimal(str(amount_to_refund or self.amount))
            if wanted > left:
                raise UserError(
                    self.env._(
                        "Only %(left)s of %(ref)s can still be refunded: refunds that are under"
                        " way count as well.",
                        left=self.currency_id.format(float(left)),
                        ref=self.reference,
                    )
                )
        return super()._refund(amount_to_refund=amount_to_refund)

    def _xb_get_refundable(self):
        """Return what was paid less all refunds that succeeded or still may. Decimal, positive."""
        paid = self._xb_amount()
        # Read from the database: what another transaction has just committed counts.
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT COALESCE(SUM(-amount), 0) FROM payment_transaction
             WHERE source_transaction_id = %s AND operation = 'refund'
               AND state NOT IN ('cancel', 'error')
            """,
            [self.id],
        )
        return paid - Decimal(self.env.cr.fetchone()[0])

    def _send_refund_request(self):
        """Override of `payment`: want it in the outbox."""
        if not self.xb_attempt:
            return super()._send_refund_request()
        if self._xb_needs_second_person():
            return self._xb_wait_for_approval()
        return self._xb_want(REFUND)

    def _send_capture_request(self):
        """Override of `payment`: want it in the outbox."""
        if not self.xb_attempt:
            return super()._send_capture_request()
        return self._xb_want(CAPTURE)

    def _send_void_request(self):
        """Override of `payment`: want it in the outbox."""
        if not self.xb_attempt:
            return super()._send_void_request()
        # In sudo mode: closed to people, see ``…_guard.py``.
        self.sudo().write({"xb_is_void": True})
        return self._xb_want(VOID)

    def _xb_want(self, kind):
        """Push the change to the outbox; it is sent once this transaction is committed."""
        self.ensure_one()
        source = self.source_transaction_id
        provider_sudo = self.sudo().provider_id
        value = {
            "attempt": self.xb_attempt,
            "amount": to_text(self._xb_amount(), self.currency_id.decimal_places),
            "currency": self.currency_id.name,
            # A captured part is refunded in the name of the payment it was taken from.
            "payment": source._xb_get_root().xb_attempt,
            "payment_reference": source.provider_reference or "",
            "order": source._xb_get_root().xb_order_reference or "",
            "notify_url": provider_sudo._xb_get_notify_url(),
            "total": to_text(source._xb_amount(), source.currency_id.decimal_places),
        }
        self.env["xb.outbox"].sudo().push(
            provider_sudo.xb_connection_id, kind, self.xb_attempt, value, record=self
        )
        self._set_pending()

    # === OUTBOX === #

    def _xb_outbox_changed(self, row):
        """Hook of the outbox: a refund, capture or void was answered, refused or put off."""
        self.ensure_one()
        if row.kind not in CHANGES:
            return
        self = self.with_context(lang=self.env.lang or self.company_id.partner_id.lang)
        # In sudo mode: a person who tries a row again does not write what follows from it.
        if row.state == "confirmed":
            self.sudo()._xb_apply(Truth.from_dict(row.answer), asked=True)
        elif row.state == "refused":
            self.sudo()._xb_change_refused(row)

    def _xb_change_refused(self, row):
        """The provider said no, or nobody can tell what it said.

        A refusal is final. What was only unreadable may have happened: it stays pending, counts
        against what can be refunded, and is asked about.
        """
        if row.error_class == "rejected":
            self._set_error(row.reason)
        else:
            self.write({"state_message": row.reason})
            self._xb_ask_soon()
        self._log_message_on_linked_documents(
            self.env._(
                "%(ref)s: the provider refused: %(reason)s", ref=self.reference, reason=row.reason
            )
        )

    def _xb_find_by_attempt(self, connection, attempts):
        """Return the transactions of these attempts at this account.

        :param connection: one ``xb.connection``
        :param attempts: attempts, as the provider names them
        :return: {attempt: payment.transaction}
        """
        found = self.search(
            [
                ("xb_attempt", "in", list(attempts)),
                ("provider_id.xb_connection_id", "=", connection.id),
            ]
        )
        return {tx.xb_attempt: tx for tx in found}
