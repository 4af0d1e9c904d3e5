from odoo.tools import file_open


def uninstall_hook(env):
    """Drop the triggers and functions: without our tables they would break core's writes."""
    with file_open("xb_inventory/sql/remove.sql") as source:
        env.cr.execute(source.read())
