from werkzeug.exceptions import Forbidden

from odoo import http
from odoo.http import request

from odoo.addons.payment_paypal.controllers.main import PaypalController
from odoo.addons.xb_base.exceptions import VendorError


class XbPaypalController(PaypalController):
    """Core's routes, closed where they stand open."""

    @http.route()
    def paypal_complete_order(self, order_id, reference):
        """Override of `payment_paypal`: with an account, PayPal is asked, the browser is not.

        Neither the order's number nor its state is taken from the browser.
        """
        tx_sudo = (
            request.env["payment.transaction"]
            .sudo()
            ._search_by_reference("paypal", {"reference_id": reference})
        )
        if not tx_sudo.xb_attempt:
            return super().paypal_complete_order(order_id, reference)
        try:
            tx_sudo._xb_ask()
        except VendorError:
            tx_sudo._set_pending()
        return None

    # pylint: disable-next=missing-return  # core returns nothing
    def _verify_notification_origin(self, payment_data, tx_sudo):
        """Override of `payment_paypal`: fail closed.

        Core marks the transaction and goes on to process the notification when PayPal cannot be
        asked. Here it is refused, and PayPal sends it again.

        :raise Forbidden: not verified
        """
        if tx_sudo.xb_attempt:
            # Notifications of an account have an address of their own (/xb/in).
            raise Forbidden()
        before = tx_sudo.state
        super()._verify_notification_origin(payment_data, tx_sudo)
        if tx_sudo.state == "error" and before != "error":
            raise Forbidden()
