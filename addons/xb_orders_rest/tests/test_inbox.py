import json
from datetime import UTC, datetime, timedelta

from odoo.exceptions import UserError

from odoo.addons.xb_base.adapters.base import WebhookEvent

from .common import RestShopCase

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class TestInbox(RestShopCase):
    def receive(self, *bodies, occurred_at=NOW):
        """Return inbox events as the door stores them, in order of arrival."""
        inbox = self.env["xb.inbox"]
        first = inbox.search_count([])
        for number, body in enumerate(bodies):
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            event = WebhookEvent(f"evt-{first + number}", "order.updated", occurred_at)
            inbox._store(self.env.cr, self.connection.id, event, content, {})
        return inbox.search([("connection_id", "=", self.connection.id)], order="id")[
            -len(bodies) :
        ]

    def orders(self):
        return self.env["sale.order"].search([("xb_shop_id", "=", self.shop.id)])

    def test_order_arrives(self):
        (order,) = self.make_orders()
        self.connection._process_inbox(self.receive({"order": order}))
        sale = self.orders()
        self.assertEqual((sale.xb_ref, sale.state), (order["ref"], "sale"))
        self.assertEqual(f"{sale.amount_total:.2f}", order["total"])

    def test_processed_twice_is_one_order(self):
        (order,) = self.make_orders()
        events = self.receive({"order": order})
        self.connection._process_inbox(events)
        self.connection._process_inbox(events)
        self.assertEqual(len(self.orders()), 1)

    def test_newest_version_counts_whatever_the_order_of_arrival(self):
        (order,) = self.make_orders()
        newer = order | {"note": "newer", "updated_at": _later(order, 60)}
        newest = order | {"note": "newest", "updated_at": _later(order, 120)}
        events = self.receive({"order": newest}, {"order": order}, {"order": newer})
        self.connection._process_inbox(events)
        self.assertEqual(self._kept(order["ref"])["note"], "newest")
        # a late one in a batch of its own
        self.connection._process_inbox(self.receive({"order": newer}))
        self.assertEqual(self._kept(order["ref"])["note"], "newest")

    def test_without_updated_at_the_time_of_sending_decides(self):
        (order,) = self.make_orders()
        del order["updated_at"]
        later = self.receive({"order": order | {"note": "later"}}, occurred_at=NOW + timedelta(1))
        earlier = self.receive({"order": order | {"note": "earlier"}})
        self.connection._process_inbox(later + earlier)
        self.assertEqual(self._kept(order["ref"])["note"], "later")

    def test_unreadable_messages_do_not_stop_their_neighbours(self):
        (order,) = self.make_orders()
        events = self.receive(b"\xff", {"order": order}, {"hello": 1}, b'{"order": {"x": NaN}}')
        self.connection._process_inbox(events)
        self.assertEqual(len(self.orders()), 1)
        self.assertEqual([event.state for event in events], ["dead", "pending", "dead", "dead"])
        self.assertIn("no “order”", events[2].reason)

    def test_order_that_breaks_the_form_is_kept_with_the_reason(self):
        (order,) = self.make_orders()
        order["lines"][0]["qty"] = 1.5
        events = self.receive({"order": order}, {"order": {"note": "nameless"}})
        self.connection._process_inbox(events)
        self.assertEqual(set(events.mapped("state")), {"pending"}, "done, as far as the inbox goes")
        intakes = self.env["xb.order.intake"].search([("shop_id", "=", self.shop.id)])
        self.assertEqual(set(intakes.mapped("state")), {"rejected"})
        self.assertEqual(len(intakes), 2)
        self.assertIn("$.lines[0].qty", str(intakes.mapped("problems")))

    def test_without_a_shop_the_event_waits_for_a_person(self):
        (order,) = self.make_orders()
        events = self.receive({"order": order})
        self.shop.active = False
        with self.assertRaisesRegex(UserError, "Set one up"):
            self.connection._process_inbox(events)

    def _kept(self, ref):
        return (
            self.env["xb.order.intake"]
            .search([("shop_id", "=", self.shop.id), ("ref", "=", ref)])
            .value
        )


def _later(order, seconds):
    moment = datetime.fromisoformat(order["updated_at"]) + timedelta(seconds=seconds)
    return moment.isoformat()
