from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core import plan
from ..money import to_decimal


class XbPriceMarket(models.Model):
    """What selling into a country means for a price: tax, border, currency, endings."""

    _name = "xb.price.market"
    _description = "Price Market"
    _inherit = ["mail.thread", "xb.price.input"]
    _order = "name, id"
    _check_company_auto = True

    # === FIELDS === #

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company,
        help="Empty: for all companies.")
    country_id = fields.Many2one("res.country", index=True)
    currency_id = fields.Many2one("res.currency", required=True, tracking=True)
    tax_mode = fields.Selection(
        [(plan.INCLUDED, "Included in the price"), (plan.EXCLUDED, "Added on top"),
         (plan.OUTSIDE, "Outside of our hands")],
        "VAT or Sales Tax", required=True, default=plan.INCLUDED, tracking=True,
        help="Outside: the platform or the buyer pays it and no fee is computed on it.")
    tax_rate = fields.Float(digits=(8, 6), tracking=True)
    duty_rate = fields.Float(digits=(8, 6), tracking=True)
    duty_fixed = fields.Monetary("Duty per Order", tracking=True)
    has_threshold = fields.Boolean(
        "Limit at the Border", tracking=True,
        help="A limit of value such as IOSS: duty differs below and above it.")
    limit_value = fields.Monetary("Limit, Net of Tax", tracking=True)
    limit_fixed_below = fields.Monetary("Duty up to the Limit")
    limit_rate_above = fields.Float("Duty Rate above the Limit", digits=(8, 6))
    limit_fixed_above = fields.Monetary("Clearance above the Limit")
    shipping = fields.Monetary(
        "Shipping Charged", help="What the buyer pays for shipping beside the price.")
    shipping_is_revenue = fields.Boolean("Shipping Is Ours", default=True)
    spread = fields.Float(
        "Conversion Loss", digits=(8, 6), tracking=True,
        help="What the payment provider takes when proceeds are converted.")
    buffer = fields.Float(
        "Rate Buffer", digits=(8, 6), tracking=True,
        help="Haircut on converted proceeds, against a rate that moves before the payout.")
    rate_days = fields.Integer(
        "Rate Older than (Days)", default=7, tracking=True,
        help="No price is computed with an older exchange rate.")
    step = fields.Float(
        "Smallest Step", digits=(16, 4), help="0: the currency's smallest unit.")
    ceiling = fields.Monetary("Highest Price", help="0: a million.")
    rounding = fields.Selection(
        [(plan.HALF_UP, "Half up"), (plan.UP, "Up"), (plan.DOWN, "Down")], "Rounding of Fees",
        required=True, default=plan.HALF_UP)
    ending_ids = fields.One2many("xb.price.ending", "market_id", "Price Endings", copy=True)
    source = fields.Char(help="Where the figures are from.")
    source_date = fields.Date("As of")
    note = fields.Text("Remarks")

    _name_unique = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (company_id, name)", "There is a market of that name already.")

    # === CONSTRAINT METHODS === #

    @api.constrains("tax_rate", "duty_rate", "limit_rate_above", "spread", "buffer", "duty_fixed",
                    "shipping", "limit_value", "limit_fixed_below", "limit_fixed_above", "step",
                    "ceiling", "rate_days")
    def _check_ranges(self):
        labels = self.fields_get([], ["string"])
        for market in self:
            for name in ("tax_rate", "duty_rate", "limit_rate_above", "duty_fixed", "shipping",
                         "limit_value", "limit_fixed_below", "limit_fixed_above", "step",
                         "ceiling", "rate_days", "spread", "buffer"):
                if market[name] < 0 or (name in ("spread", "buffer") and market[name] >= 1):
                    raise ValidationError(self.env._(
                        "%(market)s: %(field)s is %(value)s. Enter a number that is not below"
                        " zero, and less than 100 %% for a share.",
                        market=market.name, field=labels[name]["string"], value=market[name]))

    # === BUSINESS METHODS === #

    def _prepare_border(self):
        """Return what the border takes, as the engine's plan names it."""
        self.ensure_one()
        threshold = plan.Threshold(
            to_decimal(self.limit_value), to_decimal(self.limit_fixed_below),
            to_decimal(self.limit_rate_above), to_decimal(self.limit_fixed_above),
        ) if self.has_threshold else None
        return {"duty_rate": to_decimal(self.duty_rate), "duty_fixed": to_decimal(self.duty_fixed),
                "threshold": threshold}

    # === HOOKS === #

    @api.model
    def _is_price_input(self, vals):
        """Override of `xb_pricing`: words and remarks change no price."""
        return bool(vals.keys() - {"name", "note", "source", "source_date", "ending_ids"})

    def _get_price_scope(self):
        """Override of `xb_pricing`."""
        return [("price_market_id", "in", self.ids)], None
