"""Words that several files of this addon share."""

from .core.kinds import GROUPS, KINDS
from .core.statements.registry import FORMATS

KIND_SELECTION = [(key, kind.label) for key, kind in KINDS.items()]
GROUP_SELECTION = list(GROUPS.items())
FORMAT_SELECTION = [(format_.code, format_.label) for format_ in FORMATS]

#: Lines are written down in pieces of this many rows.
CHUNK = 5_000

#: What a line is tied to, or that it is not.
MATCHES = [
    ("order", "Order"),
    ("kind", "No Order Needed"),
    ("left", "Left Open"),
    ("open", "Open"),
]
REASONS = [
    ("no_order", "The line names no order"),
    ("unknown_order", "No order of this shop has this number"),
    ("unknown_kind", "The platform's type is not known"),
    ("cancelled_order", "The order is cancelled"),
]

#: Groups whose members may import, match and post over RPC (the manager implies it).
FINANCE_GROUP = "xb_base.group_finance"

#: Files of more bytes than this are imported in the background; packed ones hold ten times more.
LARGE, LARGE_PACKED = 1 << 20, 1 << 18

#: Advisory lock: transactions that decide whether orders are sold by their settlement or by their
#: invoice commit one after the other.
LOCK_SOLD = 884255
