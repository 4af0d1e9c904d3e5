"""Everything that is really sent in a payment's life, against PayPal's own schemas."""

import json
import re
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..client.api import PayPalClient
from .common import PayPalCase
from .test_spec import errors

# Path of a request -> file and schema of its body; None: it has none, or an empty one.
BODIES = (
    (r"POST /v2/checkout/orders", ("checkout_orders_v2", "order_request")),
    (r"POST /v2/checkout/orders/[^/]+/(capture|authorize)", None),
    (r"POST /v2/checkout/orders/[^/]+/track", ("checkout_orders_v2", "order_tracker_request")),
    (r"POST /v2/payments/captures/[^/]+/refund", ("payments_payment_v2", "refund_request")),
    (r"POST /v2/payments/authorizations/[^/]+/capture", ("payments_payment_v2", "capture_request")),
    (r"POST /v2/payments/authorizations/[^/]+/void", None),
    (
        r"POST /v1/shipping/trackers-batch",
        ("shipping_shipment_tracking_v1", "tracker_collection"),
    ),
    (r"POST /v1/customer/disputes/[^/]+/provide-evidence", ("customer_disputes_v1", "form")),
    (r"POST /v1/notifications/webhooks", ("notifications_webhooks_v1", "webhook")),
    (
        r"POST /v1/notifications/verify-webhook-signature",
        ("notifications_webhooks_v1", "verify_webhook_signature"),
    ),
)
# Calls that move money or make something: PayPal has to know them again.
IDEMPOTENT = re.compile(r"POST /v2/(checkout/orders($|/[^/]+/(capture|authorize))|payments/)")


@tagged("post_install", "-at_install")
class TestSent(PayPalCase):
    def setUp(self):
        super().setUp()
        self.sent = []
        send = PayPalClient._send

        def spy(client, method, path, body, content_type, request_id, params, expect):
            self.sent.append((f"{method} {path}", body, request_id, params))
            return send(client, method, path, body, content_type, request_id, params, expect)

        self.startPatcher(patch.object(PayPalClient, "_send", spy))

    def live(self):
        """A payment's life: everything that we ever send."""
        paid = self.pay(order=self.make_order())
        paid._refund(amount_to_refund=10)
        self.make_parcel(paid)._upload_tracking()
        self.send_outbox()
        paid.xb_order_reference = False
        self.make_parcel(paid, "YT2611111111111198")._upload_tracking()
        self.other_side.open_dispute(self.find_payment(paid)["id"])
        self.deliver()
        self.take_claims()
        paid.xb_dispute_ids.evidence = "Sent."
        paid.xb_dispute_ids.action_answer()
        self.send_outbox()
        self.provider.capture_manually = True
        captured, voided = self.pay(), self.pay()
        captured._capture(amount_to_capture=10)
        voided._void()
        self.send_outbox()
        adapter = self.provider._xb_get_adapter()
        adapter.create_webhook("https://erp.example/xb/in/token")
        now = datetime.now(UTC)
        list(adapter.search_transactions(now - timedelta(days=2), now - timedelta(days=1)))
        body = b'{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED"}'
        headers = self.other_side.sign_event(body)
        given = {
            name[7:].lower().replace("-", "_"): value
            for name, value in headers.items()
            if name.startswith("PAYPAL-")
        }
        adapter._get_client().verify_by_postback(given, "WEBHOOKID1", body)

    def test_bodies_follow_the_schemas(self):
        self.live()
        seen = set()
        for line, body, _request_id, params in self.sent:
            found = [rule for rule in BODIES if re.fullmatch(rule[0], line)]
            if line.startswith("GET"):
                if "/v1/reporting/transactions" in line:
                    query = {
                        name: int(text) if name in ("page", "page_size") else text
                        for name, text in params.items()
                    }
                    self.assertEqual(errors("reporting_transactions_v1", "query", query), [])
                    seen.add("reporting")
                continue
            self.assertEqual(len(found), 1, f"nobody knows what {line} takes")
            seen.add(found[0][0])
            if found[0][1] is None:
                self.assertIn(body, (None, b"{}"))
                continue
            file, root = found[0][1]
            if root == "form":
                text = re.search(rb'\{"evidences".*\}', body)[0]
                for evidence in json.loads(text)["evidences"]:
                    self.assertEqual(errors(file, "evidence", evidence), [])
                continue
            told = errors(file, root, json.loads(body))
            if root == "order_tracker_request":
                # The file of 2024 mixes the trackers' own fields in, see test_spec.
                told = [error for error in told if "is a required property" not in error]
            self.assertEqual(told, [], line)
        self.assertEqual(seen, {rule[0] for rule in BODIES} | {"reporting"})

    def test_what_moves_money_has_a_request_id(self):
        self.live()
        moving = [
            (line, request_id)
            for line, _body, request_id, _params in self.sent
            if IDEMPOTENT.match(line)
        ]
        self.assertGreater(len(moving), 6)
        for line, request_id in moving:
            self.assertTrue(request_id, line)
            self.assertLessEqual(len(request_id), 108)
        numbers = [request_id for _line, request_id in moving]
        self.assertEqual(len(numbers), len(set(numbers)), "one number per wish")
