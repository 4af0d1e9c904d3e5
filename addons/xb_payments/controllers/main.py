from odoo import http
from odoo.http import request

from odoo.addons.payment import utils as payment_utils


class XbPaymentsController(http.Controller):
    """Where a provider sends the buyer's browser back to.

    Coming back proves nothing, and nothing that comes with it is looked at: the provider is asked.
    The browser goes on to core's status page and nowhere else.
    """

    @http.route(
        "/xb_payments/return/<int:tx_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
    )
    def return_from_provider(self, tx_id, token, **_anything):
        """Ask what became of the payment, then show its status.

        :param int tx_id: which transaction
        :param str token: proves that the address is one of ours
        """
        tx_sudo = request.env["payment.transaction"].sudo().browse(tx_id).exists()
        if tx_sudo and payment_utils.check_access_token(token, tx_id, tx_sudo.xb_attempt):
            tx_sudo._xb_ask_for_browser()
        return request.redirect("/payment/status", local=True)
