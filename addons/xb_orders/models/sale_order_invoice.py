from odoo import models

from odoo.addons.xb_base.jobs import CHANNEL_IMPORT

from ..const import CHUNK


class SaleOrder(models.Model):
    """Invoices by the shop's policy: in the background, on confirmation or on delivery."""

    _inherit = "sale.order"

    # === COMPUTE METHODS === #

    def _get_invoiced(self):
        """Override of `sale`: an order opens for those, too, who may not read journal items."""
        if self.env["account.move.line"].has_access("read"):
            return super()._get_invoiced()
        # In sudo mode: without the right to read them, not even "none" can be assigned.
        orders_sudo = self.sudo()
        orders_sudo.invoice_ids = False
        orders_sudo.invoice_count = 0
        return None

    # === BUSINESS METHODS === #

    def _xb_invoice_by_policy(self, moment):
        """Enqueue the invoices of those orders whose shop wants them now.

        :param str moment: ``confirm`` or ``deliver``.
        """
        wanted = self.filtered(lambda order: order.xb_shop_id.invoice_policy == moment)
        for shop, orders in wanted.grouped("xb_shop_id").items():
            for start in range(0, len(orders), CHUNK):
                orders[start:start + CHUNK].with_delay(
                    channel=CHANNEL_IMPORT,
                    description=self.env._("Invoice orders of %(shop)s", shop=shop.name),
                )._job_xb_invoice()

    def _job_xb_invoice(self):
        """Invoice and post what can be invoiced; safe to run twice."""
        for company, orders in self.exists().grouped("company_id").items():
            ready = orders.with_company(company).filtered(
                lambda order: order.state == "sale" and order.invoice_status == "to invoice")
            if ready:
                # one per order: the buyer of a platform wants the invoice of his order
                ready._create_invoices(grouped=True).action_post()
