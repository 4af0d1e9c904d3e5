import json
from datetime import UTC, datetime

from odoo.tests import HttpCase, tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME

from odoo.addons.xb_base.exceptions import InvalidSignature, StaleMessage
from odoo.addons.xb_base.tests.common import XbBaseCase

from ..client.signature import sign
from ..const import HEADER_EVENT, HEADER_SIGNATURE, HEADER_TIMESTAMP, HEADER_TOPIC
from .common import RestShopCase, RestShopMixin

SENT = 1793607180
BODY = b'{"order": {"ref": "1"}}'


class TestVerification(RestShopCase):
    def verify(self, seconds_later=0, secret=None, body=BODY, timestamp=str(SENT), **headers):
        credentials = self.connection._get_credentials()
        adapter = self.connection._get_webhook_adapter(credentials)
        all_headers = {
            HEADER_EVENT: "evt-1",
            HEADER_TOPIC: "order.created",
            HEADER_TIMESTAMP: timestamp,
            HEADER_SIGNATURE: sign(secret or credentials["webhook_secret"], timestamp, BODY),
            **headers,
        }
        now = datetime.fromtimestamp(SENT + seconds_later, UTC)
        return adapter.verify_webhook(body, all_headers, now)

    def test_genuine(self):
        event = self.verify()
        self.assertEqual((event.key, event.topic), ("evt-1", "order.created"))
        self.assertEqual(event.occurred_at, datetime.fromtimestamp(SENT, UTC))

    def test_forged(self):
        for case in (
            {"secret": "another"},
            {"body": BODY + b" "},
            {HEADER_TIMESTAMP: str(SENT + 1)},
            {HEADER_SIGNATURE: ""},
            {"timestamp": "soon"},
        ):
            with self.subTest(case), self.assertRaises(InvalidSignature):
                self.verify(**case)

    def test_replay_window_is_open_on_both_sides(self):
        for seconds in (300, -300):
            self.verify(seconds)
        for seconds in (301, -301):
            with self.subTest(seconds), self.assertRaises(StaleMessage):
                self.verify(seconds)

    def test_forged_and_stale_is_forged(self):
        with self.assertRaises(InvalidSignature) as caught:
            self.verify(9999, secret="another")
        self.assertNotIsInstance(caught.exception, StaleMessage)

    def test_secret_being_replaced(self):
        connection = self.make_connection(
            vendor="rest_shop", webhook_secret="new", webhook_secret_previous="old"
        )
        for secret, good in (("new", True), ("old", True), ("older", False)):
            stamp = str(int(datetime.now(UTC).timestamp()))
            headers = {
                HEADER_EVENT: "e", HEADER_TIMESTAMP: stamp,
                HEADER_SIGNATURE: sign(secret, stamp, BODY),
            }  # fmt: skip
            if good:
                self.assertEqual(connection._verify_webhook(BODY, headers).key, "e")
            else:
                with self.assertRaises(InvalidSignature):
                    connection._verify_webhook(BODY, headers)
        connection.write({"webhook_secret": False, "webhook_secret_previous": False})
        with self.assertRaises(InvalidSignature):
            connection._verify_webhook(BODY, headers)


@tagged("post_install", "-at_install")
class TestWebhook(RestShopMixin, XbBaseCase, HttpCase):
    """The simulator sends, the real door takes in, the job imports."""

    registry_test_mode = False  # the base class enters it

    def test_from_the_shop_to_the_sales_order(self):
        token = self.connection._get_secret("webhook_token")
        self.env.flush_all()
        self.env.cr.clear()
        with self.allow_requests():
            report = self.other_side.send(
                f"{self.base_url()}/xb/in/{token}",
                count=10, per_second=20, repeat=0.3, forge=0.1, workers=1, timeout=60,
                headers={"Cookie": f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}"},
                options={
                    "products": self.catalogue,
                    "currencies": [self.env.company.currency_id.name],
                },
            )  # fmt: skip
        self.assertEqual(
            report.as_dict()["statuses"],
            {"first": {"200": 6}, "forged": {"401": 1}, "repeat": {"200": 3}},
        )
        events = self.env["xb.inbox"].search([("connection_id", "=", self.connection.id)])
        self.assertEqual(len(events), 6)
        self.env["xb.inbox"]._job_drain(self.connection)
        self.env.invalidate_all()
        self.assertEqual(set(events.mapped("state")), {"done"}, events.mapped("reason"))
        orders = self.env["sale.order"].search([("xb_shop_id", "=", self.shop.id)])
        self.assertEqual(len(orders), 6)
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        refs = {json.loads(event._get_body())["order"]["ref"] for event in events}
        self.assertEqual(set(orders.mapped("xb_ref")), refs)
