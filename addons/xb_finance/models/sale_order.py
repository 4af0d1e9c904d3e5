from odoo import api, fields, models
from odoo.tools import SQL

from ..core.profit import COMPONENTS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    xb_profit_ids = fields.One2many("xb.order.profit", "order_id", readonly=True,
                                    groups="xb_base.group_finance")
    xb_profit = fields.Monetary(
        "Profit", currency_field="xb_company_currency_id", compute="_compute_xb_profit",
        groups="xb_base.group_finance")
    xb_profit_stage = fields.Selection(
        [("estimate", "Estimate"), ("part", "Partly Actual"), ("actual", "Actual")],
        "Profit Is", compute="_compute_xb_profit", groups="xb_base.group_finance")
    xb_waterfall = fields.Json(compute="_compute_xb_profit", groups="xb_base.group_finance")

    # === COMPUTE METHODS === #

    def _compute_xb_profit(self):
        rows = {}
        for order, component, stage, amount, estimate in self.env["xb.order.profit"]._read_group(
                [("order_id", "in", self.ids)], ["order_id", "component", "stage"],
                ["amount:sum", "estimate:sum"]):
            rows.setdefault(order.id, []).append((component, stage, amount, estimate))
        labels = dict(self.env["xb.order.profit"]._fields["component"]
                      ._description_selection(self.env))
        for order in self:
            found = rows.get(order.id, [])
            order.xb_profit = sum(amount for _component, _stage, amount, _estimate in found)
            actual = {component for component, stage, *_rest in found if stage == "actual"}
            estimated = {component for component, stage, *_rest in found
                         if stage == "estimate"} - actual
            order.xb_profit_stage = bool(found) and (
                "estimate" if not actual else "part" if estimated else "actual")
            order.xb_waterfall = order._prepare_waterfall(found, actual, labels)

    def _prepare_waterfall(self, rows, actual, labels):
        """Return the steps of the waterfall: every component with what is known best."""
        steps = []
        for component in COMPONENTS:
            own = [row for row in rows if row[0] == component]
            if own:
                steps.append({
                    "key": component, "label": labels[component],
                    "amount": sum(row[2] for row in own),
                    "estimate": sum(row[3] for row in own),
                    "is_actual": component in actual,
                })
        return {
            "currency_id": self.company_id.currency_id.id, "steps": steps,
            "total": sum(step["amount"] for step in steps),
            "label": self.env._("Profit"),
        }

    # === ACTION METHODS === #

    def action_xb_view_profit(self):
        """Open the rows of the order's profit, with their documents."""
        self.ensure_one()
        # In sudo mode: whoever may see the profit may have it worked out.
        self.env["xb.order.profit"].check_access("read")
        self.env["xb.order.profit"].sudo()._rebuild(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_finance.xb_order_profit_action")
        return {**action, "domain": [("order_id", "=", self.id)], "context": {},
                "views": [(False, "list"), (False, "pivot")]}

    # === BUSINESS METHODS === #

    @api.model
    def _xb_sql_company_rate(self):
        """SQL of company currency per unit of the order's, for the table alias ``o``.

        The stamp, which never changes; an order that was stamped when no rate was known gets
        the one of its day.

        :rtype: SQL
        """
        return SQL(
            """
            COALESCE(
                CASE WHEN o.xb_rate_date IS NOT NULL THEN NULLIF(o.xb_rate, 0) END::numeric,
                (SELECT 1 / NULLIF(r.rate, 0)
                   FROM res_currency_rate r JOIN res_company k ON k.id = o.company_id
                  WHERE r.currency_id = o.currency_id AND o.currency_id != k.currency_id
                    AND (r.company_id IS NULL
                         OR r.company_id = split_part(k.parent_path, '/', 1)::int)
                    AND r.name <= o.date_order::date
                  ORDER BY r.company_id, r.name DESC LIMIT 1),
                1)
            """)

    def _action_confirm(self):
        """Override of `sale`: the first estimate of what the order earns."""
        result = super()._action_confirm()
        shops = self.filtered("xb_shop_id")
        if shops:
            # In sudo mode: who confirms orders need not see what they earn.
            self.env["xb.order.profit"].sudo()._rebuild(shops)
        return result
