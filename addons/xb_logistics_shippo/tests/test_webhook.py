from datetime import UTC, datetime, timedelta

from odoo.tests import tagged

from odoo.addons.xb_logistics.tests import contract

from ..const import VENDOR


@tagged("post_install", "-at_install")
class TestWebhook(contract.WebhookContract):
    vendor = VENDOR
    carrier_code = "usps"
    numbers = "9400111200000000001%03d"
    too_old = timedelta(minutes=6)

    def test_unsigned_message_is_only_a_hint(self):
        parcel = self.watch(3)
        now = datetime.now(UTC)
        [track] = self.other_side.advance("failed", now - timedelta(days=7), now, [parcel.number])
        self.other_side.store.set_setting(VENDOR, "signed", False)
        self.addCleanup(self.other_side.store.set_setting, VENDOR, "signed", True)
        lie = {**track, "tracking_status": {**track["tracking_status"], "status": "DELIVERED"}}
        self.assertEqual(self.knock([self.other_side.delivery(lie)]), {401: 1})
        self.connection.shippo_unsigned = True
        self.assertEqual(self.knock([self.other_side.delivery(lie)]), {200: 1})
        self.drain()
        self.assertEqual(parcel.status, "pending", "the message itself is not believed")
        self.assertTrue(parcel.polled_at)
        self.poll(parcel)
        self.assertEqual(parcel.status, "delivery_failed")
