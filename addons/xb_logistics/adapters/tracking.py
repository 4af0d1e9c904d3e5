"""The contract of a tracking service's plug-in."""

from abc import abstractmethod
from typing import ClassVar

from odoo.addons.xb_base.adapters.base import ConnectionAdapter

from ..const import TRACK_KIND


class TrackingAdapter(ConnectionAdapter):
    """A service that knows where parcels are. Values in, values out, never records.

    It registers parcels through the outbox (kind `const.TRACK_KIND`), tells news by webhook, and
    answers questions.
    """

    #: Key of the `xb.code.system` with this service's names of carriers and statuses.
    system: ClassVar[str]

    #: How many parcels one question can be about.
    poll_batch: ClassVar[int] = 1

    #: Whether it must be told the carrier in its own words; else it finds out by itself.
    needs_carrier: ClassVar[bool] = True

    outbox_kinds = frozenset({TRACK_KIND})

    def send(self, kind, key, value, idempotency_key):
        """Override of `xb_base`: register a parcel. Registering again is success."""
        if kind != TRACK_KIND:
            return super().send(kind, key, value, idempotency_key)
        return {"ref": self.register(value)}

    @abstractmethod
    def register(self, value):
        """Have the service watch a parcel; watched already is success.

        :param dict value: `{"number", "carrier", "order", "country", "postcode", "shipped_on",
            "direction"}`, all strings, empty when not known; `carrier` in the service's words,
            `country` as ISO 3166 alpha-2.
        :return: The service's id of the parcel, empty when it has none.
        :rtype: str
        :raise VendorError: It did not work, the class says whether to try again.
        """

    @abstractmethod
    def poll(self, parcels):
        """Ask about parcels.

        :param list parcels: Up to `poll_batch` of `core.tracking.Tracked`.
        :return: What is known; parcels the service does not know are left out.
        :rtype: list[core.tracking.TrackUpdate]
        :raise VendorError: It did not work.
        """

    @abstractmethod
    def read_webhook(self, body):
        """Read a verified webhook. Needs no transport.

        :param bytes body: The raw message.
        :rtype: list[core.tracking.TrackUpdate]
        :raise ValueError: It is not what the service promises; the text says where.
        """
