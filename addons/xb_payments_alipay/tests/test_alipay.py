"""Alipay's classic API against its stand-in over real HTTP."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock, patch
from urllib.parse import parse_qsl, urlencode

import requests
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.xb_base.exceptions import InvalidSignature, MalformedAnswer, NeedsReauthorization
from odoo.addons.xb_payments.tests.common import PaymentCase

from ..client import keys
from ..client.alipay import AlipayClient

FIELDS = json.loads((Path(__file__).parent / "fixtures" / "fields.json").read_text())
LOGS = "odoo.addons.xb_payments.models.payment_transaction_truth"


class AlipayCase(PaymentCase):
    vendor = "alipay"
    method = "alipay"
    currency_name = "CNY"

    def open_page(self, tx):
        """Override: the browser brings the signed form to Alipay, which makes the trade."""
        values = tx._get_specific_rendering_values({})
        self.assertTrue(values.get("api_url"), tx.state_message)
        answer = requests.post(
            values["api_url"], data=values["fields"], allow_redirects=False, timeout=(5, 5)
        )
        self.assertEqual(answer.status_code, 303, answer.text)
        return values, self.find_payment(tx)


@tagged("post_install", "-at_install")
class TestAlipay(AlipayCase):
    def test_paid_by_notification(self):
        order = self.make_order("88.88")
        tx = self.begin("88.88", order=order)
        values, payment = self.open_page(tx)
        self.assertEqual(values["method"], "post")
        self.other_side.pay(payment["id"])
        self.deliver()
        self.assertEqual((tx.state, tx.provider_reference), ("done", payment["id"]))
        tx._job_xb_post_process()
        self.assertEqual(order.state, "sale")
        self.assertEqual(tx.payment_id.amount, 88.88)

    def test_requests_are_the_documented_ones(self):
        sent = []
        prepare = AlipayClient.prepare

        def spy(client, method, content, **more):
            sent.append((method, content))
            return prepare(client, method, content, **more)

        with patch.object(AlipayClient, "prepare", spy):
            tx = self.pay()
            tx._xb_ask()
            tx._refund(amount_to_refund=10)
            self.send_outbox()
            self.begin()
            self.provider._xb_get_adapter().close_payment(tx._xb_prepare_asked())
        self.assertGreaterEqual(
            {method for method, _content in sent},
            {
                "alipay.trade.page.pay",
                "alipay.trade.query",
                "alipay.trade.refund",
                "alipay.trade.close",
            },
        )
        for method, content in sent:
            if method in FIELDS:
                self.assertLessEqual(set(content), set(FIELDS[method]), method)

    def test_phones_get_the_phones_page(self):
        tx = self.begin()
        module = "odoo.addons.xb_payments.models.payment_transaction"
        with patch(f"{module}._is_mobile", return_value=True), patch(f"{module}.request", Mock()):
            with patch("odoo.addons.payment.utils.get_customer_ip_address", return_value="::1"):
                checkout = tx._xb_prepare_checkout()
        self.assertTrue(checkout.mobile)
        page = self.provider._xb_get_adapter().open_checkout(checkout, "key")
        self.assertEqual(page.fields["method"], "alipay.trade.wap.pay")
        self.assertIn("QUICK_WAP_PAY", page.fields["biz_content"])

    def test_forged_notifications(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        ((headers, body),) = self.other_side.notices()
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        for change in (
            {"total_amount": "1.00"},
            {"out_trade_no": "another"},
            {"app_id": "2021"},
            {"sign_type": "RSA"},
            {"sign_type": ""},
            {"sign": ""},
            {"sign": "AAAA"},
            {"trade_status": "TRADE_FINISHED"},
        ):
            with self.assertRaises(InvalidSignature, msg=str(change)):
                self.deliver([(headers, urlencode({**form, **change}).encode())])
        with self.assertRaises(InvalidSignature):
            self.deliver([(headers, body + b"&total_amount=1.00")])
        self.connection.alipay_seller_id = "2088000000000009"
        with self.assertRaises(InvalidSignature):
            self.deliver([(headers, body)])
        self.assertEqual(tx.state, "draft")
        self.connection.alipay_seller_id = False
        self.deliver([(headers, body)])
        self.assertEqual(tx.state, "done")

    def test_an_answer_that_alipay_did_not_sign(self):
        tx = self.begin()
        self.open_page(tx)
        with patch.object(type(self.other_side), "sign", lambda _self, _text: "AAAA"):
            with self.assertRaises(MalformedAnswer):
                tx._xb_ask()
        self.assertEqual(tx.state, "draft")

    @mute_logger(LOGS)
    def test_wrong_amount_is_held(self):
        tx = self.begin("88.88")
        _values, payment = self.open_page(tx)
        self.other_side.alter(payment["id"], "8.88")
        self.other_side.pay(payment["id"])
        self.deliver()
        self.assertEqual(tx.state, "error")
        self.assertTrue(tx.xb_hold_reason)

    def test_refund_in_two_parts(self):
        tx = self.pay()
        first = tx._refund(amount_to_refund=10)
        self.send_outbox()
        second = tx._refund(amount_to_refund=20)
        self.send_outbox()
        self.assertEqual((first + second).mapped("state"), ["done", "done"])
        self.assertEqual(self.find_payment(tx)["refunded"], "30.00")
        self.deliver()
        tx._xb_ask()
        self.assertEqual(tx.state, "done", "closed by refunds is still paid")
        self.assertFalse(tx.xb_hold_reason)
        with self.assertRaises(UserError):
            tx._refund(amount_to_refund=1)

    @mute_logger("odoo.addons.xb_base.client.transport")
    def test_refund_made_on_alipays_own_site(self):
        self.check_refund_made_by_hand()

    def test_whole_refund_without_a_number_made_on_alipays_own_site(self):
        tx = self.pay()
        payment = self.find_payment(tx)
        self.other_side.make_change("refund", payment["ref"], payment, "30.00")
        self.deliver()
        self.take_refunds()
        refund = tx.child_transaction_ids
        self.assertEqual((refund.state, refund.amount, tx.state), ("done", -30, "done"))

    def test_refund_whose_answer_gets_lost_happens_once(self):
        tx = self.pay()
        refund = tx._refund(amount_to_refund=30)
        self.simulator.faults.add(kind="reset", match="gateway", count=1)
        self.send_outbox()
        self.assertEqual(refund.state, "pending")
        self.send_again()
        self.assertEqual(refund.state, "done")
        self.assertEqual(self.find_payment(tx)["refunded"], "30.00")

    def test_abandoned_is_closed_at_alipay(self):
        tx, nobody = self.begin(), self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.update(payment["id"], expires=None)  # Alipay has not noticed yet
        with freeze_time(fields.Datetime.now() + timedelta(hours=49)):
            (tx + nobody)._job_xb_poll()
        self.assertEqual((tx + nobody).mapped("state"), ["cancel", "cancel"])
        self.assertEqual(self.find_payment(tx)["status"], "closed")

    def test_the_door_says_success(self):
        self.assertEqual(self.connection._get_adapter_class().acknowledgement[0], "success")

    def test_bill(self):
        tx = self.pay()
        name, content = self.provider._xb_get_adapter().get_statement(fields.Date.today())
        self.assertIn("alipay_", name)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (bill,) = (archive.read(entry).decode("gb18030") for entry in archive.namelist())
        self.assertIn(tx.xb_attempt, bill)

    def test_only_cny(self):
        self.assertEqual(self.provider._get_supported_currencies().mapped("name"), ["CNY"])

    def test_keys_are_checked_when_they_are_saved(self):
        connection = self.connection.copy({"environment": "sandbox"})
        credentials = self.connection._get_credentials()
        for name, text in (
            ("api_secret", "nonsense"),
            ("api_secret", credentials["webhook_secret"]),
            ("webhook_secret", credentials["api_secret"]),
            ("webhook_secret", "AAAA"),
        ):
            with self.assertRaises(ValidationError, msg=name):
                connection.write({name: text})
        connection.write({name: credentials[name] for name in ("api_secret", "webhook_secret")})
        self.assertEqual(keys.load_private(connection._get_secret("api_secret")).key_size, 2048)
        connection.write({"api_secret": False})
        with self.assertRaises(NeedsReauthorization):
            connection._get_adapter().ping()

    def test_ping(self):
        self.assertEqual(self.connection._get_adapter().ping(), "2026000000000001")
