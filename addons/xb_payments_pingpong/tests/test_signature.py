"""PingPong's published vectors and the synthetic ones of the facts."""

import json
from pathlib import Path

from odoo.tests import BaseCase

from ..client import signature
from ..client.api import PingPongClient

VECTORS = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())


class TestSignature(BaseCase):
    def test_vectors(self):
        salt, envelope = VECTORS["salt"], VECTORS["envelope"]
        self.assertEqual(signature.string_to_sign(salt, envelope), VECTORS["string"])
        self.assertEqual(signature.sign(salt, envelope), VECTORS["sign_sha256"])
        self.assertEqual(
            signature.sign(salt, {**envelope, "signType": "MD5"}),
            VECTORS["sign_md5_with_signType_MD5"],
        )
        notify = VECTORS["notify"]
        self.assertEqual(signature.sign(salt, notify["envelope"]), notify["sign"])

    def test_genuine_only_with_our_salt_and_untouched(self):
        salt, notify = VECTORS["salt"], VECTORS["notify"]
        fields = {**notify["envelope"], "sign": notify["sign"]}
        self.assertTrue(signature.is_genuine([salt], fields))
        self.assertTrue(signature.is_genuine([None, "other", salt], fields))
        self.assertFalse(signature.is_genuine([], fields))
        self.assertFalse(signature.is_genuine([""], fields))
        self.assertFalse(signature.is_genuine(["other"], fields))
        for name in notify["envelope"]:
            altered = {**fields, name: fields[name] + " "}
            self.assertFalse(signature.is_genuine([salt], altered), name)
        self.assertFalse(signature.is_genuine([salt], {**fields, "extra": "1"}))
        for sign in (None, "", 7, ["x"]):
            self.assertFalse(signature.is_genuine([salt], {**fields, "sign": sign}))

    def test_unknown_kinds_of_signature_are_refused(self):
        fields = {"a": "1", "signType": "NONE", "sign": "x"}
        self.assertFalse(signature.is_genuine(["salt"], fields))

    def test_answers_are_checked_with_the_configured_kind_only(self):
        """An attacker must not choose MD5 for us."""
        fields = {"a": "1", "signType": "MD5"}
        fields["sign"] = signature.sign("salt", fields)
        self.assertTrue(signature.is_genuine(["salt"], fields))
        self.assertFalse(signature.is_genuine(["salt"], fields, ("SHA256",)))

    def test_angle_brackets_never_go_out(self):
        client = PingPongClient(None, "2026000000000000001001", "salt")
        envelope = client.make_envelope({"name": "<b>mug</b>", "empty": "", "none": None})
        self.assertEqual(json.loads(envelope["bizContent"]), {"name": "(b)mug(/b)"})
        self.assertEqual(envelope["clientId"], "2026000000000000001")
