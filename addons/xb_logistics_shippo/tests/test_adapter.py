from datetime import UTC, datetime, timedelta

from odoo.tests import tagged

from odoo.addons.xb_logistics.tests import contract

from ..client import normalize
from ..const import VENDOR

NUMBER = "94001112000000000000%02d"
DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestShippoTracking(contract.TrackingContract):
    vendor = VENDOR
    carrier_code = "usps"
    numbers = "9400111200000000002%03d"

    def test_ping(self):
        self.assertIn("carrier accounts", self.connection._get_adapter().ping())

    def test_only_carriers_it_knows(self):
        self.assertFalse(self.make_parcel("YT2600000000009999", "yunexpress").tracker_id)
        self.assertEqual(self.make_parcel(NUMBER % 1, "usps").tracker_id, self.connection)

    def test_registered_and_polled(self):
        parcels = self.make_parcel(NUMBER % 2, "usps") | self.make_parcel(NUMBER % 3, "usps")
        self.send_outbox()
        self.assertEqual(set(parcels.mapped("tracker_state")), {"registered"})
        now = datetime.now(UTC)
        self.other_side.advance("delivered", now - 7 * DAY, now, [parcels[0].number])
        self.other_side.advance("failed", now - 7 * DAY, now, [parcels[1].number])
        self.poll(parcels)
        self.assertEqual(parcels.mapped("status"), ["delivered", "delivery_failed"])
        self.assertEqual(parcels[1].issue, "failed_attempt")
        self.assertTrue(parcels[1].eta_at)
        self.assertEqual(len(parcels[0].event_ids), 8)

    def test_number_it_does_not_know(self):
        parcel = self.make_parcel(NUMBER % 4, "usps")
        self.assertIn("0 known", self.poll(parcel))

    def test_refusal_is_told_in_its_words(self):
        code = self.carrier("usps").code_ids.filtered(lambda c: c.system_key == "shippo")
        code.code = "uspz"
        parcel = self.make_parcel(NUMBER % 5, "usps")
        self.send_outbox()
        self.assertEqual(parcel.tracker_state, "refused")
        self.assertIn("not a supported carrier", parcel.tracker_reason)

    def test_webhook_is_set_up_once(self):
        adapter = self.connection._get_adapter()
        self.assertTrue(adapter.add_webhook("https://erp.example/xb/in/x", False))
        self.assertFalse(adapter.add_webhook("https://erp.example/xb/in/x", False))

    def test_odd_answers(self):
        for data in (None, [], {}, {"tracking_number": 7}):
            self.assertIsNone(normalize.track(data))
        update = normalize.track({"tracking_number": "A1", "tracking_history": [None, {}, 7]})
        self.assertEqual(update.events, ())
