from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.xb_base.tests.common import XbBaseCase
from odoo.addons.xb_logistics.adapters.tracking import TrackingAdapter
from odoo.addons.xb_logistics.core.tracking import TrackUpdate, VendorEvent
from odoo.addons.xb_logistics.tests.common import YT, LogisticsMixin


class WatchAdapter(TrackingAdapter):
    """A tracking service in memory that finds out the carrier by itself."""

    vendor = "test_watch"
    system = "test_watch"
    needs_carrier = False
    poll_batch = 10
    registered = []

    def ping(self):
        return "watching"

    def register(self, value):
        self.registered.append(value)
        return f"id-{value['number']}"

    def poll(self, parcels):
        event = VendorEvent(datetime(2026, 5, 1, 8), ("Moved",), "Left the factory", "Yiwu")
        return [TrackUpdate(parcel.number, events=(event,)) for parcel in parcels]

    def read_webhook(self, body):
        return []


@tagged("post_install", "-at_install")
class TestInbound(LogisticsMixin, XbBaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_logistics()
        cls.register_vendor("test_watch", WatchAdapter)
        connections = cls.env.registry["xb.connection"]
        original = connections._get_tracking_class

        def _get_tracking_class(self):
            return WatchAdapter if self.vendor == "test_watch" else original(self)

        cls.classPatch(connections, "_get_tracking_class", _get_tracking_class)
        cls.connection = cls.make_connection(vendor="test_watch")
        system = cls.env["xb.code.system"]._get("test_watch")
        cls.env["xb.status.code"].create(
            {"system_id": system.id, "value": "Moved", "status": "in_transit"}
        )
        cls.supplier = cls.env["res.partner"].create({"name": "Yiwu Trading"})
        cls.buyer = cls.env["res.users"].create(
            {
                "name": "Buyer",
                "login": "xb_test_buyer",
                "group_ids": [(6, 0, [cls.env.ref("xb_base.group_buyer").id])],
            }
        )

    def setUp(self):
        super().setUp()
        WatchAdapter.registered.clear()
        self.purchase = self.buy((self.mug, 10), (self.help, 1))

    def buy(self, *lines):
        """Return a confirmed purchase of (product, quantity) lines."""
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_qty": qty, "price_unit": 3.5})
                    for product, qty in lines
                ],
            }
        )
        order.button_confirm()
        return order

    def add_parcel(self, purchase, number, user=None):
        """What the button and saving the form do."""
        user = user or self.buyer
        action = purchase.with_user(user).action_xb_add_parcel()
        Parcel = self.env["xb.parcel"].with_user(user).with_context(**action["context"])
        return Parcel.create({"number": number, "carrier_id": self.swift.id})

    def test_a_purchase_and_its_parcels(self):
        parcel = self.add_parcel(self.purchase, YT % 1)
        self.assertEqual((parcel.direction, parcel.purchase_ids), ("inbound", self.purchase))
        [item] = parcel.item_ids
        self.assertEqual((item.product_id, item.quantity), (self.mug, 10))
        self.assertEqual(item.customs_value, 3.5)
        self.assertEqual(self.purchase.xb_parcel_count, 1)
        self.assertEqual(self.purchase.action_view_xb_parcels()["res_id"], parcel.id)
        self.assertEqual(self.purchase.picking_ids.carrier_tracking_ref, YT % 1)
        self.assertEqual(self.purchase.picking_ids.xb_parcel_count, 1)
        self.assertEqual(parcel.partner_id, self.warehouse.partner_id or self.company.partner_id)
        self.assertEqual(parcel.upload_state, "none")

    def test_goods_of_several_parcels_and_purchases(self):
        first = self.add_parcel(self.purchase, YT % 2)
        first.item_ids.quantity = 4
        second = self.add_parcel(self.purchase, YT % 3)
        self.assertEqual(second.item_ids.quantity, 6, "what is in none yet")
        third = self.add_parcel(self.purchase, YT % 4)
        self.assertEqual(third.item_ids.quantity, 0, "nobody said what is in it")
        other = self.buy((self.lid, 3))
        third.write({"item_ids": [(0, 0, {"purchase_line_id": other.order_line.id})]})
        self.assertEqual(third.purchase_ids, self.purchase | other)
        self.assertEqual(third.item_ids[-1].product_id, self.lid)
        self.assertEqual(self.purchase.xb_parcel_count, 3)

    def test_watched_by_the_same_machinery(self):
        parcel = self.add_parcel(self.purchase, YT % 5)
        self.assertEqual(parcel.tracker_state, "waiting")
        self.env.flush_all()
        self.env["xb.outbox"]._job_send(self.connection)
        self.env.invalidate_all()
        self.assertEqual(parcel.tracker_state, "registered")
        self.assertEqual(WatchAdapter.registered[0]["direction"], "inbound")
        plan = self.connection._plan_polls()
        self.assertEqual(sum(count for count, _need in plan.by_stage.values()), 1)
        self.connection._job_poll(parcel.ids)
        self.env.invalidate_all()
        self.assertEqual((parcel.status, parcel.event_ids.place), ("in_transit", "Yiwu"))

    def test_arrival_is_told_on_the_purchase(self):
        parcel = self.add_parcel(self.purchase, YT % 6)
        parcel._set_status("delivered")
        self.assertIn("has arrived", self.purchase.message_ids[0].body)

    def test_what_cannot_be_in_a_parcel(self):
        draft = self.purchase.copy()
        with self.assertRaisesRegex(UserError, "Confirm"):
            draft.action_xb_add_parcel()
        with self.assertRaisesRegex(UserError, "no goods"):
            self.buy((self.help, 1)).action_xb_add_parcel()

    def test_a_buyer_changes_what_comes_in_only(self):
        self.add_parcel(self.purchase, YT % 7).number = YT % 8
        order = self.make_order()
        self.track((order, YT % 9, "t_swift"))
        outbound = order.xb_parcel_ids.with_user(self.buyer)
        self.assertEqual(outbound.number, YT % 9)
        with self.assertRaises(AccessError):
            outbound.number = YT % 10
        with self.assertRaises(AccessError):
            outbound.item_ids.quantity = 7
        manager = self.env.ref("base.user_admin")
        order.xb_parcel_ids.with_user(manager).weight = 2
        clerk = self.env["res.users"].create(
            {
                "name": "Clerk",
                "login": "xb_test_inbound_clerk",
                "group_ids": [(6, 0, [self.env.ref("xb_base.group_clerk").id])],
            }
        )
        order.xb_parcel_ids.with_user(clerk).weight = 3
        self.assertEqual(order.xb_parcel_ids.weight, 3)
