from . import xb_tracking_wizard
from . import xb_tracking_wizard_line
from . import xb_bulk_result
from . import xb_bulk_result_line
from . import xb_poll_plan
from . import xb_poll_plan_hour
from . import xb_poll_plan_stage
