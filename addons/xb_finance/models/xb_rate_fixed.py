from odoo import fields, models


class XbRateFixed(models.Model):
    """A rate that a source of fixed rates gives every day, such as a contract's."""

    _name = "xb.rate.fixed"
    _description = "Fixed Rate"
    _order = "source_id, currency_id, id"
    _rec_name = "currency_id"

    source_id = fields.Many2one("xb.rate.source", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    rate = fields.Float(digits=0, required=True, help="Units for one unit of the base.")

    _currency_uniq = models.Constraint(
        "UNIQUE(source_id, currency_id)", "The currency has a rate in this source already.")
    _rate_positive = models.Constraint("CHECK(rate > 0)", "A rate is more than nothing.")
