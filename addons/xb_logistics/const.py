"""Words shared by the models, the wizards and the pure rooms. No `odoo` import."""

# One vocabulary for every carrier and tracker; vendor codes are mapped onto it in plug-ins.
STATUSES = [
    ("pending", "Pending"),
    ("info_received", "Info Received"),
    ("in_transit", "In Transit"),
    ("out_for_delivery", "Out for Delivery"),
    ("available_for_pickup", "Available for Pickup"),
    ("delivered", "Delivered"),
    ("delivery_failed", "Delivery Failed"),
    ("exception", "Exception"),
    ("returned", "Returned"),
    ("expired", "Expired"),
]

DIRECTIONS = [
    ("outbound", "Outbound"),
    ("inbound", "Inbound"),
    ("return", "Return"),
]

# What the outside world knows of a parcel's number, summed up over its outbox rows.
UPLOAD_STATES = [
    ("none", "Not Uploaded"),
    ("waiting", "Waiting"),
    ("sent", "Sending"),
    ("confirmed", "Confirmed"),
    ("refused", "Refused"),
]

# A paste or file larger than this is a data migration, not a clerk's day.
MAX_ROWS = 5000
