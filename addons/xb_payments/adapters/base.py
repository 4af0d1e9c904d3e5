"""The contract between the suite and a payment service provider's plug-in."""

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from urllib.parse import parse_qsl

from odoo.addons.xb_base.adapters.base import ConnectionAdapter

from .. import const


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a buyer is to pay. Money in major units, positive.

    :param str attempt: our name of this try: another amount is another attempt
    :param list lines: dicts ``name, sku, quantity, price`` (texts), for the provider's page
    :param dict buyer: ``name, email, phone, street, city, postcode, state, country`` (texts)
    :param datetime expires: aware; after it nothing can be paid
    :param bool authorize: reserve only, to capture later
    """

    attempt: str
    amount: Decimal
    currency: str
    title: str
    return_url: str
    cancel_url: str
    notify_url: str
    buyer: dict
    buyer_ip: str
    expires: datetime
    language: str = "en"
    mobile: bool = False
    authorize: bool = False
    lines: list = field(default_factory=list)
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Where to send the buyer.

    :param str url: the provider's page
    :param dict fields: form fields to go there with
    :param str method: of the form
    :param str reference: the provider's number of the payment, if it has one already
    :param str order: the provider's number of the checkout, if that is another one
    """

    url: str
    fields: dict = field(default_factory=dict)
    method: str = "get"
    reference: str = ""
    order: str = ""

    @classmethod
    def at(cls, url, **values):
        """Return the page at an address; a form that is sent by GET drops what follows the ``?``.

        :param str url: with or without parameters
        """
        address, _mark, query = url.partition("?")
        return cls(address, dict(parse_qsl(query, keep_blank_values=True)), **values)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which payment (refund, capture, void) is asked about, and what it should be.

    :param str attempt: our name of it
    :param str reference: the provider's number, if known
    :param str order: the provider's number of the checkout, if known
    :param Decimal amount: None for a refund that was not made by us: the provider tells
    :param str payment: our name of the payment that is refunded, captured or voided
    """

    attempt: str
    amount: Decimal
    currency: str
    reference: str = ""
    order: str = ""
    payment: str = ""
    payment_reference: str = ""


class PaymentAdapter(ConnectionAdapter):
    """One provider. Values in, values out, never records; see ``core/truth.py`` for the answers."""

    outbox_kinds = frozenset({const.REFUND, const.CAPTURE, const.VOID})

    #: What else it can: ``close``, ``evidence``, ``tracking``, ``statement``.
    abilities: ClassVar[frozenset[str]] = frozenset()

    #: Whether a notification's signature covers every word of it. Where it does not, a message only
    #: makes us ask: ``get_payment``, ``get_change`` and ``get_claim`` tell.
    notices_are_proof: ClassVar[bool] = True

    #: Keys of ``xb.code.system`` whose carrier codes a proof of shipment needs.
    code_systems: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def open_checkout(self, checkout, idempotency_key):
        """Ask for a page on which the buyer can pay.

        :param Checkout checkout: what is to be paid
        :param str idempotency_key: the same for the same attempt
        :rtype: Page
        :raise VendorError: it did not work
        """

    @abstractmethod
    def get_payment(self, asked):
        """Ask what became of a payment, and finish what only we can finish.

        :param Asked asked: which one
        :rtype: Truth
        :raise VendorError: it did not work
        """

    def get_change(self, kind, asked):
        """Ask what became of a refund, capture or void.

        :param str kind: ``refund``, ``capture`` or ``void``
        :param Asked asked: which one
        :rtype: Truth
        """
        raise NotImplementedError

    def close_payment(self, asked):
        """Make sure that nothing can be paid any more. Only with the ability ``close``.

        :param Asked asked: which one
        :rtype: Truth
        """
        raise NotImplementedError

    @abstractmethod
    def read_notification(self, body):
        """Read a message whose signature was verified at the door.

        :param bytes body: the message
        :return: list of ``Truth``, ``Nudge`` and ``Claim``; empty for what does not concern us
        :raise MalformedAnswer: unreadable
        """

    def get_claim(self, reference):
        """Ask what became of a dispute.

        :param str reference: the provider's number of it
        :rtype: Claim
        """
        raise NotImplementedError

    def get_statement(self, day):
        """Fetch a day's statement. Only with the ability ``statement``.

        :param date day: the day, in the provider's time zone
        :return: ``(file name, bytes)``
        """
        raise NotImplementedError
