from datetime import UTC, datetime, timedelta

from odoo.tests import tagged

from odoo.addons.xb_base.exceptions import RateLimited
from odoo.addons.xb_logistics.core.tracking import Tracked
from odoo.addons.xb_logistics.tests import contract
from odoo.addons.xb_logistics.tests.simulated import SimulatedCase

from ..client import normalize
from ..const import VENDOR

NUMBER = "YT2699900000000%03d"
DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestAfterShip(contract.TrackingContract):
    vendor = VENDOR
    carrier_code = "yunexpress"
    numbers = "YT2699900001000%03d"

    def adapter(self):
        return self.connection._get_adapter()

    def test_ping(self):
        self.assertIn("7 couriers", self.adapter().ping())

    # === REGISTERING === #

    def test_a_number_is_registered_by_itself(self):
        order = self.make_order()
        self.track((order, NUMBER % 1, "yunexpress"))
        parcel = order.xb_parcel_ids
        self.assertEqual((parcel.tracker_id, parcel.tracker_state), (self.connection, "waiting"))
        self.send_outbox()
        self.assertEqual(parcel.tracker_state, "registered")
        [tracking] = self.other_side.trackings()
        self.assertEqual(tracking["tracking_number"], NUMBER % 1)
        self.assertEqual(tracking["slug"], "yunexpress")
        self.assertEqual(tracking["order_id"], order.name)
        self.assertEqual(tracking["destination_country_region"], "DEU")
        self.assertEqual(parcel.tracker_ref, tracking["id"])
        self.assertEqual(parcel.upload_state, "none", "registering is no upload")

    def test_time_out_after_the_vendor_acted(self):
        self.simulator.faults.add(kind="timeout_after", match="POST", count=1, seconds=2)
        parcel = self.make_parcel(NUMBER % 3, "yunexpress")
        self.send_outbox()
        self.assertEqual(parcel.tracker_state, "waiting")
        self.env["xb.outbox"].search([("res_id", "=", parcel.id)]).write(
            {"next_try": datetime.now() - DAY}
        )
        self.send_outbox()
        self.assertEqual(parcel.tracker_state, "registered")
        [tracking] = [t for t in self.other_side.trackings() if t["tracking_number"] == NUMBER % 3]
        self.assertEqual(tracking["requests"], 2)

    def test_refused_with_its_words(self):
        parcel = self.make_parcel("QQ12345678901234567", "anjun")
        self.carrier("anjun").code_ids.unlink()
        parcel.number = "QQ12345678901234568"
        self.send_outbox()
        self.assertEqual(parcel.tracker_state, "refused")
        self.assertIn("4012", parcel.tracker_reason)

    def test_corrected_number_is_registered_anew(self):
        parcel = self.make_parcel(NUMBER % 4, "yunexpress")
        self.send_outbox()
        parcel.number = NUMBER % 5
        self.assertEqual(parcel.tracker_state, "waiting")
        self.send_outbox()
        numbers = [t["tracking_number"] for t in self.other_side.trackings()]
        self.assertIn(NUMBER % 5, numbers)

    def test_limit_is_obeyed(self):
        self.other_side.store.set_setting(VENDOR, "limits", True)
        self.addCleanup(self.other_side.store.set_setting, VENDOR, "limits", False)
        self.other_side.hits.clear()
        moment = datetime.now(UTC)
        real_now, self.other_side.now = self.other_side.now, lambda: moment
        self.addCleanup(setattr, self.other_side, "now", real_now)
        for n in range(20):
            self.adapter().register({"number": NUMBER % (100 + n), "carrier": "yunexpress"})
        with self.assertRaises(RateLimited) as caught:
            self.adapter().register({"number": NUMBER % 200, "carrier": "yunexpress"})
        self.assertEqual(caught.exception.retry_after, 1)

    # === NEWS === #

    def test_polled_in_bulk(self):
        parcels = self.Parcel.union(
            *(self.make_parcel(NUMBER % (20 + n), "yunexpress") for n in range(3))
        )
        self.send_outbox()
        for parcel, journey in zip(parcels, ("delivered", "customs", "returning"), strict=True):
            self.travel(parcel, journey)
        before = len(self.simulator.app.log)
        self.poll(parcels)
        asked = list(self.simulator.app.log)[before:]
        self.assertEqual(len(asked), 1, asked)
        self.assertEqual(parcels.mapped("status"), ["delivered", "exception", "exception"])
        self.assertEqual(parcels.mapped("issue"), [False, "customs", "returning"])
        self.assertEqual(len(parcels[0].event_ids), 8)
        self.assertEqual(parcels[0].last_event_text, "Delivered, left with neighbour")
        self.assertTrue(parcels[0].is_over)
        self.assertIn("Berlin", parcels[0].event_ids[:1].place)
        # Asked again, nothing is new.
        self.poll(parcels[1:])
        self.assertEqual(len(parcels[1].event_ids), 4)

    def test_unknown_word_becomes_an_exception_with_its_text(self):
        parcel = self.make_parcel(NUMBER % 30, "yunexpress")
        self.send_outbox()
        at = datetime(2026, 5, 1, 8, tzinfo=UTC)
        self.other_side.push(parcel.number, "Teleported", "Teleported_001", "Beamed up", at)
        self.poll(parcel)
        self.assertEqual((parcel.status, parcel.issue), ("exception", "other"))
        self.assertEqual(parcel.event_ids.text, "Beamed up")
        # A sub-tag that is new falls back to its tag.
        self.other_side.push(parcel.number, "InTransit", "InTransit_099", "Hm", at + DAY)
        self.poll(parcel)
        self.assertEqual(parcel.status, "in_transit")

    def test_all_pages_are_read(self):
        numbers = [NUMBER % (40 + n) for n in range(5)]
        for number in numbers:
            self.adapter().register({"number": number, "carrier": "yunexpress"})
        adapter = self.adapter()
        client = adapter._get_client()

        def small_pages(numbers, slug="", cursor=""):
            params = {"tracking_numbers": ",".join(numbers), "limit": "2", "cursor": cursor}
            return client._request("GET", "/trackings", params=params)

        client.list_trackings = small_pages
        adapter._get_client = lambda: client
        updates = adapter.poll([Tracked(number) for number in numbers])
        self.assertEqual({u.number for u in updates}, set(numbers))

    def test_plan_and_cron_ask_only_what_is_due(self):
        parcel = self.make_parcel(NUMBER % 60, "yunexpress", shipped_at=datetime.now() - 9 * DAY)
        over = self.make_parcel(NUMBER % 61, "yunexpress", shipped_at=datetime.now() - 9 * DAY)
        over._set_status("delivered")
        self.assertEqual(self.connection._plan_polls().due, parcel.ids)
        self.connection._cron_poll()
        self.assertTrue(parcel.polled_at)
        self.assertEqual(self.connection._plan_polls().due, [])
        plan = self.env["xb.poll.plan"]._make(self.connection)
        self.assertEqual(plan.open_count, 1)
        self.assertEqual(len(plan.hour_ids), 24)


class TestNormalize(SimulatedCase):
    vendor = VENDOR

    def test_odd_answers(self):
        for data in (None, [], {}, {"tracking_number": 7}):
            self.assertIsNone(normalize.tracking(data))
        update = normalize.tracking(
            {"tracking_number": "A1", "checkpoints": [None, {}, {"checkpoint_time": "soon"}]}
        )
        self.assertEqual(update.events, ())
        for body in (None, {}, {"data": []}, {"data": {"trackings": {}}}):
            with self.assertRaises(normalize.Unreadable):
                normalize.trackings(body)

    def test_expected_date(self):
        data = {
            "tracking_number": "A1",
            "latest_estimated_delivery": {"datetime": "2026-05-01T18:00:00+02:00"},
        }
        self.assertEqual(normalize.tracking(data).eta, datetime(2026, 5, 1, 16))
