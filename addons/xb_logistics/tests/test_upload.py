from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.xb_base.exceptions import (
    NeedsReauthorization,
    RetryableVendorError,
    VendorRejected,
)
from odoo.addons.xb_base.tests.common import PingAdapter, XbBaseCase

from .common import YT, LogisticsMixin


class ShipmentAdapter(PingAdapter):
    """A vendor in memory: what it was sent, and what it answers next."""

    vendor = "test_ship"
    outbox_kinds = frozenset({"shipment"})
    sent = []
    failures = []

    def send(self, kind, key, value, idempotency_key):
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((key, value))
        return {"shipment": key}


@tagged("post_install", "-at_install")
class TestUpload(LogisticsMixin, XbBaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_logistics()
        cls.register_vendor("test_ship", ShipmentAdapter)
        cls.connection = cls.make_connection(vendor="test_ship")
        cls.order, cls.other = cls.make_order(), cls.make_order()
        connection = cls.connection

        def _get_upload_destinations(self):
            code = self.carrier_id._get_code("test_ship") or self.carrier_id.code
            value = {"number": self.number, "carrier": code, "order": self.order_ids[:1].name}
            return [
                (connection, "shipment", f"{order.name}/{self.key}", value)
                for order in self.order_ids
                if not order.client_order_ref
            ]

        cls.classPatch(
            cls.env.registry["xb.parcel"], "_get_upload_destinations", _get_upload_destinations
        )

    def setUp(self):
        super().setUp()
        ShipmentAdapter.sent.clear()
        ShipmentAdapter.failures.clear()
        self.track((self.order, YT % 1, "t_swift"))
        self.parcel = self.order.xb_parcel_ids

    def rows(self):
        return self.env["xb.outbox"].search(
            [("res_model", "=", "xb.parcel"), ("res_id", "=", self.parcel.id)]
        )

    def send(self):
        self.env.flush_all()
        self.env["xb.outbox"].search([]).write({"next_try": "2020-01-01 00:00:00"})
        self.env.flush_all()
        self.env["xb.outbox"]._job_send(self.connection)
        self.env.invalidate_all()

    def test_upload_and_confirmation(self):
        self.assertEqual(self.parcel.upload_state, "none")
        notice = self.order.action_upload_tracking()
        self.assertIn("1 queued", notice["params"]["message"])
        self.assertEqual(notice["params"]["type"], "success")
        self.assertEqual(self.parcel.upload_state, "waiting")
        self.send()
        self.assertEqual(
            ShipmentAdapter.sent,
            [
                (
                    f"{self.order.name}/{self.parcel.key}",
                    {"number": YT % 1, "carrier": "t_swift", "order": self.order.name},
                )
            ],
        )
        self.assertEqual(self.parcel.upload_state, "confirmed")
        self.assertTrue(self.parcel.uploaded_at)
        again = self.order.action_upload_tracking()
        self.assertIn("1 confirmed already", again["params"]["message"])
        self.assertEqual(len(self.rows()), 1)

    def test_upload_from_the_delivery(self):
        picking = self.order.picking_ids
        self.assertEqual(picking.xb_parcel_ids, self.parcel)
        other = self.make_order((self.mug, 1)).picking_ids
        notice = (picking + other).action_upload_tracking()["params"]
        self.assertIn("1 queued", notice["message"])
        self.assertIn(f"1 transfers have no parcel yet, enter their tracking numbers first:"
                      f" {other.name}", notice["message"])
        self.assertEqual(notice["type"], "warning")
        self.send()
        self.assertEqual(self.parcel.upload_state, "confirmed")
        stranger = new_test_user(self.env, login="t_eve", groups="stock.group_stock_user")
        with self.assertRaises(AccessError):
            picking.with_user(stranger).action_upload_tracking()

    def test_nothing_goes_out_unasked(self):
        self.parcel.number = YT % 2
        self.assertFalse(self.rows())

    def test_correction_goes_out_by_itself_and_replaces(self):
        self.parcel.action_upload_tracking()
        self.send()
        self.track((self.order, YT % 2, "t_slow"))
        self.assertEqual(self.parcel.upload_state, "waiting")
        self.send()
        self.assertEqual(self.parcel.upload_state, "confirmed")
        (first_key, _value), (second_key, value) = ShipmentAdapter.sent
        self.assertEqual(first_key, second_key)
        self.assertEqual((value["number"], value["carrier"]), (YT % 2, "t_slow"))
        self.assertEqual(len(self.rows()), 1)

    def test_change_of_something_else_sends_nothing(self):
        self.parcel.action_upload_tracking()
        self.send()
        self.parcel.write({"weight": 3.0})
        self.parcel._set_status("in_transit")
        self.assertEqual(self.rows().state, "confirmed")

    def test_refusal_shows_its_reason_and_a_correction_heals_it(self):
        ShipmentAdapter.failures.append(VendorRejected("bad_number", "No such number"))
        self.parcel.action_upload_tracking()
        self.send()
        self.assertEqual(self.parcel.upload_state, "refused")
        self.assertIn("No such number", self.parcel.upload_reason)
        self.parcel.number = YT % 3
        self.send()
        self.assertEqual(
            (self.parcel.upload_state, self.parcel.upload_reason), ("confirmed", False)
        )

    def refuse(self, code, text):
        ShipmentAdapter.failures.append(VendorRejected(code, text))
        self.parcel.action_upload_tracking()
        self.send()
        self.assertEqual(self.parcel.upload_state, "refused")
        ShipmentAdapter.sent.clear()

    def test_entered_carrier_code_heals_a_refusal(self):
        system = self.env["xb.code.system"]._get("test_ship")
        self.refuse("unknown_carrier", "No such carrier")
        code = self.env["xb.carrier.code"].create(
            {"carrier_id": self.swift.id, "system_id": system.id, "code": "SWIFT"}
        )
        self.assertEqual(self.parcel.upload_state, "waiting", "nobody pressed anything")
        self.send()
        self.assertEqual(self.parcel.upload_state, "confirmed")
        self.assertEqual(ShipmentAdapter.sent[-1][1]["carrier"], "SWIFT")
        code.code = "SWIFT2"
        self.send()
        self.assertEqual(len(ShipmentAdapter.sent), 1, "what was confirmed stays as it is")

    def test_repaired_carrier_code_heals_a_refusal(self):
        system = self.env["xb.code.system"]._get("test_ship")
        code = self.env["xb.carrier.code"].create(
            {"carrier_id": self.swift.id, "system_id": system.id, "code": "SWFIT"}
        )
        self.refuse("unknown_carrier", "No such carrier: SWFIT")
        code.code = "SWIFT"
        self.send()
        self.assertEqual(self.parcel.upload_state, "confirmed")
        self.assertEqual(ShipmentAdapter.sent[-1][1]["carrier"], "SWIFT")

    def test_repaired_carrier_heals_a_refusal(self):
        self.refuse("unknown_carrier", "No such carrier: t_swift")
        self.swift.code = "t_swift_post"
        self.send()
        self.assertEqual(self.parcel.upload_state, "confirmed")
        self.assertEqual(ShipmentAdapter.sent[-1][1]["carrier"], "t_swift_post")

    def test_repaired_code_of_another_carrier_sends_nothing(self):
        system = self.env["xb.code.system"]._get("test_ship")
        self.refuse("unknown_carrier", "No such carrier")
        self.env["xb.carrier.code"].create(
            {"carrier_id": self.slow.id, "system_id": system.id, "code": "SLOW"}
        )
        self.send()
        self.assertEqual(self.parcel.upload_state, "refused")

    def test_reopened_connection_sends_by_itself(self):
        ShipmentAdapter.failures.append(NeedsReauthorization("The key was refused"))
        self.parcel.action_upload_tracking()
        self.send()
        self.assertEqual((self.parcel.upload_state, self.connection.state), ("waiting", "reauth"))
        [upload] = self.parcel.upload_ids
        self.assertIn("Sign in again", upload.remedy)
        self.send()
        self.assertEqual(ShipmentAdapter.sent, [], "asking again cannot help")
        self.connection.api_key = "a-better-key"
        self.env.flush_all()
        self.env.cr.postcommit.run()
        jobs = self.env["queue.job"].search([("state", "=", "pending")])
        self.assertIn(f"xb.outbox:{self.connection.id}:now", jobs.mapped("identity_key"))
        self.send()
        self.assertEqual(self.parcel.upload_state, "confirmed")

    def test_each_destination_says_what_is_wrong_and_what_helps(self):
        self.track((self.other, YT % 1, "t_swift"))
        ShipmentAdapter.failures.append(VendorRejected("bad", "Refused"))
        self.parcel.action_upload_tracking()
        self.send()
        clerk = self.env["res.users"].create(
            {
                "name": "Clerk",
                "login": "xb_test_upload_clerk",
                "group_ids": [(6, 0, [self.env.ref("xb_base.group_clerk").id])],
            }
        )
        uploads = self.parcel.with_user(clerk).upload_ids
        self.assertEqual(sorted(uploads.mapped("state")), ["confirmed", "refused"])
        refused = uploads.filtered(lambda u: u.state == "refused")
        self.assertEqual(refused.destination, self.connection.name)
        self.assertEqual((refused.number, refused.confirmed_number), (YT % 1, False))
        self.assertIn("Refused", refused.reason)
        self.assertIn("Correct number or carrier", refused.remedy)
        done = uploads - refused
        self.assertEqual((done.confirmed_number, done.remedy), (YT % 1, False))
        with self.assertRaisesRegex(UserError, "Nothing to try again"):
            done.action_retry()
        refused.action_retry()
        self.assertEqual(self.parcel.upload_state, "waiting")
        self.send()
        self.assertEqual(set(self.parcel.upload_ids.mapped("state")), {"confirmed"})

    def test_uploads_are_for_whoever_ships(self):
        self.parcel.action_upload_tracking()
        buyer = self.env["res.users"].create(
            {
                "name": "Buyer",
                "login": "xb_test_upload_buyer",
                "group_ids": [(6, 0, [self.env.ref("xb_base.group_buyer").id])],
            }
        )
        with self.assertRaises(AccessError):
            self.parcel.with_user(buyer).upload_ids.action_retry()

    def test_pressing_again_retries_a_refusal(self):
        ShipmentAdapter.failures.append(VendorRejected("closed", "Shop is closed"))
        self.parcel.action_upload_tracking()
        self.send()
        self.assertEqual(self.parcel.upload_state, "refused")
        notice = self.parcel.action_upload_tracking()
        self.assertIn("1 queued", notice["params"]["message"])
        self.send()
        self.assertEqual(self.parcel.upload_state, "confirmed")

    def test_outage_waits_with_its_reason(self):
        ShipmentAdapter.failures.append(RetryableVendorError("Connection reset"))
        self.parcel.action_upload_tracking()
        self.send()
        self.assertEqual(self.parcel.upload_state, "waiting")
        self.assertIn("Connection reset", self.parcel.upload_reason)
        self.send()
        self.assertEqual(
            (self.parcel.upload_state, self.parcel.upload_reason), ("confirmed", False)
        )

    def test_shared_parcel_is_confirmed_when_all_are(self):
        self.track((self.other, YT % 1, "t_swift"))
        ShipmentAdapter.failures.append(VendorRejected("bad", "Refused"))
        self.parcel.action_upload_tracking()
        self.send()
        self.assertEqual(sorted(self.rows().mapped("state")), ["confirmed", "refused"])
        self.assertEqual(self.parcel.upload_state, "refused")

    def test_order_that_joins_an_uploaded_parcel_goes_out_too(self):
        self.parcel.action_upload_tracking()
        self.track((self.other, YT % 1, "t_swift"))
        self.assertEqual(len(self.rows()), 2)

    def test_automatic(self):
        automatic = self.other

        def _filter_auto_upload(parcels):
            return original(parcels) | parcels.filtered(lambda p: automatic in p.order_ids)

        original = type(self.Parcel)._filter_auto_upload
        self.patch(type(self.Parcel), "_filter_auto_upload", _filter_auto_upload)
        self.track((self.other, YT % 5, "t_swift"))
        self.assertEqual(self.other.xb_parcel_ids.upload_state, "waiting")

    def test_what_cannot_be_uploaded_is_told(self):
        self.other.client_order_ref = "nowhere"
        self.track((self.other, YT % 2, "t_swift"))
        third, fourth = self.make_order(), self.make_order()
        self.track((third, YT % 3, "t_swift"))
        third.xb_parcel_ids.number = False
        notice = (self.order | self.other | third | fourth).action_upload_tracking()["params"]
        self.assertEqual(notice["type"], "warning")
        for text in (
            "1 queued",
            f"1 without a tracking number: {third.xb_parcel_ids.name}",
            f"1 with no shop to upload to: {self.other.xb_parcel_ids.name}",
            f"1 orders have no parcel yet, enter their tracking numbers first: {fourth.name}",
        ):
            self.assertIn(text, notice["message"])

    def test_clerk_uploads_without_rights_on_the_outbox(self):
        clerk = self.env["res.users"].create(
            {
                "name": "Clerk",
                "login": "xb_test_clerk",
                "group_ids": [(6, 0, [self.env.ref("xb_base.group_clerk").id])],
            }
        )
        self.order.with_user(clerk).action_upload_tracking()
        self.assertEqual(self.parcel.upload_state, "waiting")
