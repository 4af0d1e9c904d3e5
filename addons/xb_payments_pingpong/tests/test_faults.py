from odoo.tests import tagged

from odoo.addons.xb_payments.tests.faults import FaultsMixin

from .common import PingPongCase


@tagged("post_install", "-at_install")
class TestFaults(FaultsMixin, PingPongCase):
    share = 0.3
    api = r"^POST /pingpong/v4"
