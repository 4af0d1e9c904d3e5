"""Figures side by side: ours, plain Odoo's, the physical limit. Run by `./xb bench`."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE.parent, HERE.parents[1] / "config"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
