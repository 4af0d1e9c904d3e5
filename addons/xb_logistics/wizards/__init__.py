from . import xb_tracking_wizard
from . import xb_tracking_wizard_line
from . import xb_bulk_result
from . import xb_bulk_result_line
