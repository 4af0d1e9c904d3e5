"""What a person sees: steps that show they are alive, and failures that name the remedy."""

import sys
import threading
import time

HEARTBEAT = 10  # seconds between signs of life where there is no terminal
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Failure(Exception):
    """Something a person can put right.

    :param str what: one sentence, what is wrong
    :param str remedy: one sentence, what to do; the same command then goes on
    """

    def __init__(self, what, remedy=""):
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class Step:
    """One piece of work, announced, kept visibly alive, and closed with the time it took.

    >>> with Step("Unpacking") as step:
    ...     step.note("12/60 files")
    """

    def __init__(self, title, stream=None):
        self.title = title
        self.stream = stream or sys.stdout
        self._note = ""
        self._result = ""
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def note(self, text):
        """Say how far it is, shown with the next sign of life."""
        self._note = text

    def result(self, text):
        """Words for the closing line, e.g. `already there`."""
        self._result = text

    def __enter__(self):
        self._start = time.monotonic()
        if not self.stream.isatty():
            self._write(f"• {self.title}\n")
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind, error, trace):
        self._stop.set()
        self._thread.join()
        took = time.monotonic() - self._start
        mark = "✓" if kind is None else "✗"
        tail = f" — {self._result}" if self._result and kind is None else ""
        clear = "\r\033[K" if self.stream.isatty() else ""
        self._write(f"{clear}{mark} {self.title}{tail} ({took:.1f} s)\n")
        return False

    def _write(self, text):
        with self._lock:
            self.stream.write(text)
            self.stream.flush()

    def _beat(self):
        terminal = self.stream.isatty()
        turn = 0
        while not self._stop.wait(0.2 if terminal else HEARTBEAT):
            took = int(time.monotonic() - self._start)
            note = f" · {self._note}" if self._note else ""
            if terminal:
                turn += 1
                spin = SPINNER[turn % len(SPINNER)]
                self._write(f"\r\033[K{spin} {self.title}{note} ({took} s)"[:160])
            else:
                self._write(f"  … {self.title}{note} ({took} s)\n")


def say(text=""):
    """A plain line for the person."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
