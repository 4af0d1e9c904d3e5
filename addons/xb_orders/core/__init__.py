"""Pure Python: what an order value is, and how order files are read. Nothing here imports Odoo."""
