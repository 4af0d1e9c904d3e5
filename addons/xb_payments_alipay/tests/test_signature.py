"""Vectors and keys of both APIs, without a server."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from odoo.tests import BaseCase

from ..adapters.alipay import read_form
from ..client import keys, signature

VECTORS = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())


class TestVectors(BaseCase):
    def setUp(self):
        super().setUp()
        self.key = keys.load_public(VECTORS["public_key"])

    def test_request(self):
        vector = VECTORS["alipay_req"]
        params = dict(pair.split("=", 1) for pair in vector["string_to_sign"].split("&"))
        shuffled = {name: params[name] for name in sorted(params, reverse=True)}
        text = signature.request_string({**shuffled, "empty": "", "sign": "x"})
        self.assertEqual(text, vector["string_to_sign"])
        self.assertTrue(keys.is_signed(self.key, text, vector["sign"]))

    def test_notification(self):
        vector = VECTORS["alipay_notify"]
        form = read_form(vector["form"].encode())
        self.assertEqual(form, dict(parse_qsl(vector["form"], keep_blank_values=True)))
        text = signature.notify_string(form)
        self.assertEqual(text, vector["string_to_sign"])
        self.assertTrue(keys.is_signed(self.key, text, form["sign"]))
        for name in vector["params"]:
            if name == "sign_type":
                continue
            altered = signature.notify_string({**form, name: f"{form[name]}0"})
            self.assertFalse(keys.is_signed(self.key, altered, form["sign"]), name)

    def test_answer(self):
        vector = VECTORS["alipay_resp"]
        node, sign = vector["signed_substring"], vector["sign"]
        text = f'{{"alipay_trade_query_response":{node},"sign":"{sign}"}}'
        raw = signature.response_node(text, "alipay_trade_query_response")
        self.assertEqual(raw, vector["signed_substring"])
        self.assertTrue(keys.is_signed(self.key, raw, vector["sign"]))

    def test_antom(self):
        vector = VECTORS["antom"]
        head, body = vector["content"].split(".{", 1)
        path, rest = head.removeprefix("POST ").split("\n")
        client, time = rest.split(".", 1)
        text = signature.antom_string(path, client, time, ("{" + body).encode())
        self.assertEqual(text, vector["content"])
        self.assertEqual(signature.antom_header(vector["sig"]), vector["header"])
        given = signature.read_antom_header(vector["header"])
        self.assertTrue(keys.is_signed(self.key, text, given))
        self.assertFalse(keys.is_signed(self.key, text + " ", given))


class TestHeaders(BaseCase):
    def test_only_rsa256(self):
        for header in (
            "",
            None,
            "signature=abc",
            "algorithm=none,keyVersion=1,signature=abc",
            "algorithm=HS256,keyVersion=1,signature=abc",
            "algorithm=RSA256,keyVersion=1,signature=",
        ):
            self.assertEqual(signature.read_antom_header(header), "")

    def test_node_is_cut_from_the_text(self):
        text = '{ "a_response" : {"x":"\\"}", "y":{"z":"{"}} , "sign":"s"}'
        self.assertEqual(signature.response_node(text, "a_response"), '{"x":"\\"}", "y":{"z":"{"}}')
        for broken in ('{"a_response":{"x":"', '{"b":{}}'):
            with self.assertRaises(ValueError):
                signature.response_node(broken, "a_response")

    def test_a_field_twice_is_no_form(self):
        for body in (b"a=1&a=2", b"", b"\xff=1", b"nonsense"):
            with self.assertRaises(ValueError):
                read_form(body)


class TestKeys(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = rsa.generate_private_key(65537, 2048)

    def test_pem_and_bare_base64(self):
        for format in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
            pem = self.key.private_bytes(Encoding.PEM, format, NoEncryption()).decode()
            bare = "".join(pem.splitlines()[1:-1])
            for text in (pem, bare, bare[:40] + "\n" + bare[40:]):
                self.assertEqual(keys.load_private(text).key_size, 2048)

    def test_unusable(self):
        short = rsa.generate_private_key(65537, 1024)
        other = ed25519.Ed25519PrivateKey.generate()
        for key in (short, other):
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            with self.assertRaises(ValueError):
                keys.load_private(pem)
        public = (
            self.key.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )
        for text in ("", None, "nonsense", "AAAA", public):
            with self.assertRaises(ValueError):
                keys.load_private(text)
        keys.load_public(public)
