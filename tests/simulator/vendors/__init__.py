"""The vendors, by the name that stands first in the path.

A new one is a module (or package) here with a subclass of :class:`~.base.Vendor`, and a line below.
"""

from .rates import Rates
from .rest_shop import RestShop

VENDORS = {vendor.name: vendor for vendor in (Rates, RestShop)}
