from . import xb_connection
from . import xb_shop
