from odoo.tests import BaseCase

from odoo.addons.xb_base.core.redact import (
    HIDDEN,
    is_secret_name,
    redact,
    redact_headers,
    redact_text,
    redact_url,
)


class TestRedact(BaseCase):
    def test_names(self):
        for name in ("Authorization", "X-Api-Key", "apiKey", "refresh_token", "clientSecret"):
            self.assertTrue(is_secret_name(name), name)
        for name in ("X-Shop-Signature", "Cookie", "Set-Cookie", "sign", "hmac", "password"):
            self.assertTrue(is_secret_name(name), name)
        for name in ("tracking", "carrier", "currency", "next_page_token", "keyboard", "design"):
            self.assertFalse(is_secret_name(name), name)

    def test_nested_payload(self):
        value = {
            "order": {
                "ref": "1",
                "code": "DE",
                "payment": {"access_token": "tok", "amount": "1.00"},
            },
            "lines": [{"note": "use Bearer abcdefghijk", "secret": ""}, 7, None],
        }
        self.assertEqual(
            redact(value),
            {
                "order": {
                    "ref": "1",
                    "code": "DE",
                    "payment": {"access_token": HIDDEN, "amount": "1.00"},
                },
                "lines": [{"note": f"use Bearer {HIDDEN}", "secret": ""}, 7, None],
            },
        )
        self.assertEqual(value["order"]["payment"]["access_token"], "tok", "the value was changed")

    def test_known_values_are_hidden_wherever_they_are(self):
        self.assertEqual(
            redact({"echo": ["you sent s3cr3t-key!"]}, ["s3cr3t-key"]),
            {"echo": [f"you sent {HIDDEN}!"]},
        )
        self.assertEqual(redact_text("abc", ["abc", ""]), "abc", "too short to be a secret")

    def test_headers(self):
        self.assertEqual(
            redact_headers({"Authorization": "Bearer abc", "Accept": "*/*", "X-Page": "k1234567"}),
            {"Authorization": HIDDEN, "Accept": "*/*", "X-Page": "k1234567"},
        )

    def test_url(self):
        url = redact_url("https://user:pw@shop.example:8443/a?code=123&page=2&signature=x#frag")
        for secret in ("user", "pw", "123", "=x", "frag"):
            self.assertNotIn(secret, url)
        self.assertIn("shop.example:8443/a?", url)
        self.assertIn("page=2", url)
