from decimal import Decimal
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.xb_base import exceptions

from .common import make_key
from .exchange_common import ExchangeAdapter, ExchangeCase

SEND = "odoo.addons.xb_base.models.xb_outbox_send"


@tagged("post_install", "-at_install")
class TestOutboxPush(ExchangeCase):
    """What we want, before anything is sent."""

    def test_a_first_value_is_a_row(self):
        row = self.push("1", {"number": "A"}, record=self.env.company)
        self.assertEqual((row.state, row.version, row.value), ("pending", 1, {"number": "A"}))
        self.assertEqual((row.res_model, row.res_id), ("res.company", self.env.company.id))
        self.assertEqual(row.company_id, self.connection.company_id)

    def test_the_same_value_again_changes_nothing(self):
        row = self.push("1", {"number": "A", "lines": [1, 2]})
        key = row.idempotency_key
        again = self.push("1", {"lines": [1, 2], "number": "A"})
        self.assertEqual((again, again.version, again.idempotency_key), (row, 1, key))

    def test_the_newest_value_wins_over_one_that_was_not_sent(self):
        row = self.push("1", {"number": "A"})
        self.push("1", {"number": "B"})
        self.assertEqual(row.version, 2)
        self.send()
        self.assertEqual(self.vendor.values("/thing/1"), [{"number": "B"}])

    def test_keys_kinds_and_connections_are_apart(self):
        other = self.make_connection(name="Other")
        box = self.env["xb.outbox"]
        rows = {
            box.push(self.connection, "thing", "1", {"a": 1}).id,
            box.push(self.connection, "thing", "2", {"a": 1}).id,
            box.push(self.connection, "other", "1", {"a": 1}).id,
            box.push(other, "thing", "1", {"a": 1}).id,
        }
        self.assertEqual(len(rows), 4)
        self.assertEqual(len(set(box.browse(rows).mapped("idempotency_key"))), 4)

    def test_only_json_gets_in(self):
        for value, error in (
            ({"price": Decimal("1.10")}, TypeError),
            ({"price": float("nan")}, ValueError),
            (["a"], TypeError),
            ({}, ValueError),
        ):
            with self.assertRaises(error):
                self.push("1", value)
        self.assertFalse(self.env["xb.outbox"].search([("connection_id", "=", self.connection.id)]))

    def test_a_clerk_pushes_without_writing(self):
        clerk = new_test_user(self.env, "xb-c", groups="xb_base.group_clerk")
        box = self.env["xb.outbox"].with_user(clerk)
        row = box.push(self.connection.with_user(clerk), "thing", "1", {"a": 1})
        self.assertEqual(row.state, "pending")
        self.assertEqual(row.create_uid, clerk)
        for action in (
            lambda: row.write({"value": {"a": 2}}),
            lambda: box.create({"connection_id": self.connection.id, "kind": "x", "key": "y"}),
            row.unlink,
        ):
            with self.assertRaises(AccessError):
                action()

    def test_it_cannot_be_called_from_outside(self):
        from odoo.service.model import get_public_method

        with self.assertRaises(AccessError):
            get_public_method(self.env["xb.outbox"], "push")


