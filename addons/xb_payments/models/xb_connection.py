from odoo import models

from odoo.addons.xb_base.exceptions import MalformedAnswer, VendorError

from ..adapters.base import PaymentAdapter
from ..core.truth import Claim, Nudge


class XbConnection(models.Model):
    """What an account at a payment provider has to do with the inbox."""

    _inherit = "xb.connection"

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
        statements = []
        for event in events:
            try:
                found = adapter.read_notification(event._get_body())
            except (MalformedAnswer, ValueError) as error:
                event._reject(str(error))
                continue
            statements += [(event, said) for said in found]
        txs = self.env["payment.transaction"]
        known = txs._xb_find_by_attempt(
            self, {said.attempt for _event, said in statements if not isinstance(said, Claim)}
        )
        for event, said in statements:
            if isinstance(said, Claim):
                self.env["xb.payment.dispute"]._take_claim(self, said)
            elif isinstance(said, Nudge):
                self._get_nudged(said, known)._xb_ask_soon()
            elif said.attempt in known:
                known[said.attempt]._xb_apply(said)
            elif said.attempt:
                event._reject(
                    self.env._(
                        "No payment is known as “%(attempt)s”. If it was made by another system"
                        " with the same account, dismiss this.",
                        attempt=said.attempt,
                    )
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
