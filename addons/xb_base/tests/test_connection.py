import json
import logging
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_open

from odoo.addons.xb_base.client.transport import Exchange
from odoo.addons.xb_base.core.simulator import derive
from odoo.addons.xb_base.exceptions import (
    InvalidSignature,
    MalformedAnswer,
    NeedsReauthorization,
    RateLimited,
    RetryableVendorError,
    SecretKeyMissing,
    VendorRejected,
)

from .common import XbBaseCase

TRANSPORT = "odoo.addons.xb_base.client.transport"


@tagged("post_install", "-at_install")
class TestConnection(XbBaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.make_connection()

    # === TEST BUTTON === #

    def connect(self, handler, **values):
        """Return a connection to a real server of this test."""
        server = self.serve(handler)
        return self.make_connection(name="local", base_url=server.url, **values), server

    def press_test(self, connection):
        params = connection.action_test()["params"]
        return params["type"], params["message"]

    def test_it_works(self):
        connection, server = self.connect(lambda h: h.answer(200, b'{"shop": "Mugs & Co"}'))
        self.assertEqual(connection.state, "new")
        kind, message = self.press_test(connection)
        self.assertEqual(kind, "success")
        self.assertIn("Mugs & Co", message)
        self.assertEqual(server.requests[0][2]["Authorization"], "Bearer plain-api-key")
        self.assertEqual(connection.state, "ok")
        self.assertTrue(connection.last_success)

    @mute_logger(TRANSPORT)
    def test_credentials_refused(self):
        connection, _server = self.connect(
            lambda h: h.answer(401, b'{"error": {"message": "plain-api-key expired"}}')
        )
        kind, message = self.press_test(connection)
        self.assertEqual(kind, "danger")
        self.assertIn("Enter them again", message)
        self.assertNotIn("plain-api-key", message + connection.last_error)
        self.assertEqual(connection.state, "reauth")
        self.assertTrue(connection.needs_reauth)

    @mute_logger(TRANSPORT)
    def test_every_family_has_its_words(self):
        for status, words in (
            (500, "could not be reached"),
            (429, "Too many requests"),
            (404, "refused the request"),
            (200, "makes no sense"),
        ):
            connection, _server = self.connect(
                lambda h, status=status: h.answer(status, b"<html>"), rate_per_minute=0
            )
            kind, message = self.press_test(connection)
            self.assertEqual(kind, "danger")
            self.assertIn(words, message)
            self.assertEqual(connection.state, "failing")

    @mute_logger(TRANSPORT)
    def test_it_recovers(self):
        answers = [(401, b"{}"), (200, b'{"shop": "x"}')]
        connection, _server = self.connect(lambda h: h.answer(*answers.pop(0)))
        self.press_test(connection)
        self.press_test(connection)
        self.assertEqual((connection.state, connection.failures), ("ok", 0))
        self.assertTrue(connection.last_error, "the last error stays readable")

    def test_no_plug_in(self):
        with patch.object(type(self.connection), "_get_adapter_class", self._base_adapter_class()):
            kind, message = self.press_test(self.connection)
        self.assertEqual(kind, "danger")
        self.assertIn("No installed app", message)

    def _base_adapter_class(self):
        for parent in type(self.connection).__mro__:
            if parent.__module__.endswith("xb_base.models.xb_connection_transport"):
                return parent._get_adapter_class
        return self.fail("the base method was not found")

    # === HEALTH === #

    def test_record(self):
        connection = self.connection
        connection._record_failure(RetryableVendorError("down"))
        connection._record_failure(MalformedAnswer("nonsense"))
        self.assertEqual((connection.state, connection.failures), ("failing", 2))
        self.assertEqual(connection.last_error, "nonsense")
        connection._record_failure(NeedsReauthorization("expired"))
        self.assertEqual(connection.state, "reauth")
        connection._record_failure(RetryableVendorError("down"))
        self.assertEqual(connection.state, "reauth", "an outage does not renew an authorization")
        connection._record_success()
        self.assertEqual((connection.state, connection.failures), ("ok", 0))

    def test_limits_and_refusals_are_not_failures(self):
        self.connection._record_failure(RateLimited("slow down"))
        self.assertEqual(self.connection.state, "new")
        self.connection._record_failure(VendorRejected("bad_sku", "No such SKU"))
        self.assertEqual(self.connection.state, "ok")

    def test_success_is_not_written_for_each_request(self):
        self.connection._record_success()
        self.env.cr.execute(
            "SELECT ctid FROM xb_connection_health WHERE connection_id = %s", [self.connection.id]
        )
        before = self.env.cr.fetchone()
        self.connection._record_success()
        self.env.cr.execute(
            "SELECT ctid FROM xb_connection_health WHERE connection_id = %s", [self.connection.id]
        )
        self.assertEqual(self.env.cr.fetchone(), before, "the row was written again")

    def test_search_by_state(self):
        failing = self.make_connection(name="failing")
        failing._record_failure(RetryableVendorError("down"))
        off = self.make_connection(name="off", active=False)
        model = self.env["xb.connection"].with_context(active_test=False)
        mine = [("id", "in", (self.connection | failing | off).ids)]
        for state, expected in (("new", self.connection), ("failing", failing), ("off", off)):
            self.assertEqual(model.search([*mine, ("state", "=", state)]), expected)
        self.assertEqual(model.search([*mine, ("state", "!=", "new")], order="id"), failing | off)

    # === CREDENTIALS === #

    def test_credentials(self):
        self.connection.webhook_secret = "whs"
        self.assertEqual(
            self.connection._get_credentials(),
            {"api_key": "plain-api-key", "webhook_secret": "whs"},
        )

    def test_simulator(self):
        connection = self.make_connection(name="sim", environment="simulator", base_url=False)
        self.assertEqual(
            connection._get_credentials()["api_key"], derive("seed", "test", "api_key")
        )
        self.assertNotIn("plain-api-key", connection._get_credentials().values())
        self.assertEqual(connection._get_base_url(), "http://127.0.0.1:8099/test")
        with patch.dict("os.environ", {"XB_SIMULATOR_URL": "http://simulator:9000/"}):
            self.assertEqual(connection._get_transport().base_url, "http://simulator:9000/test")
        with patch.dict("os.environ", {"XB_SIMULATOR_SEED": ""}):
            with self.assertRaises(SecretKeyMissing):
                connection._get_credentials()

    def test_address(self):
        for url in ("http://vendor.example", "ftp://x", "vendor", "https://u:p@x", "https://x?a=1"):
            with self.subTest(url=url), self.assertRaises(ValidationError):
                self.connection.base_url = url
        self.connection.base_url = "https://vendor.example/api/"
        self.assertEqual(self.connection._get_base_url(), "https://vendor.example/api")

    @mute_logger("odoo.sql_db")
    def test_limits_must_make_sense(self):
        for values in ({"burst": 0}, {"rate_per_minute": -1}, {"read_timeout": 0}):
            with self.assertRaises(IntegrityError):
                self.connection.write(values)
                self.connection.flush_recordset()

    # === COUNTERS === #

    def counted(self):
        self.env["xb.request.counter"].invalidate_model()
        rows = self.env["xb.request.counter"].search([("vendor", "=", "test")])
        return {row.outcome: row.requests for row in rows}

    @mute_logger(TRANSPORT)
    def test_requests_are_counted(self):
        answers = [(200, b'{"shop": "x"}'), (500, b""), (500, b""), (401, b"")]
        connection, _server = self.connect(lambda h: h.answer(*answers.pop(0)))
        for _n in range(4):
            self.press_test(connection)
        self.assertEqual(self.counted(), {"ok": 1, "retryable": 2, "reauth": 1})

    def test_a_failing_counter_does_not_lose_the_answer(self):
        connection, _server = self.connect(lambda h: h.answer(200, b'{"shop": "x"}'))
        failing = patch.object(
            type(self.env["xb.request.counter"]), "_count", side_effect=IntegrityError("x")
        )
        logger = "odoo.addons.xb_base.models.xb_connection_transport"
        with failing, self.assertLogs(logger, logging.WARNING):
            self.assertEqual(self.press_test(connection)[0], "success")

    def test_a_vendor_s_pause_holds_for_everybody(self):
        observe = self.connection._get_observer()
        observe(Exchange("test", "GET", "/", "rate_limited", 0.1, status=429, retry_after=3600.0))
        with self.assertRaises(RateLimited) as caught:
            self.connection._get_limiter()()
        self.assertAlmostEqual(caught.exception.retry_after, 3600, delta=60)

    # === WEBHOOK ADDRESS === #

    def test_webhook_address(self):
        model = self.env["xb.connection"]
        url = self.connection.webhook_url
        token = url.rpartition("/xb/in/")[2]
        self.assertGreaterEqual(len(token), 32)
        self.assertEqual(model._find_by_webhook_token(token), self.connection)
        self.assertFalse(model._find_by_webhook_token(token[:-1]))
        self.assertFalse(model._find_by_webhook_token(""))
        self.assertNotIn(token, self.stored(self.connection, "webhook_token_digest"))
        self.connection.action_new_webhook_token()
        self.assertFalse(model._find_by_webhook_token(token))
        self.assertNotEqual(self.connection.webhook_url, url)
        new = self.connection.webhook_url.rpartition("/")[2]
        self.connection.active = False
        self.assertFalse(model._find_by_webhook_token(new))

    def test_adapter_fails_closed(self):
        adapter = self.connection._get_adapter()
        with self.assertRaises(InvalidSignature):
            adapter.verify_webhook(b"{}", {}, None)
        with self.assertRaises(VendorRejected):
            adapter.send("shipment", "k", {}, "i")

    # === ACCESS === #

    def test_company_rule(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.make_connection(name="theirs", company_id=other.id)
        shop = self.env["xb.shop"].create({"name": "theirs", "company_id": other.id})
        manager = new_test_user(
            self.env, "one-company", "xb_base.group_manager", company_id=self.company.id
        )
        for record in (theirs, shop, theirs.health_ids):
            model = record.with_user(manager)
            self.assertNotIn(record, model.search([]))
            with self.assertRaises(AccessError):
                model.check_access("read")
        limit = self.env["xb.connection.limit"].search([("connection_id", "=", theirs.id)])
        self.assertEqual(limit.company_id, other)
        self.assertFalse(limit.with_user(manager).search([("id", "=", limit.id)]))
        self.assertEqual(self.connection.with_user(manager).name, "Test account")

    def test_roles(self):
        for role in ("clerk", "warehouse", "buyer", "finance", "integrator"):
            user = new_test_user(self.env, f"role-{role}", f"xb_base.group_{role}")
            record = self.connection.with_user(user)
            self.assertEqual(record.state, "new", role)
            with self.assertRaises(AccessError):
                record.write({"name": "x"})
            with self.assertRaises(AccessError):
                record.action_test()
            with self.assertRaises(AccessError):
                record.action_new_webhook_token()
        outsider = new_test_user(self.env, "outsider", "base.group_user")
        with self.assertRaises(AccessError):
            self.connection.with_user(outsider).read(["name"])

    def test_shop_and_connection_share_a_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(UserError):
            self.env["xb.shop"].create(
                {"name": "mixed", "company_id": other.id, "connection_id": self.connection.id}
            )

    def test_shop_copy_has_a_name_of_its_own(self):
        shop = self.env["xb.shop"].create({"name": "One"})
        self.assertEqual(shop.copy().name, "One (copy)")

    # === COPIED DATABASES === #

    def test_neutralize(self):
        self.connection.write({"access_token": "t", "webhook_secret": "w"})
        self.env.flush_all()
        with file_open("xb_base/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all(flush=False)
        self.assertFalse(self.connection.active)
        for model, name in self.env["xb.secret.mixin"]._secret_columns():
            if model == "xb.connection":
                self.assertIsNone(self.stored(self.connection, name), name)

    def test_answers_over_rpc_can_be_marshalled(self):
        connection, _server = self.connect(lambda h: h.answer(200, b'{"shop": "x"}'))
        for answer in (
            connection.action_test(),
            connection.action_new_webhook_token(),
            connection.action_view_shops(),
        ):
            self.assertNotIn("null", json.dumps(answer, default=str))
