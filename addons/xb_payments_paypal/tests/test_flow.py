"""The buyer's way and the clerk's, against PayPal's stand-in over real HTTP."""

import base64
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.xb_base.exceptions import RetryableVendorError, VendorRejected

from ..adapters.paypal import PayPalAdapter
from ..client import tokens
from .common import PayPalCase

TRANSPORT = "odoo.addons.xb_base.client.transport"
LOGS = "odoo.addons.xb_payments.models.payment_transaction_truth"


@tagged("post_install", "-at_install")
class TestFlow(PayPalCase):
    def test_paid_on_return(self):
        order = self.make_order()
        tx = self.begin(order=order)
        values, payment = self.open_page(tx)
        self.assertEqual(values["fields"], {"token": payment["id"]})
        tx._xb_ask()
        self.assertEqual(tx.state, "draft", "nothing was approved")
        self.other_side.pay(payment["id"])
        tx._xb_ask()
        self.assertEqual(tx.state, "done")
        self.assertEqual(tx.xb_order_reference, payment["id"])
        capture = self.find_payment(tx)["extra"]["capture"]
        self.assertEqual(tx.provider_reference, capture)
        self.assertEqual((tx.xb_fee, tx.xb_fee_currency_id), (1.54, self.currency))
        tx._job_xb_post_process()
        self.assertEqual(order.state, "sale")
        self.assertEqual(tx.payment_id.amount, 30)

    def test_paid_without_coming_back(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        self.deliver()
        self.assertEqual(tx.state, "draft")
        self.assertLessEqual(tx.xb_next_poll, fields.Datetime.now())
        tx._job_xb_poll()
        self.assertEqual(tx.state, "done")
        self.deliver()
        self.assertEqual(tx.state, "done")

    def test_charged_once_however_often_asked(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        self.simulator.faults.add(kind="reset", match="/capture", count=1)
        with mute_logger(TRANSPORT), self.assertRaises(Exception):  # noqa: B017
            tx._xb_ask()
        tx._xb_ask()
        tx._xb_ask()
        self.assertEqual(tx.state, "done")
        self.assertEqual(self.find_payment(tx)["charges"], 1)

    @mute_logger(LOGS)
    def test_another_amount_is_not_even_captured(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.alter(payment["id"], "3.00")
        self.other_side.pay(payment["id"])
        tx._xb_ask()
        self.assertEqual(tx.state, "error")
        self.assertTrue(tx.xb_hold_reason)
        self.assertEqual(self.find_payment(tx)["charges"], 0)

    def test_abandoned(self):
        tx = self.begin()
        self.open_page(tx)
        with freeze_time(fields.Datetime.now() + timedelta(hours=49)):
            tokens.CACHE._tokens.clear()
            tx._xb_ask()
            self.assertEqual(tx.state, "cancel")

    def test_refund_in_two_parts_and_never_twice(self):
        tx = self.pay()
        first = tx._refund(amount_to_refund=10)
        self.simulator.faults.add(kind="reset", match="/refund", count=1)
        with mute_logger(TRANSPORT):
            self.send_outbox()
        self.assertEqual(first.state, "pending")
        self.send_again()
        self.assertEqual(first.state, "done")
        second = tx._refund(amount_to_refund=20)
        self.send_outbox()
        self.assertEqual(second.state, "done")
        self.assertEqual(self.find_payment(tx)["refunded"], "30.00")
        self.deliver()
        self.assertEqual((first + second).mapped("state"), ["done", "done"])
        with self.assertRaises(UserError):
            tx._refund(amount_to_refund=1)

    def test_a_refund_that_the_currency_cannot_hold_is_refused(self):
        """PayPal knows no decimals of forint: a person is told at once, nothing waits for ever."""
        forint = self.env.ref("base.HUF")
        forint.active = True
        tx = self.begin("30.00", currency_id=forint.id)
        self.approve(tx)
        refund = tx._refund(amount_to_refund=10.5)
        self.send_outbox()
        self.assertEqual((refund.state, tx._xb_get_refundable()), ("error", 30))

    @mute_logger(TRANSPORT)
    def test_asking_about_a_refund_moves_no_money(self):
        tx = self.pay()
        refund = tx._refund(amount_to_refund=10)
        refund._xb_ask()
        self.assertEqual(self.other_side.changes(), [], "it was not sent yet")
        self.assertEqual(refund.state, "pending")
        self.simulator.faults.add(kind="reset", match="/refund", count=1)
        self.send_outbox()
        self.assertEqual(refund.state, "pending", "PayPal has acted, its answer got lost")
        refund._xb_ask()
        self.assertEqual(refund.state, "done")
        self.send_again()
        (change,) = self.other_side.changes()
        self.assertEqual((change["amount"], refund.provider_reference), ("10.00", change["id"]))

    @mute_logger(TRANSPORT)
    def test_a_capture_whose_answer_got_lost_is_found_in_the_order(self):
        self.provider.capture_manually = True
        tx = self.pay()
        part = tx._capture(amount_to_capture=10)
        self.simulator.faults.add(kind="reset", match="/capture", count=1)
        self.send_outbox()
        self.assertEqual(part.state, "pending")
        part._xb_ask()
        self.assertEqual((part.state, tx.state), ("done", "authorized"))
        self.assertEqual(len(self.other_side.changes("capture")), 1)

    def test_refund_made_on_paypals_own_site(self):
        self.check_refund_made_by_hand()

    def test_authorize_capture_in_parts_and_void(self):
        self.provider.capture_manually = True
        captured, voided = self.pay(), self.pay("12.00")
        self.assertEqual((captured.state, voided.state), ("authorized", "authorized"))
        part = captured._capture(amount_to_capture=10)
        self.send_outbox()
        self.assertEqual((part.state, captured.state), ("done", "authorized"))
        rest = captured._capture(amount_to_capture=20)
        void = voided._void()
        self.send_outbox()
        self.assertEqual((rest.state, captured.state), ("done", "done"))
        self.assertEqual((void.state, voided.state), ("cancel", "cancel"))
        self.deliver()
        self.assertEqual((part.state, voided.state), ("done", "cancel"))
        refund = part._refund(amount_to_refund=10)
        self.send_outbox()
        self.assertEqual(refund.state, "done")

    def test_shipping_proof(self):
        tx = self.pay(order=self.make_order())
        parcel = self.make_parcel(tx)
        parcel._upload_tracking()
        self.send_outbox()
        (proof,) = [p for p in self.other_side.proofs() if p["payment"] == tx.xb_order_reference]
        self.assertEqual(proof["body"]["api"], "v2")
        self.assertEqual(proof["body"]["carrier"], "YUNEXPRESS")
        self.assertEqual(proof["number"], parcel.number)
        self.assertEqual(parcel.upload_state, "confirmed")

    def test_shipping_proof_without_an_order(self):
        tx = self.pay(order=self.make_order())
        number = tx.xb_order_reference
        tx.xb_order_reference = False
        self.make_parcel(tx)._upload_tracking()
        self.send_outbox()
        (proof,) = [p for p in self.other_side.proofs() if p["payment"] == number]
        self.assertEqual(proof["body"]["api"], "v1")

    def test_dispute_opened_answered_won(self):
        tx = self.pay(order=self.make_order())
        self.make_parcel(tx)
        number = self.other_side.open_dispute(tx.xb_order_reference)["id"]
        self.deliver()
        self.assertFalse(tx.xb_dispute_ids, "a message proves nothing: PayPal is asked")
        self.take_claims()
        dispute = tx.xb_dispute_ids
        self.assertEqual((dispute.state, dispute.amount), ("needs_response", 30))
        self.assertEqual(dispute.parcel_ids.number, "YT2611111111111199")
        self.assertTrue(dispute.deadline)
        dispute.evidence = "Delivered and signed for."
        dispute.action_answer()
        self.assertEqual(dispute.answer_state, "sending")
        self.send_outbox()
        self.assertEqual((dispute.answer_state, dispute.state), ("sent", "under_review"))
        self.assertFalse(dispute.activity_ids)
        self.assertIn("YT2611111111111199", self.other_side.dispute(number)["evidence"])
        self.other_side.update_dispute(number, status="won")
        self.deliver()
        self.take_claims()
        self.assertEqual(dispute.state, "won")

    def test_a_dispute_that_the_app_may_not_read(self):
        """Without that right PayPal's message is all there is: better than a missed deadline."""
        tx = self.pay()
        number = self.other_side.open_dispute(tx.xb_order_reference)["id"]
        self.deliver()
        refusal = VendorRejected("NOT_AUTHORIZED", "no", status=403)
        with (
            patch.object(PayPalAdapter, "get_claim", side_effect=refusal),
            mute_logger("odoo.addons.xb_payments.models.xb_connection"),
        ):
            self.take_claims()
        self.assertEqual(tx.xb_dispute_ids.reference, number)

    @mute_logger("odoo.addons.xb_base.client.transport")
    def test_a_dispute_survives_a_lost_answer(self):
        tx = self.pay()
        self.other_side.open_dispute(tx.xb_order_reference)
        self.deliver()
        for kind in ("truncate", "reset", "error_500"):
            self.simulator.faults.add(kind=kind, match="customer/disputes", count=1)
            with self.assertRaises(RetryableJobError):
                self.take_claims()
        self.take_claims()
        self.assertEqual(tx.xb_dispute_ids.state, "needs_response")

    def test_statement(self):
        tx = self.pay()
        day = self.now() - timedelta(days=1)
        self.other_side.update(tx.xb_order_reference, paid=day.timestamp())
        wizard = self.env["xb.payment.statement"].create(
            {"provider_id": self.provider.id, "day": day.date()}
        )
        wizard.action_fetch()
        self.assertEqual(wizard.file_name, f"paypal_{day.date()}.csv")
        text = base64.b64decode(wizard.file).decode("utf-8-sig")
        row = next(line for line in text.splitlines() if tx.provider_reference in line)
        self.assertIn('"CR",3000,"USD","DR",154,"USD","S"', row)
        self.assertIn(tx.xb_attempt, row)

    def test_a_day_that_is_not_over_is_no_statement(self):
        """PayPal's list lags up to three hours: what is missing would never be asked for again."""
        with self.assertRaises(RetryableVendorError):
            self.connection._get_adapter().get_statement(self.now().date())

    def test_a_day_of_more_transactions_than_one_answer_takes(self):
        day = self.now() - timedelta(days=1)
        txs = [self.pay() for _number in range(5)]
        for tx in txs:
            self.other_side.update(tx.xb_order_reference, paid=day.timestamp())
        self.other_side.report_limit = 2
        self.addCleanup(setattr, self.other_side, "report_limit", None)
        hours = (0, 5, 11, 17, 23)
        for tx, hour in zip(txs, hours, strict=True):
            moment = day.replace(hour=hour, minute=59, second=59, microsecond=0)
            self.other_side.update(tx.xb_order_reference, paid=moment.timestamp())
        _name, content = self.connection._get_adapter().get_statement(day.date())
        for tx in txs:
            self.assertEqual(content.count(tx.provider_reference.encode()), 1)

    def test_a_refused_token_is_renewed_once(self):
        self.connection._get_adapter().ping()
        self.other_side.tokens.clear()
        self.assertIn("PayPal", self.connection._get_adapter().ping())

    def test_an_account_takes_over_what_core_keeps_in_plain_text(self):
        connection = self.connection.copy({"name": "Real", "environment": "sandbox"})
        self.provider.write({"state": "disabled", "xb_connection_id": False})
        self.provider.write(
            {"paypal_client_id": "ID", "paypal_client_secret": "SECRET", "paypal_webhook_id": "W"}
        )
        self.provider.xb_connection_id = connection
        self.assertEqual(
            [self.provider[name] for name in ("paypal_client_id", "paypal_client_secret")],
            [False, False],
        )
        found = connection._get_credentials()
        self.assertEqual(
            (found["api_key"], found["api_secret"], found["webhook_secret"]), ("ID", "SECRET", "W")
        )

    def test_buyers_read_cores_messages_in_their_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", "xb_payments_paypal")]
        )._update_translations(["zh_CN"])
        self.provider.write({"state": "disabled", "xb_connection_id": False})
        fields_ = ("pending_msg", "auth_msg", "done_msg", "cancel_msg")
        for name in fields_:
            english = f"<span>{self.provider._paypal_get_messages()[name]}</span>"
            self.provider.update_field_translations(name, {"zh_CN": {}})
            self.provider.with_context(lang="en_US")[name] = english
        local = self.provider.with_context(lang="zh_CN")
        self.provider.with_context(lang="en_US").done_msg = "<p>Thank you!</p>"
        self.provider.xb_connection_id = self.connection
        self.assertIn("正在等待", local.pending_msg)
        self.assertIn("授权", local.auth_msg)
        self.assertIn("取消", local.cancel_msg)
        self.assertEqual(local.done_msg, "<p>Thank you!</p>", "what a person wrote stays")

    def test_real_credentials_leave_the_simulator(self):
        self.provider.write({"paypal_client_id": "ID", "paypal_client_secret": "SECRET"})
        self.assertFalse(self.provider.xb_connection_id)
        self.assertEqual(self.provider.paypal_client_id, "ID")

    def test_without_account_and_credentials_it_is_not_enabled(self):
        self.provider.write({"state": "disabled", "xb_connection_id": False})
        self.provider.paypal_client_id = False
        with self.assertRaises(ValidationError):
            self.provider.state = "test"

    def test_webhook_is_registered(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "https://erp.example")
        self.provider.action_paypal_create_webhook()
        url = self.other_side.store.get_setting("paypal", "webhook_url")
        self.assertTrue(url.startswith("https://erp.example/xb/in/"))
