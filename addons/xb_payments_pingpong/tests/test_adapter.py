from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.xb_base.exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RetryableVendorError,
    VendorRejected,
)

from .. import const
from ..client.api import PingPongClient
from .common import PingPongCase


@tagged("post_install", "-at_install")
class TestAdapter(PingPongCase):
    def client(self, salt=None):
        adapter = self.connection._get_adapter()
        return PingPongClient(
            adapter.transport,
            adapter.settings["account"],
            salt or adapter.credentials["api_secret"],
        )

    def test_ping(self):
        self.assertEqual(self.connection._get_adapter().ping(), "2026000000000000001001")

    def test_a_wrong_salt_needs_a_person(self):
        with self.assertRaises(NeedsReauthorization):
            self.client("wrong").call(const.QUERY, {"merchantTransactionId": "x"})

    def test_an_unknown_payment_is_rejected_with_their_code(self):
        with self.assertRaises(VendorRejected) as caught:
            self.client().call(const.QUERY, {"merchantTransactionId": "x"})
        self.assertEqual(caught.exception.code, const.UNKNOWN)

    def test_an_answer_that_pingpong_did_not_sign_is_not_believed(self):
        client = self.client()
        good = {"code": "001000", "signType": "SHA256", "bizContent": '{"status":"SUCCESS"}'}
        with self.assertRaises(MalformedAnswer):
            client._open({**good, "sign": "0" * 64})
        with self.assertRaises(MalformedAnswer):
            client._open(good)

    def test_their_internal_errors_pass(self):
        with self.assertRaises(RetryableVendorError):
            self.client()._open({"code": "500000", "description": "busy"})

    def test_both_kinds_of_signature(self):
        self.connection.pingpong_sign_type = "MD5"
        tx = self.pay()
        self.assertEqual(tx.state, "done")

    @mute_logger("odoo.addons.xb_base.models.xb_connection")
    def test_region_decides_the_host(self):
        connection = self.connection.copy({"environment": "production"})
        for region, host in const.REGIONS.items():
            connection.pingpong_region = region
            self.assertEqual(connection._get_base_url(), host)
        connection.environment = "sandbox"
        self.assertEqual(connection._get_base_url(), const.SANDBOX)
