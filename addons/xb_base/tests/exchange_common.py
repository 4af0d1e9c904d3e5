"""What the tests of inbox and outbox share: a vendor that signs webhooks and takes things."""

# pylint: disable=invalid-commit  # real cursors of their own, see RealCursorCase

import hashlib
import hmac
import json
import threading
import time
import unittest
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase

from odoo.addons.xb_base.adapters.base import ConnectionAdapter, WebhookEvent
from odoo.addons.xb_base.exceptions import InvalidSignature, StaleMessage

from .common import LocalServer, LoopbackMixin, XbBaseCase

WEBHOOK_SECRET = "a-webhook-secret"
TOKEN = "a-webhook-token-of-some-length"


class ExchangeAdapter(ConnectionAdapter):
    """Speaks a small protocol for real: HMAC over time and body, PUT with an idempotency key."""

    vendor = "test"
    outbox_kinds = frozenset({"thing"})
    replay_window = timedelta(seconds=300)

    # called after the vendor has taken the request, before its answer is stored
    after_send = None

    def ping(self):
        return self.transport.request("GET", "/ping").json["shop"]

    def verify_webhook(self, body, headers, now):
        secret = self.credentials.get("webhook_secret") or ""
        stamp = headers.get("X-Test-Timestamp") or ""
        expected = sign(body, secret, stamp)["X-Test-Signature"]
        if not secret or not hmac.compare_digest(
            expected.encode(), (headers.get("X-Test-Signature") or "").encode()
        ):
            raise InvalidSignature("The signature does not match")
        occurred_at = datetime.fromtimestamp(int(stamp), UTC)
        if abs(now - occurred_at) > self.replay_window:
            raise StaleMessage("Too old")
        return WebhookEvent(headers.get("X-Test-Id"), headers.get("X-Test-Topic"), occurred_at)

    def send(self, kind, key, value, idempotency_key):
        answer = self.transport.request(
            "PUT", f"/{kind}/{key}", json=value, idempotency_key=idempotency_key
        )
        if ExchangeAdapter.after_send:
            ExchangeAdapter.after_send()
        return answer.json


