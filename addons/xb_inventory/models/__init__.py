# The tables first, then what reads them.
from . import xb_stock_touch
from . import xb_stock_claim
from . import xb_stock_claim_line
from . import xb_stock_claim_use
from . import xb_stock_level
from . import xb_stock_level_monitor
from . import xb_stock_day
from . import xb_stock_policy
from . import xb_stock_publication
from . import xb_stock_check
from . import xb_availability
from . import xb_availability_lines
from . import xb_availability_claim
from . import xb_availability_order
from . import xb_stock_cache
# What others own, alphabetical.
from . import ir_websocket
from . import product_product
from . import res_company
from . import res_config_settings
from . import sale_order
from . import sale_order_line
from . import stock_move
from . import stock_quant
from . import stock_warehouse
from . import xb_metrics
from . import xb_shop
