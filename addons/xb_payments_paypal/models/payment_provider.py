from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.xb_base.exceptions import SecretError, VendorError

from ..const import CODE

# Where core keeps a credential in plain text -> where the connection keeps it encrypted.
CREDENTIALS = {
    "paypal_client_id": "api_key",
    "paypal_client_secret": "api_secret",
    "paypal_webhook_id": "webhook_secret",
}


class PaymentProvider(models.Model):
    """Core's PayPal, with an account: its credentials encrypted, its webhooks verified.

    Without an account it works as core makes it, but for one thing: what cannot be verified is
    refused (see ``controllers/main.py``).
    """

    _inherit = "payment.provider"

    # === FIELDS === #

    # Demanded by `_check_paypal_credentials`, where there is no account that has them.
    paypal_client_id = fields.Char(required_if_provider=None)
    paypal_email_account = fields.Char(required_if_provider=None)

    # === COMPUTE METHODS === #

    def _compute_feature_support_fields(self):
        """Override of `payment`: with an account, refunds and captures in parts."""
        result = super()._compute_feature_support_fields()
        self.filtered(lambda provider: provider.code == CODE and provider.xb_connection_id).update(
            {"support_refund": "partial", "support_manual_capture": "partial"}
        )
        return result

    # === CONSTRAINT METHODS === #

    @api.constrains("state", "code", "xb_connection_id", "paypal_client_id")
    def _check_paypal_credentials(self):
        for provider in self:
            if provider.code != CODE or provider.state == "disabled" or provider.xb_connection_id:
                continue
            if not (provider.paypal_client_id and provider.paypal_email_account):
                raise ValidationError(
                    self.env._(
                        "Choose the account of “%(provider)s”, or enter its client id and e-mail.",
                        provider=provider.name,
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `payment`: an account takes over what core keeps in plain text.

        Not the simulator's, which has credentials of its own: who types in real ones leaves it.
        """
        if any(vals.get(name) for name in CREDENTIALS) and "xb_connection_id" not in vals:
            simulated = self.filtered(lambda p: p.code == CODE and p.xb_environment == "simulator")
            if simulated:
                super(PaymentProvider, simulated).write({**vals, "xb_connection_id": False})
                self -= simulated
        result = super().write(vals)
        if vals.get("xb_connection_id") or CREDENTIALS.keys() & vals.keys():
            for provider in self.filtered(lambda p: p.code == CODE and p.xb_connection_id):
                provider._paypal_move_credentials()
        if vals.get("xb_connection_id"):
            self.filtered(lambda p: p.code == CODE)._paypal_translate_messages()
        return result

    def _paypal_translate_messages(self):
        """Have buyers read core's messages in their language, unless somebody has written others.

        Core's translations of them do not fit the ``<span>`` that is stored round the text.
        """
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        for provider in self.sudo():
            english = provider.with_context(lang="en_US")
            for lang in set(languages) - {"en_US"}:
                local = provider.with_context(lang=lang)
                told = local._paypal_get_messages()
                for name, source in english._paypal_get_messages().items():
                    term = f"<span>{source}</span>"
                    if english[name] == local[name] == term:
                        words = {term: f"<span>{told[name]}</span>"}
                        provider.update_field_translations(name, {lang: words})

    def _paypal_get_messages(self):
        """Return core's messages, in the language of the context."""
        return {
            "pending_msg": self.env._(
                "Your payment has been processed but is waiting for approval."
            ),
            "auth_msg": self.env._("Your payment has been authorized."),
            "done_msg": self.env._("Your payment has been processed."),
            "cancel_msg": self.env._("Your payment has been cancelled."),
        }

    def _paypal_move_credentials(self):
        # In sudo mode: core's field is for system administrators, ours for managers.
        provider_sudo, connection_sudo = self.sudo(), self.sudo().xb_connection_id
        found = {ours: provider_sudo[core] for core, ours in CREDENTIALS.items()}
        new = {name: value for name, value in found.items() if value and not connection_sudo[name]}
        if new:
            connection_sudo.write(new)
        left = {name: False for name in CREDENTIALS if provider_sudo[name]}
        if provider_sudo.paypal_access_token:
            left["paypal_access_token"] = False
        if left:
            provider_sudo.write(left)

    # === ACTION METHODS === #

    def action_paypal_create_webhook(self):
        """Override of `payment_paypal`: register the account's own address and events.

        :raise UserError: not reachable by HTTPS, or PayPal refuses it
        """
        if not self.xb_connection_id:
            return super().action_paypal_create_webhook()
        self.check_access("write")
        # In sudo mode: what the address and the id are is for managers alone, who press here.
        connection_sudo = self.sudo().xb_connection_id
        try:
            url = self._xb_get_notify_url()
            if not url.startswith("https://") and connection_sudo.environment != "simulator":
                raise UserError(self.env._("PayPal calls addresses that begin with https:// only."))
            connection_sudo.webhook_secret = connection_sudo._get_adapter().create_webhook(url)
        except (VendorError, SecretError) as error:
            raise UserError(connection_sudo._describe_error(error)) from error
        return True

    # === BUSINESS METHODS === #

    def _xb_get_vendors(self):
        """Override of `xb_payments`."""
        return (CODE,) if self.code == CODE else super()._xb_get_vendors()

    def _xb_needs_connection(self):
        """Override of `xb_payments`: core's way, without an account, stays open."""
        return False if self.code == CODE else super()._xb_needs_connection()
