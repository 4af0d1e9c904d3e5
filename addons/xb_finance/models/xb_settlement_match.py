from odoo import models
from odoo.tools import SQL

from ..core.kinds import KINDS

# Kinds that never need an order, and those that need none when they name none.
NEVER = tuple(kind for kind, word in KINDS.items()
              if kind != "unclassified" and not word.per_order)
ALONE = tuple(kind for kind in KINDS if kind.startswith("fee_"))


class XbSettlement(models.Model):
    """Rules that tie lines to orders, in SQL over the whole statement at once.

    In order: the platform's number of the order; our own number (what payment providers are
    given); either of them without a prefix # or a suffix -1; the order of the transaction that
    a refund or chargeback refers to. What names no order and needs none stands for itself.
    """

    _inherit = "xb.settlement"

    def _match_lines(self):
        """Apply the rules to what is open, learned words first, and count anew."""
        self.env.flush_all()
        for settlement in self:
            for query in settlement._get_match_queries():
                self.env.cr.execute(query)
        self.env["xb.settlement.line"].invalidate_model()
        self._refresh()

    def _get_orders(self):
        """Return the orders that the lines are tied to, without reading the lines.

        In sudo mode: what finance books concerns orders that it need not be able to change.

        :rtype: sale.order
        """
        self.env["xb.settlement.line"].flush_model(["order_id", "settlement_id"])
        rows = self.env.execute_query(SQL(
            "SELECT DISTINCT order_id FROM xb_settlement_line "
            "WHERE settlement_id IN %s AND order_id IS NOT NULL", tuple(self.ids) or (0,)))
        return self.env["sale.order"].sudo().browse([row[0] for row in rows])

    def _get_match_queries(self):
        self.ensure_one()
        yield self._query_learned_kinds()
        shop = SQL("o.xb_shop_id = l.shop_id")
        yield self._query_orders(SQL("l.order_ref"), SQL("o.xb_ref"), shop)
        yield self._query_orders(
            SQL("ltrim(l.order_ref, '#')"), SQL("ltrim(o.xb_ref, '#')"), shop)
        yield self._query_orders(SQL("l.order_ref"), SQL("o.name"), SQL("TRUE"))
        yield self._query_orders(SQL(r"regexp_replace(l.order_ref, '-[A-Z]?[0-9]{1,3}$', '')"),
                                 SQL("o.name"), SQL("TRUE"))
        # A refund refers to a payment, a conversion or a dispute fee to either of them.
        yield self._query_related()
        yield self._query_related()
        yield self._query_alone()
        yield self._query_reasons()

    def _query_learned_kinds(self):
        groups = SQL(", ").join(
            SQL("(%s, %s)", kind, word.group) for kind, word in KINDS.items())
        return SQL(
            """
            UPDATE xb_settlement_line l
               SET kind = r.kind, kind_group = g.kind_group
              FROM xb_settlement_rule r, (VALUES %s) AS g(kind, kind_group)
             WHERE l.settlement_id = %s AND l.kind = 'unclassified' AND r.active
               AND r.company_id = l.company_id AND g.kind = r.kind
               AND (r.format_code IS NULL OR r.format_code = %s)
               AND LOWER(r.words) = LOWER(l.description)
            """, groups, self.id, self.format_code)

    def _query_orders(self, told, own, where):
        return SQL(
            """
            UPDATE xb_settlement_line l
               SET order_id = o.id, match = 'order', matched_by = 'rule', reason = NULL
              FROM sale_order o
             WHERE l.settlement_id = %s AND l.match = 'open' AND l.order_ref IS NOT NULL
               AND l.kind NOT IN ('payout', 'unclassified') AND o.state != 'cancel'
               AND o.company_id = l.company_id AND %s = %s AND %s
            """, self.id, own, told, where)

    def _query_related(self):
        return SQL(
            """
            UPDATE xb_settlement_line l
               SET order_id = o.order_id, match = 'order', matched_by = 'rule', reason = NULL
              FROM (SELECT DISTINCT ON (reference) reference, order_id
                      FROM xb_settlement_line
                     WHERE shop_id = %s AND order_id IS NOT NULL AND reference IS NOT NULL
                     ORDER BY reference, id) o
             WHERE l.settlement_id = %s AND l.match = 'open' AND l.related_ref = o.reference
               AND l.kind NOT IN ('payout', 'unclassified')
            """, self.shop_id.id, self.id)

    def _query_alone(self):
        """Fees, transfers and reserves without an order need none; the totals of a payout have
        no orders at all."""
        alone = SQL("(l.kind IN %s OR l.kind IN %s AND l.order_ref IS NULL)", NEVER, ALONE) \
            if not self.is_summary else SQL("l.kind != 'unclassified'")
        return SQL(
            """
            UPDATE xb_settlement_line l
               SET match = 'kind', matched_by = 'rule', reason = NULL
             WHERE l.settlement_id = %s AND l.match = 'open' AND %s
            """, self.id, alone)

    def _query_reasons(self):
        return SQL(
            """
            UPDATE xb_settlement_line l
               SET reason = CASE
                   WHEN l.kind = 'unclassified' THEN 'unknown_kind'
                   WHEN l.order_ref IS NULL THEN 'no_order'
                   WHEN EXISTS (SELECT 1 FROM sale_order o
                                 WHERE o.company_id = l.company_id AND o.state = 'cancel'
                                   AND o.xb_shop_id = l.shop_id AND o.xb_ref = l.order_ref)
                        THEN 'cancelled_order'
                   ELSE 'unknown_order' END
             WHERE l.settlement_id = %s AND l.match = 'open'
            """, self.id)
