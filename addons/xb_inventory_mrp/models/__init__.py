from . import mrp_bom
from . import mrp_bom_line
from . import xb_availability
from . import xb_shop
from . import xb_stock_level
from . import xb_stock_publication
