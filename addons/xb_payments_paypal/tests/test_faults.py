from odoo.tests import tagged

from odoo.addons.xb_base.exceptions import VendorError
from odoo.addons.xb_payments.tests.faults import FaultsMixin

from .common import PayPalCase


@tagged("post_install", "-at_install")
class TestFaults(FaultsMixin, PayPalCase):
    share = 0.3
    api = r"/paypal/v2"

    def buy(self, number):
        """Override: with PayPal coming back is what makes us capture."""
        tx = super().buy(number)
        if self.luck.random() < 0.5:
            try:
                tx._xb_ask()
            except VendorError:
                return tx  # the day's faults; the poll will tell
        return tx
