"""Words that several files of this addon share."""

#: Platform statuses after which an order is paid for and may be confirmed and delivered.
CONFIRM_STATUSES = frozenset({"paid", "partially_shipped", "shipped", "delivered"})
#: Platform statuses that end an order.
CANCEL_STATUSES = frozenset({"cancelled", "refunded"})

#: Groups whose members may call the import methods over RPC (the manager implies them).
IMPORT_GROUPS = ("xb_base.group_clerk", "xb_base.group_integrator")

#: Problem code of an order whose goods are not there; it is tried again by itself.
PROBLEM_SHORT = "out_of_stock"
#: Orders that one such job tries, the oldest first.
RETRY_SHORT = 200

#: Documents that one import job handles in one transaction.
CHUNK = 50
#: Order lines after which such a transaction is long enough.
CHUNK_ROWS = 400
#: Outbox kind with which a parcel's tracking number goes to the platform.
SHIPMENT_KIND = "shipment"
