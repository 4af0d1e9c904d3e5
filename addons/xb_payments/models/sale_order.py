import logging

from odoo import models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _send_order_notification_mail(self, mail_template, **options):
        """Override of `sale`: a mail that cannot be made does not keep money from being booked.

        Core writes the confirmation, PDF included, in the transaction that confirms the order and
        books the payment. Where that fails (no wkhtmltopdf, a broken template), the buyer has paid
        and the order stays a quotation. Here the order is confirmed and says what is missing.
        """
        try:
            with self.env.cr.savepoint():
                return super()._send_order_notification_mail(mail_template, **options)
        except UserError as error:
            _logger.warning("Order %s: the mail could not be made: %s", self.name, error)
            self.message_post(
                body=self.env._(
                    "The mail to the customer could not be made: %(error)s", error=error
                )
            )
            return None
