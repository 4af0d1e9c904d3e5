from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Carriers that are new in the table, and the codes and number formats of all of them."""
    api.Environment(cr, SUPERUSER_ID, {})["xb.carrier"]._load_seed()
