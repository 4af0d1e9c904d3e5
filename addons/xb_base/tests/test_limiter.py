"""The limiter over real, separate cursors: what registry test mode cannot show."""

import threading
import time

from odoo.tests import TransactionCase, tagged

from odoo.addons.xb_base.db import own_cursor

KEY_NAME = "limiter test"


@tagged("post_install", "-at_install")
class TestLimiter(TransactionCase):
    def setUp(self):
        super().setUp()
        # Committed, since the decision is made in transactions of its own.
        with self.registry.cursor() as cr:
            cr.execute(
                """
                INSERT INTO xb_connection (name, vendor, environment, company_id, uuid,
                                           rate_per_minute, burst, connect_timeout, read_timeout)
                SELECT %s, 'nobody', 'sandbox', min(id), gen_random_uuid()::text, 60, 1, 1, 1
                  FROM res_company RETURNING id
                """,
                [KEY_NAME],
            )
            self.connection_id = cr.fetchone()[0]
            cr.execute(
                "INSERT INTO xb_connection_limit (connection_id) VALUES (%s)", [self.connection_id]
            )
        self.addCleanup(self._remove)
        self.limit = self.env["xb.connection.limit"]

    def _remove(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM xb_connection WHERE id = %s", [self.connection_id])

    def reserve(self, rate=60, burst=1, max_wait=0.0):
        return self.limit._reserve(self.connection_id, rate, burst, max_wait)

    def in_threads(self, number, each, **options):
        """Reserve ``each`` times in ``number`` threads, each with cursors of its own."""
        answers, errors, start = [], [], threading.Barrier(number)

        def run():
            start.wait()
            try:
                for _n in range(each):
                    answers.append(self.reserve(**options))
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run) for _n in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertFalse(errors)
        return answers

    def test_burst_then_refusal(self):
        # One per minute: the test cannot take long enough to earn another turn.
        answers = [self.reserve(rate=1, burst=3) for _n in range(5)]
        self.assertEqual([granted for granted, _wait in answers], [True] * 3 + [False] * 2)
        self.assertEqual([wait for _granted, wait in answers[:3]], [0.0] * 3)
        for _granted, wait in answers[3:]:
            self.assertGreater(wait, 0)
            self.assertLessEqual(wait, 60)

    def test_refusal_takes_no_turn(self):
        self.reserve(rate=1)
        waits = [self.reserve(rate=1)[1] for _n in range(3)]
        self.assertEqual(waits, sorted(waits, reverse=True), "a refusal moved the queue on")

    def test_turns_are_spaced(self):
        """Each one that waits gets a turn of its own, one interval after the one before."""
        answers = [self.reserve(rate=1, burst=1, max_wait=1000) for _n in range(4)]
        self.assertTrue(all(granted for granted, _wait in answers))
        for number, (_granted, wait) in enumerate(answers):
            self.assertLessEqual(wait, 60 * number)
            self.assertGreater(wait, 60 * (number - 1))

    def test_allowance_comes_back(self):
        self.assertTrue(self.reserve(rate=6000)[0])
        time.sleep(0.02)
        self.assertEqual(self.reserve(rate=6000), (True, 0.0))

    def test_many_processes_never_get_more_than_the_burst(self):
        answers = self.in_threads(8, 10, rate=1, burst=20)
        self.assertEqual(sum(granted for granted, _wait in answers), 20)

    def test_many_processes_get_different_turns(self):
        answers = self.in_threads(8, 5, rate=1, burst=1, max_wait=100_000)
        slots = sorted(round(wait / 60) for _granted, wait in answers)
        self.assertEqual(slots, list(range(40)))

    def test_open_transaction_of_the_caller_is_no_obstacle(self):
        """The caller may have read and written the connection; the limiter waits for neither."""
        with self.registry.cursor() as cr:
            cr.execute("UPDATE xb_connection SET name = name WHERE id = %s", [self.connection_id])
            limit = self.limit.with_env(self.env(cr=cr))
            self.assertTrue(limit._reserve(self.connection_id, 60, 1, 0.0)[0])
            cr.rollback()

    def test_decision_survives_the_caller_s_rollback(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT 1")
            self.limit.with_env(self.env(cr=cr))._reserve(self.connection_id, 1, 1, 0.0)
            cr.rollback()
        self.assertFalse(self.reserve(rate=1)[0])

    def test_pause(self):
        self.limit._pause(self.connection_id, 60, 5, 100)
        granted, wait = self.reserve(rate=60, burst=5)
        self.assertFalse(granted)
        self.assertAlmostEqual(wait, 100, delta=5)
        self.limit._pause(self.connection_id, 60, 5, 1)
        self.assertAlmostEqual(self.reserve(rate=60, burst=5)[1], 100, delta=10)

    def test_unknown_connection_is_not_limited(self):
        self.assertEqual(self.limit._reserve(0, 1, 1, 0.0), (True, 0.0))

    def test_own_cursor_sees_the_newest_state(self):
        with own_cursor(self.env) as first:
            first.execute("SHOW transaction_isolation")
            self.assertEqual(first.fetchone(), ("read committed",))
            first.execute(
                "SELECT tat FROM xb_connection_limit WHERE connection_id = %s",
                [self.connection_id],
            )
            self.assertEqual(first.fetchone(), (None,))
            self.reserve()
            first.execute(
                "SELECT tat FROM xb_connection_limit WHERE connection_id = %s",
                [self.connection_id],
            )
            self.assertNotEqual(first.fetchone(), (None,))

    def test_own_cursor_rolls_back_on_an_error(self):
        with self.assertRaises(ZeroDivisionError), own_cursor(self.env) as cr:
            cr.execute(
                "UPDATE xb_connection_limit SET tat = now() WHERE connection_id = %s",
                [self.connection_id],
            )
            raise ZeroDivisionError
        self.assertEqual(self.reserve(), (True, 0.0))

    def test_isolation_is_one_that_exists(self):
        with self.assertRaises(KeyError), own_cursor(self.env, isolation="x; DROP TABLE y"):
            self.fail("opened")
