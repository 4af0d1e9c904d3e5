"""Who has knocked in vain too often. Pure: memory of one process, no clock of its own."""

import threading
import time

_WINDOW = 60  # seconds
_MOST_SENDERS = 10_000


class RefusalCounter:
    """Closes the door to a sender of too many forged messages, until the minute is over.

    Only refusals count: however much a genuine sender sends, it is let in.

    :param Callable clock: seconds that never jump

    >>> seconds = iter((0, 1, 1, 61)).__next__
    >>> counter = RefusalCounter(seconds)
    >>> counter.count("a", 1); counter.is_closed("a")
    False
    >>> counter.count("a", 1); counter.is_closed("a"); counter.is_closed("a")
    True
    False
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._senders = {}

    def count(self, sender, most):
        """Note a refused message.

        :param str sender: its network address
        :param int most: refusals within a minute after which the door is closed
        """
        now = self._clock()
        with self._lock:
            if len(self._senders) > _MOST_SENDERS:
                self._senders.clear()
            begun, number, _closed = self._senders.get(sender, (now, 0, False))
            if now - begun >= _WINDOW:
                begun, number = now, 0
            self._senders[sender] = begun, number + 1, number + 1 > most

    def is_closed(self, sender):
        """Tell whether messages of this sender are refused unread for now."""
        begun, _number, closed = self._senders.get(sender, (0, 0, False))
        return closed and self._clock() - begun < _WINDOW

    def clear(self):
        """Forget everybody."""
        with self._lock:
            self._senders.clear()
