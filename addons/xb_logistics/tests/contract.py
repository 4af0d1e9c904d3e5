"""What every tracking service must do: a plug-in's tests inherit both suites."""

import random
from datetime import UTC, datetime, timedelta

from odoo.tests import HttpCase
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME

from odoo.addons.xb_base.exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RateLimited,
    RetryableVendorError,
    VendorError,
)
from odoo.addons.xb_base.tests.common import XbBaseCase
from odoo.addons.xb_base.tests.simulated import import_simulator
from odoo.addons.xb_logistics.core.tracking import Tracked

from .simulated import SimulatedCase, SimulatedMixin

DAY = timedelta(days=1)
HOURS = (1, 12, 30, 75, 90, 110, 151, 160)  # one more scan of the journey "delivered" at each

# What an answer that never came, or came broken, is to whoever asked.
MISHAPS = {
    "error_500": RetryableVendorError,
    "429": RateLimited,
    "timeout_before": RetryableVendorError,
    "timeout_after": RetryableVendorError,
    "reset": RetryableVendorError,
    "truncate": VendorError,
    "not_json": MalformedAnswer,
}


class TrackingContract(SimulatedCase):
    """Registering and asking, on good days and bad ones.

    :cvar str vendor: The `xb.connection`'s vendor, and the simulator's.
    :cvar str carrier_code: A carrier that the service knows.
    :cvar str numbers: Pattern of numbers of that carrier, with one `%03d`.
    """

    vendor = None
    carrier_code = None
    numbers = None

    def number(self, n):
        return self.numbers % n

    def watch(self, *ns):
        """Make parcels and register them; return them."""
        parcels = self.Parcel.union(
            *(self.make_parcel(self.number(n), self.carrier_code) for n in ns)
        )
        self.send_outbox()
        self.assertEqual(set(parcels.mapped("tracker_state")), {"registered"})
        return parcels

    def mishap(self, kind, verb, count=1):
        """Let the next request fail; what hangs does so for longer than anybody waits."""
        self.simulator.faults.add(
            kind=kind, vendor=self.vendor, match=f"^{verb} ", count=count, seconds=1.5,
            retry_after=7,
        )  # fmt: skip

    def make_due(self):
        """Let time pass for what waits for another try."""
        self.env.flush_all()
        self.env["xb.outbox"].search([("state", "=", "retry")]).next_try = "2020-01-01 00:00:00"
        self.env["xb.outbox.gate"].search([]).paused_until = False

    def watchers(self, number):
        return [t for t in self.other_side.watched() if t["tracking_number"] == number]

    def travel(self, parcels, journey):
        now = datetime.now(UTC)
        self.other_side.advance(journey, now - 7 * DAY, now, parcels.mapped("number"))

    # === TESTS === #

    def test_wrong_key(self):
        self.connection.write({"environment": "sandbox", "api_key": "wrong"})
        self.connection.base_url = f"{self.simulator.url}/{self.vendor}"
        with self.assertRaises(NeedsReauthorization):
            self.connection._get_adapter().ping()

    def test_registering_twice_is_success(self):
        adapter = self.connection._get_adapter()
        code = self.carrier(self.carrier_code)._get_code(adapter.system)
        for _time in range(2):
            adapter.register({"number": self.number(1), "carrier": code})
        self.assertEqual(len(self.watchers(self.number(1))), 1)

    def test_registering_heals_whatever_happens(self):
        for n, kind in enumerate(MISHAPS, start=100):
            with self.subTest(kind):
                self.mishap(kind, "POST")
                parcel = self.make_parcel(self.number(n), self.carrier_code)
                self.send_outbox()
                self.assertEqual(parcel.tracker_state, "waiting")
                self.assertTrue(parcel.tracker_reason)
                self.make_due()
                self.send_outbox()
                self.assertEqual(parcel.tracker_state, "registered")
                self.assertFalse(parcel.tracker_reason)
                self.assertEqual(len(self.watchers(parcel.number)), 1)

    def test_asking_tells_what_happened(self):
        parcels = self.watch(2, 3)
        self.travel(parcels, "delivered")
        for kind, family in MISHAPS.items():
            with self.subTest(kind):
                self.mishap(kind, "GET")
                with self.assertRaises(family) as caught:
                    self.ask(parcels)
                if kind == "429":
                    self.assertGreaterEqual(caught.exception.retry_after, 1)
        self.assertEqual(set(parcels.mapped("status")), {"pending"})
        self.poll(parcels)
        self.assertEqual(set(parcels.mapped("status")), {"delivered"})

    def ask(self, parcels):
        adapter = self.connection._get_adapter()
        code = self.carrier(self.carrier_code)._get_code(adapter.system)
        batch = [Tracked(p.number, code, p.tracker_ref or "") for p in parcels]
        return adapter.poll(batch[: adapter.poll_batch])

    def test_asked_twice_is_known_once(self):
        parcel = self.watch(4)
        self.travel(parcel, "delivered")
        self.poll(parcel)
        events = parcel.event_ids
        self.assertEqual(len(events), 8)
        parcel.is_over = False
        self.poll(parcel)
        self.assertEqual(parcel.event_ids, events)

    def test_trouble_is_told_by_kind(self):
        journeys = {"customs": 5, "failed": 6, "address": 7, "returning": 8}
        issues = {"failed": "failed_attempt"}
        for journey, n in journeys.items():
            with self.subTest(journey):
                parcel = self.watch(n)
                self.travel(parcel, journey)
                self.poll(parcel)
                self.assertEqual(parcel.issue, issues.get(journey, journey))
                self.assertTrue(parcel.issue_step)

    def test_inbound_parcels_are_watched_too(self):
        parcel = self.make_parcel(self.number(9), self.carrier_code, direction="inbound")
        self.send_outbox()
        self.travel(parcel, "delivered")
        self.poll(parcel)
        self.assertEqual(parcel.status, "delivered")


