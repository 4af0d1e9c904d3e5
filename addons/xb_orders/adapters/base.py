"""The contract between a shop and the plug-in of its platform."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from odoo.addons.xb_base.adapters.base import ConnectionAdapter


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a platform's orders.

    :param orders: order values, see ``data/order.schema.json``
    :param next_cursor: what to ask the next page with; None after the last one
    """

    orders: list[dict]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class DayCount:
    """What a platform says about one day of a shop.

    :param count: orders placed on that day.
    :param total: what their buyers pay, by currency code.
    """

    count: int
    total: dict[str, Decimal]


class ShopAdapter(ConnectionAdapter):
    """One platform's side of a shop. Values in, values out, never records.

    ``capabilities`` says what the platform can do; what is not named there is never asked of it:

    ``list_orders``
        orders can be fetched, see :meth:`list_orders` and :meth:`get_order`
    ``acknowledge``
        the platform wants to hear that an order has arrived, see :meth:`acknowledge`
    ``count_orders``
        the platform says how many orders a day has, see :meth:`count_orders`
    ``upload_shipment``, ``publish_stock``, ``publish_price``
        the outbox kinds ``shipment``, ``stock`` and ``price`` are sent by ``send``; the three
        values are described in ``docs/write-an-adapter.md``

    Webhooks are verified by ``verify_webhook`` of the base; who has none refuses them all.
    What every plug-in must keep is tested by ``tests/adapter_contract.py``: inherit it.
    """

    capabilities: ClassVar[frozenset[str]] = frozenset()

    #: Every word that ``capabilities`` may hold, and the outbox kind that must go with it.
    KNOWN_CAPABILITIES: ClassVar[dict[str, str]] = {
        "list_orders": "", "acknowledge": "", "count_orders": "",
        "upload_shipment": "shipment", "publish_stock": "stock", "publish_price": "price",
    }

    @abstractmethod
    def list_orders(self, since: datetime | None, cursor: str | None = None) -> Page:
        """Fetch one page of the orders that were created or changed.

        :param since: aware time; only orders changed at or after it. None for all.
        :param cursor: ``next_cursor`` of the page before, None for the first page.
        :raise VendorError: see ``xb_base/exceptions.py``
        """

    @abstractmethod
    def get_order(self, ref: str) -> dict:
        """Fetch one order.

        :param ref: the platform's order number.
        :return: its order value
        :raise VendorRejected: there is no such order
        """

    def acknowledge(self, refs: list[str]) -> None:
        """Tell the platform that orders have arrived; telling it again changes nothing.

        :param refs: the platform's order numbers.
        :raise VendorError: see ``xb_base/exceptions.py``
        """
        raise NotImplementedError

    def count_orders(self, start: datetime, end: datetime) -> DayCount:
        """Count the orders placed in ``start <= placed < end``.

        :param start: aware time, likewise ``end``.
        :raise VendorError: see ``xb_base/exceptions.py``
        """
        raise NotImplementedError
