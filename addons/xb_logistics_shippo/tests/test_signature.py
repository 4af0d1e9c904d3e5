from datetime import UTC, datetime, timedelta
from unittest import TestCase

from odoo.addons.xb_base.exceptions import InvalidSignature, StaleMessage

from ..adapters.shippo import ShippoAdapter
from ..client import signature

# A vector made by the scheme that Shippo's own README describes.
SECRET = "shippo_demo_secret"
STAMP = "1767225600"
BODY = (
    b'{"event":"track_updated","test":true,"data":{"carrier":"shippo","tracking_number":'
    b'"SHIPPO_TRANSIT","tracking_status":{"status":"TRANSIT"}}}'
)
HEADER = "t=1767225600,v1=8e7dcb481a03b86bde1a45e019b664e9ef4e43a5a79cf39e8c77e9606fe6212a"
SENT = datetime.fromtimestamp(int(STAMP), UTC)


class TestSignature(TestCase):
    def verify(self, body=BODY, given=HEADER, secrets=None, now=SENT, name=None, unsigned=False):
        credentials = {"webhook_secret": SECRET} if secrets is None else secrets
        adapter = ShippoAdapter(None, credentials, {"unsigned": unsigned})
        headers = {name or "Shippo-Auth-Signature": given} if given is not None else {}
        return adapter.verify_webhook(body, headers, now)

    def test_vector(self):
        self.assertEqual(signature.sign(SECRET, STAMP, BODY), HEADER)
        event = self.verify()
        self.assertEqual((event.topic, event.occurred_at), ("track_updated", SENT))

    def test_both_spellings_of_the_header(self):
        self.verify(name="Shippo-Signature")
        with self.assertRaises(InvalidSignature):
            self.verify(name="X-Shippo")

    def test_one_flipped_bit_anywhere(self):
        for place in range(len(BODY)):
            flipped = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
            with self.assertRaises(InvalidSignature):
                self.verify(body=flipped)

    def test_altered_time(self):
        with self.assertRaises(InvalidSignature):
            self.verify(given=HEADER.replace(STAMP, "1767225601"))

    def test_wrong_or_missing(self):
        for secrets in ({"webhook_secret": "other"}, {}, {"webhook_secret": ""}):
            with self.subTest(secrets), self.assertRaises(InvalidSignature):
                self.verify(secrets=secrets)
        for given in ("", None, "v1=" + HEADER[17:], "t=soon,v1=00", "ä"):
            with self.subTest(given), self.assertRaises(InvalidSignature):
                self.verify(given=given)

    def test_old_secret_is_good_while_it_is_being_replaced(self):
        self.verify(secrets={"webhook_secret": "new", "webhook_secret_previous": SECRET})

    def test_stale(self):
        self.verify(now=SENT + timedelta(seconds=300))
        for seconds in (301, -301):
            with self.subTest(seconds), self.assertRaises(StaleMessage):
                self.verify(now=SENT + timedelta(seconds=seconds))

    def test_unsigned_is_a_hint_where_it_is_allowed(self):
        self.assertEqual(self.verify(given=None, unsigned=True).topic, "hint")
        with self.assertRaises(InvalidSignature):
            self.verify(given="t=1,v1=00", unsigned=True)
