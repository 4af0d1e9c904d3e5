from odoo import api, models

from ..const import STOCK_SHORT
from ..core.draft import Draft
from ..core.problem import _lt


class XbOrderGate(models.AbstractModel):
    """Imported orders at the gate: claimed before they are confirmed, or held."""

    _name = "xb.order.gate"
    _description = "Order Import: Stock"

    # === BUSINESS METHODS === #

    @api.model
    def _claim(self, shop, drafts):
        """Claim what quotations need, all of them in one round to the gate; hold what is short.

        :param list drafts: drafts with a quotation.
        :return: those of them that may be confirmed
        :rtype: list[Draft]
        """
        orders = self.env["sale.order"].browse(draft.order.id for draft in drafts)
        shortages = self._claim_orders(shop, orders)
        for draft in drafts:
            if shortages.get(draft.order.id):
                self._on_short(draft, shortages[draft.order.id])
        return [draft for draft in drafts if not draft.problems]

    @api.model
    def _claim_orders(self, shop, orders):
        """Plan the orders that may be split and claim what leaves now.

        :return: shortages by order id, see ``xb.availability.claim_for_orders``
        :rtype: dict
        """
        planned = orders._xb_plan_delivery()
        if shop.claim_mode != "hold":
            return {}
        claim = self.env["xb.availability"].claim_for_orders
        shortages = claim(orders)
        # Somebody may have been faster than the plan: once more, by what is left.
        again = planned.filtered(lambda order: shortages[order.id])._xb_plan_delivery()
        if again:
            shortages.update(claim(again))
        orders.filtered(lambda order: shortages[order.id])._xb_forget_plan()
        return shortages

    @api.model
    def _claim_released(self, shop, orders):
        """Claim for quotations that nothing but a person kept back; hold what is short.

        :param sale.order orders: of the shop.
        :return: those that may be confirmed
        :rtype: sale.order
        """
        shortages = self._claim_orders(shop, orders)
        short = orders.filtered(lambda order: shortages.get(order.id))
        for order in short:
            intake = order.xb_intake_id
            draft = Draft(0, order.xb_ref, intake.value or {}, intake=intake, order=order)
            self._on_short(draft, shortages[order.id])
            intake.write({"state": "held", **intake._prepare_problem_vals(draft.problems)})
            self.env["xb.order.problem"]._sync([draft])
        return orders - short

    @api.model
    def _give_back(self, orders):
        """Give back what was claimed for orders that were not confirmed after all."""
        self.env["xb.availability"].give_back_orders(orders)
        orders._xb_forget_plan()

    @api.model
    def _on_short(self, draft, shortages):
        """Hold an order whose goods are not there; it goes on by itself when they are.

        :param list shortages: see ``xb.availability.claim_for_orders``.
        """
        draft.state = "held"
        no_line = self.env["sale.order.line"]
        lines = draft.order.order_line.grouped("product_id")
        for row in shortages:
            product = self.env["product.product"].browse(row["product_id"])
            # of a kit, its component is short: no line sells that
            line = lines.get(product, no_line)[:1]
            draft.problem(
                STOCK_SHORT, _lt("%(sku)s: %(asked)s wanted, %(available)s available."),
                line.xb_of_ref or line.xb_line_ref,
                sku=line.xb_sku or product.default_code or product.display_name,
                asked=f"{row['asked']:g}", available=f"{row['available']:g}",
            )
