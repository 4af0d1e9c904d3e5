from odoo import models
from odoo.tools import SQL

from ..batch import TRIAL, extended_by


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    def _xb_draw(self, count, dates=None):
        """Draw several numbers at once.

        :param int count: how many.
        :param dates: one date per number, for sequences with a range per year.
        :return: list of numbers, as `_next` gives them
        """
        self.ensure_one()
        if self.use_date_range or self.implementation != "standard" \
                or self.env.context.get("xb_trial") is TRIAL:
            return [self._next(sequence_date=date) for date in dates or [None] * count]
        rows = self.env.execute_query(SQL(
            "SELECT nextval(%s) FROM generate_series(1, %s)", f"ir_sequence_{self.id:03d}", count))
        if extended_by(self, "get_next_char", {"base"}):
            return [self.get_next_char(number) for [number] in rows]
        prefix, suffix = self._get_prefix_suffix()
        return [f"{prefix}{number:0{self.padding}d}{suffix}" for [number] in rows]

    def _next(self, sequence_date=None):
        """Override of `base`: a trial takes no number away, for numbers do not come back."""
        if self.env.context.get("xb_trial") is not TRIAL:
            return super()._next(sequence_date=sequence_date)
        [[number]] = self.env.execute_query(SQL("SELECT gen_random_uuid()::text"))
        return f"{self.prefix or ''}#{number}"
