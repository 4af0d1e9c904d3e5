"""Antom (Alipay+) against its stand-in over real HTTP."""

import json
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.xb_base.exceptions import InvalidSignature, MalformedAnswer
from odoo.addons.xb_payments.tests.common import PaymentCase

from .. import const
from ..client.antom import AntomClient

PATHS = json.loads((Path(__file__).parent / "fixtures" / "antom_paths.json").read_text())


class AntomCase(PaymentCase):
    vendor = "antom"
    method = "alipay_plus"
    currency_name = "EUR"


@tagged("post_install", "-at_install")
class TestAntom(AntomCase):
    def test_paid_by_notification(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        self.deliver()
        self.assertEqual((tx.state, tx.provider_reference), ("done", payment["id"]))

    def test_whole_currency(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.startPatcher(patch.object(type(self), "currency", yen))
        tx = self.begin("1500")
        _values, payment = self.open_page(tx)
        self.assertEqual(payment["amount"], "1500")
        self.other_side.pay(payment["id"])
        tx._xb_ask()
        self.assertEqual(tx.state, "done")

    def test_paths_are_the_documented_ones(self):
        sent = []
        call = AntomClient.call

        def spy(client, path, content):
            sent.append(const.ANTOM_API + path)
            return call(client, path, content)

        with patch.object(AntomClient, "call", spy):
            tx = self.pay()
            tx._xb_ask()
            refund = tx._refund(amount_to_refund=10)
            self.send_outbox()
            refund._xb_ask()
            self.provider._xb_get_adapter().close_payment(tx._xb_prepare_asked())
        self.assertLessEqual(set(sent), set(PATHS.values()))
        self.assertEqual(len(set(sent)), 5)

    def test_forged(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        ((headers, body),) = self.other_side.notices()
        for change in (
            {"signature": ""},
            {"signature": headers["signature"].replace("RSA256", "none")},
            {"signature": headers["signature"].replace("signature=", "signature=A")},
            {"request-time": "2020-01-01T00:00:00+00:00"},
            {"client-id": "SANDBOX_ANOTHER"},
        ):
            with self.assertRaises(InvalidSignature, msg=str(change)):
                self.deliver([({**headers, **change}, body)])
        with self.assertRaises(InvalidSignature):
            self.deliver([(headers, body.replace(b"3000", b"9000"))])
        self.assertEqual(tx.state, "draft")
        self.deliver([(headers, body)])
        self.assertEqual(tx.state, "done")

    def test_an_answer_that_antom_did_not_sign(self):
        tx = self.begin()
        self.open_page(tx)
        with patch.object(type(self.other_side), "sign", lambda *_args: "algorithm=RSA256"):
            with self.assertRaises(MalformedAnswer):
                tx._xb_ask()

    @mute_logger("odoo.addons.xb_base.client.transport")
    def test_refunds(self):
        tx = self.pay()
        refund = tx._refund(amount_to_refund=10)
        self.simulator.faults.add(kind="reset", match="payments/refund", count=1)
        self.send_outbox()
        self.assertEqual(refund.state, "pending")
        self.send_again()
        self.assertEqual(refund.state, "done")
        rest = tx._refund(amount_to_refund=20)
        self.send_outbox()
        self.deliver()
        self.assertEqual((refund + rest).mapped("state"), ["done", "done"])
        self.assertEqual(self.find_payment(tx)["refunded"], "30.00")
        with self.assertRaises(UserError):
            tx._refund(amount_to_refund=1)

    def test_refund_made_by_hand_that_names_its_payment(self):
        self.check_refund_made_by_hand()

    def test_abandoned(self):
        tx = self.begin()
        self.open_page(tx)
        with freeze_time(fields.Datetime.now() + timedelta(hours=49)):
            tx._xb_ask()
        self.assertEqual(tx.state, "cancel")
        self.assertEqual(self.find_payment(tx)["status"], "closed")

    def test_dispute(self):
        tx = self.pay()
        number = self.other_side.open_dispute(tx.provider_reference)["id"]
        self.deliver()
        self.assertEqual(tx.xb_dispute_ids.state, "needs_response")
        self.other_side.update_dispute(number, status="lost")
        self.deliver()
        self.assertEqual(tx.xb_dispute_ids.state, "lost")

    def test_the_door_answers_as_antom_wants(self):
        body, _type = self.connection._get_adapter_class().acknowledgement
        self.assertEqual(json.loads(body)["result"]["resultStatus"], "S")

    def test_no_statement(self):
        found = self.env["payment.provider"].search([("xb_has_statement", "=", True)])
        self.assertNotIn(self.provider, found)
        wizard = self.env["xb.payment.statement"].create({"provider_id": self.provider.id})
        with self.assertRaises(UserError):
            wizard.action_fetch()

    def test_regions(self):
        connection = self.connection.copy({"environment": "production"})
        for region, host in const.REGIONS.items():
            connection.antom_region = region
            self.assertEqual(connection._get_base_url(), host)
