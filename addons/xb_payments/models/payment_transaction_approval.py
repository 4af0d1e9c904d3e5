from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import REFUND


class PaymentTransaction(models.Model):
    """Refunds of much money need two people: one asks for them, another one lets them go out.

    What counts is all that is refunded of a payment, so that several small ones are a large one. A
    refund that waits counts against what is left, and nobody asks the provider about it.
    """

    _inherit = "payment.transaction"

    xb_needs_approval = fields.Boolean(
        string="To Be Approved",
        readonly=True,
        copy=False,
        help="A refund that waits for a second person; nothing was sent yet.",
    )

    # === ACTION METHODS === #

    def action_xb_approve(self):
        """Let refunds go out that somebody else has asked for.

        :raise AccessError: not a person of finance
        :raise UserError: one's own refund
        """
        for tx in self._xb_take_in_hand():
            if tx.create_uid == self.env.user:
                raise UserError(
                    self.env._(
                        "You have asked for refund %s yourself: somebody else has to approve it.",
                        tx.reference,
                    )
                )
            tx._ensure_provider_is_not_disabled()
            tx.sudo().write({"xb_needs_approval": False})
            tx._xb_want(REFUND)
            tx._log_message_on_linked_documents(
                self.env._(
                    "Refund %(ref)s was approved by %(user)s.",
                    ref=tx.reference,
                    user=self.env.user.name,
                )
            )
        return True

    def action_xb_reject(self):
        """Cancel refunds that wait; who has asked for one may take it back.

        :raise AccessError: not a person of finance
        """
        for tx in self._xb_take_in_hand():
            tx.sudo().write({"xb_needs_approval": False})
            tx._set_canceled(
                state_message=self.env._("Rejected by %s. Nothing was sent.", self.env.user.name)
            )
        return True

    # === BUSINESS METHODS === #

    def _xb_take_in_hand(self):
        """Return those that wait, locked: two people who press at once do it once."""
        self.check_access("read")
        if not self.env.user.has_group("xb_base.group_finance"):
            raise AccessError(self.env._("Refunds are approved and rejected by finance."))
        for tx in self:
            tx._xb_lock()
            tx.invalidate_recordset(["xb_needs_approval"])
        return self.filtered("xb_needs_approval")

    def _xb_needs_second_person(self):
        """Whether all refunds of the payment, this one included, exceed the provider's limit."""
        self.ensure_one()
        provider_sudo = self.sudo().provider_id
        limit = provider_sudo.xb_approve_above
        if not limit:
            return False
        source, company = self.source_transaction_id, provider_sudo.company_id
        refunded = float(source._xb_amount() - source._xb_get_refundable())
        total = self.currency_id._convert(
            refunded, company.currency_id, company, fields.Date.context_today(self)
        )
        return company.currency_id.compare_amounts(total, limit) > 0

    def _xb_wait_for_approval(self):
        # In sudo mode: closed to people, see ``…_guard.py``.
        self.sudo().write({"xb_needs_approval": True, "xb_next_poll": False})
        self._log_message_on_linked_documents(
            self.env._(
                "Refund %(ref)s of %(amount)s waits for a second person to approve it.",
                ref=self.reference,
                amount=self.currency_id.format(abs(self.amount)),
            )
        )

    @api.model
    def _xb_count_to_approve(self):
        """Return how many refunds wait, for the overview."""
        return self.search_count([("xb_needs_approval", "=", True)])
