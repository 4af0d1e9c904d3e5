from . import xb_stock_preview
from . import xb_stock_preview_line
