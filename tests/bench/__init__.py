"""Figures side by side: ours, plain Odoo's, the physical limit. Run by `./xb bench`."""
