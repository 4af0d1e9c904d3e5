from odoo import models


class XbOutbox(models.Model):
    _inherit = "xb.outbox"

    # What the list of uploads opens with; confirmed rows are a hundred times as many.
    _parcels_open = models.Index(
        "(wanted_at DESC, id DESC) WHERE res_model = 'xb.parcel'"
        " AND state IN ('pending', 'sending', 'retry', 'refused')"
    )
