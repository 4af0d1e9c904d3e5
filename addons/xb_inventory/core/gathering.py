"""Calls that arrive while others are under way go together.

Sending one call at a time, sixteen threads that want the same product wait for each other's lock
in the database, and each hand-over costs more than the decision. Gathered, one of them takes
everybody's calls along.
"""

import threading


class _Call:
    """What a thread asked for, and what became of it."""

    __slots__ = ("answer", "error", "leads", "turn", "what")

    def __init__(self, what):
        self.what = what
        self.answer = self.error = self.turn = None
        self.leads = False


class Gathering:
    """Passes calls on in batches: at once where nobody is at work, else with the next that leave.

    :param run: function of a list of calls, gives a list of as many answers; raises where none of
        them was carried out
    :param settle: function of these answers, run before they are given: the next batch is under way
        meanwhile
    :param int leaders_max: batches under way at the same time
    :param int calls_max: calls of a batch
    """

    def __init__(self, run, settle, leaders_max, calls_max):
        self._run, self._settle = run, settle
        self._leaders_max, self._calls_max = leaders_max, calls_max
        self._lock = threading.Lock()
        self._waiting = []
        self._leaders = 0

    def call(self, what):
        """Return the answer to a call.

        A batch that fails is taken apart: each of its calls is then made alone, so that nobody
        fails by another's fault.
        """
        mine = _Call(what)
        with self._lock:
            if self._leaders < self._leaders_max:
                self._leaders += 1
                mine.leads = True
            else:
                mine.turn = threading.Event()
                self._waiting.append(mine)
        if not mine.leads:
            self._await(mine)
        if mine.leads:
            self._lead(mine)
        if mine.error is not None:
            answers = self._run([what])
            self._settle(answers)
            return answers[0]
        return mine.answer

    def _await(self, mine):
        """Return when the call was answered, or is to lead the next batch."""
        try:
            mine.turn.wait()
        except BaseException:  # the thread is to end: it must not take the lead with it
            with self._lock:
                if mine in self._waiting:
                    self._waiting.remove(mine)
            if mine.leads:
                self._pass_on()
            raise

    def _lead(self, mine):
        """Carry out the call together with those that wait."""
        with self._lock:
            batch = [mine, *self._waiting[: self._calls_max - 1]]
            del self._waiting[: self._calls_max - 1]
        try:
            try:
                answers = self._run([call.what for call in batch])
            finally:
                self._pass_on()
            self._settle(answers)
            for call, answer in zip(batch, answers, strict=True):
                call.answer = answer
        except BaseException as error:
            for call in batch:
                call.error = error
            if len(batch) == 1 or not isinstance(error, Exception):
                raise
        finally:
            for call in batch[1:]:
                call.turn.set()

    def _pass_on(self):
        """Let the first who waits lead, or be one leader less."""
        with self._lock:
            if not self._waiting:
                self._leaders -= 1
                return
            heir = self._waiting.pop(0)
            heir.leads = True
        heir.turn.set()
