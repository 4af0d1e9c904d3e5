"""The contract of a plug-in that sells labels. Values in, values out, never records."""

from abc import abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from odoo.addons.xb_base.adapters.base import ConnectionAdapter
from odoo.addons.xb_base.client.address import is_loopback
from odoo.addons.xb_base.client.transport import Transport
from odoo.addons.xb_base.exceptions import VendorRejected

from ..const import LABEL_KIND, VOID_KIND


@dataclass(frozen=True)
class Rate:
    """One offer to carry a shipment.

    :param str ref: What it is bought by.
    :param str carrier: The carrier's code at the service.
    :param int days: Estimated days, None when not told.
    """

    ref: str
    carrier: str
    provider: str
    service: str
    service_code: str
    amount: Decimal
    currency: str
    days: int | None = None


def mark(rates):
    """Return [(rate, is cheapest, is fastest)], the cheapest first.

    Amounts in different currencies cannot be compared here: the cheapest of each is marked.

    >>> a = Rate("a", "x", "X", "Slow", "s", Decimal("4"), "USD", 9)
    >>> b = Rate("b", "x", "X", "Fast", "f", Decimal("9"), "USD", 2)
    >>> [(rate.ref, cheapest, fastest) for rate, cheapest, fastest in mark([b, a])]
    [('a', True, False), ('b', False, True)]
    """
    ordered = sorted(rates, key=lambda r: (r.currency, r.amount, r.days or 999))
    least = {}
    for rate in ordered:
        least.setdefault(rate.currency, rate.amount)
    days = [rate.days for rate in rates if rate.days]
    best = min(days, default=None)
    return [
        (rate, rate.amount == least[rate.currency], bool(best) and rate.days == best)
        for rate in ordered
    ]


class LabelAdapter(ConnectionAdapter):
    """A service that sells labels.

    Asking for rates costs nothing and is done at once. A label costs money: it is bought through
    the outbox, so that nothing is bought before, nor without, the commit of what wants it.
    """

    #: Kinds that a plug-in adds to its own.
    label_kinds = frozenset({LABEL_KIND, VOID_KIND})

    @abstractmethod
    def get_rates(self, shipment):
        """Return what carriers offer for a shipment.

        :param dict shipment: `{"from", "to": address, "parcels": [{"length", "width", "height",
            "weight"}] in cm and kg as strings, "customs": declaration or {}, "is_return": bool}`
        :rtype: list[Rate]
        :raise VendorRejected: Nobody offers anything; the text says why.
        """

    def get_label(self, url):
        """Return a label's file, to print.

        It usually lies in a store of its own: it is asked for without credentials, over https, and
        never within this machine unless the service itself is there.

        :param str url: Where the bought label said that it is.
        :rtype: bytes
        :raise VendorRejected: It is gone, or the address is none to be asked.
        """
        parts = urlsplit(url)
        own = urlsplit(self.transport.base_url)
        if is_loopback(parts.hostname) and not is_loopback(own.hostname):
            raise VendorRejected("label_address", f"{self.vendor}: not an address of a label")
        store = Transport(f"{parts.scheme}://{parts.netloc}", vendor=self.vendor)
        return store.request("GET", url, expect="bytes").content
