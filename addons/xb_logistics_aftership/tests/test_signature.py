import json
from datetime import UTC, datetime, timedelta
from unittest import TestCase

from odoo.addons.xb_base.exceptions import InvalidSignature, StaleMessage

from ..adapters.aftership import AfterShipAdapter
from ..client import signature

# Vectors made by the scheme of the documentation, the request's checked against AfterShip's SDK.
SECRET = "whsec_demo_0001"
BODY = (
    b'{"ts":1767225600,"event":"tracking_update","event_id":"3f1c0b7e-8d55-4b77-9b1c-8f4d2f6f2a10"'
    b',"is_tracking_first_tag":true,"msg":{"id":"trk_demo_1","tracking_number":"YT2600000000000001"'
    b',"slug":"yunexpress","tag":"InTransit","subtag":"InTransit_003"}}'
)
SIGNATURE = "ST9PfAoDwo1nw5oxjX4Y1xVj8E7BX9zm5e0o/Ipighs="
SENT = datetime(2026, 1, 1, tzinfo=UTC)
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
CREATE = b'{"tracking_number":"YT2600000000000001","slug":"yunexpress"}'
KEY = {"as-api-key": "asat_demo_key"}


class TestSignature(TestCase):
    def verify(self, body=BODY, given=SIGNATURE, secrets=None, now=SENT, name=None):
        credentials = {"webhook_secret": SECRET} if secrets is None else secrets
        adapter = AfterShipAdapter(None, credentials, {})
        return adapter.verify_webhook(body, {name or "aftership-hmac-sha256": given}, now)

    def test_webhook_vector(self):
        self.assertEqual(signature.webhook_signature(SECRET, BODY), SIGNATURE)
        event = self.verify()
        self.assertEqual(event.key, "3f1c0b7e-8d55-4b77-9b1c-8f4d2f6f2a10")
        self.assertEqual((event.topic, event.occurred_at), ("tracking_update", SENT))

    def test_request_vectors(self):
        text = signature.string_to_sign("POST", "/tracking/2026-07/trackings", CREATE, DATE, KEY)
        self.assertIn("68316EEA31A1AFF8EEB04F2CA7024C6C", text)
        self.assertEqual(
            signature.request_signature("demo_api_secret", text),
            "ijQ+JOxM/dtM+D9nPGdrrZApRt7Pz3ZdLqGjIKTu71s=",
        )
        url = "/tracking/2026-07/trackings?tag=InTransit&keyword=&limit=50"
        text = signature.string_to_sign("GET", url, b"", DATE, KEY)
        self.assertTrue(
            text.endswith("/tracking/2026-07/trackings?keyword=&limit=50&tag=InTransit")
        )
        self.assertEqual(
            signature.request_signature("demo_api_secret", text),
            "ht5WWS3LnTF3PmaYXGoiEE4i+hoNvQpfRMo37UJaM/g=",
        )

    def test_both_spellings_of_the_header(self):
        self.verify(name="as-signature-hmac-sha256")
        with self.assertRaises(InvalidSignature):
            self.verify(name="X-Signature")

    def test_one_flipped_bit_anywhere(self):
        for place in range(len(BODY)):
            flipped = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
            with self.assertRaises(InvalidSignature):
                self.verify(body=flipped)

    def test_wrong_or_missing_secret(self):
        for secrets in ({"webhook_secret": "other"}, {}, {"webhook_secret": ""}):
            with self.subTest(secrets), self.assertRaises(InvalidSignature):
                self.verify(secrets=secrets)
        for given in ("", None, SIGNATURE[:-2], "ä"):
            with self.subTest(given), self.assertRaises(InvalidSignature):
                self.verify(given=given)

    def test_old_secret_is_good_while_it_is_being_replaced(self):
        self.verify(secrets={"webhook_secret": "new", "webhook_secret_previous": SECRET})

    def test_stale(self):
        # AfterShip repeats for 36 hours with the same body; beyond that it is a replay.
        self.verify(now=SENT + timedelta(hours=47))
        for shift in (timedelta(hours=49), -timedelta(hours=49)):
            with self.subTest(shift), self.assertRaises(StaleMessage):
                self.verify(now=SENT + shift)

    def test_signed_nonsense(self):
        for body in (b"[]", b"{}", b"{", b'{"msg":{}}', b'{"msg":{},"ts":"soon"}'):
            given = signature.webhook_signature(SECRET, body)
            with self.subTest(body), self.assertRaises(InvalidSignature):
                self.verify(body=body, given=given)

    def test_vectors_are_those_of_the_body(self):
        self.assertEqual(json.loads(BODY)["msg"]["slug"], "yunexpress")
