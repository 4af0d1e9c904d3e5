"""The contract between a connection and a vendor's plug-in."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from ..exceptions import InvalidSignature, VendorRejected


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a verified webhook says about itself.

    :param key: the sender's id of the event, the same for each repeat of it
    :param topic: what happened, in the vendor's words
    :param occurred_at: when, aware
    """

    key: str
    topic: str
    occurred_at: datetime


class ConnectionAdapter(ABC):
    """One vendor's side of a connection. Values in, values out, never records.

    :param Transport transport: the way to the vendor, limits and errors included
    :param dict[str, str] credentials: plain credentials by name, only those that are set
    :param dict settings: what else the connection knows; see ``_get_adapter_settings`` there
    """

    #: Technical name, the same as the selection value of ``xb.connection.vendor``.
    vendor: ClassVar[str]

    #: Kinds of outbox rows that :meth:`send` understands.
    outbox_kinds: ClassVar[frozenset[str]] = frozenset()

    #: How far a webhook's own time may lie from ours, None when the vendor does not sign it.
    replay_window: ClassVar[timedelta | None] = None

    #: What the vendor wants to read when a webhook has arrived: ``(body, content type)``.
    acknowledgement: ClassVar[tuple[str, str]] = ("", "text/plain; charset=utf-8")

    #: Reads a decoded refusal, returns ``(code, message)`` or None; for vendors that do not say
    #: ``{"error": {"code", "message"}}``. A static method or a plain function.
    read_error: ClassVar[Callable | None] = None

    def __init__(self, transport, credentials, settings):
        self.transport = transport
        self.credentials = credentials
        self.settings = settings

    @abstractmethod
    def ping(self):
        """Make the cheapest call that proves the credentials.

        :return: what answered, for a person: the account's or the shop's name
        :rtype: str
        :raise VendorError: it did not work, the class says why
        """

    def verify_webhook(self, body, headers, now):
        """Check that the vendor sent this, on the raw bytes, before anything reads them.

        A plug-in compares in constant time and fails closed: without a configured secret nothing
        is genuine. Two secrets are tried while one is being replaced (``webhook_secret`` and
        ``webhook_secret_previous``).

        :param bytes body: the raw body
        :param Mapping headers: the request's headers, looked up without regard to case
        :param datetime now: the time to measure the replay window from, aware
        :return: :class:`WebhookEvent`
        :raise InvalidSignature: not genuine
        :raise StaleMessage: genuine, but outside of the replay window
        """
        raise InvalidSignature(f"{self.vendor} takes no webhooks")

    def send(self, kind, key, value, idempotency_key):
        """Bring one outbox row to the vendor. Called again with the same arguments on a retry.

        :param str kind: one of :attr:`outbox_kinds`
        :param str key: business key of what is sent
        :param dict value: the wanted state, in our words
        :param str idempotency_key: the same for the same value, for the vendor's header
        :return: the vendor's answer as a JSON-like dict
        :raise VendorError: it did not work, the class says whether to try again
        """
        raise VendorRejected("unsupported", f"{self.vendor} cannot send “{kind}”.")
