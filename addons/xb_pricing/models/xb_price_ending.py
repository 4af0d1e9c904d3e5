import re
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core import plan


class XbPriceEnding(models.Model):
    """How prices of a market end, from a price on."""

    _name = "xb.price.ending"
    _description = "Price Ending"
    _order = "market_id, start, id"

    market_id = fields.Many2one("xb.price.market", required=True, index=True, ondelete="cascade")
    start = fields.Float("From Price", digits=(16, 4))
    modulus = fields.Float(
        "Step", digits=(16, 4), required=True, default=1.0,
        help="Endings repeat in steps of this: 1 for .99, 100 for 80 and 98 yen.")
    ends = fields.Char(
        "Endings", required=True, default="0.99",
        help="Remainders of the price by the step, separated by blanks: “0.49 0.99”.")

    @api.constrains("modulus", "ends", "start")
    def _check_ends(self):
        for ending in self:
            values = ending._get_ends()
            if ending.modulus <= 0 or not values or any(
                    not 0 <= value < ending.modulus for value in values):
                raise ValidationError(self.env._(
                    "Endings “%(ends)s” do not fit into steps of %(step)g. Enter numbers from"
                    " zero to below the step, separated by blanks.",
                    ends=ending.ends, step=ending.modulus))

    def _get_ends(self):
        """Return the remainders as decimals; empty when one is no number."""
        texts = (self.ends or "").replace(";", " ").split()
        if not all(re.fullmatch(r"\d{1,12}(\.\d{1,4})?", text) for text in texts):
            return ()
        return tuple(Decimal(text) for text in texts)

    def _prepare_endings(self):
        """Return the endings as the engine's values."""
        return tuple(
            plan.Ending(Decimal(f"{ending.modulus:.4f}"), ending._get_ends(),
                        Decimal(f"{ending.start:.4f}"))
            for ending in self)
