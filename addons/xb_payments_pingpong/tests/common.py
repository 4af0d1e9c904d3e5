from odoo.addons.xb_payments.tests.common import PaymentCase


class PingPongCase(PaymentCase):
    vendor = "pingpong"
