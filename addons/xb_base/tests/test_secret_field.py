import io
import json
import logging
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import get_public_method
from odoo.tests import Form, tagged

from odoo.addons.xb_base.const import SECRET_MASK
from odoo.addons.xb_base.core.secrets import key_id
from odoo.addons.xb_base.exceptions import SecretKeyMissing, SecretUndecryptable
from odoo.addons.xb_base.fields import Secret

from .common import XbBaseCase, make_key

PLAIN = "pl41n-s3cr3t-value"


@tagged("post_install", "-at_install")
class TestSecretField(XbBaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.make_connection(api_key=PLAIN)
        # Ends the time in which mail.thread takes every change for a part of the creation.
        cls.flush_tracking()

    def setUp(self):
        super().setUp()
        self.env.invalidate_all()

    # === STORED === #

    def test_column_holds_a_token(self):
        stored = self.stored(self.connection, "api_key")
        self.assertTrue(stored.startswith("xb1:k1:"))
        self.assertNotIn(PLAIN, stored)
        self.assertEqual(self.connection._get_secret("api_key"), PLAIN)

    def test_no_clear_text_anywhere_in_the_database(self):
        """What a dump would contain, of every table that has anything to do with it."""
        self.connection.write({"api_secret": PLAIN, "name": "renamed"})
        self.connection.message_post(body="hello")
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT table_name FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
               AND (table_name LIKE 'xb\\_%' OR table_name LIKE 'mail\\_%'
                    OR table_name IN ('ir_default', 'ir_logging', 'ir_attachment', 'bus_bus',
                                      'queue_job', 'ir_config_parameter'))
            """
        )
        tables = [name for (name,) in self.env.cr.fetchall()]
        self.assertIn("xb_connection", tables)
        for table in tables:
            self.env.cr.execute(
                f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{PLAIN}%"]
            )
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)

    def test_write_clear_and_mask(self):
        before = self.stored(self.connection, "api_key")
        self.connection.write({"api_key": SECRET_MASK, "name": "x"})
        self.connection.api_key = SECRET_MASK
        self.assertEqual(self.stored(self.connection, "api_key"), before)
        self.connection.write({"api_key": "another"})
        self.assertEqual(self.connection.api_key, SECRET_MASK)
        self.assertEqual(self.connection._get_secret("api_key"), "another")
        self.connection.api_key = False
        self.assertIsNone(self.stored(self.connection, "api_key"))
        self.assertIs(self.connection.api_key, False)
        self.assertIs(self.connection._get_secret("api_key"), False)
        self.connection.api_key = ""
        self.assertIsNone(self.stored(self.connection, "api_key"))

    def test_write_then_read_without_flush(self):
        self.connection.api_key = "pending"
        self.assertEqual(self.connection.api_key, SECRET_MASK)
        self.assertEqual(self.connection.read(["api_key"])[0]["api_key"], SECRET_MASK)
        self.assertEqual(self.connection._get_secret("api_key"), "pending")

    def test_mask_on_create_stores_nothing(self):
        connection = self.make_connection(name="new", api_key=SECRET_MASK)
        self.assertIs(connection.api_key, False)
        self.assertIsNone(self.stored(connection, "api_key"))
        self.env.invalidate_all()
        self.assertIs(connection.api_key, False)

    def test_text_that_looks_like_a_token_is_encrypted(self):
        token = self.stored(self.connection, "api_key")
        self.connection.api_secret = token
        self.assertNotEqual(self.stored(self.connection, "api_secret"), token)
        self.assertEqual(self.connection._get_secret("api_secret"), token)

    def test_many_records_at_once(self):
        other = self.make_connection(name="other")
        both = self.connection | other
        both.write({"api_key": "shared"})
        self.assertEqual([c._get_secret("api_key") for c in both], ["shared"] * 2)
        records = self.env["xb.connection"].create(
            [
                {"name": f"n{n}", "vendor": "test", "api_key": f"key{n}" if n else False}
                for n in range(3)
            ]
        )
        self.env.invalidate_all()
        self.assertEqual([c._get_secret("api_key") for c in records], [False, "key1", "key2"])

    # === NEVER READ === #

    def test_read_family(self):
        fields_spec = {"api_key": {}, "name": {}}
        record = self.connection
        self.assertEqual(record.api_key, SECRET_MASK)
        self.assertEqual(record.read(["api_key"])[0]["api_key"], SECRET_MASK)
        self.assertEqual(record.web_read(fields_spec)[0]["api_key"], SECRET_MASK)
        self.assertEqual(record.mapped("api_key"), [SECRET_MASK])
        found = record.search_read([("id", "=", record.id)], ["api_key"])
        self.assertEqual(found[0]["api_key"], SECRET_MASK)
        found = record.web_search_read([("id", "=", record.id)], fields_spec)
        self.assertEqual(found["records"][0]["api_key"], SECRET_MASK)
        everything = json.dumps(record.read()[0], default=str)
        self.assertNotIn(PLAIN, everything)
        self.assertNotIn("xb1:", everything)

    def test_export(self):
        self.assertEqual(
            self.connection.export_data(["name", "api_key"])["datas"],
            [["Test account", SECRET_MASK]],
        )
        self.assertFalse(self.connection.fields_get(["api_key"])["api_key"]["exportable"])

    def test_import_of_an_export_changes_nothing(self):
        result = self.env["xb.connection"].load(
            [".id", "api_key"], [[str(self.connection.id), SECRET_MASK]]
        )
        self.assertTrue(result["ids"], result["messages"])
        self.assertEqual(self.connection._get_secret("api_key"), PLAIN)

    def test_copy(self):
        copied = self.connection.copy()
        for name in ("api_key", "uuid", "webhook_token_digest"):
            self.assertNotEqual(self.stored(copied, name), self.stored(self.connection, name))
        self.assertIs(copied.api_key, False)
        self.assertNotIn("api_key", self.connection.copy_data()[0])

    def test_search(self):
        model = self.env["xb.connection"]
        without = self.make_connection(name="without", api_key=False)
        both = self.connection | without
        domain = [("id", "in", both.ids)]
        self.assertEqual(model.search([*domain, ("api_key", "!=", False)]), self.connection)
        self.assertEqual(model.search([*domain, ("api_key", "=", False)]), without)
        self.assertEqual(both.filtered_domain([("api_key", "!=", False)]), self.connection)
        token = self.stored(self.connection, "api_key")
        for operator, value in (
            ("=", PLAIN),
            ("=", token),
            ("=like", "xb1:%"),
            ("ilike", "k1"),
            ("in", [PLAIN, False]),
            (">", "xb1"),
        ):
            with self.assertRaises(UserError):
                model.search([("api_key", operator, value)])
            with self.assertRaises(UserError):
                both.filtered_domain([("api_key", operator, value)])

    def test_name_search(self):
        model = self.env["xb.connection"]
        with patch.object(type(model), "_rec_names_search", ["name", "api_key"]):
            with self.assertRaises(UserError):
                model.name_search(PLAIN)
        with patch.object(type(model), "_rec_name", "api_key"):
            self.env.invalidate_all()
            self.assertNotIn("xb1:", str(self.connection.display_name))

    def test_group_order_and_aggregate(self):
        """Nothing but the mask, so neither order nor extremes say anything about the value."""
        model, domain = self.env["xb.connection"], [("id", "=", self.connection.id)]
        groups = model._read_group(domain, ["api_key"], ["api_key:max", "api_key:array_agg"])
        self.assertEqual(groups, [(SECRET_MASK, SECRET_MASK, [SECRET_MASK])])
        self.assertEqual(model.search(domain, order="api_key desc"), self.connection)
        description = self.connection.fields_get(["api_key"])["api_key"]
        for ability in ("searchable", "sortable", "groupable"):
            self.assertFalse(description[ability], ability)

    def test_chatter(self):
        messages = self.connection.message_ids
        self.connection.write({"api_key": "new-secret", "environment": "production"})
        self.flush_tracking()
        new = self.connection.message_ids - messages
        self.assertTrue(new.tracking_value_ids, "the environment is tracked")
        self.assertEqual(new.tracking_value_ids.field_id.name, "environment")

    def test_log(self):
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        root = logging.getLogger()
        loggers = [root, logging.getLogger("odoo"), logging.getLogger("odoo.sql_db")]
        levels = [logger.level for logger in loggers]
        root.addHandler(handler)
        try:
            for logger in loggers:
                logger.setLevel(logging.DEBUG)
            self.connection.write({"api_key": "logged-secret"})
            self.env.flush_all()
            self.connection._get_credentials()
        finally:
            root.removeHandler(handler)
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
        self.assertIn("UPDATE", stream.getvalue(), "the statement itself is logged")
        self.assertNotIn("logged-secret", stream.getvalue())
        self.assertNotIn(PLAIN, stream.getvalue())

    def test_form(self):
        with Form(self.connection) as form:
            self.assertEqual(form.api_key, SECRET_MASK)
            form.name = "by form"
        self.assertEqual(self.connection._get_secret("api_key"), PLAIN)
        with Form(self.connection) as form:
            form.api_key = "typed"
        self.assertEqual(self.connection._get_secret("api_key"), "typed")

    def test_onchange_returns_no_secret(self):
        values = self.connection.onchange(
            {"name": "x", "api_key": "typed"}, ["name"], {"name": {}, "api_key": {}, "state": {}}
        )
        self.assertNotIn("typed", json.dumps(values))
        self.assertNotIn("xb1:", json.dumps(values))

    def test_default_is_refused(self):
        with self.assertRaises(ValidationError):
            self.env["ir.default"].set("xb.connection", "api_key", PLAIN)
        default = self.env["ir.default"]
        default.set("xb.connection", "name", "x")
        field = self.env["ir.model.fields"]._get("xb.connection", "api_key")
        with self.assertRaises(ValidationError):
            default.search([("field_id.name", "=", "name")], limit=1).write({"field_id": field.id})

    def test_only_managers_see_even_the_mask(self):
        clerk = self.env["res.users"].create(
            {
                "name": "c",
                "login": "secret-clerk",
                "group_ids": [(6, 0, [self.env.ref("xb_base.group_clerk").id])],
            }
        )
        record = self.connection.with_user(clerk)
        self.assertTrue(record.name)
        with self.assertRaises(AccessError):
            record.read(["api_key"])
        with self.assertRaises(AccessError):
            record.read(["webhook_url"])
        self.assertNotIn("api_key", record.read()[0])

    def test_private_methods_are_not_callable_over_rpc(self):
        for name in ("_get_secret", "_get_secrets", "_read_tokens", "_rotate_secrets", "_keyring"):
            self.assertTrue(hasattr(self.connection, name))
            with self.assertRaises(AccessError):
                get_public_method(self.connection, name)
        public = {
            name
            for name, value in vars(self.env.registry["xb.secret.mixin"].__bases__[0]).items()
            if callable(value) and not name.startswith("_")
        }
        self.assertEqual(public, {"create"}, "the mixin offers nothing of its own to clients")

    def test_typing_into_the_mask_is_refused(self):
        for value in (SECRET_MASK + "abc", "abc" + SECRET_MASK, SECRET_MASK[:-1], SECRET_MASK * 2):
            with self.assertRaisesRegex(UserError, "API Key"):
                self.connection.api_key = value
        self.assertEqual(self.connection._get_secret("api_key"), PLAIN)

    def test_field_definitions_that_would_leak(self):
        model = type(self.env["xb.connection"])
        for options in (
            {"tracking": True},
            {"default": "x"},
            {"compute": "_compute_x"},
            {"related": "company_id.name"},
            {"index": True},
            {"translate": True},
            {"company_dependent": True},
        ):
            with self.subTest(**options), self.assertRaises(TypeError):
                Secret(**options)._get_attrs(model, "bad")
        self.assertIs(Secret(copy=True)._get_attrs(model, "good")["copy"], False)

    def test_mask_can_never_reach_the_column(self):
        field = self.connection._fields["api_key"]
        with self.assertRaisesRegex(AssertionError, "no token"):
            field._update_cache(self.connection, SECRET_MASK, dirty=True)
            self.connection.flush_recordset(["api_key"])
        self.assertEqual(self.connection._get_secret("api_key"), PLAIN)

    # === KEYS === #

    def test_no_key_refuses_to_store(self):
        self.use_keys()
        with self.assertRaisesRegex(UserError, "XB_SECRET_KEYS"):
            self.connection.api_key = "x"
        with self.assertRaises(UserError):
            self.make_connection(name="y")

    def test_no_key_still_lets_people_work(self):
        before = self.stored(self.connection, "api_key")
        self.use_keys()
        self.env.invalidate_all()
        self.assertEqual(self.connection.api_key, SECRET_MASK)
        self.assertEqual(self.connection.state, "locked")
        self.assertIn("k1", self.connection.secret_problem)
        self.assertFalse(self.connection.webhook_url)
        self.connection.write({"name": "renamed", "api_key": SECRET_MASK})
        self.assertEqual(self.stored(self.connection, "api_key"), before)
        with self.assertRaises(SecretKeyMissing):
            self.connection._get_secret("api_key")
        plain = self.make_connection(name="no secrets", api_key=False)
        self.assertEqual((plain.state, plain.webhook_url), ("new", False))

    def test_wrong_key_harms_nothing(self):
        before = self.stored(self.connection, "api_key")
        self.use_keys(make_key("k1", "z"))
        self.env.invalidate_all()
        with self.assertRaises(SecretUndecryptable):
            self.connection._get_secret("api_key")
        self.assertEqual(self.connection.state, "locked")
        with self.assertRaisesRegex(UserError, "not the one"):
            self.connection.api_secret = "would be lost"
        with self.assertRaises(UserError):
            self.make_connection(name="would be lost as well")
        with self.assertRaises(UserError):
            self.env["xb.secret.mixin"]._rotate_secrets()
        self.env.invalidate_all(flush=False)
        self.use_keys(make_key("k1", "a"))
        self.assertEqual(self.stored(self.connection, "api_key"), before)
        self.assertEqual(self.connection._get_secret("api_key"), PLAIN)

    def test_action_test_says_what_is_wrong(self):
        self.use_keys(make_key("k1", "z"))
        params = self.connection.action_test()["params"]
        self.assertEqual(params["type"], "danger")
        self.assertIn("not the one", params["message"])

    def test_check_keys(self):
        mixin = self.env["xb.secret.mixin"]
        self.assertEqual(mixin._check_keys(), [])
        self.use_keys(make_key("k1", "z"))
        problems = "\n".join(mixin._check_keys())
        self.assertIn("xb.connection.api_key: 1 ×", problems)
        self.assertNotIn(PLAIN, problems)
        self.use_keys(make_key("k2", "b"))
        self.assertIn("“k1” is not configured", "\n".join(mixin._check_keys()))
        self.use_keys()
        self.assertIn("No secret key is configured", mixin._check_keys()[0])
        self.use_keys("garbage")
        [problem] = mixin._check_keys()
        self.assertIn("Entry 1", problem)
        self.env.invalidate_all()
        self.assertEqual(self.connection.state, "locked")

    # === ROTATION === #

    def test_rotation(self):
        other = self.make_connection(name="other", api_key="second")
        stored = sum(self.env["xb.secret.mixin"]._get_key_usage()[1].values())
        self.use_keys(make_key("k2", "b"), make_key("k1", "a"))
        other.api_secret = "already new"
        other.flush_recordset()
        wizard = self.env["xb.secret.rotation"].create({})
        self.assertEqual(wizard.current_key, "k2")
        self.assertIn("k1", wizard.usage)
        wizard.action_rotate()
        self.assertEqual((wizard.rotated, wizard.current, wizard.unreadable), (stored, 1, 0))
        for connection in self.connection | other:
            self.assertEqual(key_id(self.stored(connection, "api_key")), "k2")
            self.assertEqual(connection.secret_keys, "k2")
        self.use_keys(make_key("k2", "b"))
        self.assertEqual(self.connection._get_secret("api_key"), PLAIN)
        self.assertEqual(other._get_secret("api_key"), "second")
        again = self.env["xb.secret.mixin"]._rotate_secrets()
        self.assertEqual((again["rotated"], again["current"]), (0, stored + 1))

    def test_rotation_leaves_what_it_cannot_read(self):
        self.use_keys(make_key("k2", "b"))
        before = self.stored(self.connection, "api_key")
        report = self.env["xb.secret.mixin"]._rotate_secrets()
        self.assertEqual(report["rotated"], 0)
        self.assertGreaterEqual(report["unreadable"], 2)
        self.assertIn(f"xb.connection,{self.connection.id} api_key", "\n".join(report["problems"]))
        self.assertEqual(self.stored(self.connection, "api_key"), before)

    def test_rotation_is_for_managers(self):
        clerk = self.env["res.users"].create(
            {
                "name": "c",
                "login": "rotation-clerk",
                "group_ids": [(6, 0, [self.env.ref("xb_base.group_clerk").id])],
            }
        )
        with self.assertRaises(AccessError):
            self.env["xb.secret.rotation"].with_user(clerk).create({})

    @classmethod
    def flush_tracking(cls):
        """Tracking messages are made before the commit, which a test does not reach."""
        cls.env.flush_all()
        cls.env.cr.precommit.run()
