from . import xb_price_import
from . import xb_price_import_line
from . import xb_price_rule_copy
