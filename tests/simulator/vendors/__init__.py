"""The vendors, by the name that stands first in the path.

A new one is a module (or package) here with a subclass of :class:`~.base.Vendor`, and a line below.
"""

from .aftership import AfterShip
from .payments.pingpong import PingPong
from .rates import Rates
from .rest_shop import RestShop
from .shippo import Shippo

VENDORS = {vendor.name: vendor for vendor in (RestShop, AfterShip, Shippo, PingPong, Rates)}
