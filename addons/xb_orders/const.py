"""Words that several files of this addon share."""

#: Platform statuses after which an order is paid for and may be confirmed and delivered.
CONFIRM_STATUSES = frozenset({"paid", "partially_shipped", "shipped", "delivered"})
#: Platform statuses that end an order.
CANCEL_STATUSES = frozenset({"cancelled", "refunded"})

#: Groups whose members may call the import methods over RPC (the manager implies them).
IMPORT_GROUPS = ("xb_base.group_clerk", "xb_base.group_integrator")

#: Documents that one import job handles in one transaction.
CHUNK = 50
#: Chains of such jobs per file, which as many workers do side by side.
LANES = 8
#: Order lines after which such a transaction is long enough.
CHUNK_ROWS = 400
#: Outbox kind with which a parcel's tracking number goes to the platform.
SHIPMENT_KIND = "shipment"

#: The way of an order through the house, computed from facts; see ``models/sale_order_state.py``.
STATES = [
    ("to_pay", "To Pay"),
    ("to_review", "To Review"),
    ("to_allocate", "To Allocate"),
    ("to_pick", "To Pick"),
    ("to_ship", "To Ship"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
    ("after_sale", "After-Sale"),
]
#: Problems that cure themselves when what they wait for appears.
WAITING_CODES = frozenset({
    "unknown_sku", "ambiguous_sku", "unknown_currency", "tax_mismatch",
})
#: Problem of an order whose goods are not there; it is tried again by itself, oldest first.
STOCK_SHORT = "stock_short"
#: Orders that one such job tries.
RETRY_SHORT = 200
#: Problems of a change that came after goods had left.
LATE_CODES = frozenset({"too_late", "already_delivered", "cancelled_here"})

#: Stages above the order desk, and those in which ship-by matters.
PIPELINE = ("to_pay", "to_review", "to_allocate", "to_pick", "to_ship", "shipped", "after_sale")
STAGES_BEFORE_SHIPPING = frozenset({"to_review", "to_allocate", "to_pick", "to_ship"})
#: Hours before ship-by in which an order is due.
DUE_HOURS = 4
