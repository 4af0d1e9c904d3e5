from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    xb_carrier_id = fields.Many2one(
        "xb.carrier",
        string="Moved by",
        index="btree_not_null",
        ondelete="set null",
        help="The company that moves parcels sent by this delivery method. Parcels take it over,"
        " and their tracking page with it.",
    )
