from werkzeug.exceptions import Forbidden, TooManyRequests

from odoo import http
from odoo.http import request

from odoo.addons.payment_paypal.controllers.main import PaypalController
from odoo.addons.xb_base.controllers.inbox import MOST, REFUSALS


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
        tx_sudo._xb_ask_for_browser()
        return None

    @http.route()
    def paypal_webhook(self):
        """Override of `payment_paypal`: who sends forged notifications waits for a minute.

        Without an account PayPal is asked about each of them.
        """
        sender = request.httprequest.remote_addr
        if REFUSALS.is_closed(sender):
            raise TooManyRequests(retry_after=60)
        try:
            return super().paypal_webhook()
        except Forbidden:
            REFUSALS.count(sender, request.env["xb.exchange.mixin"]._get_setting(MOST))
            raise

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
        verifying = tx_sudo.with_context(xb_paypal_verifying=True)
        super()._verify_notification_origin(payment_data, verifying)
