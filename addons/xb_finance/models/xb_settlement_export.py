from odoo import fields, models
from odoo.tools import SQL

from ..core.workbook import DATE, MONEY, NUMBER, TIME, Column, write

BATCH = 10_000


class XbSettlement(models.Model):
    """The lines of a settlement as a workbook."""

    _inherit = "xb.settlement"

    # === ACTION METHODS === #

    def action_export(self):
        """Download the lines."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "target": "download",
                "url": f"/xb/finance/settlement/{self.id}.xlsx"}

    # === BUSINESS METHODS === #

    def _get_workbook(self):
        """Return the workbook's bytes; 100,000 lines pass through it in constant memory.

        :rtype: bytes
        """
        self.ensure_one()
        own, currency = self.company_id.currency_id, self.currency_id
        columns = [
            Column(self.env._("Row"), NUMBER, width=8),
            Column(self.env._("Time (UTC)"), TIME, width=17),
            Column(self.env._("Kind"), width=22),
            Column(self.env._("Order Number"), width=22),
            Column(self.env._("Our Order"), width=12),
            Column(self.env._("Order Date"), DATE, width=12),
            Column(self.env._("Platform's Words"), width=40),
            Column(currency.name, MONEY, currency.decimal_places, total=True),
            Column(self.env._("Booked (%(currency)s)", currency=own.name), MONEY,
                   own.decimal_places, total=True),
            Column(self.env._("Exchange Difference"), MONEY, own.decimal_places, total=True),
            Column(self.env._("Reason"), width=30),
        ]
        return write(self.env._("Settlement"), columns, self._iterate_rows(),
                     self.env._("Total"))

    def _iterate_rows(self):
        """Yield the rows by batches of keys, never all at once."""
        labels = dict(self.env["xb.settlement.line"]._fields["kind"]
                      ._description_selection(self.env))
        last = 0
        while True:
            rows = self.env.execute_query(SQL(
                """
                SELECT l.id, l.row, l.happened_at, l.kind, l.order_ref, o.name, o.date_order,
                       l.description, l.amount, l.value, l.exchange_value, l.note
                  FROM xb_settlement_line l LEFT JOIN sale_order o ON o.id = l.order_id
                 WHERE l.settlement_id = %s AND l.id > %s ORDER BY l.id LIMIT %s
                """, self.id, last, BATCH))
            if not rows:
                return
            for row in rows:
                _id, number, moment, kind, *rest = row
                ref, name, placed, words, amount, value, exchange, note = rest
                yield (number, moment, labels[kind], ref, name,
                       placed and fields.Date.to_date(placed), words, amount, value, exchange,
                       note)
            last = rows[-1][0]
