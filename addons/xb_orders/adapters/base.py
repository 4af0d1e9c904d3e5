"""The contract between a shop and the plug-in of its platform."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
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


class ShopAdapter(ConnectionAdapter):
    """One platform's side of a shop. Values in, values out, never records.

    ``capabilities`` says what the platform can do; what is not named there is never asked of it:

    ``list_orders``
        orders can be fetched, see :meth:`list_orders` and :meth:`get_order`
    ``publish_price``
        listings' prices can be told: outbox kind ``price``, key ``<shop id>:<listing or SKU>``,
        value ``{"listing", "sku", "price", "currency"}``, money as decimal text
    """

    capabilities: ClassVar[frozenset[str]] = frozenset()

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
