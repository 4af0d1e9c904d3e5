"""What a buyer sees of Alipay's signatures, and what strangers send."""

import json
from urllib.parse import urlencode

from werkzeug.datastructures import Headers

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.xb_base.exceptions import InvalidSignature

from .test_alipay import AlipayCase
from .test_antom import AntomCase

LOGS = "odoo.addons.xb_payments.models.payment_transaction_truth"


@tagged("post_install", "-at_install")
class TestAlipayHostile(AlipayCase):
    def test_logs_keep_secrets(self):
        self.check_logs_keep_secrets()

    def sign(self, form):
        """Return a body that Alipay has signed."""
        text = "&".join(f"{k}={v}" for k, v in sorted(form.items()) if k != "sign_type")
        return urlencode({**form, "sign": self.other_side.sign(text)}).encode()

    def test_the_browsers_return_is_no_notification(self):
        """Its parameters bear Alipay's signature, and the buyer sees them and our address."""
        tx = self.begin()
        self.open_page(tx)
        settings = self.connection._get_adapter().settings
        form = {
            "app_id": settings["app_id"],
            "auth_app_id": settings["app_id"],
            "charset": "utf-8",
            "method": "alipay.trade.page.pay.return",
            "out_trade_no": tx.xb_attempt,
            "seller_id": settings["seller_id"],
            "sign_type": "RSA2",
            "timestamp": "2026-11-28 10:00:00",
            "total_amount": "30.00",
            "trade_no": "2026112800001",
            "version": "1.0",
        }
        with self.assertRaises(InvalidSignature):
            self.connection._verify_webhook(self.sign(form), Headers())
        self.assertEqual(tx.state, "draft")

    def test_without_a_number_nothing_is_taken_for_a_repeat(self):
        form = {
            "app_id": self.connection._get_adapter().settings["app_id"],
            "notify_type": "trade_status_sync",
            "out_trade_no": "S1",
            "sign_type": "RSA2",
            "total_amount": "30.00",
            "trade_status": "TRADE_SUCCESS",
        }
        with self.assertRaises(InvalidSignature):
            self.connection._verify_webhook(self.sign(form), Headers())

    def test_rubbish_is_refused_and_breaks_nothing(self):
        for body in (
            b"",
            b"\xff\xfe=1",
            b"a=%ff%fe&sign_type=RSA2",
            b"sign_type=RSA2&sign=%E9",
            b"sign_type=RSA2&sign=AAAA",
            b"sign_type=RSA2&sign=AAAA&sign=AAAA",
            b"=&=",
            b"&" * 100_000,
            b"a=" + b"1" * 100_000,
            b"sign_type=none&sign=",
            b"sign_type=RSA&sign=AAAA",
        ):
            with self.assertRaises(InvalidSignature, msg=body[:40]):
                self.connection._verify_webhook(body, Headers())


@tagged("post_install", "-at_install")
class TestAntomHostile(AntomCase):
    def test_logs_keep_secrets(self):
        self.check_logs_keep_secrets()

    def test_rubbish_is_refused_and_breaks_nothing(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        ((headers, body),) = self.other_side.notices()
        for value in ("", "é", "algorithm=none,keyVersion=1,signature=AAAA", "signature=" * 9999):
            with self.assertRaises(InvalidSignature, msg=value[:40]):
                self.connection._verify_webhook(body, Headers({**headers, "signature": value}))
        for value in ("", "é", "2020-01-01T00:00:00Z"):
            with self.assertRaises(InvalidSignature, msg=value):
                self.connection._verify_webhook(body, Headers({**headers, "request-time": value}))
        for other in (b"", b"\xff", b"[" * 100_000, b"{}", body + body):
            with self.assertRaises(InvalidSignature, msg=other[:40]):
                self.connection._verify_webhook(other, Headers(headers))

    @mute_logger(LOGS)
    def test_amounts_are_minor_units_and_nothing_else(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        for value in ("30.00", "-3000", "3e3", " 3000", "三", "²"):
            content = self.other_side._describe(self.other_side.payment(payment["id"]))
            content["paymentAmount"]["value"] = value
            with self.subTest(value=value):
                self.deliver([self.signed({"notifyType": "PAYMENT_RESULT", **content})])
                self.assertEqual(tx.state, "draft")

    def signed(self, content):
        """Return a notification that Antom has signed, whatever it says."""
        result = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success."}
        body = json.dumps({"result": result, **content}).encode()
        time = "2026-11-28T10:00:00+00:00"
        path = self.connection._get_adapter().settings["notify_path"]
        return {
            "client-id": self.connection._get_adapter().settings["client_id"],
            "request-time": time,
            "signature": self.other_side.sign(path, time, body),
        }, body
