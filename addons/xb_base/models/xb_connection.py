import hashlib
import hmac
import secrets
import uuid
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..client.address import is_loopback
from ..const import CREDENTIAL_FIELDS, SECRET_MASK
from ..exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RateLimited,
    RetryableVendorError,
    SecretError,
    VendorError,
    VendorRejected,
)
from ..fields import Secret


class XbConnection(models.Model):
    """One account at an outside service, and the only way to it.

    A plug-in adds its vendor to :attr:`vendor` and overrides ``_get_adapter_class``. How to get
    from here to the vendor stands in ``xb_connection_transport.py``.
    """

    _name = "xb.connection"
    _description = "Connection"
    _inherit = ["mail.thread", "mail.activity.mixin", "xb.secret.mixin"]
    _order = "name, id"
    _check_company_auto = True

    # === FIELDS === #

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    vendor = fields.Selection(
        selection=[], required=True, tracking=True, help="Plug-ins add the services they know."
    )
    environment = fields.Selection(
        selection=[
            ("production", "Production"),
            ("sandbox", "Sandbox"),
            ("simulator", "Simulator"),
        ],
        required=True,
        default="production",
        tracking=True,
        help="The simulator is a stand-in on your own machine: nothing leaves it.",
    )
    base_url = fields.Char(string="Address", tracking=True, help="Where the service answers.")
    uuid = fields.Char(
        string="Permanent Id",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid.uuid4()),
        help="Part of the key that lets the other side recognize a repeated request.",
    )

    api_key = Secret(string="API Key", groups="xb_base.group_manager")
    api_secret = Secret(string="API Secret", groups="xb_base.group_manager")
    access_token = Secret(groups="xb_base.group_manager")
    webhook_secret = Secret(
        groups="xb_base.group_manager", help="What the service signs its webhooks with."
    )
    webhook_secret_previous = Secret(
        string="Previous Webhook Secret",
        groups="xb_base.group_manager",
        help="Still accepted while the service changes over to the new one. Clear it afterwards.",
    )
    webhook_token = Secret(groups="xb_base.group_manager")
    webhook_token_digest = fields.Char(
        readonly=True, copy=False, groups="base.group_system", exportable=False
    )
    webhook_url = fields.Char(
        string="Webhook Address",
        compute="_compute_webhook_url",
        groups="xb_base.group_manager",
        exportable=False,
        help="Enter this address at the service. Who knows it can knock, so keep it private.",
    )

    rate_per_minute = fields.Integer(
        string="Requests per Minute",
        default=60,
        help="What the service allows in the long run. 0 for no limit.",
    )
    burst = fields.Integer(default=10, help="Requests that may go at once after a pause.")
    connect_timeout = fields.Integer(default=5, help="Seconds to wait for the connection.")
    read_timeout = fields.Integer(default=30, help="Seconds to wait for the answer.")

    health_ids = fields.One2many(
        "xb.connection.health", "connection_id", string="Health Records", readonly=True
    )
    last_success = fields.Datetime(related="health_ids.last_success")
    last_error = fields.Char(related="health_ids.last_error")
    last_error_at = fields.Datetime(related="health_ids.last_error_at")
    needs_reauth = fields.Boolean(related="health_ids.needs_reauth")
    failures = fields.Integer(related="health_ids.failures")
    state = fields.Selection(
        selection=[
            ("new", "Not Tested"),
            ("ok", "Working"),
            ("failing", "Failing"),
            ("reauth", "Authorize Again"),
            ("locked", "Secrets Locked"),
            ("off", "Off"),
        ],
        string="Health",
        compute="_compute_state",
        search="_search_state",
    )
    secret_problem = fields.Char(compute="_compute_secret_problem")
    secret_keys = fields.Char(
        string="Encrypted with Key",
        compute="_compute_secret_problem",
        groups="xb_base.group_manager",
    )
    shop_ids = fields.One2many("xb.shop", "connection_id", readonly=True)
    shop_count = fields.Integer(compute="_compute_shop_count")

    # === CONSTRAINTS AND INDEXES === #

    _uuid_unique = models.Constraint("UNIQUE(uuid)", "The permanent id must be unique.")
    _webhook_token_digest_unique = models.Constraint(
        "UNIQUE(webhook_token_digest)", "Another connection has this webhook address."
    )
    _limits_positive = models.Constraint(
        "CHECK(rate_per_minute >= 0 AND burst >= 1 AND connect_timeout >= 1 AND read_timeout >= 1)",
        "Requests per minute cannot be negative; burst and time-outs are at least 1.",
    )

    # === COMPUTE METHODS === #

    @api.depends("webhook_token")
    def _compute_webhook_url(self):
        for connection in self:
            try:
                token = connection._get_secret("webhook_token")
            except SecretError:
                token = False
            base = connection.get_base_url()
            connection.webhook_url = f"{base}/xb/in/{token}" if token else False

    @api.depends(*CREDENTIAL_FIELDS, "webhook_token")
    def _compute_secret_problem(self):
        for connection in self:
            connection.secret_problem = connection._get_secret_problem()
            connection.secret_keys = ", ".join(connection._get_secret_key_ids()) or False

    @api.depends("active", "secret_problem", "needs_reauth", "failures", "last_success")
    def _compute_state(self):
        for connection in self:
            if not connection.active:
                connection.state = "off"
            elif connection.secret_problem:
                connection.state = "locked"
            elif connection.needs_reauth:
                connection.state = "reauth"
            elif connection.failures:
                connection.state = "failing"
            else:
                connection.state = "ok" if connection.last_success else "new"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # A handful of accounts, and whether secrets can be read is not something SQL knows.
        connections = self.with_context(active_test=False).search(Domain.TRUE)
        return [("id", "in", connections.filtered(lambda c: c.state in value).ids)]

    @api.depends("shop_ids")
    def _compute_shop_count(self):
        counts = dict(
            self.env["xb.shop"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.shop_count = counts.get(connection, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("base_url", "environment")
    def _check_base_url(self):
        for connection in self.filtered("base_url"):
            parts = urlsplit(connection.base_url)
            secure = parts.scheme == "https" or (
                parts.scheme == "http"
                and (connection.environment == "simulator" or is_loopback(parts.hostname))
            )
            if not secure or not parts.hostname or parts.username or parts.query:
                raise ValidationError(
                    self.env._(
                        "“%(url)s” cannot be used: the address starts with https:// and has "
                        "neither user name nor parameters.",
                        url=connection.base_url,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base` to give each connection a webhook address, limiter and health."""
        can_encrypt = self._can_encrypt()
        for vals in vals_list:
            if can_encrypt and vals.get("webhook_token") in (None, False, "", SECRET_MASK):
                vals["webhook_token"] = secrets.token_urlsafe(24)
            self._add_webhook_digest(vals)
        connections = super().create(vals_list)
        for model in ("xb.connection.health", "xb.connection.limit"):
            self.env[model].sudo().create([{"connection_id": id_} for id_ in connections.ids])
        return connections

    def write(self, vals):
        """Override of `base` to keep the digest of the webhook address true."""
        vals = dict(vals)
        self._add_webhook_digest(vals)
        return super().write(vals)

    @api.model
    def _add_webhook_digest(self, vals):
        if "webhook_token" in vals and vals["webhook_token"] != SECRET_MASK:
            token = vals["webhook_token"]
            vals["webhook_token_digest"] = self._webhook_digest(token) if token else False

    @api.model
    def _can_encrypt(self):
        try:
            return bool(self._keyring())
        except SecretError:
            return False

    # === ACTION METHODS === #

    def action_test(self):
        """Make the cheapest real call, note the result and tell it."""
        self.ensure_one()
        self.check_access("write")
        try:
            answer = self._get_adapter().ping()
        except (VendorError, SecretError) as error:
            self.env["xb.connection.health"]._mark_failure(self.ids, error)
            return self._notify("danger", self._describe_error(error))
        self.env["xb.connection.health"]._mark_success(self.ids)
        return self._notify("success", self.env._("It works: %(answer)s", answer=answer))

    def action_new_webhook_token(self):
        """Replace the webhook address; what is sent to the old one is refused from now on."""
        self.check_access("write")
        for connection in self:
            connection.webhook_token = secrets.token_urlsafe(24)
        return True

    def action_view_shops(self):
        """Open the shops of this connection."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_base.xb_shop_action")
        action["domain"] = [("connection_id", "=", self.id)]
        action["context"] = {"default_connection_id": self.id}
        return action

    def _notify(self, kind, message):
        """Return the action that shows ``message`` and then reads the form again."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "title": self.display_name,
                "message": message,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === HEALTH === #

    def _record_success(self):
        """Note that the account works. Survives a rollback of the caller."""
        self.env["xb.connection.health"]._mark_success(self.ids)

    def _record_failure(self, error):
        """Note an error as far as it says something about the account. Survives a rollback.

        A limit is no failure, and an order that the vendor refuses is an answer: the account
        works.

        :param Exception error: what the adapter raised
        """
        if isinstance(error, RateLimited):
            return
        if isinstance(error, VendorRejected):
            self._record_success()
        else:
            self.env["xb.connection.health"]._mark_failure(self.ids, error)

    def _describe_error(self, error):
        """Return what a person has to know and do about an error of the house's families."""
        if isinstance(error, SecretError):
            return self._secret_error_message(error)
        if isinstance(error, NeedsReauthorization):
            return self.env._("The credentials were refused. Enter them again. (%s)", error)
        if isinstance(error, RateLimited):
            return self.env._("Too many requests for now; try again later. (%s)", error)
        if isinstance(error, RetryableVendorError):
            return self.env._("The service could not be reached or is out of order. (%s)", error)
        if isinstance(error, MalformedAnswer):
            return self.env._("The answer makes no sense: is the address right? (%s)", error)
        return self.env._("The service refused the request. (%s)", error)

    # === WEBHOOKS === #

    @api.model
    def _webhook_digest(self, token):
        # The token is random and long, so a plain digest cannot be searched through.
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _find_by_webhook_token(self, token):
        """Return the active connection with this webhook address, in superuser mode.

        What is looked up is a digest, so how long it takes says nothing about how much of a
        guessed token is right.

        :param str token: last part of the address
        :return: a connection, empty when the token is unknown
        """
        digest = self._webhook_digest(token)
        connection = self.sudo().search([("webhook_token_digest", "=", digest)], limit=1)
        if not hmac.compare_digest(connection.webhook_token_digest or "", digest):
            return self.sudo().browse()
        return connection
