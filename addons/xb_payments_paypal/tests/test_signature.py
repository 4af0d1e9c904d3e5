"""PayPal's signature, certificate address and chain, without a server."""

import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_public_key

from odoo.tests import BaseCase

from odoo.addons.xb_base.exceptions import InvalidSignature, RetryableVendorError
from odoo.addons.xb_base.tests.simulated import import_simulator

from ..client import signature
from ..client.certificates import CertificateCache
from ..client.tokens import TokenCache
from ..const import CERT_HOSTS
from ..core.simulator import derive_authority

VECTOR = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())
NOW = datetime(2026, 5, 1, tzinfo=UTC)


class TestVector(BaseCase):
    def test_vector(self):
        body = VECTOR["raw_body"].encode()
        text = signature.message("tid-1", "2026-01-01T00:00:00Z", "WEBHOOKID", body)
        self.assertEqual(text, VECTOR["message"])
        key = load_pem_public_key(VECTOR["public_key"].encode())
        self.assertTrue(signature.is_signed(key, text, VECTOR["sig"]))
        for wrong in (VECTOR["sig"][:-4] + "AAA=", "", "!", VECTOR["sig"] + "x"):
            self.assertFalse(signature.is_signed(key, text, wrong))
        self.assertFalse(signature.is_signed(key, text + " ", VECTOR["sig"]))
        self.assertEqual(zlib.crc32(b'{"id":"WH-1"}') & 0xFFFFFFFF, 838965618)


class TestAddress(BaseCase):
    def test_paypals_own(self):
        for host in CERT_HOSTS["production"]:
            signature.check_address(
                f"https://{host}/v1/notifications/certs/CERT-1", CERT_HOSTS["production"]
            )

    def test_others(self):
        good = "/v1/notifications/certs/CERT-1"
        for url in (
            f"http://api.paypal.com{good}",
            f"https://api.paypal.com.evil.example{good}",
            f"https://evil.example/api.paypal.com{good}",
            f"https://api.paypal.com@evil.example{good}",
            f"https://user:pw@api.paypal.com{good}",
            f"https://api.paypal.com:8443{good}",
            f"https://api.paypal.com:port{good}",
            f"https://127.0.0.1{good}",
            f"https://api.sandbox.paypal.com{good}",
            "https://api.paypal.com/other",
            f"https://api.paypal.com{good}/../../../x",
            f"https://api.paypal.com{good}?next=https://evil.example",
            "file:///etc/passwd",
            "",
        ):
            with self.assertRaises(InvalidSignature, msg=url):
                signature.check_address(url, CERT_HOSTS["production"])

    def test_simulator_trusts_nobody_else(self):
        with self.assertRaises(InvalidSignature):
            signature.check_address(
                "https://api.paypal.com/v1/notifications/certs/CERT-1", (), "http://127.0.0.1:1"
            )


class TestChain(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import_simulator()
        from simulator.vendors.payments import certificates

        cls.certificates = certificates
        cls.roots = [derive_authority("seed")]

    def test_good(self):
        pem = self.certificates.leaf("seed")
        self.assertEqual(signature.check_chain(pem, NOW, self.roots).key_size, 2048)

    def test_refused(self):
        leaf = self.certificates.leaf
        year = datetime(2021, 1, 1, tzinfo=UTC)
        for why, pem, roots in (
            ("another authority", leaf("another seed"), self.roots),
            ("the machine's roots do not know it", leaf("seed"), None),
            ("not PayPal's name", leaf("seed", "paypal.com.evil.example"), self.roots),
            ("a wildcard", leaf("seed", "*.paypal.com"), self.roots),
            ("expired", leaf("seed", last=year), self.roots),
            ("nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None),
            ("empty", b"", self.roots),
        ):
            with self.assertRaises(InvalidSignature, msg=why):
                signature.check_chain(pem, NOW, roots)


class TestCaches(BaseCase):
    def setUp(self):
        super().setUp()
        self.time = 0.0
        self.asked = 0

    def fetch(self, *_args):
        self.asked += 1
        return b"pem"

    def test_certificate_is_fetched_once_a_day(self):
        cache = CertificateCache(lambda: self.time)
        for _n in range(3):
            self.assertEqual(cache.get("u", self.fetch), b"pem")
        self.assertEqual(self.asked, 1)
        self.time = 25 * 3600
        cache.get("u", self.fetch)
        self.assertEqual(self.asked, 2)

    def test_certificate_that_is_not_to_be_had(self):
        cache = CertificateCache(lambda: self.time)

        def fail(_url):
            self.asked += 1
            raise RetryableVendorError("down")

        for _n in range(3):
            with self.assertRaises(RetryableVendorError):
                cache.get("u", fail)
        self.assertEqual(self.asked, 1, "a minute's rest")
        self.time = 61
        self.assertEqual(cache.get("u", self.fetch), b"pem")

    def test_token_is_renewed_early_and_after_a_refusal(self):
        cache = TokenCache(lambda: self.time)

        def fetch():
            self.asked += 1
            return f"token {self.asked}", 32400

        self.assertEqual(cache.get("a", fetch), "token 1")
        self.time = 32000
        self.assertEqual(cache.get("a", fetch), "token 1")
        self.time = 32101
        self.assertEqual(cache.get("a", fetch), "token 2")
        cache.forget("a")
        self.assertEqual(cache.get("a", fetch), "token 3")
