"""The vendors, by the name that stands first in the path.

A new one is a module (or package) here with a subclass of :class:`~.base.Vendor`, and a line below.
"""

from .aftership import AfterShip
from .payments.alipay import Alipay
from .payments.antom import Antom
from .payments.paypal import PayPal
from .payments.pingpong import PingPong
from .rates import Rates
from .rest_shop import RestShop
from .shippo import Shippo

_ALL = (RestShop, AfterShip, Shippo, PingPong, PayPal, Alipay, Antom, Rates)
VENDORS = {vendor.name: vendor for vendor in _ALL}
