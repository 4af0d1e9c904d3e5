from . import purchase_order
from . import purchase_order_line
from . import xb_parcel_item
from . import xb_parcel
