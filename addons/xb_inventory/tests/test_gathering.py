import threading
import time

from odoo.tests import BaseCase

from odoo.addons.xb_inventory.core.gathering import Gathering


class TestGathering(BaseCase):
    """Calls go together; each gets its own answer, whatever happens to the others."""

    def setUp(self):
        super().setUp()
        self.batches, self.settled = [], []
        self.gate = threading.Event()

    def gathering(self, run=None, *, leaders=1, calls=32):
        def record(calls):
            self.batches.append(list(calls))
            return run(calls) if run else [call * 10 for call in calls]

        return Gathering(record, self.settled.extend, leaders, calls)

    def ask(self, gathering, calls):
        """The first is under way while all others arrive; gives answers or errors by call."""
        found = {}

        def work(call):
            try:
                found[call] = gathering.call(call)
            except Exception as error:
                found[call] = error

        threads = [threading.Thread(target=work, args=(call,), daemon=True) for call in calls]
        for waiting, thread in enumerate(threads):
            thread.start()
            while len(gathering._waiting) < waiting or not self.batches:
                time.sleep(0.001)
        self.gate.set()
        for thread in threads:
            thread.join(10)
            self.assertFalse(thread.is_alive(), "somebody waits for ever")
        self.assertEqual((gathering._leaders, gathering._waiting), (0, []))
        return found

    def test_alone_it_goes_at_once(self):
        gathering = self.gathering()
        self.assertEqual([gathering.call(one) for one in (1, 2)], [10, 20])
        self.assertEqual((self.batches, self.settled), ([[1], [2]], [10, 20]))

    def test_those_who_wait_go_together(self):
        def run(calls):
            self.gate.wait(10)
            return [call * 10 for call in calls]

        found = self.ask(self.gathering(run, calls=4), range(1, 8))
        self.assertEqual(found, {call: call * 10 for call in range(1, 8)})
        self.assertEqual(self.batches[0], [1])
        self.assertEqual(sorted(map(len, self.batches)), [1, 2, 4])

    def test_nobody_fails_by_another_s_fault(self):
        def run(calls):
            self.gate.wait(10)
            if 3 in calls:
                raise ValueError("three")
            return [call * 10 for call in calls]

        found = self.ask(self.gathering(run), range(1, 6))
        self.assertIsInstance(found.pop(3), ValueError)
        self.assertEqual(found, {call: call * 10 for call in (1, 2, 4, 5)})

    def test_what_is_not_settled_is_asked_again(self):
        """An answer is not given before it is on disk."""
        failures = [OSError("disk")]

        def settle(answers):
            if len(answers) > 1 and failures:
                raise failures.pop()
            self.settled.extend(answers)

        def run(calls):
            self.gate.wait(10)
            return calls

        gathering = self.gathering(run)
        gathering._settle = settle
        found = self.ask(gathering, range(1, 5))
        self.assertEqual(found, {call: call for call in range(1, 5)})
        self.assertEqual(sorted(self.settled), [1, 2, 3, 4])

    def test_the_next_batch_leaves_while_the_last_is_settled(self):
        settling, second = threading.Event(), threading.Event()

        def settle(answers):
            if answers == [1]:
                settling.set()
                self.assertTrue(second.wait(10), "the disk holds up the next batch")

        def run(calls):
            if calls == [2]:
                second.set()
            return calls

        gathering = self.gathering(run)
        gathering._settle = settle
        first = threading.Thread(target=gathering.call, args=(1,), daemon=True)
        first.start()
        self.assertTrue(settling.wait(10))
        self.assertEqual(gathering.call(2), 2)
        first.join(10)
        self.assertFalse(first.is_alive())

    def test_a_thread_that_ends_takes_nobody_along(self):
        """Whoever leads is killed: the others ask for themselves, and the lead is free again."""
        def run(calls):
            self.gate.wait(10)
            if len(calls) > 1:
                raise SystemExit
            return [call * 10 for call in calls]

        found = self.ask(self.gathering(run), range(1, 6))
        # 2 led the others and was the one that ended
        self.assertEqual(found, {call: call * 10 for call in (1, 3, 4, 5)})

    def test_many(self):
        """Sixteen threads, leaders handed on thousands of times: every answer, none for another."""
        gathering = self.gathering(leaders=3, calls=5)
        wrong = []

        def work(number):
            wrong.extend(
                call for call in range(number * 1000, number * 1000 + 300)
                if gathering.call(call) != call * 10
            )

        threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            self.assertFalse(thread.is_alive(), "somebody waits for ever")
        self.assertEqual((wrong, sum(map(len, self.batches))), ([], 16 * 300))
        self.assertEqual((gathering._leaders, gathering._waiting), (0, []))
