"""What follows from a provider's word about a payment. Pure: the table that decides "paid".

A notification is a genuine statement that may be old: it may move a payment forward. Everything
else (backwards, sideways, against what is final) makes us ask the provider, and only its answer to
that question, which cannot be old, is obeyed.
"""

from . import truth

KEEP, MOVE, ASK, CONTRADICTION = "keep", "move", "ask", "contradiction"

# Provider's status -> state of ``payment.transaction``.
STATE_OF = {
    truth.OPEN: None,
    truth.PENDING: "pending",
    truth.AUTHORIZED: "authorized",
    truth.DONE: "done",
    truth.DECLINED: "error",
    truth.CLOSED: "cancel",
}

# States from which a notification may lead to another one. Declined and closed ones can still
# become paid: the buyer tries again on the same page, or pays in the last second.
_FORWARD = {
    "pending": ("draft",),
    "authorized": ("draft", "pending", "error"),
    "done": ("draft", "pending", "authorized", "error", "cancel"),
    "error": ("draft", "pending"),
    "cancel": ("draft", "pending", "error"),
}


def decide(state, status, *, asked):
    """Say what to do.

    :param str state: the transaction's state
    :param str status: the provider's status, one of ``truth.STATUSES``
    :param bool asked: the provider's answer to our question; False for a notification
    :return: ``keep`` (nothing to do), ``move`` (to ``STATE_OF[status]``), ``ask`` (the provider),
        ``contradiction`` (we booked what the provider does not confirm: a person has to look)

    >>> decide("pending", "done", asked=False)
    'move'
    >>> decide("done", "declined", asked=False), decide("done", "declined", asked=True)
    ('ask', 'contradiction')
    """
    target = STATE_OF[status]
    if target is None:
        if state == "done":
            return CONTRADICTION if asked else ASK
        return KEEP
    if target == state:
        return KEEP
    if state in _FORWARD[target]:
        return MOVE
    if not asked:
        return ASK
    if state == "done":
        # Accounting stands on it, so it is never undone by itself.
        return CONTRADICTION
    return MOVE


def find_difference(said, amount, currency, places):
    """Compare what the provider says with what we asked for.

    :param Truth said: the provider's statement
    :param Decimal amount: what we asked for, major units, positive
    :param str currency: ISO code
    :param int places: decimals of the currency; smaller differences are none
    :return: ``""`` when it agrees, else ``"amount"``, ``"currency"`` or ``"missing"``
    """
    if said.amount is None or not said.currency:
        # Without both, nothing that moves money can be believed.
        return "missing" if said.status in (truth.DONE, truth.AUTHORIZED) else ""
    if said.currency != currency:
        return "currency"
    step = truth.Decimal(1).scaleb(-places)
    return "amount" if said.amount.quantize(step) != amount.quantize(step) else ""
