from . import xb_order_profit
from . import xb_price_market
