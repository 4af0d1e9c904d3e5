import base64
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.xb_base.exceptions import VendorError, VendorRejected
from odoo.addons.xb_logistics.tests.simulated import SimulatedCase

from ..const import VENDOR


@tagged("post_install", "-at_install")
class TestLabels(SimulatedCase):
    vendor = VENDOR

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        us = cls.env.ref("base.us")
        cls.company.partner_id.write(
            {"street": "1 Main St", "city": "Austin", "zip": "78701", "country_id": us.id}
        )
        cls.warehouse.partner_id = cls.company.partner_id
        cls.env["xb.connection"].search([("id", "!=", cls.connection.id)]).active = False
        cls.home = cls.env["res.partner"].create(
            {
                "name": "Bob", "street": "2 Oak St", "city": "Boston", "zip": "02101",
                "country_id": us.id,
            }
        )  # fmt: skip
        cls.customer.write({"street": "Allee 1", "city": "Berlin"})
        cls.mug.weight = 0.4
        cls.method = cls.env["delivery.carrier"].create(
            {
                "name": "Shippo",
                "delivery_type": VENDOR,
                "product_id": cls.help.id,
                "shippo_connection_id": cls.connection.id,
                "xb_carrier_id": cls.carrier("usps").id,
            }
        )

    def setUp(self):
        super().setUp()
        self.before = {t["object_id"] for t in self.other_side.objects("transaction")}
        self.declared = len(self.other_side.objects("declaration"))

    def new_parcel(self, partner=None, **values):
        return self.Parcel.create(
            {
                "partner_id": (partner or self.home).id,
                "weight": 1.2,
                "carrier_id": self.carrier("usps").id,
                **values,
            }
        )

    def bought(self):
        """Return the labels of this test that were bought and not given back."""
        labels = self.other_side.objects("transaction")
        fresh = [t for t in labels if t["object_id"] not in self.before]
        return [t for t in fresh if t["status"] == "SUCCESS"]

    def rates(self, parcel):
        return self.env["xb.rate.wizard"].browse(parcel.action_compare_rates()["res_id"]).line_ids

    # === RATES === #

    def test_rates_side_by_side(self):
        lines = self.rates(self.new_parcel())
        self.assertEqual(len(lines), 4)
        self.assertEqual(lines.filtered("is_cheapest").service, "Ground Advantage")
        self.assertEqual(lines.filtered("is_fastest").service, "Next Day Air")
        self.assertEqual(lines.sorted("amount"), lines)

    def test_what_is_missing_is_said_before(self):
        with self.assertRaisesRegex(UserError, "weight"):
            self.new_parcel(weight=0).action_compare_rates()
        with self.assertRaisesRegex(UserError, "street of Tom"):
            tom = self.env["res.partner"].create({"name": "Tom"})
            self.new_parcel(tom).action_compare_rates()
        order = self.make_order((self.mug, 2))
        abroad = self.new_parcel(
            self.customer,
            item_ids=[(0, 0, {"sale_line_id": order.order_line.id, "quantity": 2})],
        )
        self.assertIn("HS code", abroad.customs_gaps)
        with self.assertRaisesRegex(UserError, "HS code"):
            abroad.action_compare_rates()

    def test_abroad_with_a_declaration(self):
        order = self.make_order((self.mug, 2))
        parcel = self.new_parcel(
            self.customer,
            item_ids=[(0, 0, {"sale_line_id": order.order_line.id, "quantity": 2})],
        )
        parcel.item_ids.write(
            {
                "hs_code": "691200",
                "origin_country_id": self.env.ref("base.cn").id,
                "customs_description": "Ceramic mug",
                "customs_value": 7.5,
            }
        )
        self.assertFalse(parcel.customs_gaps)
        self.assertEqual(len(self.rates(parcel)), 2)
        [declaration] = self.other_side.objects("declaration")[self.declared :]
        self.assertEqual(declaration["items"][0]["tariff_number"], "691200")
        self.assertEqual(declaration["items"][0]["value_amount"], "7.50")

    # === LABELS === #

    def test_ordered_then_bought_after_the_commit(self):
        parcel = self.new_parcel(carrier_id=False)
        self.rates(parcel)[0].action_buy()
        self.assertEqual((parcel.label_state, self.bought()), ("ordered", []))
        with self.assertRaisesRegex(UserError, "label already"):
            parcel._order_label(self.connection, "x")
        self.send_outbox()
        self.assertEqual(parcel.label_state, "bought")
        [label] = self.bought()
        self.assertEqual(parcel.number, label["tracking_number"])
        self.assertEqual(parcel.carrier_id.code, "usps")
        self.assertEqual(label["metadata"], parcel.key)
        self.assertTrue(parcel.label_url.endswith(".pdf"))
        self.assertFalse(parcel.number_remark, "the number has the carrier's check digit")

    def test_file_of_the_label_is_kept(self):
        parcel = self.new_parcel()
        self.rates(parcel)[0].action_buy()
        with trap_jobs() as jobs:
            self.send_outbox()
            jobs.assert_enqueued_job(
                parcel._job_fetch_label, args=(self.connection,), properties={
                    "identity_key": f"xb.parcel.label:{parcel.id}:{parcel.label_ref}"})
        self.assertFalse(parcel.label)
        self.assertEqual(parcel.action_open_label()["url"], parcel.label_url)
        parcel._job_fetch_label(self.connection)
        self.assertTrue(base64.b64decode(parcel.label).startswith(b"%PDF"))
        self.assertEqual(parcel.label_name, f"{parcel.number}.pdf")
        self.assertIn(f"/web/content/xb.parcel/{parcel.id}/label/",
                      parcel.action_open_label()["url"])
        parcel.action_void_label()
        self.send_outbox()
        self.assertEqual((parcel.label_state, parcel.label), ("voided", False))
        parcel._job_fetch_label(self.connection)  # nothing to fetch any more
        self.assertFalse(parcel.label)

    def test_label_is_not_fetched_from_anywhere(self):
        adapter = self.connection._get_adapter()
        store = "://store.example/x.pdf"
        for url in (f"ftp{store}", f"http{store}", "file:///etc/passwd"):
            with self.subTest(url), self.assertRaises(VendorError):
                adapter.get_label(url)
        adapter.transport.base_url = "https://api.goshippo.com"
        with self.assertRaises(VendorRejected):
            adapter.get_label(f"{self.simulator.url}/shippo/labels/x.pdf")

    def test_bought_stays_bought_when_its_number_is_taken(self):
        """What follows from a label fails: the label is paid for, and says so."""
        parcel = self.new_parcel()
        self.rates(parcel)[0].action_buy()
        holders = []
        write = type(self.Parcel).write

        def taken(parcels, vals):
            if vals.get("number") and parcels == parcel and not holders:
                holders.append(
                    self.new_parcel(number=vals["number"], carrier_id=vals["carrier_id"])
                )
            return write(parcels, vals)

        self.patch(type(self.Parcel), "write", taken)
        with mute_logger("odoo.sql_db", "odoo.addons.xb_logistics.models.xb_parcel_label"):
            # The other parcel is made inside the savepoint that is rolled back with the hook.
            self.send_outbox()
        self.assertEqual((parcel.label_state, parcel.number), ("bought", False))
        self.assertIn("another parcel has it already", parcel.label_reason)
        self.assertTrue(parcel.label_url)
        self.assertEqual(len(self.bought()), 1)
        self.assertEqual(parcel._get_label_row_sudo().state, "confirmed")
        with self.assertRaisesRegex(UserError, "label already"):
            parcel._order_label(self.connection, "x")
        parcel.action_take_label()
        self.assertEqual(parcel.number, self.bought()[0]["tracking_number"])
        self.assertFalse(parcel.label_reason)

    def test_bought_stays_bought_when_what_follows_breaks(self):
        parcel = self.new_parcel()
        self.rates(parcel)[0].action_buy()

        def breaks(parcels, before):
            raise ZeroDivisionError("an override's mistake")

        with (
            patch.object(type(self.Parcel), "_on_tracking_changed", breaks),
            mute_logger("odoo.addons.xb_logistics.models.xb_parcel_label"),
        ):
            self.send_outbox()
        self.assertEqual((parcel.label_state, parcel.number), ("bought", False))
        self.assertIn("an override's mistake", parcel.label_reason)
        parcel.action_take_label()
        self.assertTrue(parcel.number)

    def test_nothing_is_bought_after_a_rollback(self):
        parcel = self.new_parcel()
        line = self.rates(parcel)[0]
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            line.action_buy()
            raise ZeroDivisionError
        self.send_outbox()
        self.assertEqual(self.bought(), [])

    def test_lost_answer_buys_one_label(self):
        parcel = self.new_parcel()
        self.rates(parcel)[0].action_buy()
        self.simulator.faults.add(
            kind="timeout_after", match="POST /shippo/transactions", count=1, seconds=2
        )
        self.send_outbox()
        self.assertEqual(parcel.label_state, "ordered")
        row = parcel._get_label_row_sudo()
        row.write({"next_try": "2020-01-01"})
        self.send_outbox()
        self.assertEqual(parcel.label_state, "bought")
        self.assertEqual(len(self.bought()), 1)

    def test_refusal_with_http_201(self):
        self.home.street = "9 Refuse Rd"
        parcel = self.new_parcel()
        self.rates(parcel)[0].action_buy()
        self.send_outbox()
        self.assertEqual(parcel.label_state, "refused")
        self.assertIn("street does not exist", parcel.label_reason)
        self.assertFalse(parcel.number)

    def test_void(self):
        parcel = self.new_parcel()
        self.rates(parcel)[0].action_buy()
        self.send_outbox()
        parcel.action_void_label()
        self.assertEqual(parcel.label_state, "voiding")
        self.send_outbox()
        self.assertEqual((parcel.label_state, parcel.number), ("voided", False))
        self.assertEqual(self.bought(), [])

    def test_void_before_it_was_bought(self):
        parcel = self.new_parcel()
        self.rates(parcel)[0].action_buy()
        parcel.action_void_label()
        self.send_outbox()
        self.assertEqual((parcel.label_state, self.bought()), ("voided", []))

    def test_way_back(self):
        parcel = self.new_parcel(number="9400111298370000000023")
        parcel._set_status("delivered")
        action = parcel.action_return_label()
        back = self.env["xb.rate.wizard"].browse(action["res_id"]).parcel_id
        self.assertEqual((back.direction, back.number), ("return", False))
        shipment = self.other_side.objects("shipment")[-1]
        self.assertTrue(shipment["extra"]["is_return"])

    def test_no_rates_say_why(self):
        with self.assertRaisesRegex(VendorRejected, "address is invalid"):
            address = {"street1": "", "zip": "", "country": "US"}
            self.connection._get_adapter().get_rates(
                {
                    "from": address,
                    "to": address,
                    "parcels": [{"weight": "1", "length": "1", "width": "1", "height": "1"}],
                }
            )

    # === DELIVERY METHOD === #

    def test_price_on_the_order_and_label_on_the_delivery(self):
        order = self.make_order((self.mug, 3), partner_id=self.home.id, confirm=False)
        rate = self.method.rate_shipment(order)
        self.assertTrue(rate["success"], rate)
        order.set_delivery_line(self.method, rate["price"])
        order.action_confirm()
        self.deliver(order)
        parcel = order.xb_parcel_ids
        self.assertEqual(parcel.label_state, "ordered")
        self.assertEqual(order.picking_ids.state, "done")
        self.send_outbox()
        self.assertEqual(parcel.label_state, "bought")
        self.assertEqual(order.picking_ids.carrier_tracking_ref, parcel.number)
        self.assertEqual(len(self.bought()), 1)
        self.assertIn(parcel.number, self.method.get_tracking_link(order.picking_ids))

    def test_service_that_nobody_offers(self):
        self.method.shippo_service = "teleport"
        order = self.make_order((self.mug, 3), partner_id=self.home.id, confirm=False)
        answer = self.method.rate_shipment(order)
        self.assertFalse(answer["success"])
        self.assertIn("usps_priority", answer["error_message"])
