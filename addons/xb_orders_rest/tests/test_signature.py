import json
import re
from datetime import UTC, datetime
from pathlib import Path

from odoo.tests import BaseCase

from ..client.signature import is_genuine, moment, sign

BODY = b'{"order": {"ref": "1"}}'


class TestSignature(BaseCase):
    def test_vector_of_the_documentation(self):
        page = Path(__file__).resolve().parents[3] / "docs" / "own-shop-protocol.md"
        if not page.exists():
            self.skipTest("docs/own-shop-protocol.md is not here")
        text = page.read_text(encoding="utf-8")
        vector = json.loads(re.search(r"```json vector\n(.+?)\n```", text, re.DOTALL)[1])
        body = vector["body"].encode()
        self.assertEqual(sign(vector["secret"], vector["timestamp"], body), vector["signature"])

    def test_genuine(self):
        signature = sign("secret", "1793607180", BODY)
        self.assertTrue(is_genuine(["secret"], "1793607180", signature, BODY))
        self.assertTrue(is_genuine(["new", "secret"], "1793607180", signature, BODY))

    def test_fails_closed(self):
        signature = sign("secret", "1793607180", BODY)
        empty = sign("", "1793607180", BODY)
        for case in (
            ([], "1793607180", signature, BODY),
            ([None, ""], "1793607180", empty, BODY),
            (["other"], "1793607180", signature, BODY),
            (["secret"], "1793607181", signature, BODY),
            (["secret"], "1793607180", signature, BODY + b" "),
            (["secret"], "1793607180", signature.upper(), BODY),
            (["secret"], "1793607180", signature.removeprefix("v1="), BODY),
            (["secret"], "1793607180", "v1=", BODY),
            (["secret"], "1793607180", "v1=\xe4\xf6", BODY),
            (["secret"], "1793607180", "", BODY),
            (["secret"], "1793607180", None, BODY),
            (["secret"], "", signature, BODY),
            (["secret"], None, signature, BODY),
        ):
            with self.subTest(case):
                self.assertIs(is_genuine(*case), False)

    def test_moment(self):
        self.assertEqual(moment("1793607180"), datetime(2026, 11, 2, 8, 13, tzinfo=UTC))
        for wrong in ("", "now", "-5", "1.5", "179360718000", "１７９", "1e9"):
            with self.subTest(wrong), self.assertRaises(ValueError):
                moment(wrong)
