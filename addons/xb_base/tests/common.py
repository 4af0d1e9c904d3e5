"""What tests of all addons share: keys, a vendor, a real server on loopback."""

import base64
import os
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from unittest.mock import patch

from requests import Session

from odoo.tests import TransactionCase

from odoo.addons.xb_base.adapters.base import ConnectionAdapter
from odoo.addons.xb_base.const import (
    ENV_METRICS_TOKEN,
    ENV_SECRET_KEY_FILE,
    ENV_SECRET_KEYS,
    ENV_SIMULATOR_SEED,
)

_session_send = Session.send


def make_key(kid, fill):
    """Return an entry of ``XB_SECRET_KEYS``; the same ``fill`` gives the same key."""
    return f"{kid}:{base64.b64encode(fill.encode() * 32).decode()}"


class LoopbackMixin:
    """For test classes that send real requests to loopback.

    Odoo's own guard compares the time-out with a number, which a pair of time-outs is not, and
    stretches short ones. Ours passes loopback through as it is and leaves the rest blocked.
    """

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        if r.url.startswith(("http://127.0.0.1:", "http://localhost:")):
            return _session_send(s, r, **kw)
        kw.pop("timeout", None)
        return super()._request_handler(s, r, **kw)


class LocalServer(socketserver.ThreadingTCPServer):
    """A real HTTP server on loopback that answers what a test tells it to.

    :attr:`handler` takes the request handler (with ``body`` read) and answers through it;
    :attr:`requests` keeps ``(method, path, headers, body)`` of what came in.
    """

    allow_reuse_address = True
    daemon_threads = True
    # Closing must not wait for a handler that a test lets hang.
    block_on_close = False

    def __init__(self, handler):
        self.handler = handler
        self.requests = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def handle_error(self, request, client_address):
        """Clients that give up in the middle are what the tests are about."""

    def close(self):
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status=200, body=b"{}", headers=()):
        """Send a whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _serve(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, self.path, self.headers, self.body))
        self.server.handler(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def log_message(self, *args):
        pass


class PingAdapter(ConnectionAdapter):
    """The smallest vendor there can be."""

    vendor = "test"

    def ping(self):
        answer = self.transport.request(
            "GET", "/ping", headers={"Authorization": f"Bearer {self.credentials['api_key']}"}
        )
        return answer.json["shop"]


class XbBaseCase(LoopbackMixin, TransactionCase):
    """With keys, in registry test mode, and with a vendor ``test`` that no plug-in brings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls._registry_patched:  # HttpCase has done it
            cls.registry_enter_test_mode_cls()
        environ = {
            ENV_SECRET_KEYS: make_key("k1", "a"),
            ENV_METRICS_TOKEN: "metrics-token",
            ENV_SIMULATOR_SEED: "seed",
        }
        cls.startClassPatcher(patch.dict(os.environ, environ))
        os.environ.pop(ENV_SECRET_KEY_FILE, None)
        # Values that the database already has may be under keys that only its owner has.
        for model, name in cls.env["xb.secret.mixin"]._secret_columns():
            table = cls.env[model]._table
            cls.env.cr.execute(f'UPDATE "{table}" SET "{name}" = NULL WHERE "{name}" IS NOT NULL')
        # Tests that need real cursors leave their counts behind.
        cls.env.cr.execute("DELETE FROM xb_request_counter")
        cls.register_vendor("test", PingAdapter)
        cls.company = cls.env.company

    @classmethod
    def register_vendor(cls, vendor, adapter_class):
        """Teach ``xb.connection`` a vendor for the time of the test class."""
        model = cls.env.registry["xb.connection"]
        field = model._fields["vendor"]
        original = model._get_adapter_class

        def _get_adapter_class(self):
            if self.vendor == vendor:
                return adapter_class
            return original(self)

        # The field keeps a second copy to check values against, and the database a third to
        # describe it to clients.
        selection = [*field.selection, (vendor, vendor.title())]
        cls.startClassPatcher(patch.object(field, "selection", selection))
        cls.startClassPatcher(patch.object(field, "_selection", dict(selection)))
        cls.startClassPatcher(patch.object(field, "_description_selection", lambda env: selection))
        cls.startClassPatcher(patch.object(model, "_get_adapter_class", _get_adapter_class))

    @classmethod
    def make_connection(cls, **values):
        """Create a connection of the vendor ``test``."""
        return cls.env["xb.connection"].create(
            {
                "name": "Test account",
                "vendor": "test",
                "base_url": "https://vendor.example",
                "environment": "sandbox",
                "api_key": "plain-api-key",
                **values,
            }
        )

    def serve(self, handler):
        """Start a :class:`LocalServer` for this test."""
        server = LocalServer(handler)
        self.addCleanup(server.close)
        return server

    def use_keys(self, *entries):
        """Configure other keys for the rest of this test."""
        patcher = patch.dict(os.environ, {ENV_SECRET_KEYS: ",".join(entries)})
        patcher.start()
        self.addCleanup(patcher.stop)

    @classmethod
    def stored(cls, record, name):
        """Return what is really in the column."""
        record.flush_recordset([name])
        cls.env.cr.execute(f'SELECT "{name}" FROM "{record._table}" WHERE id = %s', [record.id])
        return cls.env.cr.fetchone()[0]
