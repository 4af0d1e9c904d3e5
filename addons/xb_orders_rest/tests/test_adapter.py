from datetime import UTC, datetime

from odoo.addons.xb_base.exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RateLimited,
    RetryableVendorError,
    VendorRejected,
)

from ..adapters.rest_shop import RestShopAdapter
from .common import RestShopCase

SHIPMENT = {
    "order": "INV/2026/7",
    "shipment": "P 1",
    "carrier": "royal_mail",
    "carrier_name": "Royal Mail",
    "tracking": "AB123456789GB",
    "shipped_at": "2026-11-02T10:00:00+00:00",
    "lines": [{"ref": "1", "qty": "2"}],
}


class TestAdapter(RestShopCase):
    def setUp(self):
        super().setUp()
        self.adapter = self.connection._get_adapter()
        self.key = f"key-{self.id()}"[-40:]

    def send(self, key=None, **changes):
        return self.adapter.send("shipment", "P1:1", SHIPMENT | changes, key or self.key)

    def shipped(self, order):
        return self.other_side.shipments(order)

    # === CALLS === #

    def test_ping_names_the_shop(self):
        self.assertEqual(self.adapter.ping(), "Simulator shop")

    def test_wrong_or_missing_key_needs_reauthorization(self):
        for credentials in ({"api_key": "wrong"}, {}):
            adapter = RestShopAdapter(self.connection._get_transport(), credentials, {})
            with self.assertRaises(NeedsReauthorization):
                adapter.ping()
            with self.assertRaises(NeedsReauthorization):
                adapter.send("shipment", "P1", SHIPMENT | {"order": "NO-KEY"}, self.key)
        self.assertEqual(self.shipped("NO-KEY"), [])

    def test_orders_come_page_by_page(self):
        orders = self.make_orders(60)
        since = datetime.fromisoformat(orders[0]["updated_at"])
        first = self.adapter.list_orders(since)
        second = self.adapter.list_orders(since, first.next_cursor)
        self.assertEqual(
            [order["ref"] for order in first.orders + second.orders],
            [order["ref"] for order in orders],
        )
        self.assertIsNone(second.next_cursor)
        self.assertEqual(first.orders[0], orders[0])
        far = self.adapter.list_orders(datetime(2100, 1, 1, tzinfo=UTC))
        self.assertEqual((far.orders, far.next_cursor), ([], None))

    def test_get_order(self):
        (order,) = self.make_orders()
        self.assertEqual(self.adapter.get_order(order["ref"]), order)
        for ref, code in (("none", "unknown_order"), ("..", "unusable_ref"), ("", "unusable_ref")):
            with self.assertRaises(VendorRejected) as caught:
                self.adapter.get_order(ref)
            self.assertEqual(caught.exception.code, code)

    def test_shipment_arrives_whole(self):
        answer = self.send(order="INV/2026/8")
        self.assertEqual(answer, {"shipment": "P 1", "tracking": "AB123456789GB", "revision": 1})
        (told,) = self.shipped("INV/2026/8")
        self.assertEqual(told["carrier"], "royal-mail")
        for name in ("shipment", "carrier_name", "tracking", "shipped_at", "lines"):
            self.assertEqual(told[name], SHIPMENT[name])

    def test_shipment_sent_twice_and_corrected(self):
        for key, tracking, revision in (
            ("version-1", "AB123456789GB", 1),
            ("version-1", "AB123456789GB", 1),
            ("version-2", "CD123456789GB", 2),
            ("version-3", "AB123456789GB", 3),
        ):
            answer = self.send(key, order="A-1", tracking=tracking)
            self.assertEqual((answer["tracking"], answer["revision"]), (tracking, revision))
        (told,) = self.shipped("A-1")
        self.assertEqual((told["requests"], told["tracking"]), (4, "AB123456789GB"))

    def test_refusal_says_code_and_reason(self):
        with self.assertRaises(VendorRejected) as caught:
            self.send(carrier="pigeon")
        self.assertEqual(caught.exception.code, "unknown_carrier")
        self.assertIn("pigeon", caught.exception.message)
        with self.assertRaises(VendorRejected) as caught:
            self.send(shipment="..")
        self.assertEqual(caught.exception.code, "unusable_ref")

    def test_no_carrier_is_told_as_other(self):
        self.send(order="A-2", carrier="", carrier_name="")
        self.assertEqual(self.shipped("A-2")[0]["carrier"], "other")

    def test_shop_knows_every_carrier_of_the_suite(self):
        delivered = self.env["ir.model.data"].search(
            [("module", "=", "xb_logistics"), ("model", "=", "xb.carrier")]
        )
        carriers = self.env["xb.carrier"].browse(delivered.mapped("res_id")).exists()
        self.assertGreater(len(carriers), 20)
        for number, carrier in enumerate(carriers):
            with self.subTest(carrier.code):
                self.send(f"carrier-{number}", order=f"C-{number}", carrier=carrier.code)

    def test_unknown_kind_is_refused(self):
        with self.assertRaises(VendorRejected):
            self.adapter.send("weather", "P1", {}, self.key)

    # === BAD DAYS === #

    def test_rate_limit_carries_the_wait(self):
        self.simulator.faults.add(kind="429", retry_after=7)
        with self.assertRaises(RateLimited) as caught:
            self.send()
        self.assertEqual(caught.exception.retry_after, 7)

    def test_lost_answers_are_retryable_and_the_retry_writes_once(self):
        for number, (kind, stored) in enumerate(
            [("timeout_before", 0), ("timeout_after", 1), ("reset", 1), ("error_500", 0)]
        ):
            order = f"LOST-{number}"
            self.simulator.faults.add(kind=kind, match="PUT", count=1)
            with self.subTest(kind), self.assertRaises(RetryableVendorError):
                self.send(f"lost-{number}-key", order=order)
            self.assertEqual(len(self.shipped(order)), stored, kind)
            self.assertEqual(self.send(f"lost-{number}-key", order=order)["revision"], 1)
            (told,) = self.shipped(order)
            self.assertEqual(len(told["revisions"]), 1)

    def test_outage_is_retryable(self):
        for mode in ("503", "reset"):
            self.simulator.faults.set_outage("rest_shop", True, mode)
            with self.subTest(mode), self.assertRaises(RetryableVendorError):
                self.adapter.ping()

    def test_spoiled_answers_are_malformed(self):
        for kind in ("truncate", "not_json"):
            for call in (self.adapter.ping, self.send, lambda: self.adapter.list_orders(None)):
                self.simulator.faults.add(kind=kind, count=1)
                with self.subTest(kind), self.assertRaises(MalformedAnswer):
                    call()

    def test_an_answer_in_another_shape_is_malformed(self):
        server = self.serve(lambda request: request.answer(body=b'{"ok": true}'))
        connection = self.make_connection(vendor="rest_shop", base_url=server.url)
        adapter = connection._get_adapter()
        for call in (
            adapter.ping,
            lambda: adapter.list_orders(None),
            lambda: adapter.send("shipment", "P1", SHIPMENT, "key-12345"),
        ):
            with self.assertRaises(MalformedAnswer):
                call()
        method, path, headers, _body = server.requests[-1]
        self.assertEqual((method, path), ("PUT", "/api/v1/orders/INV%2F2026%2F7/shipments/P%201"))
        self.assertEqual(headers["Authorization"], "Bearer plain-api-key")
        self.assertEqual(headers["Idempotency-Key"], "key-12345")
