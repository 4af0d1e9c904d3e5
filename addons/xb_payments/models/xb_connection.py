import logging

from odoo import api, models

from odoo.addons.xb_base.exceptions import (
    MalformedAnswer,
    RetryableVendorError,
    VendorError,
    VendorRejected,
)
from odoo.addons.xb_base.jobs import vendor_job

from ..adapters.base import PaymentAdapter
from ..core.truth import REFUND, Claim, Nudge

_logger = logging.getLogger(__name__)

NOT_FOUND = 404


class XbConnection(models.Model):
    """What an account at a payment provider has to do with the inbox."""

    _inherit = "xb.connection"

    # === CONSTRAINT METHODS === #

    @api.constrains("environment")
    def _check_payment_environment(self):
        """Check that nobody turns the account of an enabled provider into one of play money."""
        self.env["payment.provider"].sudo().search(
            [("xb_connection_id", "in", self.ids)]
        )._check_xb_connection()

    # === BUSINESS METHODS === #

    def _is_payment_account(self):
        """Whether the connection's vendor is a payment provider."""
        self.ensure_one()
        try:
            return issubclass(self._get_adapter_class(), PaymentAdapter)
        except VendorError:
            return False

    def _process_inbox(self, events):
        """Override of `xb_base`: move transactions and disputes to where the provider says.

        Nothing is asked in here: a doubtful notification makes a job that asks. What carries no
        number of ours was sold through another channel of the same account, and is passed over.
        """
        if not self._is_payment_account():
            return super()._process_inbox(events)
        adapter = self._get_webhook_adapter({})
        self = self.with_context(lang=self.env.lang or self.company_id.partner_id.lang)
        statements = []
        for event in events:
            try:
                found = adapter.read_notification(event._get_body())
            except (MalformedAnswer, ValueError) as error:
                event._reject(str(error))
                continue
            statements += [(event, said) for said in found]
        known = self._find_stated([said for _event, said in statements])
        for event, said in statements:
            if isinstance(said, Claim):
                self._hear_claim(said, event)
            elif not self._obey(said, known):
                event._reject(
                    self.env._(
                        "No payment is known as “%(attempt)s”. If it was made by another system"
                        " with the same account, dismiss this.",
                        attempt=said.attempt or said.reference,
                    )
                )

    def _find_stated(self, statements):
        """Return {our name: payment.transaction} of all that statements are about."""
        told = [said for said in statements if not isinstance(said, Claim)]
        names = {said.attempt for said in told} | {said.payment for said in told}
        return self.env["payment.transaction"]._xb_find_by_attempt(self, names - {""})

    def _obey(self, said, known):
        """Do what follows from one statement.

        :param said: ``Truth`` or ``Nudge``
        :param dict known: see :meth:`_find_stated`
        :return: whether it is about something of ours, or of nobody's
        :rtype: bool
        """
        found = known.get(said.attempt)
        proof = self._get_adapter_class().notices_are_proof
        if isinstance(said, Nudge):
            if found or not said.payment:
                self._get_nudged(said, known)._xb_ask_soon()
            elif payment := known.get(said.payment):
                payment._xb_take_refund_soon(said.attempt, said.reference)
            return True
        if found and found._xb_get_kind() == said.kind:
            if proof:
                found._xb_apply(said)
            else:
                found._xb_hear(said)
            return True
        if said.kind == REFUND and (payment := self._get_refunded(said, known)):
            # PayPal's own refunds carry the payment's name.
            number = said.reference if found or not said.attempt else said.attempt
            payment._xb_take_refund_soon(number, said.reference)
            return True
        return not said.attempt

    def _hear_claim(self, claim, event):
        """Enter what is told of a dispute; where a message proves nothing, have it asked about.

        :param Claim claim: what is told
        :param event: the ``xb.inbox`` event that tells it
        """
        if self._get_adapter_class().notices_are_proof:
            self.env["xb.payment.dispute"]._take_claim(self, claim)
            return
        self.with_delay(
            identity_key=f"xb.payment.claim:{self.id}:{claim.reference}",
            description=f"Ask about dispute {claim.reference}",
        )._job_xb_take_claim(claim.reference, event)

    @vendor_job
    def _job_xb_take_claim(self, reference, event):
        """Ask what became of a dispute and enter it. Safe to run twice.

        :param str reference: the provider's number of it
        :param event: the ``xb.inbox`` event that tells of it
        :return: its state, for the job's list
        """
        self.ensure_one()
        adapter = self._get_adapter()
        try:
            claim = adapter.get_claim(reference)
        except VendorRejected as error:
            _logger.warning("Dispute %s of connection %s: %s", reference, self.id, error)
            if error.status == NOT_FOUND:
                return "the provider knows no such dispute"
            # An app without the right to read disputes: a deadline missed costs more than a doubt.
            claim = adapter.read_notification(event._get_body())[0]
        except MalformedAnswer as error:
            # Cut off on the way: were it not asked for again, nobody would know of the dispute.
            raise RetryableVendorError(str(error)) from error
        return self.env["xb.payment.dispute"]._take_claim(self, claim).state

    def _get_refunded(self, said, known):
        """Return the payment that a refund with a strange number belongs to; empty for none."""
        for name in (said.payment, said.attempt):
            if name in known and known[name]._xb_get_kind() != REFUND:
                return known[name]
        if not said.payment:
            return self.env["payment.transaction"]
        return self.env["payment.transaction"].search(
            [
                ("provider_id.xb_connection_id", "=", self.id),
                ("provider_reference", "=", said.payment),
                ("operation", "!=", "refund"),
            ],
            limit=1,
        )

    def _get_nudged(self, nudge, known):
        """Return the transaction that something happened to; empty when it is not ours."""
        if nudge.attempt in known or not nudge.reference:
            return known.get(nudge.attempt, self.env["payment.transaction"])
        return self.env["payment.transaction"].search(
            [
                ("provider_id.xb_connection_id", "=", self.id),
                "|",
                ("provider_reference", "=", nudge.reference),
                ("xb_order_reference", "=", nudge.reference),
            ],
            limit=1,
        )
