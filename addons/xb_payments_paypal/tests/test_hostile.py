"""PayPal signs a checksum of the body: who has seen one webhook can write another with the same."""

import json
import zlib

from werkzeug.datastructures import Headers

from odoo.tests import tagged

from odoo.addons.xb_base.exceptions import InvalidSignature

from .common import PayPalCase

ROOM = 64


def with_checksum(event, wanted):
    """Return an event's bytes whose CRC-32 is ``wanted``: a checksum is linear, so this is algebra.

    :param dict event: the event; its ``summary`` is used up
    :param int wanted: the checksum
    """
    filled = json.dumps({**event, "summary": "a" * ROOM}).encode()
    start = filled.index(b"a" * ROOM)

    def crc(places):
        body = bytearray(filled)
        for place in places:
            body[start + place] = ord("b")
        return zlib.crc32(body) & 0xFFFFFFFF

    base = crc(())
    rows = []  # (checksum's difference, the places that make it)
    for place in range(ROOM):
        value, chosen = crc((place,)) ^ base, {place}
        for known, places in rows:
            if value ^ known < value:
                value, chosen = value ^ known, chosen ^ places
        if value:
            rows.append((value, chosen))
            rows.sort(key=lambda row: row[0], reverse=True)
    left, places = wanted ^ base, set()
    for known, chosen in rows:
        if left ^ known < left:
            left, places = left ^ known, places ^ chosen
    body = bytearray(filled)
    for place in places:
        body[start + place] = ord("b")
    return bytes(body)


@tagged("post_install", "-at_install")
class TestChecksum(PayPalCase):
    def forge(self, notice, change):
        """Return a webhook of our own making that bears the signature of a genuine one."""
        headers, body = notice
        event = json.loads(body)
        event["id"] = "WH-FORGED"
        change(event)
        forged = with_checksum(event, zlib.crc32(body) & 0xFFFFFFFF)
        self.assertEqual(zlib.crc32(forged), zlib.crc32(body))
        self.connection._verify_webhook(forged, Headers(headers))
        return headers, forged

    def notice(self, topic):
        """Return the genuine webhook of a small payment that is of this kind."""
        for headers, body in self.other_side.notices():
            if json.loads(body)["event_type"] == topic:
                return headers, body
        return self.fail(f"no {topic}")

    def test_it_pays_nothing(self):
        self.pay("1.00")
        genuine = self.notice("PAYMENT.CAPTURE.COMPLETED")
        large = self.begin("3000.00")
        self.open_page(large)

        def change(event):
            event["resource"].update(
                custom_id=large.xb_attempt,
                invoice_id=large.xb_attempt,
                amount={"currency_code": "USD", "value": "3000.00"},
            )

        self.deliver([self.forge(genuine, change)])
        self.assertEqual(large.state, "draft")
        self.assertTrue(large.xb_next_poll, "PayPal is asked")
        large._job_xb_poll()
        self.assertEqual(large.state, "draft")
        self.assertFalse(large.xb_hold_reason)

    def test_it_holds_nothing(self):
        self.pay("1.00")
        genuine = self.notice("PAYMENT.CAPTURE.COMPLETED")
        tx = self.begin("30.00")
        self.open_page(tx)

        def change(event):
            event["resource"].update(custom_id=tx.xb_attempt, invoice_id=tx.xb_attempt)

        self.deliver([self.forge(genuine, change)])
        self.assertFalse(tx.xb_hold_reason, "whoever can forge could stop every payment")
        tx._job_xb_poll()
        self.assertEqual(tx.state, "draft")

    def test_it_refunds_nothing(self):
        tx = self.pay("30.00")
        refund = tx._refund(amount_to_refund=1)
        self.send_outbox()
        self.assertEqual(refund.state, "done")
        genuine = self.notice("PAYMENT.CAPTURE.REFUNDED")
        second = tx._refund(amount_to_refund=20)

        def change(event):
            event["resource"].update(
                custom_id=second.xb_attempt,
                invoice_id=second.xb_attempt,
                amount={"currency_code": "USD", "value": "20.00"},
            )

        self.deliver([self.forge(genuine, change)])
        self.assertEqual(second.state, "pending")

    def test_it_decides_no_dispute(self):
        tx = self.pay("30.00")
        number = self.other_side.open_dispute(tx.xb_order_reference)["id"]
        genuine = self.notice("CUSTOMER.DISPUTE.CREATED")
        self.deliver([genuine])
        self.take_claims()
        self.assertEqual(tx.xb_dispute_ids.state, "needs_response")

        def change(event):
            event["resource"].update(
                status="RESOLVED", dispute_outcome={"outcome_code": "RESOLVED_SELLER_FAVOUR"}
            )

        self.deliver([self.forge(genuine, change)])
        self.take_claims()
        self.assertEqual(tx.xb_dispute_ids.state, "needs_response")
        self.other_side.update_dispute(number, status="won")
        self.deliver()
        self.take_claims()
        self.assertEqual(tx.xb_dispute_ids.state, "won")

    def test_a_dispute_that_nobody_has_opened(self):
        tx = self.pay("30.00")
        self.other_side.open_dispute(tx.xb_order_reference)
        genuine = self.notice("CUSTOMER.DISPUTE.CREATED")
        self.deliver([self.forge(genuine, lambda event: event["resource"].update(dispute_id="X"))])
        self.take_claims()
        self.assertFalse(
            self.env["xb.payment.dispute"].search_count(
                [("reference", "=", "X"), ("provider_id", "=", self.provider.id)]
            )
        )


@tagged("post_install", "-at_install")
class TestRubbish(PayPalCase):
    def test_logs_keep_secrets(self):
        self.check_logs_keep_secrets()

    def test_rubbish_is_refused_and_breaks_nothing(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        ((headers, body),) = self.other_side.notices()
        for name, values in {
            "PAYPAL-CERT-URL": (
                "https://[", "https://api.paypal.com:port/", "//", "\xff", "https://",
                "http://169.254.169.254/latest/meta-data", "file:///etc/passwd",
            ),
            "PAYPAL-TRANSMISSION-SIG": ("", "é", "====", "A" * 100_000),
            "PAYPAL-TRANSMISSION-ID": ("|", "\udce9"),
            "PAYPAL-AUTH-ALGO": ("", "SHA256withRSA ", "none"),
        }.items():  # fmt: skip
            for value in values:
                with self.assertRaises(InvalidSignature, msg=f"{name}: {value[:40]!r}"):
                    self.connection._verify_webhook(body, Headers({**headers, name: value}))
        for other in (b"", b"\xff", b"[" * 100_000, b"{}", body + body):
            with self.assertRaises(InvalidSignature, msg=other[:40]):
                self.connection._verify_webhook(other, Headers(headers))
