from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.xb_logistics.tests import contract

from ..const import VENDOR


@tagged("post_install", "-at_install")
class TestWebhook(contract.WebhookContract):
    vendor = VENDOR
    carrier_code = "yunexpress"
    numbers = "YT2688800000000%03d"
    too_old = timedelta(days=3)

    def test_message_without_a_number_is_put_aside(self):
        parcel = self.make_parcel(self.number(3), "yunexpress")
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
        self.drain()
        self.assertEqual(sorted(self.events().mapped("state")), ["dead", "done"])
        self.assertEqual(parcel.status, "delivered")
