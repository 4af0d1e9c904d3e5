import logging
from datetime import timedelta

from odoo import fields, models

from odoo.addons.xb_base.exceptions import MalformedAnswer, SecretError, VendorError

from ..const import ASK_AT_MOST_EVERY
from ..core import decide, truth

_logger = logging.getLogger(__name__)

# Marks payment data that a plug-in made from what the provider said. An object and no text: nothing
# that came over RPC or from a form can be it.
DATA = object()


class PaymentTransaction(models.Model):
    """From the provider's word to a state, through core's ``_process`` and ``_set_*`` alone."""

    _inherit = "payment.transaction"

    # === BUSINESS METHODS: ASKING === #

    def _xb_ask(self):
        """Ask the provider about this transaction and do what follows from the answer.

        :return: whether the provider knew it
        :rtype: bool
        :raise VendorError: the provider could not be asked
        """
        self.ensure_one()
        if self.xb_needs_approval:
            return False  # nobody has told the provider of it
        adapter = self.provider_id._xb_get_adapter()
        asked = self._xb_prepare_asked()
        kind = self._xb_get_kind()
        if kind == truth.PAYMENT:
            said = adapter.get_payment(asked)
            if self._xb_is_overdue() and "close" in adapter.abilities:
                if said.status in (truth.OPEN, truth.PENDING, truth.DECLINED):
                    said = adapter.close_payment(asked)
        else:
            said = adapter.get_change(kind, asked)
        self.write({"xb_asked_at": fields.Datetime.now()})
        self._xb_apply(said, asked=True)
        if self._xb_is_overdue() and said.status in (truth.OPEN, truth.DECLINED):
            self._xb_expire()
        return True

    def _xb_ask_for_browser(self):
        """Ask because a browser has come along, which proves nothing and may come very often."""
        self.ensure_one()
        now, last = fields.Datetime.now(), self.xb_asked_at
        if self.state == "done" or (last and now - last < timedelta(seconds=ASK_AT_MOST_EVERY)):
            return
        try:
            self._xb_ask()
        except (VendorError, SecretError) as error:
            # The notification or the next poll will tell; the buyer sees “pending” until then.
            _logger.warning("Transaction %s: not asked on return: %s", self.reference, error)
            self._set_pending()

    def _xb_get_kind(self):
        """Return ``payment``, ``refund``, ``capture`` or ``void``."""
        self.ensure_one()
        if self.operation == "refund":
            return truth.REFUND
        if self.source_transaction_id:
            return truth.VOID if self.xb_is_void else truth.CAPTURE
        return truth.PAYMENT

    def _xb_is_overdue(self):
        return bool(self.xb_expires_at and self.xb_expires_at <= fields.Datetime.now())

    def _xb_expire(self):
        """Give up waiting. What is paid later on counts all the same, see ``core/decide.py``."""
        self.filtered(lambda tx: tx.state in ("draft", "pending"))._set_canceled(
            state_message=self.env._("Nobody paid within the time allowed.")
        )

    # === BUSINESS METHODS: OBEYING === #

    def _xb_apply(self, said, asked=False):
        """Bring the transaction to where the provider says it is.

        Reference, currency and amount are compared before anything moves. A difference holds the
        transaction: it is not paid, it says why, and a person decides.

        :param Truth said: the provider's statement about this very transaction
        :param bool asked: it answers our question; False for a notification, which may be old
        :return: what was done, see ``core.decide``; ``held`` when it was held
        :rtype: str
        """
        self.ensure_one()
        self._xb_lock()
        if said.attempt != self.xb_attempt or said.kind != self._xb_get_kind():
            raise MalformedAnswer(
                f"{self.provider_code}: asked about {self.xb_attempt}, told about {said.attempt}"
            )
        different = decide.find_difference(
            said, self._xb_amount(), self.currency_id.name, self.currency_id.decimal_places
        )
        if different and said.status != truth.OPEN:
            self._xb_hold(self._xb_describe_difference(different, said))
            return "held"
        verdict = decide.decide(self.state, said.status, asked=asked)
        if self.xb_hold_reason and not asked and verdict == decide.MOVE:
            verdict = decide.ASK  # it contradicts what it was held for
        if verdict == decide.ASK:
            self._xb_ask_soon()
            return verdict
        if verdict == decide.CONTRADICTION:
            self._xb_hold(
                self.env._(
                    "Booked as paid, but the provider says “%(status)s” now. Look at it there.",
                    status=said.message or said.status,
                )
            )
        else:
            if self.xb_hold_reason and asked and said.status in (truth.DONE, truth.AUTHORIZED):
                self.write({"xb_hold_reason": False})
            self._process(self.provider_code, {"xb_data": DATA, "xb_truth": said})
        if self.state in ("done", "cancel", "authorized") and verdict == decide.MOVE:
            self._xb_post_process_soon()
        self._xb_schedule_poll()
        return verdict

    def _xb_hear(self, said):
        """Take a notification that proves nothing: what is new in it makes us ask.

        :param Truth said: what it says about this very transaction
        """
        self.ensure_one()
        if decide.decide(self.state, said.status, asked=False) != decide.KEEP:
            self._xb_ask_soon()

    def _xb_lock(self):
        """Wait for whoever is working on this transaction, so that moves come one by one."""
        self.env.cr.execute(
            "SELECT state FROM payment_transaction WHERE id = %s FOR UPDATE", [self.id]
        )
        self.invalidate_recordset(["state", "xb_hold_reason"])

    def _xb_describe_difference(self, different, said):
        """Return why a transaction is held, for the person who has to decide."""
        asked = self.currency_id.format(abs(self.amount))
        told = f"{said.currency} {said.amount}"
        if different == "missing":
            return self.env._(
                "The provider reports a payment without amount or currency; %(asked)s was asked"
                " for. Ask the provider again, else look at it there.",
                asked=asked,
            )
        return self.env._(
            "The provider reports %(told)s, but %(asked)s was asked for. Look at the payment at"
            " the provider; refund it there, or book it by hand.",
            told=told,
            asked=asked,
        )

    def _xb_hold(self, reason):
        """Keep the transaction from being paid until a person has looked.

        :param str reason: what is wrong and what can be done
        """
        self.ensure_one()
        if self.xb_hold_reason == reason:
            return
        _logger.warning("Transaction %s is held: %s", self.reference, reason)
        self.write({"xb_hold_reason": reason, "xb_next_poll": False})
        self._set_error(reason)
        self._log_message_on_linked_documents(
            self.env._("Payment %(ref)s is held: %(reason)s", ref=self.reference, reason=reason)
        )

    # === OVERRIDES: CORE'S PIPELINE === #

    def _xb_read_truth(self, payment_data):
        """Return our own statement inside payment data, None for anything else."""
        if isinstance(payment_data, dict) and payment_data.get("xb_data") is DATA:
            return payment_data["xb_truth"]
        return None

    def _extract_reference(self, provider_code, payment_data):
        """Override of `payment`: our statements name the transaction by its attempt."""
        said = self._xb_read_truth(payment_data)
        if said is None:
            return super()._extract_reference(provider_code, payment_data)
        return self.search([("xb_attempt", "=", said.attempt)], limit=1).reference

    def _extract_amount_data(self, payment_data):
        """Override of `payment`: compared already, exactly; core compares floats once more."""
        said = self._xb_read_truth(payment_data)
        if said is None:
            return super()._extract_amount_data(payment_data)
        if said.amount is None:
            return None
        return {"amount": float(said.amount), "currency_code": said.currency}

    def _apply_updates(self, payment_data):
        """Override of `payment`: move to the state the provider's status stands for."""
        said = self._xb_read_truth(payment_data)
        if said is None:
            return super()._apply_updates(payment_data)
        self._xb_note(said)
        target = decide.STATE_OF[said.status]
        if target is None or target == self.state:
            return None
        message = said.message or None
        back = ("draft", "pending", "authorized", "error", "cancel")
        kind = self._xb_get_kind()
        if target == "pending":
            self._set_pending(state_message=message, extra_allowed_states=back)
        elif target == "authorized":
            self._set_authorized(state_message=message, extra_allowed_states=back)
        elif target == "done" and kind == truth.VOID:
            self._set_canceled(state_message=message, extra_allowed_states=back)
        elif target == "done":
            self._set_done(state_message=message, extra_allowed_states=back)
        elif target == "error":
            self._set_error(
                message or self.env._("The payment was declined."), extra_allowed_states=back
            )
        else:
            self._set_canceled(state_message=message, extra_allowed_states=back)
        return None

    def _xb_note(self, said):
        """Keep what the provider tells besides the status: its numbers and its fee."""
        vals = {}
        if said.reference and said.reference != self.provider_reference:
            vals["provider_reference"] = said.reference
        if said.order and said.order != self.xb_order_reference:
            vals["xb_order_reference"] = said.order
        if said.fee is not None:
            currency = self.env["res.currency"].search(
                [("name", "=", said.fee_currency or self.currency_id.name)], limit=1
            )
            vals.update(xb_fee=float(said.fee), xb_fee_currency_id=currency.id)
        if vals:
            self.write(vals)

    # === POST-PROCESSING === #

    def _xb_post_process_soon(self):
        """Have orders confirmed and payments booked in a transaction of its own, right after this.

        A buyer who looks at the status page does the same; who comes second finds it done.
        """
        for tx in self:
            tx.with_delay(
                identity_key=f"xb.payment.post:{tx.id}:{tx.state}",
                description=f"Post-process {tx.reference}",
            )._job_xb_post_process()

    def _job_xb_post_process(self):
        """Confirm orders, post payments, reconcile. Safe to run twice."""
        self.ensure_one()
        self._xb_lock()
        self.invalidate_recordset()
        if not self.is_post_processed:
            self._post_process()
        return self.state
