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

# What is wrong with a parcel on its way: the columns of the exceptions board.
ISSUES = [
    ("no_movement", "No Movement"),
    ("customs", "Customs"),
    ("failed_attempt", "Failed Attempt"),
    ("address", "Address Problem"),
    ("pickup", "Waiting for Pickup"),
    ("returning", "Returning"),
    ("lost", "Lost or Damaged"),
    ("other", "Other Problem"),
]

# Kind of the outbox rows that register a parcel at a tracking service; no upload of a number.
TRACK_KIND = "track"
# Kinds of the outbox rows that buy a label and give it back.
LABEL_KIND = "label"
VOID_KIND = "label_void"
# Rows about a parcel that tell no shop its number.
NO_UPLOAD_KINDS = (TRACK_KIND, LABEL_KIND, VOID_KIND)

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
