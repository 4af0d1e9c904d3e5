from odoo import models

from odoo.addons.xb_base.exceptions import MalformedAnswer, RetryableVendorError
from odoo.addons.xb_base.jobs import vendor_job

from ..adapters.base import Asked
from ..core import truth

# Over a day, by the function's retry pattern.
MAX_RETRIES = 150


class PaymentTransaction(models.Model):
    """Refunds that somebody made on the provider's own site, or through another system.

    A notification of one carries a number that is not ours. The provider is asked about it; what it
    confirms becomes a refund like any other, booked like any other.
    """

    _inherit = "payment.transaction"

    def _xb_take_refund_soon(self, number, reference=""):
        """Have the provider asked about a refund of this payment that we have not made.

        :param str number: what the provider knows the refund by, else its reference
        :param str reference: the provider's number of the refund
        """
        self.with_delay(
            identity_key=f"xb.payment.refund:{self.id}:{number}",
            description=f"Take over refund {number} of {self.reference}",
            max_retries=MAX_RETRIES,
        )._job_xb_take_refund(number, reference)

    @vendor_job
    def _job_xb_take_refund(self, number, reference=""):
        """Ask about a refund and enter it. Safe to run twice.

        :return: the refund's reference
        """
        self.ensure_one()
        asked = Asked(
            attempt=number,
            amount=None,
            currency=self.currency_id.name,
            reference=reference,
            order=self.xb_order_reference or "",
            payment=self.xb_attempt,
            payment_reference=self.provider_reference or "",
        )
        try:
            said = self.provider_id._xb_get_adapter().get_change(truth.REFUND, asked)
        except MalformedAnswer as error:
            # Cut off on the way: were it not asked for again, nobody would know of the refund.
            raise RetryableVendorError(str(error)) from error
        if self.state != "done":
            # Its own notification may be late: what was never paid is not refunded in our books.
            self._xb_ask()
        return self._xb_take_refund(number, said).reference or "nothing to enter"

    def _xb_take_refund(self, number, said):
        """Enter a refund that the provider has confirmed.

        :param str number: what it is known by from now on
        :param Truth said: the provider's answer about it
        :return: the refund, empty when there is none
        """
        self._xb_lock()
        refunds = self.child_transaction_ids.filtered(lambda tx: tx.operation == "refund")
        refund = refunds.filtered(
            lambda tx: (
                tx.xb_attempt == number
                or (said.reference and tx.provider_reference == said.reference)
            )
        )[:1]
        if not refund:
            if said.status not in (truth.DONE, truth.PENDING):
                return refund
            if said.amount is None or said.attempt != number:
                # Not through at the provider yet: it tells the amount later on.
                raise RetryableVendorError(f"{self.provider_code}: no amount of refund {number}")
            if self.state != "done" or (said.currency or self.currency_id.name) != (
                self.currency_id.name
            ):
                self._xb_tell_outside(said)
                return refund
            refund = self._xb_enter_refund(number, said)
        if refund.xb_attempt == said.attempt:
            refund._xb_apply(said, asked=True)
        return refund

    def _xb_enter_refund(self, number, said):
        left = self._xb_get_refundable()
        refund = self._create_child_transaction(float(said.amount), is_refund=True)
        refund.write({"xb_attempt": number, "provider_reference": said.reference or False})
        self._xb_tell_outside(said)
        if said.amount > left:
            self._xb_hold(
                self.env._(
                    "More was refunded at the provider than was left: %(amount)s of %(left)s."
                    " Compare the refunds with the provider's list.",
                    amount=self.currency_id.format(float(said.amount)),
                    left=self.currency_id.format(float(left)),
                )
            )
        return refund

    def _xb_tell_outside(self, said):
        self._log_message_on_linked_documents(
            self.env._(
                "%(amount)s of payment %(ref)s were refunded on the provider's own site"
                " (%(number)s).",
                amount=self.currency_id.format(float(said.amount)),
                ref=self.reference,
                number=said.reference or said.attempt,
            )
        )
