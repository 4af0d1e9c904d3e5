from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    xb_guard_sales = fields.Boolean(related="company_id.xb_guard_sales", readonly=False)
