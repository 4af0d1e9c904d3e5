"""Names and numbers that more than one file needs. Imports nothing."""

# Classes of advisory locks; sql/gate.sql names them too.
LOCK_PRODUCTS = 884251
LOCK_BONDS = 884252
LOCK_CLAIMS = 884253
LOCK_SHELVES = 884254
# Among those locks, the one of whoever reserves for confirmed orders: no product has this id.
ONE_WHO_RESERVES = 0

ENV_REDIS_URL = "XB_REDIS_URL"

# Seconds a claim holds when its maker does not say, and at most.
CLAIM_SECONDS = 15 * 60
CLAIM_SECONDS_MAX = 7 * 24 * 3600

# Lines of one claim, products of one read: more is a mistake or an attack.
CLAIM_LINES_MAX = 5_000
READ_PRODUCTS_MAX = 100_000

# Up to so many products, a read uses the plan that its connection keeps.
READ_FEW = 16

# Products whose shelf one transaction keeps to itself; the lock table of PostgreSQL is not endless.
SHELVES_MAX = 500

# Products followed in one transaction; it holds their locks.
FOLLOW_AT_MOST = 500

# Who may claim stock over RPC.
CLAIM_GROUPS = "xb_base.group_clerk,xb_base.group_warehouse,xb_base.group_integrator"

# Kind of outbox rows with stock figures.
OUTBOX_KIND = "stock"
