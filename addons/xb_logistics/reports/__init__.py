from . import xb_parcel_report
from . import xb_parcel_upload
