from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.xb_base.exceptions import VendorError

from ..adapters.base import PaymentAdapter


class PaymentProvider(models.Model):
    """A provider whose account is a connection: secrets, limits, health, inbox and outbox."""

    _inherit = "payment.provider"

    # === FIELDS === #

    xb_connection_id = fields.Many2one(
        "xb.connection",
        string="Account",
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The connection that holds the credentials and takes the notifications.",
    )
    xb_environment = fields.Selection(related="xb_connection_id.environment")
    xb_expire_hours = fields.Integer(
        string="Payable for (Hours)",
        default=48,
        help="A payment that is not made within so many hours is cancelled. One that the provider"
        " reports as paid afterwards counts all the same.",
    )
    xb_approve_above = fields.Monetary(
        string="Approve Refunds Above",
        currency_field="main_currency_id",
        help="Where more than this is refunded of a payment in all, in the company's currency, a"
        " second person of finance has to approve it. 0: nobody has to.",
    )
    xb_send_tracking = fields.Boolean(
        string="Send Shipping Proof",
        default=True,
        help="Carrier and tracking number go to the provider as soon as a paid order ships: they"
        " release held money and win disputes.",
    )
    xb_has_tracking = fields.Boolean(compute="_compute_xb_abilities")
    xb_has_statement = fields.Boolean(
        compute="_compute_xb_abilities", search="_search_xb_has_statement"
    )

    # === CONSTRAINTS AND INDEXES === #

    _xb_expire_hours_positive = models.Constraint(
        "CHECK(xb_expire_hours > 0)", "A payment has to be payable for an hour at least."
    )
    _xb_approve_above_positive = models.Constraint(
        "CHECK(xb_approve_above >= 0)", "The amount above which refunds are approved is negative."
    )

    # === COMPUTE METHODS === #

    @api.depends("xb_connection_id.vendor")
    def _compute_xb_abilities(self):
        for provider in self:
            abilities = provider._xb_get_abilities()
            provider.xb_has_tracking = "tracking" in abilities
            provider.xb_has_statement = "statement" in abilities

    def _search_xb_has_statement(self, operator, value):
        if operator != "in":
            return NotImplemented
        # A handful of accounts, and what their plug-ins can do is not something SQL knows.
        providers = self.sudo().search([("xb_connection_id", "!=", False)])
        able = providers.filtered("xb_has_statement").ids
        return [("id", "in" if True in value else "not in", able)]

    # === CONSTRAINT METHODS === #

    @api.constrains("xb_connection_id", "code", "state")
    def _check_xb_connection(self):
        for provider in self:
            vendors = provider._xb_get_vendors()
            vendor = provider.xb_connection_id.vendor
            if vendor and vendor not in vendors:
                raise ValidationError(
                    self.env._(
                        "“%(connection)s” is an account somewhere else: choose one of the vendor"
                        " %(vendors)s for the provider “%(provider)s”.",
                        connection=provider.xb_connection_id.name,
                        vendors=", ".join(vendors) or "—",
                        provider=provider.name,
                    )
                )
            if provider.state != "disabled" and provider._xb_needs_connection() and not vendor:
                raise ValidationError(
                    self.env._(
                        "Choose the account of “%(provider)s” before you enable it.",
                        provider=provider.name,
                    )
                )
            self._check_xb_test_money(provider)

    def _check_xb_test_money(self, provider):
        """Play money must never pay real invoices by mistake."""
        environment = provider.xb_environment
        if provider.state == "enabled" and environment and environment != "production":
            words = dict(provider._fields["xb_environment"]._description_selection(self.env))
            raise ValidationError(
                self.env._(
                    "The account of “%(provider)s” is in “%(environment)s”, where no money moves:"
                    " leave the provider in test mode.",
                    provider=provider.name,
                    environment=words[environment],
                )
            )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `payment`: who is to take money gets the line that books it, at once.

        Core makes it with the first payment, and two first payments at the same moment make two:
        from then on nothing can be booked any more.
        """
        result = super().write(vals)
        if vals.keys() & {"state", "xb_connection_id"}:
            for provider in self.filtered("xb_connection_id"):
                if provider.state != "disabled" and provider._xb_has_bank_journal():
                    provider.invalidate_recordset(["journal_id"])
                    provider.mapped("journal_id")  # reading it makes the line
        return result

    def _xb_has_bank_journal(self):
        return self.env["account.journal"].search_count(
            [("company_id", "=", self.company_id.id), ("type", "=", "bank")], limit=1
        )

    def _ensure_payment_method_line(self, allow_create=True):
        """Override of `account_payment`: made by one transaction alone; a second one repeats."""
        if self.id and self.xb_connection_id:
            line = self.env["account.payment.method.line"].search_count(
                [("payment_provider_id", "=", self.id), ("journal_id", "!=", False)], limit=1
            )
            if not line:
                # Nobody else's snapshot shows the line: only touching a row makes them collide.
                self.env.cr.execute(
                    "UPDATE payment_provider SET write_date = write_date WHERE id = %s", [self.id]
                )
        return super()._ensure_payment_method_line(allow_create=allow_create)

    # === ACTION METHODS === #

    def action_xb_view_transactions(self):
        """Open the provider's transactions."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_payments.payment_transaction_action"
        )
        return {**action, "domain": [("provider_id", "=", self.id)]}

    def action_xb_statement(self):
        """Open the dialog that fetches a day's statement."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fetch Statement"),
            "res_model": "xb.payment.statement",
            "view_mode": "form",
            "target": "new",
            "context": {"default_provider_id": self.id},
        }

    # === BUSINESS METHODS === #

    def _xb_get_adapter(self):
        """Return the provider's adapter.

        :rtype: odoo.addons.xb_payments.adapters.base.PaymentAdapter
        :raise VendorError: no plug-in knows it
        """
        self.ensure_one()
        # In sudo mode: buyers pay through accounts that they cannot see.
        return self.sudo().xb_connection_id._get_adapter()

    def _xb_get_abilities(self):
        """Return what the provider's plug-in can do besides the usual."""
        connection_sudo = self.sudo().xb_connection_id
        if not connection_sudo:
            return frozenset()
        try:
            adapter_class = connection_sudo._get_adapter_class()
        except VendorError:
            return frozenset()
        return adapter_class.abilities if issubclass(adapter_class, PaymentAdapter) else frozenset()

    def _xb_get_notify_url(self):
        """Return the address the provider sends its notifications to.

        From the system's own base address and never from the request's: what a browser claims to
        be the host must not get to know the address.
        """
        self.ensure_one()
        connection_sudo = self.sudo().xb_connection_id
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        return f"{base}/xb/in/{connection_sudo._get_secret('webhook_token')}"

    # === HOOKS === #

    def _xb_get_vendors(self):
        """Hook: return the vendors of connections that this provider can use."""
        self.ensure_one()
        return ()

    def _xb_needs_connection(self):
        """Hook: whether the provider cannot work without an account."""
        self.ensure_one()
        return bool(self._xb_get_vendors())

    def _get_redirect_form_view(self, is_validation=False):
        """Override of `payment`: providers with an account send the buyer by our own form."""
        if self.xb_connection_id:
            return self.env.ref("xb_payments.redirect_form")
        return super()._get_redirect_form_view(is_validation=is_validation)

    def _should_build_inline_form(self, is_validation=False):
        """Override of `payment`: the card number is typed at the provider, never here."""
        if self.xb_connection_id:
            return False
        return super()._should_build_inline_form(is_validation=is_validation)
