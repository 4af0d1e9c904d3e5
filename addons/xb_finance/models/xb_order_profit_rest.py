from odoo import models
from odoo.tools import SQL


class XbOrderProfit(models.Model):
    """The rows that belong to no order: what is left of settlements and of carriers' bills."""

    _inherit = "xb.order.profit"

    def _query_without_order(self, settlement):
        return SQL(
            """%s
            SELECT l.company_id, NULL::int, l.shop_id, NULL::int, %s, m.component, 'actual',
                   SUM(l.value), 0, SUM(l.value), l.settlement_id, NULL::int, NULL::int,
                   NULL::int, NULL::int, l.currency_id, SUM(l.amount), NULL
              FROM xb_settlement_line l JOIN (VALUES %s) m(kind, component) ON m.kind = l.kind
             WHERE l.settlement_id = %s
               AND (l.match = 'kind' OR (l.match = 'left' AND l.is_correction))
             GROUP BY l.company_id, l.shop_id, m.component, l.settlement_id, l.currency_id
            HAVING SUM(l.value) != 0
            """, self._head, settlement.date_end, self._sql_kinds(), settlement.id)

    def _query_rest_of_exchange(self, settlement, difference):
        """The exchange difference that no order has caused: the payout's, and odd cents.

        :param str difference: of the settlement, exact
        """
        return SQL(
            """%s
            SELECT %s, NULL::int, %s, NULL::int, %s, 'exchange', 'actual', rest.amount, 0,
                   rest.amount, %s, NULL::int, NULL::int, NULL::int, NULL::int, %s, 0, NULL
              FROM (SELECT %s::numeric - COALESCE(SUM(exchange_value), 0) FROM xb_settlement_line
                     WHERE settlement_id = %s AND match = 'order') rest(amount)
             WHERE rest.amount != 0
            """, self._head, settlement.company_id.id, settlement.shop_id.id,
            settlement.date_end, settlement.id, settlement.currency_id.id, difference,
            settlement.id)

    def _query_rest_of_bills(self, moves):
        """What carriers' bills charge that belongs to no order of a shop: open charges, and lines
        that a person has added."""
        return SQL(
            """
            WITH share AS MATERIALIZED (%s)
            %s
            SELECT m.company_id, NULL::int, NULL::int, NULL::int, COALESCE(m.date, m.invoice_date),
                   r.component, 'actual', -SUM(r.value), 0, -SUM(r.value), NULL::int, m.id,
                   NULL::int, NULL::int, m.xb_carrier_id, k.currency_id, -SUM(r.value),
                   NULL
              FROM account_move m JOIN res_company k ON k.id = m.company_id JOIN (
                   SELECT move_id, component, value FROM (%s) b WHERE order_id IS NULL
                   UNION ALL
                   SELECT l.move_id, 'freight', l.balance
                     FROM account_move_line l JOIN account_account a ON a.id = l.account_id
                    WHERE l.move_id IN %s AND l.xb_charge_key IS NULL
                      AND (a.account_type LIKE 'income%%' OR a.account_type LIKE 'expense%%')
                   ) r ON r.move_id = m.id
             WHERE m.id IN %s AND m.state = 'posted'
             GROUP BY m.id, k.currency_id, r.component HAVING SUM(r.value) != 0
            """, self._sql_shares(SQL(
                "(SELECT parcel_id FROM xb_carrier_charge WHERE move_id IN %s)", moves)),
            self._head, self._sql_billed(SQL("c.move_id IN %s", moves)), moves, moves)
