"""When to ask about a payment that is not final. Pure."""

from datetime import timedelta

from ..const import POLL_AFTER, POLL_AFTER_EXPIRY, POLL_EVERY


def next_poll(begun, now, expires):
    """Return when to ask next, None when there is no use in it any more.

    :param datetime begun: when the payment began
    :param datetime now: now
    :param datetime expires: when it ends unpaid

    >>> from datetime import datetime
    >>> begun = datetime(2026, 1, 1)
    >>> next_poll(begun, begun, begun + timedelta(hours=1)) - begun
    datetime.timedelta(seconds=30)
    """
    end = expires + timedelta(seconds=POLL_AFTER_EXPIRY)
    for seconds in POLL_AFTER:
        moment = begun + timedelta(seconds=seconds)
        if moment > now:
            break
    else:
        moment = now + timedelta(seconds=POLL_EVERY)
    if now < expires < moment:
        moment = expires
    return moment if moment <= end else None
