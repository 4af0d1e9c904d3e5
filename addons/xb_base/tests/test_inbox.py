from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.xb_base import exceptions

from .exchange_common import ExchangeCase

DRAIN = "odoo.addons.xb_base.models.xb_inbox_drain"


@tagged("post_install", "-at_install")
class TestInboxDrain(ExchangeCase):
    def fail(self, error, keys=("bad",)):
        """Return a processor that notes what it got and raises for some events."""
        self.calls = []

        def process(_connection, events):
            self.calls.append(events.mapped("event_key"))
            if set(keys) & set(self.calls[-1]):
                raise error

        return process

    def drain_with(self, error, keys=("bad",)):
        with self.processing(self.fail(error, keys)):
            return self.drain()

    # === THE BATCH === #

    def test_a_batch_is_one_call(self):
        events = sum((self.make_event(f"e{n}") for n in range(7)), self.env["xb.inbox"])
        result = self.drain_with(None, keys=())
        self.assertEqual(self.calls, [[f"e{n}" for n in range(7)]])
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(set(events.mapped("attempts")), {1})
        self.assertTrue(all(events.mapped("done_at")))
        self.assertFalse(any(events.mapped("next_try")))
        self.assertEqual(result, "7 processed, 0 failed")

    def test_done_is_not_done_again(self):
        self.make_event("e")
        self.drain_with(None, keys=())
        self.drain_with(None, keys=())
        self.assertEqual(self.calls, [])

    def test_the_processor_gets_the_connections_company(self):
        company = self.env["res.company"].create({"name": "Second"})
        connection = self.connection
        self.connection = self.make_connection(name="Second", company_id=company.id)
        self.make_event("e")
        seen = []
        with self.processing(lambda c, events: seen.append((c, c.env.company, c.env.su))):
            self.drain()
        self.assertEqual(seen, [(self.connection, company, True)])
        self.assertNotEqual(connection.company_id, company)

    def test_work_and_done_are_one_transaction(self):
        self.make_event("good")
        self.make_event("bad")

        def process(connection, events):
            connection.env["res.partner"].create(
                [{"name": "xb", "ref": key} for key in events.mapped("event_key")]
            )
            if "bad" in events.mapped("event_key"):
                connection.env.flush_all()
                raise exceptions.VendorRejected("no", "no")

        with self.processing(process):
            self.drain()
        refs = self.env["res.partner"].search([("name", "=", "xb")]).mapped("ref")
        self.assertEqual(refs, ["good"])

    def test_one_bad_event_does_not_stop_its_neighbours(self):
        for key in ("a", "bad", "z"):
            self.make_event(key)
        self.drain_with(UserError("no such product"))
        self.assertEqual(self.calls, [["a", "bad", "z"], ["a"], ["bad"], ["z"]])
        self.assertEqual(self.states(), {"a": "done", "bad": "dead", "z": "done"})

    def test_events_of_other_connections_are_left_alone(self):
        mine, self.connection = self.connection, self.make_connection(name="Other")
        other = self.make_event("other")
        self.connection = mine
        self.make_event("mine")
        self.drain_with(None, keys=())
        self.assertEqual(self.calls, [["mine"]])
        self.assertEqual(other.state, "pending")

    def states(self):
        events = self.env["xb.inbox"].search([("connection_id", "=", self.connection.id)])
        return {event.event_key: event.state for event in events}

    # === WHAT THE ERROR DECIDES === #

    def test_what_no_retry_cures_is_dead_at_once(self):
        for number, error in enumerate(
            (
                exceptions.VendorRejected("gone", "no such order"),
                exceptions.MalformedAnswer("not JSON"),
                UserError("no such product"),
                ValidationError("no currency"),
            )
        ):
            event = self.make_event(f"bad{number}")
            self.drain_with(error, keys=[event.event_key])
            self.assertEqual((event.state, event.attempts), ("dead", 1), error)
            self.assertIn(str(error), event.reason)
            self.assertFalse(event.next_try)
            self.assertFalse(event.traceback)

    def test_an_outage_never_kills(self):
        event = self.make_event("bad")
        for attempt in range(1, 9):
            self.drain_with(exceptions.RetryableVendorError("down"))
            self.assertEqual((event.state, event.attempts), ("retry", attempt))
            self.assertEqual(event.error_class, "retryable")
            self.drain_with(exceptions.RetryableVendorError("down"))
            self.assertEqual(self.calls, [], "not before its time")
            self.pass_time(15 * 60)
        self.drain_with(None, keys=())
        self.assertEqual((event.state, event.reason), ("done", False))

    def test_the_vendors_wish_is_the_next_try(self):
        event = self.make_event("bad")
        before = fields.Datetime.now()
        self.drain_with(exceptions.RateLimited("slow down", retry_after=1234))
        self.assertEqual(event.state, "retry")
        self.assertGreaterEqual(event.next_try, before + timedelta(seconds=1233))
        self.assertLessEqual(event.next_try, fields.Datetime.now() + timedelta(seconds=1235))

    def test_a_locked_record_is_only_busy(self):
        event = self.make_event("bad")
        self.drain_with(LockError("somebody has it"))
        self.assertEqual((event.state, event.error_class), ("retry", "retryable"))

    def test_refused_credentials_mark_the_connection_and_wait_for_its_repair(self):
        event = self.make_event("bad")
        self.drain_with(exceptions.NeedsReauthorization("token expired"))
        self.assertEqual((event.state, event.error_class), ("retry", "reauth"))
        self.assertEqual(self.connection.state, "reauth")
        self.assertGreater(event.next_try, fields.Datetime.now())
        self.env["xb.outbox"]._kick(self.connection)
        self.env.invalidate_all()
        self.assertLessEqual(event.next_try, fields.Datetime.now())
        self.assertNotEqual(self.connection.state, "reauth")
        self.assertIn(f"xb.inbox:{self.connection.id}:now", self.job_keys())

    @mute_logger(DRAIN)
    def test_a_bug_is_kept_with_its_traceback_and_dies_after_five(self):
        event = self.make_event("bad")
        self.make_event("good")
        for attempt in range(1, 6):
            self.drain_with(KeyError("sku"))
            self.assertEqual(event.attempts, attempt)
            self.assertEqual(event.state, "dead" if attempt == 5 else "retry")
            self.assertEqual(event.error_class, "unexpected")
            self.assertIn("KeyError: 'sku'", event.traceback)
            self.pass_time(15 * 60)
        self.assertEqual(self.states()["good"], "done")

    @mute_logger(DRAIN, "odoo.sql_db")
    def test_a_value_that_does_not_fit_is_the_events_fault(self):
        for key in ("a", "bad", "z"):
            self.make_event(key)

        def process(connection, events):
            if "bad" in events.mapped("event_key"):
                connection.env.cr.execute("SELECT 1/0")

        with self.processing(process):
            self.drain()
        self.assertEqual(self.states(), {"a": "done", "bad": "retry", "z": "done"})

    def test_an_outage_is_not_tried_with_every_event_of_the_batch(self):
        keys = [f"e{n}" for n in range(10)]
        for key in keys:
            self.make_event(key)
        self.drain_with(exceptions.RetryableVendorError("down"), keys=keys)
        self.assertEqual(len(self.calls), 1 + 3)
        untried = self.env["xb.inbox"].search([("event_key", "in", keys[3:])])
        self.assertEqual(set(untried.mapped("state")), {"pending"})
        self.assertEqual(set(untried.mapped("unfinished")), {0})
        self.assertGreater(min(untried.mapped("next_try")), fields.Datetime.now())
        self.pass_time(15 * 60)
        self.drain_with(None, keys=())
        self.assertEqual(set(self.states().values()), {"done"})

    def test_a_vendor_without_a_processor_says_so(self):
        event = self.make_event("e")
        self.drain()
        self.assertEqual(event.state, "dead")
        self.assertIn("test", event.reason)

    def test_single_events_of_a_batch_can_be_put_aside(self):
        for key in ("a", "bad", "z"):
            self.make_event(key)

        def process(_connection, events):
            events.filtered(lambda event: event.event_key == "bad")._reject("no such shop")

        with self.processing(process):
            self.drain()
        self.assertEqual(self.states(), {"a": "done", "bad": "dead", "z": "done"})
        bad = self.env["xb.inbox"].search([("event_key", "=", "bad")])
        self.assertEqual((bad.reason, bad.error_class), ("no such shop", "rejected"))

    # === GOING ON === #

    def test_more_than_a_batch_wakes_the_next_drain(self):
        for number in range(103):
            self.make_event(f"e{number}")
        self.assertEqual(self.drain_with(None, keys=()), "100 processed, 0 failed")
        self.assertEqual(self.job_keys(), [f"xb.inbox:{self.connection.id}:now"])
        self.drain_with(None, keys=())
        self.assertEqual(set(self.states().values()), {"done"})

    def test_a_later_try_has_a_job_of_its_own(self):
        self.make_event("bad")
        self.drain_with(exceptions.RateLimited("slow down", retry_after=30))
        self.assertEqual(self.job_keys(), [f"xb.inbox:{self.connection.id}:later"])

    def test_the_cron_finds_what_nobody_woke_for(self):
        self.make_event("e")
        self.env["xb.inbox"]._cron_drain()
        self.env["xb.inbox"]._cron_drain()
        self.assertEqual(self.job_keys(), [f"xb.inbox:{self.connection.id}:now"])

    def test_the_cron_leaves_alone_what_is_not_due(self):
        self.make_event("bad")
        self.drain_with(exceptions.RateLimited("slow down", retry_after=3000))
        self.env["xb.inbox"]._cron_drain()
        self.assertEqual(self.job_keys(), [])

    # === REPAIR === #

    def test_dead_letters_are_repaired_in_bulk(self):
        events = sum((self.make_event(f"bad{n}") for n in range(5)), self.env["xb.inbox"])
        self.drain_with(UserError("no such product"), keys=events.mapped("event_key"))
        self.assertEqual(set(events.mapped("state")), {"dead"})
        action = events.action_retry()
        self.assertIn("5", action["params"]["message"])
        self.assertEqual(set(events.mapped("state")), {"pending"})
        self.assertFalse(any(events.mapped("reason")))
        self.drain_with(None, keys=())
        self.assertEqual(len(self.calls), 1, "repaired events are a batch again")
        self.assertEqual(set(events.mapped("state")), {"done"})

    def test_dismissing_needs_a_reason_and_ends_it(self):
        events = self.make_event("bad") + self.make_event("good")
        self.drain_with(UserError("no such product"))
        context = events.action_open_dismiss()["context"]
        wizard = self.env["xb.exchange.dismiss"].with_context(**context).create({"reason": "test"})
        self.assertEqual(wizard.count, 1)
        wizard.action_dismiss()
        self.assertEqual(self.states(), {"bad": "dismissed", "good": "done"})
        bad = events[0]
        self.assertIn("test", bad.reason)
        self.assertIn(self.env.user.name, bad.reason)
        with self.assertRaises(UserError):
            wizard.action_dismiss()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.NotNullViolation):
            self.env["xb.exchange.dismiss"].with_context(**context).create({"reason": False})

    def test_who_may_do_what(self):
        event = self.make_event("bad")
        self.drain_with(UserError("no"))
        integrator = new_test_user(self.env, "xb-i", groups="xb_base.group_integrator")
        clerk = new_test_user(self.env, "xb-c", groups="xb_base.group_clerk")
        for vals in ({"state": "done"}, {"body": b"eA=="}):
            with self.assertRaises(AccessError):
                event.with_user(integrator).write(vals)
        with self.assertRaises(AccessError):
            event.with_user(clerk).read(["body"])
        with self.assertRaises(AccessError):
            event.with_user(clerk).action_retry()
        event.with_user(integrator).action_retry()
        self.assertEqual(event.state, "pending")

    def test_other_companies_events_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Second"})
        integrator = new_test_user(
            self.env,
            "xb-i2",
            groups="xb_base.group_integrator",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        event = self.make_event("e")
        self.assertFalse(self.env["xb.inbox"].with_user(integrator).search([("id", "=", event.id)]))

    # === KEEPING AND COUNTING === #

    def test_old_events_go_but_dead_letters_stay(self):
        for key in ("old", "bad", "new"):
            self.make_event(key)
        self.drain_with(UserError("no"))
        self.env.cr.execute(
            "UPDATE xb_inbox SET received_at = received_at - interval '91 days'"
            " WHERE event_key IN ('old', 'bad')"
        )
        self.env["ir.config_parameter"].set_param("xb_base.inbox_retention_days", "90")
        # committing the test's own cursor is forbidden
        progress = patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 1.0)
        with progress:
            self.env["xb.inbox"]._cron_retention()
        self.assertEqual(self.states(), {"bad": "dead", "new": "done"})

    def test_nonsense_in_a_parameter_counts_as_not_set(self):
        parameters = self.env["ir.config_parameter"]
        for text, value in (("5", 5), ("0", 90), ("-3", 90), ("", 90)):
            parameters.set_param("xb_base.inbox_retention_days", text)
            self.assertEqual(self.env["xb.inbox"]._get_setting("inbox_retention_days"), value)
        parameters.set_param("xb_base.inbox_retention_days", "many")
        with mute_logger("odoo.addons.xb_base.models.xb_exchange_mixin"):
            self.assertEqual(self.env["xb.inbox"]._get_setting("inbox_retention_days"), 90)

    def test_figures(self):
        self.make_event("bad")
        self.drain_with(UserError("no"))
        waiting = self.make_event("waiting")
        self.env.cr.execute(
            "UPDATE xb_inbox SET received_at = received_at - interval '1 hour' WHERE id = %s",
            waiting.ids,
        )
        self.env.invalidate_all()
        text = self.env["xb.metrics"]._render().decode()
        label = f'connection="{self.connection.id}"'
        self.assertIn(f'xb_inbox_events{{{label},state="dead"}} 1.0', text)
        self.assertIn(f'xb_inbox_events{{{label},state="pending"}} 1.0', text)
        line = next(
            line
            for line in text.splitlines()
            if line.startswith(f"xb_inbox_oldest_event_seconds{{{label}}}")
        )
        self.assertGreaterEqual(float(line.split()[-1]), 3600)
