from odoo import fields, models
from odoo.exceptions import UserError


class XbRate(models.Model):
    """One rate as a source gave it at a time. Rows are added, never changed: what was known on
    the day of a sale can be told years later."""

    _name = "xb.rate"
    _description = "Exchange Rate as Received"
    _order = "day desc, fetched_at desc, id desc"
    _rec_name = "currency_id"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    source_id = fields.Many2one("xb.rate.source", required=True, readonly=True,
                                ondelete="restrict", index=True)
    day = fields.Date(required=True, readonly=True)
    base_id = fields.Many2one("res.currency", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    rate = fields.Float("Published Rate", digits=0, required=True, readonly=True, aggregator="avg",
                        help="Units of the currency for one of the source's base.")
    company_rate = fields.Float("Rate Used", digits=0, required=True, readonly=True,
                                aggregator="avg", help="Units of the currency for one of the "
                                "company's, crossed through the base, the spread taken off.")
    fetched_at = fields.Datetime("Received", required=True, readonly=True,
                                 default=lambda self: fields.Datetime.now())

    _last_idx = models.Index("(company_id, source_id, currency_id, day DESC, id DESC)")

    # === CRUD METHODS === #

    def write(self, vals):  # pylint: disable=method-required-super
        """Override: a registry is added to.

        :raise UserError: always
        """
        raise UserError(self.env._("Rates that were received are not changed."))
