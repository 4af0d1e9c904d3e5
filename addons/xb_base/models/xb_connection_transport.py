import logging
import os
import time

import psycopg2

from odoo import models

from ..client.transport import Transport
from ..const import (
    CREDENTIAL_FIELDS,
    DEFAULT_SIMULATOR_URL,
    ENV_SIMULATOR_SEED,
    ENV_SIMULATOR_URL,
    LIMITER_MAX_SLEEP,
)
from ..core.simulator import derive
from ..exceptions import RateLimited, SecretKeyMissing, VendorRejected

_logger = logging.getLogger(__name__)


class XbConnection(models.Model):
    """The way from a connection to its vendor: credentials, transport, adapter."""

    _inherit = "xb.connection"

    # === BUSINESS METHODS === #

    def _get_credentials(self):
        """Return the plain credentials by name, only those that are set.

        :raise SecretError: they cannot be read
        """
        self.ensure_one()
        if self.environment == "simulator":
            seed = os.environ.get(ENV_SIMULATOR_SEED)
            if not seed:
                raise SecretKeyMissing(f"{ENV_SIMULATOR_SEED} is not set.")
            return {name: derive(seed, self.vendor, name) for name in CREDENTIAL_FIELDS[:-1]}
        found = self._get_secrets(CREDENTIAL_FIELDS)
        return {name: value for name, value in found.items() if value}

    def _get_base_url(self):
        """Return the address requests go to, without a slash at its end."""
        self.ensure_one()
        if self.environment == "simulator":
            url = os.environ.get(ENV_SIMULATOR_URL) or DEFAULT_SIMULATOR_URL
            return f"{url.rstrip('/')}/{self.vendor}"
        return (self.base_url or "").rstrip("/")

    def _get_transport(self, error_reader=None):
        """Return the way to the vendor: limited, counted, and with an error family.

        :param Callable error_reader: reads refusals in the vendor's shape, see ``Transport``
        :rtype: odoo.addons.xb_base.client.transport.Transport
        """
        self.ensure_one()
        return Transport(
            self._get_base_url(),
            vendor=self.vendor,
            timeouts=(self.connect_timeout, self.read_timeout),
            limiter=self._get_limiter(),
            observer=self._get_observer(),
            secrets=tuple(self._get_credentials().values()),
            allow_plain=self.environment == "simulator",
            error_reader=error_reader,
        )

    def _get_limiter(self):
        """Return the callable that waits for this connection's turn, None without a limit."""
        if not self.rate_per_minute:
            return None
        limit = self.env["xb.connection.limit"]
        connection_id, rate, burst, vendor = self.id, self.rate_per_minute, self.burst, self.vendor

        def wait_for_turn():
            granted, seconds = limit._reserve(connection_id, rate, burst, LIMITER_MAX_SLEEP)
            if not granted:
                # A job can do something else meanwhile, a sleeping one only holds its worker.
                raise RateLimited(f"{vendor}: the limit is used up", retry_after=seconds)
            if seconds:
                time.sleep(seconds)

        return wait_for_turn

    def _get_observer(self):
        """Return the callable that counts requests and obeys a vendor's “too many”."""
        limit, counter = self.env["xb.connection.limit"], self.env["xb.request.counter"]
        connection_id, rate, burst = self.id, self.rate_per_minute, self.burst

        def observe(exchange):
            try:
                counter._count(exchange.vendor, exchange.outcome, exchange.seconds)
                if rate and exchange.outcome == "rate_limited" and exchange.retry_after:
                    limit._pause(connection_id, rate, burst, exchange.retry_after)
            except psycopg2.Error:
                # In cursors of their own: the caller's transaction is sound, and the answer to a
                # request that was really sent must not get lost over a figure.
                _logger.warning("Request to %s was not counted", exchange.vendor, exc_info=True)

        return observe

    def _get_adapter_settings(self):
        """Hook: what an adapter may know besides credentials, as plain values."""
        self.ensure_one()
        return {"name": self.name, "uuid": self.uuid, "environment": self.environment}

    def _get_adapter_class(self):
        """Hook: return the :class:`~..adapters.base.ConnectionAdapter` of this vendor.

        A plug-in returns its own for its vendor and else calls super.

        :raise VendorRejected: no installed plug-in knows the vendor
        """
        self.ensure_one()
        raise VendorRejected("no_adapter", f"No installed app speaks to “{self.vendor}”.")

    def _get_adapter(self):
        """Return the adapter, ready to use: the only way from a model to a vendor."""
        adapter_class = self._get_adapter_class()
        return adapter_class(
            self._get_transport(adapter_class.read_error),
            self._get_credentials(),
            self._get_adapter_settings(),
        )
