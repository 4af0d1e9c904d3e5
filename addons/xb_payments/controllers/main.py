import logging
from datetime import timedelta

from odoo import fields, http
from odoo.http import request

from odoo.addons.payment import utils as payment_utils
from odoo.addons.xb_base.exceptions import SecretError, VendorError

from ..const import ASK_AT_MOST_EVERY

_logger = logging.getLogger(__name__)


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
            self._ask(tx_sudo)
        return request.redirect("/payment/status", local=True)

    def _ask(self, tx_sudo):
        now = fields.Datetime.now()
        last = tx_sudo.xb_asked_at
        if tx_sudo.state == "done" or (last and now - last < timedelta(seconds=ASK_AT_MOST_EVERY)):
            return
        try:
            tx_sudo._xb_ask()
        except (VendorError, SecretError) as error:
            # The notification or the next poll will tell; the buyer sees “pending” until then.
            _logger.warning("Transaction %s: not asked on return: %s", tx_sudo.reference, error)
            tx_sudo._set_pending()
