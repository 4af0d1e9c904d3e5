"""Which failure is tried again, and when. Pure: no clock, no database, no Odoo.

Both doors use it: the inbox for events that could not be processed, the outbox for rows that could
not be sent. What each door *does* with a class of failure is decided there; what the class *is*,
and how long to wait, is decided here.
"""

import random

from ..exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RateLimited,
    RetryableVendorError,
    SecretError,
    VendorRejected,
)

RATE_LIMITED = "rate_limited"  # the vendor asks us to wait; nothing is wrong
RETRYABLE = "retryable"  # outage, time-out: passes by itself
REAUTH = "reauth"  # passes when somebody signs in again
LOCKED = "locked"  # passes when the encryption key is configured again
REJECTED = "rejected"  # the vendor, or a business rule of ours, said no: needs a person
MALFORMED = "malformed"  # an answer nobody can read: often a maintenance page
UNEXPECTED = "unexpected"  # most likely a bug of ours

# the first match wins, so subclasses stand before their parents
_CLASSES = (
    (RateLimited, RATE_LIMITED),
    (RetryableVendorError, RETRYABLE),
    (NeedsReauthorization, REAUTH),
    (SecretError, LOCKED),
    (VendorRejected, REJECTED),
    (MalformedAnswer, MALFORMED),
)


def classify(error, *, permanent=(), transient=()):
    """Name the class of a failure.

    :param BaseException error: what was raised
    :param tuple permanent: further exception types that no retry can cure (``UserError``…)
    :param tuple transient: further exception types that pass by themselves (``LockError``…); looked
        at before ``permanent`` because they may be its subclasses
    :return: one of the constants above
    :rtype: str
    """
    for error_type, name in _CLASSES:
        if isinstance(error, error_type):
            return name
    if isinstance(error, transient):
        return RETRYABLE
    if isinstance(error, permanent):
        return REJECTED
    return UNEXPECTED


def backoff(attempts, *, base=5.0, cap=900.0, spread=random.random):
    """Give the seconds to wait after the ``attempts``-th failure in a row.

    ``base`` doubled with every failure up to ``cap``, then shortened by up to a quarter at random:
    what failed together does not come back together.

    >>> [backoff(n, base=5, cap=60, spread=lambda: 0) for n in (1, 2, 3, 4, 5, 400)]
    [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    >>> backoff(3, base=5, cap=60, spread=lambda: 1)
    15.0

    :param int attempts: failures so far, this one included (at least 1)
    :param float base: seconds after the first failure
    :param float cap: most seconds to wait, ever
    :param spread: callable giving a number in [0, 1]; tests hand in a fixed one
    :rtype: float
    """
    exponent = min(max(attempts, 1) - 1, 30)  # 2**400 is a number nobody waits for
    seconds = min(float(cap), float(base) * 2**exponent)
    return seconds * (1 - 0.25 * spread())


def wait_seconds(error, attempts, *, base=5.0, cap=900.0, spread=random.random):
    """Give the seconds to wait after ``error``: what the vendor asked for, else :func:`backoff`.

    A vendor's ``Retry-After`` is honoured above ``cap`` too, up to one hour: a longer wish is
    looked at again after that hour.

    :rtype: float
    """
    asked = getattr(error, "retry_after", None)
    if asked is not None and asked > 0:
        return min(float(asked), 3600.0)
    return backoff(attempts, base=base, cap=cap, spread=spread)
