import logging
import re
import secrets
from datetime import UTC, timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import urls

from odoo.addons.payment import utils as payment_utils
from odoo.addons.xb_base.exceptions import SecretError, VendorError

from ..adapters.base import Asked, Checkout
from ..const import ATTEMPT_LENGTH

_logger = logging.getLogger(__name__)

RETURN_ROUTE = "/xb_payments/return"


class PaymentTransaction(models.Model):
    """A try to move money at a provider that has an account (``xb.connection``).

    How it becomes paid stands in ``payment_transaction_truth.py``, refunds and captures in
    ``…_change.py``, asking by itself in ``…_poll.py``.
    """

    _inherit = "payment.transaction"

    # === FIELDS === #

    xb_attempt = fields.Char(
        string="Attempt",
        readonly=True,
        copy=False,
        help="What the provider knows this try by. Never used twice, not even after a failure.",
    )
    xb_order_reference = fields.Char(
        string="Provider Order",
        readonly=True,
        copy=False,
        help="The provider's number of the checkout, where the payment has another one.",
    )
    xb_hold_reason = fields.Text(
        string="Held Because",
        readonly=True,
        copy=False,
        help="The provider's word and ours differ: not paid until a person has looked.",
    )
    xb_fee = fields.Monetary(
        string="Fee",
        readonly=True,
        copy=False,
        currency_field="xb_fee_currency_id",
        help="What the provider keeps.",
    )
    xb_fee_currency_id = fields.Many2one("res.currency", string="Fee Currency", readonly=True)
    xb_expires_at = fields.Datetime(string="Payable Until", readonly=True, copy=False)
    xb_next_poll = fields.Datetime(string="Ask Again On", readonly=True, copy=False)
    xb_asked_at = fields.Datetime(string="Last Asked", readonly=True, copy=False)
    xb_dispute_ids = fields.One2many(
        "xb.payment.dispute", "transaction_id", string="Disputes", readonly=True
    )
    xb_dispute_count = fields.Integer(compute="_compute_xb_dispute_count")
    xb_can_ask = fields.Boolean(compute="_compute_xb_can_ask")

    # === CONSTRAINTS AND INDEXES === #

    _xb_attempt_unique = models.UniqueIndex(
        "(provider_id, xb_attempt) WHERE xb_attempt IS NOT NULL",
        "Another transaction has this attempt.",
    )
    _xb_next_poll_index = models.Index("(xb_next_poll) WHERE xb_next_poll IS NOT NULL")
    _xb_held_index = models.Index("(provider_id) WHERE xb_hold_reason IS NOT NULL")

    # === COMPUTE METHODS === #

    def _compute_xb_dispute_count(self):
        counts = dict(
            self.env["xb.payment.dispute"]._read_group(
                [("transaction_id", "in", self.ids)], ["transaction_id"], ["__count"]
            )
        )
        for tx in self:
            tx.xb_dispute_count = counts.get(tx, 0)

    @api.depends("xb_attempt")
    def _compute_xb_can_ask(self):
        for tx in self:
            tx.xb_can_ask = bool(tx.xb_attempt)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `payment` to name the attempt and to say when to ask about it."""
        txs = super().create(vals_list)
        now = fields.Datetime.now()
        # In sudo mode: buyers create transactions at providers they cannot read.
        for tx in txs.sudo().filtered("provider_id.xb_connection_id"):
            expires = now + timedelta(hours=tx.provider_id.xb_expire_hours)
            vals = {"xb_attempt": tx._xb_make_attempt(), "xb_expires_at": expires}
            if tx.state == "draft":  # what is imported as something else was decided elsewhere
                vals["xb_next_poll"] = tx._xb_get_next_poll(now, expires)
            tx.write(vals)
        return txs

    # === ACTION METHODS === #

    def action_xb_ask(self):
        """Ask the provider what became of the transactions, and do what follows.

        :return: a notification with the result
        :raise AccessError: not a person who may see transactions
        """
        self.check_access("read")
        problems = []
        # In sudo mode: finance asks, though transactions are read-only to people.
        for tx_sudo in self.sudo().filtered("xb_attempt"):
            try:
                tx_sudo._xb_ask()
            except (VendorError, SecretError) as error:
                problems.append(f"{tx_sudo.reference}: {error}")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if problems else "success",
                "message": "\n".join(problems)
                or self.env._("The provider was asked; what is shown is its answer."),
                "sticky": bool(problems),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_xb_view_disputes(self):
        """Open the disputes about this transaction."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_payments.xb_payment_dispute_action"
        )
        return {**action, "domain": [("transaction_id", "=", self.id)], "context": {}}

    # === BUSINESS METHODS: THE PROVIDER'S PAGE === #

    def _get_specific_rendering_values(self, processing_values):
        """Override of `payment`: open a checkout and send the buyer there."""
        if not self.xb_attempt:
            return super()._get_specific_rendering_values(processing_values)
        try:
            self._xb_check_offered()
            checkout = self._xb_prepare_checkout()
            page = self.provider_id._xb_get_adapter().open_checkout(checkout, self._xb_make_key())
        except (VendorError, SecretError, ValueError) as error:
            _logger.warning("Transaction %s: no checkout: %s", self.reference, error)
            self._set_error(
                self.env._(
                    "The payment page could not be opened. Try again, or choose another way to pay."
                )
            )
            return {"api_url": "", "fields": {}, "method": "get"}
        self.write(
            {
                "provider_reference": page.reference or self.provider_reference,
                "xb_order_reference": page.order or False,
            }
        )
        return {"api_url": page.url, "fields": page.fields, "method": page.method}

    def _xb_check_offered(self):
        """Check that the payment page offers this provider for these documents.

        Core takes whichever the browser names: one in test mode that was never published, where
        play money pays, or another company's.

        :raise ValueError: it does not
        """
        provider_sudo = self.sudo().provider_id
        documents = self.sale_order_ids.company_id | self.invoice_ids.company_id
        for company in documents or provider_sudo.company_id:
            offered = provider_sudo._get_compatible_providers(
                company.id, self.partner_id.id, self.amount, currency_id=self.currency_id.id
            )
            if provider_sudo not in offered:
                raise ValueError(f"“{provider_sudo.name}” is not offered to this buyer")

    def _xb_prepare_checkout(self):
        """Return what the buyer is to pay, taken from the database and never from the browser.

        :rtype: Checkout
        """
        partner = self.partner_id
        return_url = self._xb_get_return_url()
        return Checkout(
            attempt=self.xb_attempt,
            amount=self._xb_amount(),
            currency=self.currency_id.name,
            title=self.reference,
            return_url=return_url,
            cancel_url=return_url,
            notify_url=self.provider_id._xb_get_notify_url(),
            buyer={
                "name": self.partner_name or partner.name or "",
                "email": self.partner_email or "",
                "phone": self.partner_phone or "",
                "street": self.partner_address or "",
                "city": self.partner_city or "",
                "postcode": self.partner_zip or "",
                "state": self.partner_state_id.code or "",
                "country": self.partner_country_id.code or self.company_id.country_id.code or "",
            },
            buyer_ip=payment_utils.get_customer_ip_address() if request else "127.0.0.1",
            expires=self.xb_expires_at.replace(tzinfo=UTC),
            language=self.env.context.get("lang") or self.partner_lang or "en_US",
            mobile=bool(request and _is_mobile(request.httprequest.user_agent.string)),
            authorize=bool(self.provider_id.capture_manually),
            lines=self._xb_prepare_lines(),
            brand=self.company_id.name,
        )

    def _xb_prepare_lines(self):
        """Return one line per product sold, for the provider's page and its risk check."""
        lines = [
            {
                "name": line.name.split("\n")[0][:100],
                "sku": line.product_id.default_code or str(line.product_id.id),
                "quantity": f"{line.product_uom_qty:g}",
                "price": f"{line.price_reduce_taxinc:.{self.currency_id.decimal_places}f}",
            }
            for line in self.sale_order_ids.order_line.filtered(lambda row: not row.display_type)
        ]
        price = f"{self.amount:.{self.currency_id.decimal_places}f}"
        return lines[:50] or [
            {"name": self.reference, "sku": self.reference, "quantity": "1", "price": price}
        ]

    def _xb_get_return_url(self):
        """Return the address the provider sends the browser back to. It proves nothing."""
        token = payment_utils.generate_access_token(self.id, self.xb_attempt, env=self.env)
        base = self.provider_id.get_base_url()
        return urls.urljoin(base, f"{RETURN_ROUTE}/{self.id}/{token}")

    # === BUSINESS METHODS: NAMES AND AMOUNTS === #

    def _xb_make_attempt(self):
        """Return a name that no other try, of whatever outcome, ever had.

        The row's number is part of it: a transaction that was rolled back gave its reference free
        again, while the provider still knows the old amount by the old name. So is chance: a
        database that is set up anew, or restored, counts from below, while the provider remembers
        what was paid in the old one. Letters, digits and underscores are what all of them take.
        """
        tail = f"_{self.id}_{secrets.token_hex(3)}"
        head = re.sub(r"[^A-Za-z0-9]", "_", self.reference)
        return head[: ATTEMPT_LENGTH - len(tail)] + tail

    def _xb_make_key(self):
        """Return the idempotency key of the attempt, unique to this database and account."""
        return f"{self.sudo().provider_id.xb_connection_id.uuid}-{self.xb_attempt}"

    def _xb_amount(self):
        """Return the amount in major units, positive, exactly as stored."""
        return Decimal(f"{abs(self.amount):.{self.currency_id.decimal_places}f}")

    def _xb_get_root(self):
        """Return the payment that the buyer made, of which this may be a part or a refund."""
        root = self
        while root.source_transaction_id:
            root = root.source_transaction_id
        return root

    def _xb_prepare_asked(self):
        """Return what identifies the transaction to the provider.

        :rtype: Asked
        """
        source, root = self.source_transaction_id, self._xb_get_root()
        return Asked(
            attempt=self.xb_attempt,
            amount=self._xb_amount(),
            currency=self.currency_id.name,
            reference=self.provider_reference or "",
            order=root.xb_order_reference or "",
            payment=root.xb_attempt or "" if source else "",
            payment_reference=source.provider_reference or "",
        )


def _is_mobile(agent):
    return bool(re.search(r"Mobi|Android|iPhone|MicroMessenger", agent or ""))
