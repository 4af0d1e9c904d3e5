"""What cannot be verified has no effect: our door and core's own route."""

from unittest.mock import patch

from werkzeug.datastructures import Headers

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.payment_paypal.tests.common import PaypalCommon
from odoo.addons.xb_base.controllers.inbox import REFUSALS
from odoo.addons.xb_base.exceptions import InvalidSignature, RetryableVendorError

from .common import PayPalCase

TRANSPORT = "odoo.addons.xb_base.client.transport"


@tagged("post_install", "-at_install")
class TestDoor(PayPalCase):
    def notice(self):
        """Return one genuine webhook."""
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        ((headers, body),) = self.other_side.notices()
        return tx, headers, body

    def verify(self, headers, body):
        return self.connection._verify_webhook(body, Headers(headers))

    def test_genuine(self):
        _tx, headers, body = self.notice()
        self.assertEqual(self.verify(headers, body).topic, "CHECKOUT.ORDER.APPROVED")

    def test_forged(self):
        tx, headers, body = self.notice()
        for name in list(headers):
            if name.startswith("PAYPAL-"):
                without = {key: value for key, value in headers.items() if key != name}
                with self.assertRaises(InvalidSignature, msg=name):
                    self.verify(without, body)
        for change in (
            {"PAYPAL-TRANSMISSION-SIG": "AAAA"},
            {"PAYPAL-TRANSMISSION-TIME": "2020-01-01T00:00:00Z"},
            {"PAYPAL-TRANSMISSION-ID": "another"},
            {"PAYPAL-AUTH-ALGO": "none"},
            {"PAYPAL-AUTH-ALGO": "SHA1withRSA"},
            {"PAYPAL-CERT-URL": "https://evil.example/v1/notifications/certs/CERT-1"},
        ):
            with self.assertRaises(InvalidSignature, msg=str(change)):
                self.verify({**headers, **change}, body)
        with self.assertRaises(InvalidSignature):
            self.verify(headers, body.replace(b"30.00", b"31.00"))
        self.assertEqual(tx.state, "draft")

    def test_certificate_of_somebody_else(self):
        from simulator.vendors.payments import certificates

        _tx, headers, body = self.notice()
        self.other_side.cert_pem = certificates.leaf("another seed")
        with self.assertRaises(InvalidSignature):
            self.verify(headers, body)

    @mute_logger(TRANSPORT)
    def test_without_the_certificate_paypal_is_asked(self):
        _tx, headers, body = self.notice()
        with patch.object(
            type(self.connection),
            "_load_paypal_certificate",
            side_effect=RetryableVendorError("down"),
        ):
            self.assertTrue(self.verify(headers, body))
            with self.assertRaises(InvalidSignature):
                self.verify(headers, body + b" ")
            # and when PayPal does not answer either, the door says 503
            self.simulator.faults.add(kind="error_500", match="verify-webhook-signature")
            with self.assertRaises(RetryableVendorError):
                self.verify(headers, body)

    def test_without_our_webhook_id_nothing_is_genuine(self):
        _tx, headers, body = self.notice()
        credentials = self.connection._get_credentials()
        del credentials["webhook_secret"]
        adapter = self.connection._get_webhook_adapter(credentials)
        with self.assertRaises(InvalidSignature):
            adapter.verify_webhook(body, Headers(headers), self.now())


@tagged("post_install", "-at_install")
class TestCoreRoute(PaypalCommon, HttpCase):
    """Core's own address, for databases that use PayPal without an account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider.write(
            {"xb_connection_id": False, "paypal_client_id": "x", "paypal_webhook_id": "y"}
        )

    def test_what_cannot_be_verified_is_refused(self):
        tx = self._create_transaction("direct")
        url = "/payment/paypal/webhook/"
        target = "odoo.addons.payment.models.payment_provider.PaymentProvider._send_api_request"
        with (
            patch(target, side_effect=ValidationError("PayPal is down")),
            mute_logger("odoo.http", "odoo.addons.payment_paypal.controllers.main"),
        ):
            answer = self.url_open(
                url, json=self.payment_data, headers={"Content-Type": "application/json"}
            )
        self.assertEqual(answer.status_code, 403)
        self.env.invalidate_all()
        self.assertEqual(tx.state, "draft", "core would have gone on and confirmed it")

    def test_a_declined_one_is_no_open_door(self):
        """In state *error* core's own mark says nothing: from there it goes on to *done*."""
        tx = self._create_transaction("direct", state="error", state_message="declined")
        target = "odoo.addons.payment.models.payment_provider.PaymentProvider._send_api_request"
        with (
            patch(target, side_effect=ValidationError("PayPal is down")),
            mute_logger("odoo.http", "odoo.addons.payment_paypal.controllers.main"),
        ):
            answer = self.url_open(
                "/payment/paypal/webhook/",
                json=self.payment_data,
                headers={"Content-Type": "application/json"},
            )
        self.assertEqual(answer.status_code, 403)
        self.env.invalidate_all()
        self.assertEqual((tx.state, tx.state_message), ("error", "declined"))

    def test_who_forges_too_often_waits_outside(self):
        """Each of them makes us ask PayPal; the door closes for the minute."""
        REFUSALS.clear()
        self.addCleanup(REFUSALS.clear)
        self.env["ir.config_parameter"].set_param("xb_base.inbox_refusals_per_minute", "2")
        self._create_transaction("direct")
        target = "odoo.addons.payment.models.payment_provider.PaymentProvider._send_api_request"
        with (
            patch(target, return_value={"verification_status": "FAILURE"}) as asked,
            mute_logger("odoo.http", "odoo.addons.payment_paypal.controllers.main"),
        ):
            statuses = [
                self.url_open(
                    "/payment/paypal/webhook/",
                    json=self.payment_data,
                    headers={"Content-Type": "application/json"},
                ).status_code
                for _time in range(5)
            ]
        self.assertEqual(statuses, [403, 403, 403, 429, 429])
        self.assertEqual(asked.call_count, 3)


@tagged("post_install", "-at_install")
class TestCompleteOrder(PayPalCase, HttpCase):
    """Core's route for its buttons: open to everybody who knows a reference."""

    registry_test_mode = False  # the base class enters it

    def test_knocking_again_and_again_asks_once(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)

        def asked():
            path = f"/orders/{payment['id']}"
            return len([r for r in self.simulator.app.log if r["path"].endswith(path)])

        before = asked()
        for _time in range(5):
            self.make_jsonrpc_request(
                "/payment/paypal/complete_order",
                {"order_id": "SOMEBODY-ELSES", "reference": tx.reference},
            )
        self.assertEqual(asked() - before, 1)
        self.env.invalidate_all()
        self.assertEqual(tx.state, "draft")
