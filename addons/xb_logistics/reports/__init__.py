from . import xb_parcel_report