@tagged("post_install", "-at_install")
class TestOutboxSend(ExchangeCase):
    """From wanted to confirmed, over real HTTP."""

    def gate(self):
        return self.env["xb.outbox.gate"].search([("connection_id", "=", self.connection.id)])

    # === GOOD WAYS === #

    def test_sent_confirmed_and_done(self):
        row = self.push("1", {"number": "A"})
        self.assertEqual(self.send(), "1 confirmed, 0 refused, 0 waiting")
        self.assertEqual((row.state, row.confirmed_value), ("confirmed", {"number": "A"}))
        self.assertEqual((row.confirmed_version, row.answer), (1, {"ok": True}))
        self.assertTrue(row.confirmed_at)
        self.assertFalse(row.next_try)
        self.assertEqual(self.vendor.sent, [("/thing/1", {"number": "A"}, row.idempotency_key)])
        self.assertEqual(self.connection.state, "ok")

    def test_what_is_confirmed_is_not_sent_again(self):
        self.push("1", {"number": "A"})
        self.send()
        self.push("1", {"number": "A"})
        self.send()
        self.assertEqual(len(self.vendor.sent), 1)

    def test_a_correction_goes_out_by_itself_and_back_again(self):
        row = self.push("1", {"number": "A"})
        for number in ("B", "A"):
            self.send()
            self.push("1", {"number": number})
        self.send()
        self.assertEqual([v["number"] for v in self.vendor.values("/thing/1")], ["A", "B", "A"])
        keys = [key for _path, _value, key in self.vendor.sent]
        self.assertEqual(len(set(keys)), 3, "the third request is no repetition of the first")
        self.assertEqual((row.state, row.confirmed_version), ("confirmed", 3))

    def test_a_change_while_it_is_sent_is_sent_too(self):
        row = self.push("1", {"number": "A"})

        def change():
            ExchangeAdapter.after_send = None
            self.push("1", {"number": "B"})
            self.assertEqual(row.state, "sending")

        ExchangeAdapter.after_send = staticmethod(change)
        self.send()
        self.assertEqual([v["number"] for v in self.vendor.values("/thing/1")], ["A", "B"])
        self.assertEqual((row.state, row.confirmed_value), ("confirmed", {"number": "B"}))

    def test_a_change_while_the_old_value_is_refused_is_sent_too(self):
        row = self.push("1", {"number": "A"})
        self.vendor.answers["/thing/1"] = (422, b'{"error": {"code": "bad"}}', ())

        def change():
            self.vendor.answers.clear()
            self.push("1", {"number": "B"})

        with patch.object(type(row), "_send", self.wrap_send(change)):
            self.send()
        self.assertEqual((row.state, row.confirmed_value), ("confirmed", {"number": "B"}))

    def wrap_send(self, after_first):
        original = type(self.env["xb.outbox"])._send
        calls = []

        def _send(model, adapter, lease):
            outcome = original(model, adapter, lease)
            calls.append(lease)
            if len(calls) == 1:
                after_first()
            return outcome

        return _send

    # === CRASHES === #

    def test_cut_off_between_send_and_store_it_is_sent_again_with_the_same_key(self):
        row = self.push("1", {"number": "A"})
        with patch.object(type(row), "_store", side_effect=SystemExit), self.killed():
            self.send()
        self.env.invalidate_all()
        self.assertEqual(row.state, "sending")
        self.send()
        self.assertEqual(len(self.vendor.sent), 1, "the lease is still running")
        self.env["xb.outbox"]._cron_send()
        self.assertEqual(self.job_keys(), [])
        self.pass_time(121)
        self.env["xb.outbox"]._cron_send()
        self.assertEqual(self.job_keys(), [f"xb.outbox:{self.connection.id}:now"])
        self.send()
        self.assertEqual(len(self.vendor.sent), 2)
        self.assertEqual(*[key for _path, _value, key in self.vendor.sent])
        self.assertEqual(row.state, "confirmed")

    def test_a_worker_whose_lease_ran_out_leaves_the_row_alone(self):
        row = self.push("1", {"number": "A"})
        box = self.env["xb.outbox"]
        slow = box._lease_next(self.connection)
        self.pass_time(121)
        quick = box._lease_next(self.connection)
        self.assertEqual((slow.id, slow.idempotency_key), (quick.id, quick.idempotency_key))
        refused = box._send(self.refusing_adapter(), slow)
        self.assertEqual(box._store(self.connection, slow, refused), "waiting")
        row.invalidate_recordset()
        self.assertEqual(row.state, "sending", "the second worker still has it")

    def refusing_adapter(self):
        adapter = self.connection._get_adapter()
        adapter.send = lambda *args: (_ for _ in ()).throw(exceptions.VendorRejected("c", "no"))
        return adapter

    def test_a_lease_is_longer_than_a_send_can_take(self):
        self.connection.read_timeout = 600
        row = self.push("1", {"number": "A"})
        self.env["xb.outbox"]._lease_next(self.connection)
        row.invalidate_recordset()
        self.assertGreater((row.next_try - row.wanted_at).total_seconds(), 1200)

    # === REFUSALS === #

    def test_refused_until_the_value_changes(self):
        self.vendor.answers["/thing/1"] = (
            422,
            b'{"error": {"code": "unknown_carrier", "message": "Who?"}}',
            (),
        )
        row = self.push("1", {"carrier": "?"})
        self.push("2", {"carrier": "DHL"})
        self.assertEqual(self.send(), "1 confirmed, 1 refused, 0 waiting")
        self.assertEqual((row.state, row.error_class), ("refused", "rejected"))
        self.assertIn("Who?", row.reason)
        self.pass_time(10**6)
        self.send()
        self.push("1", {"carrier": "?"})
        self.send()
        self.assertEqual(len(self.vendor.values("/thing/1")), 1)
        self.vendor.answers.clear()
        self.push("1", {"carrier": "UPS"})
        self.assertFalse(row.reason)
        self.send()
        self.assertEqual(row.state, "confirmed")

    def test_retry_of_a_refused_one_is_a_new_request(self):
        self.vendor.answers["/thing/1"] = (422, b"{}", ())
        row = self.push("1", {"carrier": "?"})
        self.send()
        self.vendor.answers.clear()
        row.action_retry()
        self.send()
        self.assertEqual(row.state, "confirmed")
        keys = [key for _path, _value, key in self.vendor.sent]
        self.assertNotEqual(*keys)

    def test_dismissed_is_left_alone_until_the_value_changes(self):
        self.vendor.answers["/thing/1"] = (422, b"{}", ())
        row = self.push("1", {"carrier": "?"})
        self.send()
        context = row.action_open_dismiss()["context"]
        wizard = self.env["xb.exchange.dismiss"].with_context(**context)
        wizard.create({"reason": "typed in by hand"}).action_dismiss()
        self.assertEqual(row.state, "dismissed")
        self.assertIn("typed in by hand", row.reason)
        self.push("1", {"carrier": "?"})
        self.assertEqual(row.state, "dismissed")
        self.push("1", {"carrier": "UPS"})
        self.assertEqual(row.state, "pending")

    def test_confirmed_cannot_be_retried_nor_dismissed(self):
        row = self.push("1", {"number": "A"})
        self.send()
        with self.assertRaises(UserError):
            row.action_retry()
        self.assertFalse(row._dismiss("no"))

    # === OUTAGES === #

    def test_an_outage_is_probed_by_one_row_and_heals_without_a_click(self):
        rows = sum((self.push(str(n), {"n": n}) for n in range(20)), self.env["xb.outbox"])
        self.vendor.is_down()
        self.send()
        self.assertEqual(len(self.vendor.sent), 2, "two failures in a row close the gate")
        self.assertEqual(self.gate().failures, 2)
        self.assertEqual(self.connection.state, "failing")
        for probe in range(1, 6):
            self.send()
            self.assertEqual(len(self.vendor.sent), 1 + probe, "closed")
            self.pass_time(61)
            self.send()
            self.assertEqual(len(self.vendor.sent), 2 + probe, "one probe")
        self.vendor.is_up()
        self.pass_time(61)
        self.send()
        self.assertEqual(set(rows.mapped("state")), {"confirmed"})
        self.assertEqual((self.gate().failures, self.gate().paused_until), (0, False))
        self.assertEqual(self.connection.state, "ok")

    def test_an_outage_never_ends_in_giving_up(self):
        row = self.push("1", {"n": 1})
        self.vendor.is_down()
        for _ in range(30):
            self.send()
            self.pass_time(3600)
        self.assertEqual(row.state, "retry")
        self.assertGreater(row.attempts, 10)
        self.assertEqual(row.error_class, "retryable")
        self.assertTrue(row.reason)

    def test_a_row_that_always_fails_does_not_hold_up_the_others(self):
        poison = self.push("poison", {"n": 0})
        self.vendor.answers["/thing/poison"] = (500, b"", ())
        for number in range(5):
            row = self.push(str(number), {"n": number})
            self.pass_time(3600)
            self.send()
            self.assertEqual(row.state, "confirmed", number)
        self.assertEqual(poison.state, "retry")
        # closed by the poison alone, the gate is opened by whatever else there is
        for _ in range(3):
            self.pass_time(3600)
            self.send()
        self.assertGreaterEqual(self.gate().failures, 2)
        row = self.push("late", {"n": 9})
        self.pass_time(61)
        self.send()
        self.assertEqual(row.state, "confirmed")

    def test_only_one_worker_probes(self):
        for number in range(4):
            self.push(str(number), {"n": number})
        self.vendor.is_down()
        self.send()
        self.pass_time(61)
        box = self.env["xb.outbox"]
        self.assertTrue(box._lease_next(self.connection))
        self.assertIsNone(box._lease_next(self.connection))

    def test_a_person_who_retries_is_not_kept_waiting(self):
        row = self.push("1", {"n": 1}) + self.push("2", {"n": 2})
        self.vendor.is_down()
        self.send()
        self.vendor.is_up()
        row[0].action_retry()
        self.send()
        self.assertEqual(set(row.mapped("state")), {"confirmed"})

    # === LIMITS === #

    def test_a_limit_pauses_the_connection_and_is_no_failure(self):
        rows = sum((self.push(str(n), {"n": n}) for n in range(5)), self.env["xb.outbox"])
        self.vendor.answers["/thing/1"] = (429, b"", {"Retry-After": "120"}.items())
        self.send()
        self.assertEqual(len(self.vendor.sent), 2)
        self.assertEqual(rows.mapped("state")[:2], ["confirmed", "retry"])
        self.assertEqual(rows[1].attempts, 0)
        self.assertEqual(self.connection.state, "ok")
        self.pass_time(110)
        self.send()
        self.assertEqual(len(self.vendor.sent), 2)
        self.env["xb.outbox"]._cron_send()
        self.assertNotIn(f"xb.outbox:{self.connection.id}:now", self.job_keys())
        self.vendor.answers.clear()
        self.pass_time(11)
        self.send()
        self.assertEqual(set(rows.mapped("state")), {"confirmed"})

    def test_a_short_pause_has_a_job_of_its_own(self):
        self.push("1", {"n": 1})
        self.vendor.answers["/thing/1"] = (429, b"", {"Retry-After": "20"}.items())
        self.send()
        self.assertEqual(self.job_keys(), [f"xb.outbox:{self.connection.id}:later"])

    # === CREDENTIALS === #

    def test_refused_credentials_wait_for_the_repair_and_go_by_themselves_then(self):
        rows = self.push("1", {"n": 1}) + self.push("2", {"n": 2})
        self.vendor.default = (401, b"{}", ())
        self.send()
        self.assertEqual(len(self.vendor.sent), 1)
        self.assertEqual(self.connection.state, "reauth")
        self.pass_time(10**6)
        self.send()
        self.env["xb.outbox"]._cron_send()
        self.assertEqual(len(self.vendor.sent), 1, "asking again cannot help")
        self.assertEqual(self.job_keys(), [])
        self.vendor.is_up()
        self.connection.api_key = "a-better-key"
        self.env.flush_all()
        self.env.cr.postcommit.run()
        self.env.invalidate_all()
        self.assertIn(f"xb.outbox:{self.connection.id}:now", self.job_keys())
        self.send()
        self.assertEqual(set(rows.mapped("state")), {"confirmed"})
        self.assertEqual(self.connection.state, "ok")

    def test_a_good_test_is_a_repair_too(self):
        self.push("1", {"n": 1})
        self.vendor.default = (401, b"{}", ())
        self.send()
        self.vendor.default = (200, b'{"shop": "Shop"}', ())
        self.connection.action_test()
        self.env.cr.postcommit.run()
        self.assertIn(f"xb.outbox:{self.connection.id}:now", self.job_keys())

    def test_saving_something_else_is_no_repair(self):
        self.push("1", {"n": 1})
        self.vendor.default = (401, b"{}", ())
        self.send()
        self.env.cr.postcommit.clear()
        self.connection.write({"name": "Renamed", "api_key": self.connection.api_key})
        self.env.cr.postcommit.run()
        self.assertEqual(self.job_keys(), [])

    def test_without_the_key_nothing_is_sent_and_nothing_lost(self):
        # Within one second: in the next one the second row would be due before the first.
        with freeze_time():
            rows = self.push("1", {"n": 1}) + self.push("2", {"n": 2})
            self.env.flush_all()
            self.use_keys(make_key("k9", "z"))
            self.env.invalidate_all()
            self.send()
        self.assertEqual(self.vendor.sent, [])
        self.assertEqual(rows.mapped("state"), ["retry", "pending"])
        self.assertEqual((rows[0].error_class, rows[0].attempts), ("locked", 0))
        self.use_keys(make_key("k1", "a"))
        self.pass_time(61)
        self.send()
        self.assertEqual(set(rows.mapped("state")), {"confirmed"})

    def test_an_archived_connection_sends_nothing(self):
        row = self.push("1", {"n": 1})
        self.connection.active = False
        self.send()
        self.env["xb.outbox"]._cron_send()
        self.assertEqual(self.vendor.sent, [])
        self.connection.active = True
        self.send()
        self.assertEqual(row.state, "confirmed")

    # === ODD ANSWERS, BUGS === #

    def test_an_unreadable_answer_is_tried_again_then_given_to_a_person(self):
        row = self.push("1", {"n": 1})
        self.vendor.answers["/thing/1"] = (200, b"<html>back soon</html>", ())
        for attempt in range(1, 6):
            self.pass_time(3600)
            self.send()
            self.assertEqual(row.state, "refused" if attempt == 5 else "retry", attempt)
        self.assertEqual(row.error_class, "malformed")
        self.assertEqual(len({key for _path, _value, key in self.vendor.sent}), 1)

    @mute_logger(SEND)
    def test_a_bug_in_an_adapter_is_the_rows_and_not_the_connections(self):
        row = self.push("1", {"n": 1})
        other = self.push("2", {"n": 2})

        def send(adapter, kind, key, value, idempotency_key):
            return {"ok": key, "missing": value["missing"]} if key == "1" else {"ok": key}

        with patch.object(ExchangeAdapter, "send", send):
            for attempt in range(1, 6):
                self.pass_time(3600)
                self.send()
                self.assertEqual(row.state, "refused" if attempt == 5 else "retry", attempt)
        self.assertIn("KeyError: 'missing'", row.traceback)
        self.assertEqual(other.state, "confirmed")
        self.assertFalse(self.gate().failures)

    def test_an_answer_is_stored_without_credentials(self):
        self.vendor.default = (200, b'{"id": 1, "access_token": "very-secret-token"}', ())
        row = self.push("1", {"n": 1})
        self.send()
        self.assertEqual(row.answer["id"], 1)
        self.assertNotIn("very-secret-token", str(row.answer))

    # === WHO WANTS TO KNOW === #

    def watch(self, function):
        """Have res.company listen, as a model with outbox rows does."""
        model = type(self.env["res.company"])
        patcher = patch.object(model, "_xb_outbox_changed", function, create=True)
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_the_record_is_told(self):
        told = []
        self.watch(lambda record, row: told.append((record, row.key, row.state, row.reason)))
        self.vendor.answers["/thing/2"] = (422, b"{}", ())
        self.vendor.answers["/thing/3"] = (503, b"", ())
        for key in ("1", "2", "3"):
            self.push(key, {"n": 1}, record=self.env.company)
        self.send()
        self.assertEqual({record for record, *_ in told}, {self.env.company})
        states = {key: state for _record, key, state, _reason in told}
        self.assertEqual(states, {"1": "confirmed", "2": "refused", "3": "retry"})

    @mute_logger(SEND)
    def test_a_record_that_stumbles_does_not_undo_what_the_vendor_did(self):
        def stumble(record, row):
            record.name = "changed"
            record.flush_recordset()
            raise exceptions.VendorRejected("no", "not today")

        self.watch(stumble)
        name = self.env.company.name
        row = self.push("1", {"n": 1}, record=self.env.company)
        self.send()
        self.assertEqual(row.state, "confirmed")
        self.assertIn("not today", row.reason)
        self.assertEqual(self.env.company.name, name)
        self.send()
        self.assertEqual(len(self.vendor.sent), 1)

    def test_a_record_that_is_gone_or_does_not_care_is_no_problem(self):
        partner = self.env["res.partner"].create({"name": "xb"})
        rows = self.push("1", {"n": 1}, record=partner) + self.push(
            "2", {"n": 1}, record=self.env.user
        )
        partner.unlink()
        self.send()
        self.assertEqual(set(rows.mapped("state")), {"confirmed"})

    # === FIGURES AND SCREENS === #

    def test_figures(self):
        self.vendor.answers["/thing/1"] = (422, b"{}", ())
        self.push("1", {"n": 1})
        self.send()
        waiting = self.push("2", {"n": 1})
        self.env.cr.execute(
            "UPDATE xb_outbox SET wanted_at = wanted_at - interval '1 hour' WHERE id = %s",
            waiting.ids,
        )
        self.env.invalidate_all()
        text = self.env["xb.metrics"]._render().decode()
        label = f'connection="{self.connection.id}"'
        self.assertIn(f'xb_outbox_rows{{{label},state="refused"}} 1.0', text)
        self.assertIn(f'xb_outbox_rows{{{label},state="pending"}} 1.0', text)
        line = next(
            line
            for line in text.splitlines()
            if line.startswith(f"xb_outbox_oldest_row_seconds{{{label}}}")
        )
        self.assertGreaterEqual(float(line.split()[-1]), 3600)

    def test_the_connection_shows_what_waits(self):
        self.push("1", {"n": 1})
        self.assertEqual(self.connection.outbox_open_count, 1)
        action = self.connection.action_view_outbox()
        self.assertEqual(action["domain"], [("connection_id", "=", self.connection.id)])
        self.assertEqual(action["context"], {"search_default_open": 1})
        self.assertEqual(self.connection.action_view_inbox()["context"], {})
