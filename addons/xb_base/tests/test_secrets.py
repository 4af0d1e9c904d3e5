import base64
import os
import tempfile

from odoo.tests import BaseCase

from odoo.addons.xb_base.core import simulator
from odoo.addons.xb_base.core.secrets import Keyring, generate_key, key_id
from odoo.addons.xb_base.exceptions import SecretError, SecretKeyMissing, SecretUndecryptable

from .common import make_key

AAD = "xb.connection.api_key"


class TestKeyring(BaseCase):
    def keyring(self, *entries):
        return Keyring.from_environment({"XB_SECRET_KEYS": ",".join(entries)})

    def key_file(self, content, mode=0o600):
        handle, path = tempfile.mkstemp()
        self.addCleanup(os.unlink, path)
        os.write(handle, content.encode())
        os.fchmod(handle, mode)
        os.close(handle)
        return path

    def test_round_trip(self):
        keyring = self.keyring(make_key("k1", "a"))
        for plain in ("secret", "pässwörd 密码", "x" * 10_000, ""):
            token = keyring.encrypt(plain, AAD)
            self.assertEqual(keyring.decrypt(token, AAD), plain)
            self.assertTrue(token.startswith("xb1:k1:"))

    def test_same_secret_never_gives_the_same_token(self):
        keyring = self.keyring(make_key("k1", "a"))
        self.assertNotEqual(keyring.encrypt("secret", AAD), keyring.encrypt("secret", AAD))

    def test_token_does_not_fit_another_field(self):
        keyring = self.keyring(make_key("k1", "a"))
        token = keyring.encrypt("secret", AAD)
        with self.assertRaises(SecretUndecryptable):
            keyring.decrypt(token, "xb.connection.api_secret")

    def test_altered_token(self):
        keyring = self.keyring(make_key("k1", "a"))
        head, payload = keyring.encrypt("secret", AAD).rsplit(":", 1)
        blob = bytearray(base64.b64decode(payload))
        for position in range(len(blob)):
            altered = bytes(b ^ (i == position) for i, b in enumerate(blob))
            with self.assertRaises(SecretUndecryptable):
                keyring.decrypt(f"{head}:{base64.b64encode(altered).decode()}", AAD)

    def test_broken_tokens(self):
        keyring = self.keyring(make_key("k1", "a"))
        for token in (
            "",
            "plain",
            "xb1:",
            "xb1:k1",
            "xb1:k1:",
            "xb1:k1:!",
            "xb1:k1:AAAA",
            "xb2:k1:AA",
        ):
            with self.subTest(token=token), self.assertRaises(SecretUndecryptable):
                keyring.decrypt(token, AAD)

    def test_unknown_and_wrong_key(self):
        token = self.keyring(make_key("k1", "a")).encrypt("secret", AAD)
        with self.assertRaises(SecretKeyMissing):
            self.keyring(make_key("k2", "b")).decrypt(token, AAD)
        with self.assertRaises(SecretUndecryptable):
            self.keyring(make_key("k1", "b")).decrypt(token, AAD)
        with self.assertRaises(SecretKeyMissing):
            self.keyring().decrypt(token, AAD)

    def test_no_key_cannot_encrypt(self):
        self.assertFalse(self.keyring())
        with self.assertRaises(SecretKeyMissing):
            self.keyring().encrypt("secret", AAD)

    def test_rotate(self):
        old = self.keyring(make_key("k1", "a"))
        both = self.keyring(make_key("k2", "b"), make_key("k1", "a"))
        new = self.keyring(make_key("k2", "b"))
        token = old.encrypt("secret", AAD)
        rotated = both.rotate(token, AAD)
        self.assertEqual(key_id(rotated), "k2")
        self.assertEqual(new.decrypt(rotated, AAD), "secret")
        self.assertIs(both.rotate(rotated, AAD), rotated)
        self.assertEqual(both.key_ids, ("k2", "k1"))

    def test_malformed_keys_are_refused_without_quoting_them(self):
        short = base64.b64encode(b"sixteen bytes ok").decode()
        for entry in (f"k1:{short}", "k1:not/base64!", "nokid", f":{short}", "k 1:AAAA"):
            with self.subTest(entry=entry), self.assertRaises(SecretError) as caught:
                self.keyring(entry)
            self.assertNotIn(entry.partition(":")[2] or "nokid", str(caught.exception))
        with self.assertRaises(SecretError):
            self.keyring(make_key("k1", "a"), make_key("k1", "b"))

    def test_key_file(self):
        path = self.key_file(f"# current\n{make_key('k2', 'b')}\n\n{make_key('k1', 'a')}\n")
        keyring = Keyring.from_environment({"XB_SECRET_KEY_FILE": path})
        self.assertEqual(keyring.key_ids, ("k2", "k1"))

    def test_key_file_others_can_read(self):
        for mode in (0o640, 0o604, 0o622):
            path = self.key_file(make_key("k1", "a"), mode)
            with self.assertRaisesRegex(SecretError, "chmod 600"):
                Keyring.from_environment({"XB_SECRET_KEY_FILE": path})

    def test_key_file_missing(self):
        with self.assertRaisesRegex(SecretError, "cannot be read"):
            Keyring.from_environment({"XB_SECRET_KEY_FILE": "/nowhere/key"})

    def test_generated_key_is_usable(self):
        keyring = self.keyring(generate_key("k1"))
        self.assertEqual(keyring.decrypt(keyring.encrypt("x", AAD), AAD), "x")

    def test_nothing_shows_a_key(self):
        keyring = self.keyring(make_key("k1", "a"))
        self.assertEqual(repr(keyring), "<Keyring k1>")
        self.assertNotIn(base64.b64encode(b"a" * 32).decode(), str(vars(keyring)))


class TestSimulatorCredentials(BaseCase):
    def test_derive(self):
        one = simulator.derive("seed", "rest_shop", "api_key")
        self.assertEqual(one, simulator.derive("seed", "rest_shop", "api_key"))
        self.assertRegex(one, r"^[0-9a-f]{40}$")
        others = {
            simulator.derive("seed2", "rest_shop", "api_key"),
            simulator.derive("seed", "rest_shop", "api_secret"),
            simulator.derive("seed", "rest_shopapi", "_key"),
        }
        self.assertEqual(len(others | {one}), 4)