def sign(body, secret=WEBHOOK_SECRET, stamp=None):
    """Return the headers that make ``body`` genuine."""
    stamp = stamp or str(int(time.time()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return {"X-Test-Timestamp": stamp, "X-Test-Signature": digest.hexdigest()}


class Vendor:
    """The other side: answers what it is told to, and remembers what it was sent.

    :attr:`answers` maps a path to (status, body, headers); :attr:`default` is for all others.
    """

    def __init__(self):
        self.answers = {}
        self.default = (200, b'{"ok": true}', ())
        self.delay = 0
        self.server = LocalServer(self.handle)

    def handle(self, handler):
        if self.delay:
            time.sleep(self.delay)
        handler.answer(*self.answers.get(handler.path, self.default))

    def is_down(self):
        self.default = (503, b"", ())

    def is_up(self):
        self.default = (200, b'{"ok": true}', ())

    @property
    def sent(self):
        """What was sent: ``[(path, value, idempotency key)]``."""
        return [
            (path, json.loads(body), headers.get("Idempotency-Key"))
            for method, path, headers, body in self.server.requests
            if method == "PUT"
        ]

    def values(self, path):
        return [value for sent_path, value, _key in self.sent if sent_path == path]


class ExchangeMixin:
    """Helpers that need :attr:`env` and :attr:`connection`."""

    def job_keys(self):
        """Return the identity keys of the jobs that wait to start."""
        self.env.cr.execute(
            "SELECT identity_key FROM queue_job WHERE identity_key LIKE %s AND state = 'pending'",
            [f"xb.%box:{self.connection.id}:%"],
        )
        return sorted(key for (key,) in self.env.cr.fetchall())

    def pass_time(self, seconds):
        """Let everything that waits have waited so much longer.

        Rows of others, such as the demo data's, are left alone: the test session's server may be at
        work on them.
        """
        self.env.flush_all()
        for table, column in (
            ("xb_inbox", "next_try"),
            ("xb_outbox", "next_try"),
            ("xb_outbox_gate", "paused_until"),
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET {column} = {column} - %s * interval '1 second'"
                " WHERE connection_id IN (SELECT id FROM xb_connection WHERE vendor = 'test')",
                [seconds],
            )
        self.env.invalidate_all()

    @contextmanager
    def killed(self, error=SystemExit):
        """Expect ``error``. Unlike Odoo's ``assertRaises``, leave what was done before."""
        with unittest.TestCase.assertRaises(self, error):
            yield

    @contextmanager
    def processing(self, function):
        """Have ``function(connection, events)`` process events of the test's vendor."""
        model = type(self.env["xb.connection"])
        with patch.object(model, "_process_inbox", function):
            yield

    def drain(self):
        self.env.flush_all()
        result = self.env["xb.inbox"]._job_drain(self.connection)
        self.env.invalidate_all()
        return result

    def send(self):
        self.env.flush_all()
        result = self.env["xb.outbox"]._job_send(self.connection)
        self.env.invalidate_all()
        return result

    def push(self, key, value, **kwargs):
        row = self.env["xb.outbox"].push(self.connection, "thing", key, value, **kwargs)
        self.env.flush_all()
        return row

    def make_event(self, key, body=b"{}"):
        """Store an event as the door does."""
        event = WebhookEvent(key, "thing.changed", datetime.now(UTC))
        self.env.flush_all()
        self.env["xb.inbox"]._store(self.env.cr, self.connection.id, event, body, {})
        self.env.invalidate_all()
        return self.env["xb.inbox"].search(
            [("connection_id", "=", self.connection.id), ("event_key", "=", key)]
        )


class ExchangeCase(ExchangeMixin, XbBaseCase):
    """In registry test mode: short cursors are savepoints of the test's transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.register_vendor("test", ExchangeAdapter)

    def setUp(self):
        super().setUp()
        self.vendor = Vendor()
        self.addCleanup(self.vendor.server.close)
        self.addCleanup(setattr, ExchangeAdapter, "after_send", None)
        self.connection = self.make_connection(
            base_url=self.vendor.server.url,
            rate_per_minute=0,
            webhook_token=TOKEN,
            webhook_secret=WEBHOOK_SECRET,
        )


class RealCursorCase(LoopbackMixin, ExchangeMixin, TransactionCase):
    """With real cursors and really committed rows, removed again in the end.

    For what only shows with several transactions: crashes, collisions, workers side by side.
    :attr:`env` is that of a real cursor; commit with ``self.env.cr.commit()``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        XbBaseCase.register_vendor.__func__(cls, "test", ExchangeAdapter)

    def setUp(self):
        super().setUp()
        self.vendor = Vendor()
        self.addCleanup(self.vendor.server.close)
        self.test_env = self.env
        self.addCleanup(setattr, self, "env", self.test_env)
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        self.env = api.Environment(cr, SUPERUSER_ID, {})
        # Without secrets: nothing that is committed here may depend on a key.
        self.connection = self.env["xb.connection"].create(
            {
                "name": f"Real {self.id()}",
                "vendor": "test",
                "base_url": self.vendor.server.url,
                "environment": "sandbox",
                "rate_per_minute": 0,
            }
        )
        self.addCleanup(self._remove)
        cr.commit()
        # A job that is really committed would really be run, by the server of the test session.
        self.woken = []
        self.thread = threading.get_ident()
        for name in ("xb.inbox", "xb.outbox"):
            patcher = patch.object(type(self.env[name]), "_wake", self._note_wake)
            patcher.start()
            self.addCleanup(patcher.stop)

    def _note_wake(self, connection_ids, seconds=0):
        # the test session's server may be at work for other connections meanwhile
        if threading.get_ident() == self.thread:
            self.woken.append((connection_ids, seconds))

    def _remove(self):
        cr = self.env.cr
        cr.rollback()
        for query in (
            "DELETE FROM xb_inbox WHERE connection_id = %(id)s",
            "DELETE FROM xb_outbox WHERE connection_id = %(id)s",
            "DELETE FROM mail_message WHERE model = 'xb.connection' AND res_id = %(id)s",
            "DELETE FROM mail_followers WHERE res_model = 'xb.connection' AND res_id = %(id)s",
            "DELETE FROM xb_connection WHERE id = %(id)s",
        ):
            cr.execute(query, {"id": self.connection.id})
        cr.commit()

    def rows(self, table, columns):
        """Return the connection's rows in a table, as they are committed now."""
        self.env.cr.rollback()
        self.env.cr.execute(
            f"SELECT {columns} FROM {table} WHERE connection_id = %s ORDER BY id",
            [self.connection.id],
        )
        return self.env.cr.fetchall()
