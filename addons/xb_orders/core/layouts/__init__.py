"""The file layouts that are known, and where another finds its base."""

from .base import Field, Layout, Match, by_document
from .generic import Generic
from .online_retail import OnlineRetail

LAYOUTS: tuple[Layout, ...] = (OnlineRetail(), Generic())

__all__ = ["LAYOUTS", "Field", "Generic", "Layout", "Match", "OnlineRetail", "by_document"]
