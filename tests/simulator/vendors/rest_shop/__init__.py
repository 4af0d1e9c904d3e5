"""The own shop of docs/own-shop-protocol.md: its API, its books, its pages, its webhooks."""

from .api import RestShop

__all__ = ["RestShop"]
