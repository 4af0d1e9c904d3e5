from odoo import api, models
from odoo.exceptions import AccessError

# What says whether, how much and for what was paid. It follows from the provider's word alone.
GUARDED = frozenset(
    {
        "amount",
        "currency_id",
        "is_post_processed",
        "operation",
        "provider_id",
        "provider_reference",
        "reference",
        "source_transaction_id",
        "state",
        "xb_attempt",
        "xb_expires_at",
        "xb_fee",
        "xb_fee_currency_id",
        "xb_hold_reason",
        "xb_is_void",
        "xb_needs_approval",
        "xb_order_reference",
    }
)


class PaymentTransaction(models.Model):
    """Nobody writes “paid”.

    Core's accounting lets everybody who writes invoices write and create payment transactions
    (``account_payment``), their state included, because its own refund and capture run in the
    user's name. What decides is closed to people here; core's ways of moving it stay open.
    """

    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `payment`: people begin payments, providers end them.

        :raise AccessError: a transaction that claims to be further than begun
        """
        if not self.env.su:
            accounts = (
                self.env["payment.provider"].sudo().search([("xb_connection_id", "!=", False)])
            )
            for vals in vals_list:
                begun = vals.get("state", "draft") == "draft"
                if vals.get("provider_id") in accounts.ids and not begun:
                    self._xb_refuse_person()
        return super().create(vals_list)

    def write(self, vals):
        """Override of `payment`: see the class.

        :raise AccessError: a person writes what only the provider can tell
        """
        if not self.env.su and GUARDED.intersection(vals) and any(self.sudo().mapped("xb_attempt")):
            self._xb_refuse_person()
        return super().write(vals)

    def _xb_refuse_person(self):
        raise AccessError(
            self.env._(
                "Whether and how much was paid is the provider's word: nobody writes it by hand."
                " Press “Ask Provider” to have it looked up."
            )
        )

    def _update_state(self, allowed_states, target_state, state_message):
        """Override of `payment`: core moves states in the name of who pressed the button."""
        moved = super(PaymentTransaction, self.sudo())._update_state(
            allowed_states, target_state, state_message
        )
        return moved.sudo(self.env.su)
