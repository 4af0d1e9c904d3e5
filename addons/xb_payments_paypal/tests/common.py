from odoo.addons.xb_payments.tests.common import PaymentCase

from ..client import certificates, tokens


class PayPalCase(PaymentCase):
    vendor = "paypal"
    method = "paypal"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator.app.vendors["paypal"].store.set_setting(
            "paypal", "webhook_url", "https://erp.example/xb/in/token"
        )

    def setUp(self):
        super().setUp()
        certificates.CACHE.clear()
        self.addCleanup(certificates.CACHE.clear)
        self.addCleanup(tokens.CACHE._tokens.clear)
        self.other_side.cert_pem = None

    def approve(self, tx):
        """Have the buyer approve on PayPal's page and come back."""
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        tx._xb_ask()
        return payment

    def pay(self, amount="30.00", **values):
        """Override: with PayPal a payment is made by asking after the approval."""
        tx = self.begin(amount, **values)
        self.approve(tx)
        return tx
