from . import delivery_carrier
from . import stock_picking
from . import xb_connection
