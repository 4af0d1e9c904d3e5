from . import mis_report
from . import mis_report_instance
from . import mis_report_instance_period
from . import xb_report_schedule
from . import xb_vat_country
