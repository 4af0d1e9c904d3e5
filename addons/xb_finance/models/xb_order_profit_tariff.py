from odoo import api, models
from odoo.tools import SQL


class XbOrderProfit(models.Model):
    """Estimates from tariffs of other addons, such as tables of freight."""

    _inherit = "xb.order.profit"

    def _get_tariffs(self):
        """Return ``{"model,id": record}`` of the tariffs that these rows are from; without those
        that have been deleted, or whose addon has been removed."""
        ids = {}
        for name in set(self.mapped("tariff")) - {False}:
            model, _, id_ = name.partition(",")
            if model in self.env:
                ids.setdefault(model, []).append(int(id_))
        # In sudo mode: whoever may read the row may know what it is called that it is from.
        return {f"{model},{record.id}": record
                for model, some in ids.items()
                for record in self.env[model].sudo().browse(some).exists()}

    @api.model
    def _get_tariff_rows(self, ids):
        """Hook: what tariffs say that orders will cost, for `_sql_tariffs`.

        Freight counts where no parcel says what it costs; the rest until a bill says so.

        :param tuple ids: of the orders
        :return: ``(order id, component, amount, currency id, record as "model,id")``; at most one
            per order and component, the amount a Decimal above zero
        """
        return []

    def _sql_tariffs(self, rows):
        """SQL of the table ``tariff``: what they say, in the orders' company currency."""
        if not rows:
            return SQL("SELECT NULL::int AS order_id, NULL::varchar AS component, "
                       "NULL::numeric AS amount, NULL::varchar AS source WHERE FALSE")
        return SQL(
            """
            SELECT t.order_id, t.component, t.source, ROUND(t.amount * CASE t.currency_id
                       WHEN o.company_currency_id THEN 1
                       WHEN o.currency_id THEN o.rate
                       ELSE %(rate)s END, o.digits) AS amount
              FROM unnest(%(orders)s::int[], %(components)s::varchar[], %(amounts)s::numeric[],
                          %(currencies)s::int[], %(sources)s::varchar[])
                   t(order_id, component, amount, currency_id, source)
              JOIN o ON o.id = t.order_id
            """, rate=self._sql_rate(SQL("t.currency_id"), SQL("o.company_id"), SQL("o.day")),
            **{name: list(column) for name, column in zip(
                ("orders", "components", "amounts", "currencies", "sources"),
                zip(*rows, strict=True), strict=True)})
