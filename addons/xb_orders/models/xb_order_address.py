from odoo import api, models

from ..core import address as addresses
from ..core.problem import stored


class XbOrderAddress(models.AbstractModel):
    """Where an order goes to, checked by the rules of its country.

    What is doubtful is a warning of the order: it does not stop it, a person sees it before the
    carrier does. It is looked at again whenever the address is changed, here or by the platform.
    """

    _name = "xb.order.address"
    _description = "Order Addresses"

    #: Fields of a contact that its address consists of.
    FIELDS = frozenset({
        "name", "company_name", "street", "street2", "zip", "city", "state_id", "country_id"})

    # === BUSINESS METHODS === #

    @api.model
    def _check_orders(self, orders):
        """Make the orders' warnings those of the addresses they are delivered to.

        :param sale.order orders: orders of shops.
        """
        orders = orders.filtered(lambda order: order.xb_shop_id and order.state != "cancel")
        if not orders:
            return
        # In sudo mode: warnings are the same whoever changed the address.
        Problem = self.env["xb.order.problem"].sudo()
        rows = Problem.search([
            ("order_id", "in", orders.ids), ("code", "=", addresses.CODE),
            ("intake_id", "=", False), ("state", "!=", "solved")])
        known = {(row.order_id.id, Problem._key(row.data)): row for row in rows}
        vals_list = []
        for order in orders:
            for problem in self._find(order):
                # one that was waived stays so as long as the address says the same
                if not known.pop((order.id, Problem._key(problem)), None):
                    vals_list.append(Problem._prepare_vals(
                        problem, order.xb_shop_id, order=order))
        Problem.union(*known.values())._close("solved")
        if vals_list:
            Problem.create(vals_list)

    @api.model
    def _find(self, order):
        """What is doubtful in the address an order goes to, as problems are stored.

        :rtype: list[dict]
        """
        partner = order.partner_shipping_id
        if order.xb_state in ("delivered", "closed") or not partner.street:
            return []
        value = addresses.tidy({
            "name": partner.name or "", "company": partner.commercial_company_name or "",
            "street": partner.street, "zip": partner.zip or "", "city": partner.city or "",
            "state": partner.state_id.name or "", "country": partner.country_id.code or "",
        })
        return [
            {**stored(doubt.code, doubt.template, doubt.values), "severity": "warning"}
            for doubt in addresses.doubts(value, partner.country_id.state_required)
        ]

    @api.model
    def _check_partners(self, partners):
        """Look again at the open orders that go to these contacts and had a doubtful address."""
        rows = self.env["xb.order.problem"].sudo().search([
            ("code", "=", addresses.CODE), ("state", "=", "open"),
            ("order_id.partner_shipping_id", "in", partners.ids)])
        self._check_orders(rows.order_id)
