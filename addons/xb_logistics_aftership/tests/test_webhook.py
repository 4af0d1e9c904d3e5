import random
from datetime import UTC, datetime, timedelta

from odoo.tests import HttpCase, tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME

from odoo.addons.xb_base.tests.common import XbBaseCase
from odoo.addons.xb_logistics.tests.simulated import SimulatedMixin, import_simulator

from ..const import VENDOR

NUMBER = "YT2688800000000%03d"


@tagged("post_install", "-at_install")
class TestWebhook(SimulatedMixin, XbBaseCase, HttpCase):
    """The simulator sends, the real door takes in, the job moves the parcels."""

    vendor = VENDOR
    registry_test_mode = False  # the base class enters it

    def knock(self, deliveries):
        """Send webhooks to the real door; return {status: how many}."""
        import_simulator()
        from simulator.sender import deliver  # only there with the repository

        token = self.connection._get_secret("webhook_token")
        self.env.flush_all()
        self.env.cr.clear()
        with self.allow_requests():
            report = deliver(
                deliveries,
                f"{self.base_url()}/xb/in/{token}",
                per_second=50,
                workers=1,
                timeout=60,
                headers={"Cookie": f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}"},
            )
        statuses = {}
        for counter in report.statuses.values():
            for status, count in counter.items():
                statuses[status] = statuses.get(status, 0) + count
        return statuses

    def events(self):
        return self.env["xb.inbox"].search([("connection_id", "=", self.connection.id)])

    def test_shuffled_and_repeated_news(self):
        parcel = self.make_parcel(NUMBER % 1, "yunexpress")
        self.send_outbox()
        now = datetime.now(UTC)
        start, deliveries = now - timedelta(days=7), []
        for hours in (1, 12, 30, 75, 90, 110, 151, 160):
            until = start + timedelta(hours=hours)
            [tracking] = self.other_side.advance("delivered", start, until, [parcel.number])
            deliveries.append(self.other_side.delivery(tracking))
        shuffled = random.Random(5).sample(deliveries * 2, len(deliveries) * 2)
        self.assertEqual(self.knock(shuffled), {200: 16})
        self.assertEqual(len(self.events()), 8)
        self.env["xb.inbox"]._job_drain(self.connection)
        self.env.invalidate_all()
        self.assertEqual(set(self.events().mapped("state")), {"done"})
        self.assertEqual(parcel.status, "delivered")
        self.assertEqual(len(parcel.event_ids), 8)
        times = parcel.event_ids.mapped("at")
        self.assertEqual(times, sorted(times, reverse=True))

    def test_not_genuine_is_401_and_no_row(self):
        tracking = {"tracking_number": NUMBER % 2, "slug": "yunexpress", "tag": "Delivered"}
        genuine = self.other_side.delivery(tracking)
        headers, body = genuine.build()

        def altered(headers=headers, body=body):
            return type(genuine)("forged", "x", lambda: (headers, body))

        flipped = body[:-3] + bytes([body[-3] ^ 1]) + body[-2:]
        unsigned = {k: v for k, v in headers.items() if "hmac" not in k}
        forged = [
            altered(body=flipped),
            altered(headers=unsigned),
            self.other_side.delivery(tracking, secret="wrong"),
        ]
        real_now = self.other_side.now
        self.other_side.now = lambda: real_now() - timedelta(days=3)
        self.addCleanup(setattr, self.other_side, "now", real_now)
        forged.append(self.other_side.delivery(tracking))
        self.assertEqual(self.knock(forged), {401: 4})
        self.assertFalse(self.events())

    def test_message_without_a_number_is_put_aside(self):
        parcel = self.make_parcel(NUMBER % 3, "yunexpress")
        good = {
            "tracking_number": parcel.number,
            "slug": "yunexpress",
            "tag": "Delivered",
            "subtag": "Delivered_001",
            "updated_at": "2026-05-01T08:00:00Z",
        }
        self.assertEqual(
            self.knock([self.other_side.delivery({}), self.other_side.delivery(good)]), {200: 2}
        )
        self.env["xb.inbox"]._job_drain(self.connection)
        self.env.invalidate_all()
        self.assertEqual(sorted(self.events().mapped("state")), ["dead", "done"])
        self.assertEqual(parcel.status, "delivered")
