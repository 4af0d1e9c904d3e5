from datetime import UTC, datetime

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from ..const import CREDENTIAL_FIELDS, SECRET_MASK
from ..exceptions import InvalidSignature, StaleMessage

# What a person changes to repair a connection.
REPAIRING_FIELDS = frozenset({*CREDENTIAL_FIELDS, "active", "base_url", "environment"})


class XbConnection(models.Model):
    """What a connection has to do with the inbox and the outbox."""

    _inherit = "xb.connection"

    inbox_dead_count = fields.Integer(
        string="Dead Letters", compute="_compute_inbox_dead_count", compute_sudo=True
    )
    outbox_open_count = fields.Integer(
        string="Waiting to Be Sent", compute="_compute_outbox_open_count", compute_sudo=True
    )

    # === COMPUTE METHODS === #

    def _compute_inbox_dead_count(self):
        counts = dict(
            self.env["xb.inbox"]._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "dead")],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.inbox_dead_count = counts.get(connection, 0)

    def _compute_outbox_open_count(self):
        counts = dict(
            self.env["xb.outbox"]._read_group(
                [
                    ("connection_id", "in", self.ids),
                    ("state", "not in", ("confirmed", "dismissed")),
                ],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.outbox_open_count = counts.get(connection, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `xb_base`: a repaired connection sends what has waited for the repair."""
        result = super().write(vals)
        if any(name in vals and vals[name] != SECRET_MASK for name in REPAIRING_FIELDS):
            self.env["xb.outbox"]._kick_after_commit(self)
        if "webhook_token" in vals or "active" in vals:
            self.env.registry.clear_cache()  # see _get_id_by_webhook_digest
        return result

    def unlink(self):
        """Override of `xb_base`: see :meth:`write`."""
        self.env.registry.clear_cache()
        return super().unlink()

    # === ACTION METHODS === #

    def action_test(self):
        """Override of `xb_base`: a connection that works again sends what has waited for it."""
        action = super().action_test()
        if action["params"]["type"] == "success":
            self.env["xb.outbox"]._kick_after_commit(self)
        return action

    def action_view_inbox(self):
        """Open the events of this connection, dead letters first if there are any."""
        return self._open_exchange("xb_base.xb_inbox_action", "dead" * bool(self.inbox_dead_count))

    def action_view_outbox(self):
        """Open what is sent through this connection, what waits first if there is any."""
        return self._open_exchange(
            "xb_base.xb_outbox_action", "open" * bool(self.outbox_open_count)
        )

    def _open_exchange(self, xml_id, filter_name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        action["domain"] = [("connection_id", "=", self.id)]
        action["context"] = {f"search_default_{filter_name}": 1} if filter_name else {}
        return action

    # === WEBHOOKS === #

    @api.model
    @tools.ormcache("digest")
    def _get_id_by_webhook_digest(self, digest):
        """Give the id of the active connection with this webhook address.

        Known addresses are cached: the door opens fifty times a second. Unknown ones are not
        (an exception is never cached), else anybody could flush the cache by knocking.

        :param str digest: see :meth:`_webhook_digest`
        :rtype: int
        :raise KeyError: unknown
        """
        connection = self.sudo().search([("webhook_token_digest", "=", digest)], limit=1)
        if not connection:
            raise KeyError(digest)
        return connection.id

    @api.model
    def _find_by_webhook_token(self, token):
        """Override of `xb_base`: with a cache, see :meth:`_get_id_by_webhook_digest`."""
        try:
            connection_id = self._get_id_by_webhook_digest(self._webhook_digest(token))
        except KeyError:
            connection_id = ()
        return self.sudo().browse(connection_id)

    def _verify_webhook(self, body, headers):
        """Check that the connection's vendor has sent this, just now.

        While a secret is being replaced both are good: the vendor may sign with the old one for
        hours after the new one was entered.

        :param bytes body: the raw message
        :param headers: mapping of the request's headers
        :return: the adapter's ``WebhookEvent``
        :raise InvalidSignature: not genuine, or no secret is configured
        :raise StaleMessage: genuine, but too old (or from the future)
        :raise SecretError: the secrets cannot be read
        """
        self.ensure_one()
        now = datetime.now(UTC)
        credentials = self._get_credentials()
        previous = credentials.pop("webhook_secret_previous", None)
        try:
            return self._get_webhook_adapter(credentials).verify_webhook(body, headers, now)
        except StaleMessage:
            raise
        except InvalidSignature:
            if not previous:
                raise
            credentials["webhook_secret"] = previous
            return self._get_webhook_adapter(credentials).verify_webhook(body, headers, now)

    def _get_webhook_adapter(self, credentials):
        """Give an adapter that can verify but not call: nothing goes out while a sender waits."""
        return self._get_adapter_class()(None, credentials, self._get_adapter_settings())

    def _process_inbox(self, events):
        """Hook: do what events of this connection ask for. A plug-in overrides it for its vendor.

        Runs in a transaction of its own, as superuser, in the connection's company; when it
        returns, the events are done. It must be safe to run twice for one event. It gets a batch
        and should work on it as one. When it raises, everything is rolled back and it is called
        again for each event by itself; what it raises then decides about that event:

        * ``RetryableVendorError``, ``RateLimited``, ``NeedsReauthorization``: tried again, later;
        * ``VendorRejected``, ``MalformedAnswer``, ``UserError``: dead letter with that reason;
        * anything else: tried again some times, then dead letter with the traceback.

        ``events._reject(reason)`` puts single events aside without disturbing the others.

        :param events: ``xb.inbox`` records of this connection, in the order of their arrival
        """
        self.ensure_one()
        raise UserError(
            self.env._(
                "No installed app knows what to do with messages from “%(vendor)s”. Install it, "
                "then retry.",
                vendor=self.vendor,
            )
        )
