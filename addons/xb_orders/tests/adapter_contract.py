"""What every platform plug-in keeps. Inherit it, say how the other side is driven, and all of it
is tested:

    class TestContract(ShopAdapterContract, MyPlatformCase):
        def make_orders(self, count): ...          # on the platform; gives their order numbers
        def sign(self, body, moment): ...           # headers as the platform sends them
        def told(self, kind, name): ...             # what the platform was told
"""

import json
from datetime import UTC, datetime, timedelta

from odoo.addons.xb_base.exceptions import InvalidSignature, StaleMessage, VendorRejected

from ..adapters.base import ShopAdapter
from ..core import order_value

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class ShopAdapterContract:
    """Tests for :class:`ShopAdapter`; needs ``self.connection`` and ``self.shop``."""

    #: An order number that the platform does not have.
    unknown_ref = "no-such-order"
    #: An article that the platform has, as its orders name it.
    sku = "CONTRACT-1"
    #: Whether the platform refuses a figure of stock that was reckoned from another one.
    compares_stock = True

    # === HOW THE OTHER SIDE IS DRIVEN === #

    def make_orders(self, count):
        """Have the platform sell something; return the new orders' numbers."""
        raise NotImplementedError

    def sign(self, body, moment):
        """Headers with which the platform sends ``body`` (bytes) at ``moment`` (aware)."""
        raise NotImplementedError

    def told(self, kind, name):
        """What the platform was told: of the article ``name`` its ``stock`` (int) or its ``price``
        (text), of the order ``name`` each ``shipment``'s tracking number (list)."""
        raise NotImplementedError

    # === HELPERS === #

    @property
    def contract_adapter(self):
        return self.connection._get_adapter()

    def all_orders(self, since=None):
        """Every order since a moment, page by page; fails where the pages have no end."""
        adapter, orders, cursors, cursor = self.contract_adapter, [], set(), None
        while True:
            page = adapter.list_orders(since, cursor)
            orders += page.orders
            if not page.next_cursor:
                return orders
            self.assertNotIn(page.next_cursor, cursors, "the pages go round in a circle")
            cursors.add(page.next_cursor)
            cursor = page.next_cursor

    # === CAPABILITIES === #

    def test_contract_capabilities_are_words_that_are_known(self):
        adapter = self.contract_adapter
        self.assertIsInstance(adapter, ShopAdapter)
        self.assertLessEqual(adapter.capabilities, set(ShopAdapter.KNOWN_CAPABILITIES))
        for capability in adapter.capabilities:
            kind = ShopAdapter.KNOWN_CAPABILITIES[capability]
            if kind:
                self.assertIn(kind, adapter.outbox_kinds, capability)
            elif capability != "list_orders":
                own = getattr(type(adapter), capability)
                self.assertIsNot(own, getattr(ShopAdapter, capability), capability)

    # === ORDERS === #

    def test_contract_every_order_comes_once_and_is_valid(self):
        refs = self.make_orders(7)
        orders = [order for order in self.all_orders(LONG_AGO) if order["ref"] in refs]
        self.assertEqual(sorted(order["ref"] for order in orders), sorted(refs))
        for order in orders:
            self.assertEqual(order_value.validate(order), [], order["ref"])
            self.assertEqual(json.loads(json.dumps(order)), order, "plain JSON only")

    def test_contract_same_question_same_answer(self):
        self.make_orders(3)
        self.assertEqual(self.all_orders(LONG_AGO), self.all_orders(LONG_AGO))

    def test_contract_nothing_is_newer_than_the_future(self):
        self.make_orders(1)
        self.assertEqual(self.all_orders(datetime.now(UTC) + timedelta(days=3650)), [])

    def test_contract_one_order_is_the_listed_one(self):
        [ref] = self.make_orders(1)
        [listed] = [order for order in self.all_orders(LONG_AGO) if order["ref"] == ref]
        self.assertEqual(self.contract_adapter.get_order(ref), listed)
        with self.assertRaises(VendorRejected):
            self.contract_adapter.get_order(self.unknown_ref)

    def test_contract_imported_twice_is_unchanged(self):
        refs = self.make_orders(3)
        orders = [order for order in self.all_orders(LONG_AGO) if order["ref"] in refs]
        states = [verdict["state"] for verdict in self.shop.import_orders(orders)]
        self.assertLessEqual(set(states), {"created", "held"})
        again = [verdict["state"] for verdict in self.shop.import_orders(orders)]
        self.assertEqual(set(again), {"unchanged"})

    def test_contract_count_is_what_is_listed(self):
        adapter = self.contract_adapter
        if "count_orders" not in adapter.capabilities:
            self.assertRaises(NotImplementedError, adapter.count_orders, LONG_AGO, LONG_AGO)
            return
        self.make_orders(4)
        start, end = LONG_AGO, datetime.now(UTC) + timedelta(days=2)
        said = adapter.count_orders(start, end)
        listed = [order for order in self.all_orders(LONG_AGO)
                  if start <= order_value.parse_time(order["placed_at"]) < end]
        self.assertEqual(said.count, len(listed))

    # === WHAT GOES OUT === #

    def contract_send(self, capability, value, version=1):
        """Send a value as the outbox does, and once more, as it does when an answer was lost.

        :return: whether the platform takes such values at all
        """
        adapter, kind = self.contract_adapter, ShopAdapter.KNOWN_CAPABILITIES[capability]
        if capability not in adapter.capabilities:
            with self.assertRaises(VendorRejected):
                adapter.send(kind, "contract", value, f"contract-{kind}-0000")
            return False
        for _turn in range(2):
            adapter.send(kind, "contract", value, f"contract-{kind}-{version:04d}")
        return True

    def test_contract_shipment_is_told_once_and_corrected(self):
        [ref] = self.make_orders(1)
        value = {"order": ref, "shipment": "P1", "carrier": "dhl", "carrier_name": "DHL",
                 "tracking": "00340434161094042557", "shipped_at": None, "lines": []}
        if self.contract_send("upload_shipment", value):
            self.assertEqual(self.told("shipment", ref), [value["tracking"]])
            value = {**value, "tracking": "00340434161094042564"}
            self.contract_send("upload_shipment", value, 2)
            self.assertEqual(self.told("shipment", ref), [value["tracking"]])

    def test_contract_price_is_the_last_one(self):
        for version, price in enumerate(("12.50", "11.00")):
            value = {"listing": "", "sku": self.sku, "price": price, "currency": "EUR"}
            if self.contract_send("publish_price", value, version):
                self.assertEqual(self.told("price", self.sku), price)

    def test_contract_stock_is_the_last_one(self):
        def send(quantity, expected, version):
            value = {"listing": "", "sku": self.sku, "quantity": quantity, "expected": expected}
            return self.contract_send("publish_stock", value, version)

        if not send("12", False, 1):
            return
        self.assertEqual(self.told("stock", self.sku), 12)
        send("7", "12", 2)
        self.assertEqual(self.told("stock", self.sku), 7)
        send("0", "7", 3)
        self.assertEqual(self.told("stock", self.sku), 0)
        if self.compares_stock:
            self.assertRaises(VendorRejected, send, "9", "7", 4)
            self.assertEqual(self.told("stock", self.sku), 0)

    # === WEBHOOKS === #

    def test_contract_webhooks_are_verified_on_the_raw_body(self):
        now, body = datetime.now(UTC), b'{"order": "1"}'
        headers = self.sign(body, now)
        verify = self.contract_adapter.verify_webhook
        self.assertTrue(verify(body, headers, now).key)
        for wrong_body, wrong_headers in (
                (body + b" ", headers), (b"", headers), (body, {}),
                (body, dict.fromkeys(headers, "x"))):
            with self.assertRaises(InvalidSignature):
                verify(wrong_body, wrong_headers, now)

    def test_contract_old_webhooks_are_stale(self):
        adapter = self.contract_adapter
        if adapter.replay_window is None:
            return
        then = datetime.now(UTC) - adapter.replay_window - timedelta(minutes=1)
        with self.assertRaises(StaleMessage):
            adapter.verify_webhook(b"{}", self.sign(b"{}", then), datetime.now(UTC))
