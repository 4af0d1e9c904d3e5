"""The file layouts that are known, and where another finds its base."""

from .amazon_all_orders import AmazonAllOrders
from .amazon_orders import AmazonOrders
from .amazon_unshipped import AmazonUnshipped
from .base import Field, Layout, Match, by_document
from .generic import Generic
from .online_retail import OnlineRetail
from .shopee_orders import ShopeeOrders
from .shopify_orders import ShopifyOrders

# The generic layout comes last: it is what a person maps an unknown file to.
LAYOUTS: tuple[Layout, ...] = (
    OnlineRetail(), ShopifyOrders(), AmazonAllOrders(), AmazonOrders(), AmazonUnshipped(),
    ShopeeOrders(), Generic(),
)

__all__ = ["LAYOUTS", "Field", "Generic", "Layout", "Match", "OnlineRetail", "by_document"]