class WebhookContract(SimulatedMixin, XbBaseCase, HttpCase):
    """The simulator sends, the real door takes in, the job moves the parcels.

    :cvar timedelta too_old: An age at which a message is not believed any more.
    """

    vendor = None
    carrier_code = None
    numbers = None
    too_old = None
    registry_test_mode = False  # the base class enters it

    def number(self, n):
        return self.numbers % n

    def knock(self, deliveries=(), told=None, manners=None):
        """Send webhooks to the real door, or let the vendor tell of trackings.

        :return: {HTTP status: how many}
        """
        import_simulator()
        from simulator.sender import deliver  # only there with the repository

        target = f"{self.base_url()}/xb/in/{self.connection._get_secret('webhook_token')}"
        self.env.flush_all()
        self.env.cr.clear()
        with self.allow_requests():
            cookie = f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}"
            options = {"per_second": 50, "workers": 1, "timeout": 60, "headers": {"Cookie": cookie}}
            if told is None:
                report = deliver(deliveries, target, **options)
            else:
                report = self.other_side.tell(told, target, manners, **options)
        statuses = {}
        for counter in report.statuses.values():
            for status, count in counter.items():
                statuses[status] = statuses.get(status, 0) + count
        return statuses

    def events(self):
        return self.env["xb.inbox"].search([("connection_id", "=", self.connection.id)])

    def drain(self):
        self.env["xb.inbox"]._job_drain(self.connection)
        self.env.invalidate_all()

    def watch(self, *ns):
        parcels = self.Parcel.union(
            *(self.make_parcel(self.number(n), self.carrier_code) for n in ns)
        )
        self.send_outbox()
        return parcels

    def told(self, parcels, hours=160):
        """Let parcels travel so many hours; return what the vendor would tell."""
        # the same moment however often it is asked: another second is another event
        start = self.departed = getattr(self, "departed", None) or datetime.now(UTC) - 7 * DAY
        until = start + timedelta(hours=hours)
        return self.other_side.advance("delivered", start, until, parcels.mapped("number"))

    # === TESTS === #

    def test_shuffled_and_repeated_news(self):
        parcel = self.watch(1)
        deliveries = [
            self.other_side.delivery(tracking)
            for hours in HOURS
            for tracking in self.told(parcel, hours)
        ]
        shuffled = random.Random(5).sample(deliveries * 2, len(deliveries) * 2)
        self.assertEqual(self.knock(shuffled), {200: 16})
        self.assertEqual(len(self.events()), 8)
        self.drain()
        self.assertEqual(set(self.events().mapped("state")), {"done"})
        self.assertEqual(parcel.status, "delivered")
        self.assertEqual(len(parcel.event_ids), 8)
        times = parcel.event_ids.mapped("at")
        self.assertEqual(times, sorted(times, reverse=True))

    def test_a_vendors_bad_day(self):
        """Delayed, repeated, lost, in any order: what webhooks leave out the questions bring."""
        import_simulator()
        from simulator.vendors.journeys import Manners  # only there with the repository

        parcels = self.watch(*range(20, 40))
        told = self.told(parcels)
        manners = Manners(delay=0.2, repeat=0.5, drop=0.3, shuffle=True)
        statuses = self.knock(told=told, manners=manners)
        arrived = len(self.events())
        self.assertLess(arrived, len(parcels), "some were lost")
        self.assertGreater(arrived, 0)
        self.assertEqual(set(statuses), {200})
        self.assertGreater(statuses[200], arrived, "some came twice")
        self.drain()
        delivered = parcels.filtered(lambda p: p.status == "delivered")
        self.assertEqual(len(delivered), arrived)
        plan = self.connection._plan_polls()
        self.assertEqual(sum(c for c, _n in plan.by_stage.values()), len(parcels) - arrived)
        self.poll(parcels)
        self.assertEqual(set(parcels.mapped("status")), {"delivered"})
        self.assertEqual({len(p.event_ids) for p in parcels}, {8})

    def test_not_genuine_is_401_and_no_row(self):
        parcel = self.watch(2)
        [tracking] = self.told(parcel)
        genuine = self.other_side.delivery(tracking)
        headers, body = genuine.build()

        def altered(headers=headers, body=body):
            return type(genuine)("forged", "x", lambda: (headers, body))

        flipped = body[:-3] + bytes([body[-3] ^ 1]) + body[-2:]
        unsigned = {k: v for k, v in headers.items() if k == "Content-Type"}
        forged = [
            altered(body=flipped),
            altered(headers=unsigned),
            self.other_side.delivery(tracking, secret="wrong"),
        ]
        real_now = self.other_side.now
        self.other_side.now = lambda: real_now() - self.too_old
        self.addCleanup(setattr, self.other_side, "now", real_now)
        forged.append(self.other_side.delivery(tracking))
        self.assertEqual(self.knock(forged), {401: 4})
        self.assertFalse(self.events())
        self.other_side.now = real_now
        self.assertEqual(self.knock([genuine]), {200: 1}, "it is the forgery that is refused")
