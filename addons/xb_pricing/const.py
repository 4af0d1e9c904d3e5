"""Words shared by models, data and tests."""

# Outbox kind of a price, and the capability of an adapter that takes it.
PRICE_KIND = "price"
PUBLISH_PRICE = "publish_price"

# Who may see what things cost.
READ_GROUPS = (
    "xb_base.group_buyer",
    "xb_base.group_finance",
    "xb_base.group_manager",
    "xb_base.group_integrator",
)
WRITE_GROUPS = ("xb_base.group_buyer", "xb_base.group_manager")
APPROVE_GROUP = "xb_base.group_manager"

# Listings solved and written at once; bounds memory, not correctness.
BATCH = 20_000
# Prices told to a platform per job.
PUSH_BATCH = 200
# What one call may ask for.
MAX_QUOTES = 200
# What a transaction has touched, among the cursor's precommit data.
MOVED_KEY = "xb.price.touched"
# Changes within this time are looked at together.
MOVED_SECONDS = 30
# Of more products than this the whole shop is looked at.
MANY = 200
