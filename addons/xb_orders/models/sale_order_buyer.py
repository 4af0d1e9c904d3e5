from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
# What the queries below look at.
FACTS = ("xb_shop_id", "xb_buyer_key", "xb_placed_at", "xb_refunded_amount", "xb_status",
         "xb_state", "xb_upload_state", "partner_shipping_id", "company_id")
# Stages of orders whose goods have not left and are not packed yet.
PACKABLE = ("to_allocate", "to_pick", "to_ship")
# Other orders of the same buyer in the same shop. A guest is nobody: his key is his country's.
SAME_BUYER = """
    {other}.xb_shop_id = {mine}.xb_shop_id AND {other}.xb_buyer_key = {mine}.xb_buyer_key
    AND {mine}.xb_buyer_key NOT LIKE 'guest:%%' AND {other}.id != {mine}.id"""
EARLIER = "(SELECT count(*) FROM sale_order earlier WHERE " + SAME_BUYER.format(
    other="earlier", mine="{mine}") + """
    AND (earlier.xb_placed_at, earlier.id) < ({mine}.xb_placed_at, {mine}.id))"""
REFUNDED = EARLIER[:-1] + """
    AND (earlier.xb_refunded_amount > 0 OR earlier.xb_status = 'refunded'))"""
# Same buyer, same address, placed within the shop's hours, nothing packed of either.
TWINS = " FROM sale_order twin JOIN xb_shop shop ON shop.id = twin.xb_shop_id WHERE " \
    + SAME_BUYER.format(other="twin", mine="{mine}") + """
    AND twin.partner_shipping_id = {mine}.partner_shipping_id
    AND twin.company_id = {mine}.company_id
    AND twin.xb_state IN %(packable)s AND {mine}.xb_state IN %(packable)s
    AND twin.xb_upload_state IS NULL AND {mine}.xb_upload_state IS NULL
    AND abs(extract(epoch FROM twin.xb_placed_at - {mine}.xb_placed_at)) <= shop.merge_hours * 3600
"""


class SaleOrder(models.Model):
    """Who buys: what he bought before, and what of his could go in one parcel."""

    _inherit = "sale.order"

    xb_earlier_orders = fields.Integer(
        "Buyer's Earlier Orders", compute="_compute_xb_history",
        search="_search_xb_earlier_orders",
        help="Orders that the same buyer placed in the same shop before this one; 0 for guests.")
    xb_earlier_refunds = fields.Integer(
        "Buyer's Earlier Refunds", compute="_compute_xb_history",
        search="_search_xb_earlier_refunds",
        help="Those of them for which the buyer got money back.")
    xb_twin_ids = fields.Many2many(
        "sale.order", string="May Share a Parcel", compute="_compute_xb_twins",
        help="Orders of the same buyer to the same address that are not packed yet either.")
    xb_twin_count = fields.Integer(
        "Orders for the Same Parcel", compute="_compute_xb_twins", search="_search_xb_twin_count")

    # === COMPUTE METHODS === #

    @api.depends("xb_buyer_key", "xb_shop_id", "xb_placed_at")
    def _compute_xb_history(self):
        counts = {}
        if self.ids:
            self._xb_flush_facts()
            counts = {row[0]: row[1:] for row in self.env.execute_query(SQL(
                "SELECT o.id, " + EARLIER.format(mine="o") + ", " + REFUNDED.format(mine="o")
                + " FROM sale_order o WHERE o.id IN %s", tuple(self.ids)))}
        for order in self:
            order.xb_earlier_orders, order.xb_earlier_refunds = counts.get(
                order._origin.id, (0, 0))

    def _search_xb_earlier_orders(self, comparison, value):
        return self._xb_search_count(EARLIER, comparison, value)

    def _search_xb_earlier_refunds(self, comparison, value):
        return self._xb_search_count(REFUNDED, comparison, value)

    @api.depends("xb_buyer_key", "xb_shop_id.merge_hours", "partner_shipping_id", "xb_state",
                 "xb_upload_state", "xb_placed_at")
    def _compute_xb_twins(self):
        twins = {}
        if self.ids:
            self._xb_flush_facts()
            twins = dict(self.env.execute_query(SQL(
                "SELECT o.id, ARRAY(SELECT twin.id" + TWINS.format(mine="o")
                + " ORDER BY twin.id) FROM sale_order o WHERE o.id IN %(ids)s",
                ids=tuple(self.ids), packable=PACKABLE)))
        for order in self:
            # who may not see an order is not told of it
            mine = self.browse(twins.get(order._origin.id))._filtered_access("read")
            order.xb_twin_ids, order.xb_twin_count = mine, len(mine)

    def _search_xb_twin_count(self, comparison, value):
        return self._xb_search_count(
            "(SELECT count(*)" + TWINS + ")", comparison, value, packable=PACKABLE)

    @api.model
    def _xb_search_count(self, count, comparison, value, **words):
        """Domain of a comparison with a subquery that is worked out for the rows in question
        only, not for all orders there are.

        :param str count: SQL of the number, ``{mine}`` for the order's alias.
        """
        if comparison == "in":
            return Domain.OR(
                self._xb_search_count(count, "=", one, **words) for one in value)
        if comparison not in COMPARISONS or isinstance(value, (str, bytes, list, tuple)):
            return NotImplemented

        self._xb_flush_facts()

        def to_sql(model, alias, query):
            return SQL(
                count.format(mine=SQL.identifier(alias).code) + f" {comparison} %(value)s",
                value=int(value or 0), **words)

        return Domain.custom(
            to_sql=to_sql,
            predicate=lambda order: bool(order.search_count(
                Domain("id", "=", order.id) & Domain.custom(to_sql=to_sql))))

    @api.model
    def _xb_flush_facts(self):
        self.env["sale.order"].flush_model(FACTS)
        self.env["xb.shop"].flush_model(["merge_hours"])

    # === ACTION METHODS === #

    def action_xb_view_twins(self):
        """Open this order and those that may share its parcel: selected together, they get one
        number by *Enter Tracking* and stay orders of their own."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.sale_order_action")
        name = self.env._("For one parcel: %(buyer)s", buyer=self.partner_id.display_name)
        return {
            **action, "domain": [("id", "in", (self | self.xb_twin_ids).ids)], "context": {},
            # the web client prefers the second one
            "name": name, "display_name": name,
        }
