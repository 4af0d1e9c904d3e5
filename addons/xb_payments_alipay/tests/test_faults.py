import requests

from odoo.tests import tagged

from odoo.addons.xb_payments.tests.faults import FaultsMixin

from .test_alipay import AlipayCase
from .test_antom import AntomCase


@tagged("post_install", "-at_install")
class TestAlipayFaults(FaultsMixin, AlipayCase):
    share = 0.2
    api = r"^POST /alipay/gateway"

    def go_to_page(self, values):
        """Override: the browser brings the form; on a bad day it does not arrive."""
        try:
            requests.post(
                values["api_url"], data=values["fields"], allow_redirects=False, timeout=(5, 5)
            )
        except requests.RequestException:
            return


@tagged("post_install", "-at_install")
class TestAntomFaults(FaultsMixin, AntomCase):
    share = 0.2
    api = r"^POST /antom/ams"
