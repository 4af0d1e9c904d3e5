"""What a provider says about one payment, refund, capture or void, in our words. Pure."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

PAYMENT, REFUND, CAPTURE, VOID = "payment", "refund", "capture", "void"

# The vocabulary every plug-in maps its statuses onto.
OPEN = "open"  # the buyer is not through yet
PENDING = "pending"  # the provider is not through yet
AUTHORIZED = "authorized"  # reserved, to be captured
DONE = "done"  # the money moved
DECLINED = "declined"  # this try failed; another one on the same page may succeed
CLOSED = "closed"  # nothing can be paid any more
STATUSES = (OPEN, PENDING, AUTHORIZED, DONE, DECLINED, CLOSED)


@dataclass(frozen=True, slots=True)
class Truth:
    """One statement about one of our attempts.

    :param str kind: payment, refund, capture or void
    :param str attempt: our name of it, as it was sent to the provider
    :param str status: one of :data:`STATUSES`
    :param Decimal amount: major units, positive; None when the provider does not say
    :param str currency: ISO 4217; empty when the provider does not say
    :param str reference: the provider's number of it
    :param str order: the provider's number of the whole checkout, when that is another one
    :param Decimal fee: what the provider keeps, in ``fee_currency``; None when unknown
    :param str message: for a person, in the provider's words
    :param str payment: of a refund, capture or void: our name, or the provider's number, of the
        payment it belongs to; empty when the provider does not say
    """

    kind: str
    attempt: str
    status: str
    amount: Decimal | None = None
    currency: str = ""
    reference: str = ""
    order: str = ""
    fee: Decimal | None = None
    fee_currency: str = ""
    message: str = ""
    payment: str = ""

    def __post_init__(self):
        if self.status not in STATUSES:
            raise ValueError(f"“{self.status}” is no status of a payment")

    def as_dict(self):
        """Return JSON-like values, money as text; the way through the outbox."""
        return {
            "kind": self.kind,
            "attempt": self.attempt,
            "status": self.status,
            "amount": "" if self.amount is None else str(self.amount),
            "currency": self.currency,
            "reference": self.reference,
            "order": self.order,
            "fee": "" if self.fee is None else str(self.fee),
            "fee_currency": self.fee_currency,
            "message": self.message,
            "payment": self.payment,
        }

    @classmethod
    def from_dict(cls, values):
        """Return what :meth:`as_dict` has written."""
        values = dict(values)
        for name in ("amount", "fee"):
            values[name] = Decimal(values[name]) if values.get(name) else None
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Nudge:
    """Something happened that only the provider's answer to a question can tell.

    :param str attempt: our name of the payment or refund; or ``reference``, the provider's
    :param str payment: when it is about a refund: our name of the payment it belongs to
    """

    attempt: str = ""
    reference: str = ""
    payment: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A dispute as the provider tells it.

    :param str reference: the provider's number of the dispute
    :param str payment: the provider's number of the payment, or our attempt
    :param str state: ``needs_response``, ``under_review``, ``won``, ``lost`` or ``closed``
    :param str reason: in the provider's words
    :param Decimal amount: major units; None when the provider does not say
    :param deadline: aware datetime until which it can be answered, None without one
    """

    reference: str
    payment: str
    state: str
    reason: str = ""
    amount: Decimal | None = None
    currency: str = ""
    deadline: object = None
    message: str = ""
    kind: str = field(default="dispute", init=False)


def to_words(text):
    """Return a provider's constant as words; what is written for people stays as it is.

    >>> to_words("MERCHANDISE_OR_SERVICE_NOT_RECEIVED"), to_words("Not as described")
    ('Merchandise or service not received', 'Not as described')
    """
    return text.replace("_", " ").capitalize() if text.isupper() else text


def to_amount(value):
    """Return a provider's amount as Decimal, exactly; None for nothing.

    >>> to_amount("200.000000") == Decimal(200)
    True

    :raise ValueError: not a finite number
    """
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"“{value}” is not an amount") from None
    if not amount.is_finite():
        raise ValueError(f"“{value}” is not an amount")
    return amount
