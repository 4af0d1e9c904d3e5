# pylint: disable=invalid-commit  # real cursors of their own, see RealCursorCase
import threading
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.xb_base.adapters.base import WebhookEvent
from odoo.addons.xb_base.db import own_cursor

from .exchange_common import RealCursorCase

DRAIN = "odoo.addons.xb_base.models.xb_inbox_drain"


class Killed(BaseException):
    """What a killed worker looks like from inside: nothing catches it."""


@tagged("post_install", "-at_install")
class TestExchangeCursors(RealCursorCase):
    """What only real transactions side by side can show."""

    def in_threads(self, count, function):
        """Run ``function(env)`` at the same time in so many workers, each with its own cursor."""
        barrier = threading.Barrier(count)
        errors, results = [], []

        def work():
            try:
                with self.registry.cursor() as cr:
                    barrier.wait(10)
                    results.append(function(api.Environment(cr, SUPERUSER_ID, {})))
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertFalse(errors, errors)
        return results

    def fill_inbox(self, *keys):
        for key in keys:
            self.make_event(key)
        self.env.cr.commit()

    # === OUTBOX === #

    def test_workers_side_by_side_never_send_a_row_twice(self):
        for number in range(40):
            self.push(str(number), {"n": number})
        self.env.cr.commit()
        self.vendor.delay = 0.01
        connection_id = self.connection.id

        def work(env):
            return env["xb.outbox"]._job_send(env["xb.connection"].browse(connection_id))

        results = self.in_threads(4, work)
        paths = [path for path, _value, _key in self.vendor.sent]
        self.assertEqual(len(paths), 40)
        self.assertEqual(len(set(paths)), 40)
        states = self.rows("xb_outbox", "state, sends")
        self.assertEqual(set(states), {("confirmed", 1)})
        busy = [result for result in results if not result.startswith("0 ")]
        self.assertGreater(len(busy), 1, "the rows were shared")

    def test_a_push_wakes_the_sender_after_its_commit_only(self):
        self.push("1", {"n": 1})
        self.env.cr.rollback()
        self.assertEqual(self.rows("xb_outbox", "id"), [])
        for number in range(3):
            self.push(str(number), {"n": number})
        self.assertEqual(self.woken, [], "not before the commit")
        self.env.cr.commit()
        self.assertEqual(self.woken, [(self.connection.ids, 0)], "once for all of them")
        self.push("1", {"n": 1})
        self.env.cr.commit()
        self.assertEqual(len(self.woken), 2)

    def test_a_push_in_an_open_transaction_does_not_stop_the_sender(self):
        self.push("1", {"n": 1})
        self.push("2", {"n": 1})
        self.env.cr.commit()
        self.push("1", {"n": 2})
        self.in_threads(1, lambda env: env["xb.outbox"]._job_send(self.connection.with_env(env)))
        self.assertEqual([path for path, _value, _key in self.vendor.sent], ["/thing/2"])
        self.env.cr.commit()
        self.in_threads(1, lambda env: env["xb.outbox"]._job_send(self.connection.with_env(env)))
        self.assertEqual(self.vendor.values("/thing/1"), [{"n": 2}])

    # === INBOX === #

    def test_a_repeat_that_arrives_at_the_same_time_is_one_row(self):
        def knock(env):
            event = WebhookEvent("same", "topic", None)
            with own_cursor(env) as cr:
                return env["xb.inbox"]._store(cr, self.connection.id, event, b"{}", {})

        results = self.in_threads(8, knock)
        self.assertEqual(sorted(results), [False] * 7 + [True])
        self.assertEqual(len(self.rows("xb_inbox", "id")), 1)

    def test_two_drains_at_once_process_each_event_once(self):
        self.fill_inbox(*(f"e{n}" for n in range(30)))
        seen = []

        def process(_connection, events):
            seen.extend(events.mapped("event_key"))

        with self.processing(process):
            results = self.in_threads(
                3, lambda env: env["xb.inbox"]._job_drain(self.connection.with_env(env))
            )
        self.assertEqual(sorted(seen), sorted(f"e{n}" for n in range(30)))
        self.assertIn("30 processed, 0 failed", results)
        self.assertEqual(set(self.rows("xb_inbox", "state, attempts")), {("done", 1)})

    def test_an_event_that_kills_its_workers_dies_alone(self):
        self.fill_inbox("a", "killer", "z")

        def process(_connection, events):
            if "killer" in events.mapped("event_key"):
                raise Killed

        for _ in range(3):
            with self.processing(process), self.killed(Killed):
                self.drain()
            self.env.cr.rollback()
        with self.processing(process):
            self.drain()
        states = dict(self.rows("xb_inbox", "event_key, state"))
        self.assertEqual(states, {"a": "done", "killer": "dead", "z": "done"})
        reasons = dict(self.rows("xb_inbox", "event_key, reason"))
        self.assertIn("stopped", reasons["killer"])

    @mute_logger("odoo.sql_db")
    def test_trouble_with_the_database_passes_and_is_not_the_events_fault(self):
        self.fill_inbox("a", "b")

        def process(connection, _events):
            raise psycopg2.OperationalError("the server closed the connection")

        for _ in range(6):
            with self.processing(process), self.killed(psycopg2.OperationalError):
                self.drain()
        self.assertEqual(set(self.rows("xb_inbox", "state, unfinished")), {("pending", 0)})
        with self.processing(lambda connection, events: None):
            self.drain()
        self.assertEqual(set(self.rows("xb_inbox", "state")), {("done",)})

    @mute_logger("odoo.sql_db")
    def test_a_collision_is_tried_again(self):
        self.fill_inbox("a")
        tries = []

        def process(_connection, _events):
            tries.append(1)
            if len(tries) < 3:
                raise psycopg2.errors.SerializationFailure

        with self.processing(process), patch(f"{DRAIN}.time.sleep"):
            self.drain()
        self.assertEqual(len(tries), 3)
        self.assertEqual(self.rows("xb_inbox", "state, attempts"), [("done", 1)])

    def test_what_was_learned_survives_the_jobs_rollback(self):
        self.fill_inbox("bad")

        def process(_connection, _events):
            raise KeyError("sku")

        with self.processing(process), mute_logger(DRAIN):
            self.drain()
        self.env.cr.rollback()  # what queue_job does with a failed job
        [(state, reason)] = self.rows("xb_inbox", "state, reason")
        self.assertEqual((state, reason), ("retry", "'sku'"))

    def test_dismissing_while_it_is_processed_waits_its_turn(self):
        self.fill_inbox("a")
        [(event_id,)] = self.rows("xb_inbox", "id")
        dismissed = []

        def process(_connection, _events):
            with self.registry.cursor() as cr:
                event = api.Environment(cr, SUPERUSER_ID, {})["xb.inbox"].browse(event_id)
                dismissed.append(event._dismiss("too late").ids)

        with self.processing(process):
            self.drain()
        self.assertEqual(dismissed, [[]], "a worker has it in its hands")
        self.assertEqual(self.rows("xb_inbox", "state"), [("done",)])
