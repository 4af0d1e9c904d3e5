"""A local stand-in of every outside vendor, over real HTTP.

Standard library and werkzeug only; knows nothing of Odoo. See README.md in this folder.
"""

from .app import Simulator
from .orders import OrderGenerator
from .sender import Delivery, Report, deliver
from .signing import derive
from .vendors.rest_shop.events import send_events

__all__ = [
    "Delivery",
    "OrderGenerator",
    "Report",
    "Simulator",
    "deliver",
    "derive",
    "send_events",
]
