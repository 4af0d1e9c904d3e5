"""The buyer's way and the clerk's, against PingPong's stand-in over real HTTP."""

import base64
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.xb_base.exceptions import InvalidSignature

from .common import PingPongCase

LOGS = "odoo.addons.xb_payments.models.payment_transaction_truth"


@tagged("post_install", "-at_install")
class TestFlow(PingPongCase):
    def test_paid_by_notification(self):
        order = self.make_order()
        tx = self.begin(order=order)
        values, payment = self.open_page(tx)
        self.assertIn(payment["id"], values["api_url"])
        self.assertEqual(tx.state, "draft")
        self.other_side.pay(payment["id"])
        self.deliver()
        self.assertEqual((tx.state, tx.provider_reference), ("done", payment["id"]))
        tx._job_xb_post_process()
        self.assertEqual(order.state, "sale")
        self.assertEqual(tx.payment_id.amount, 30)
        self.assertEqual(tx.payment_id.currency_id, self.currency)
        self.assertIn(tx.payment_id.state, ("in_process", "paid"))

    def test_a_browser_return_asks_and_believes_nothing_else(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        tx._xb_ask()
        self.assertEqual(tx.state, "draft", "nothing was paid")
        self.other_side.pay(payment["id"])
        tx._xb_ask()
        self.assertEqual(tx.state, "done")

    def test_declined_then_paid_on_the_same_page(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.decline(payment["id"])
        self.deliver()
        self.assertEqual(tx.state, "error")
        self.assertTrue(tx.xb_next_poll, "FAILED is not final")
        self.other_side.pay(payment["id"])
        self.deliver()
        self.assertEqual(tx.state, "done")

    def test_another_try_has_another_number(self):
        order = self.make_order()
        first, second = self.begin(order=order), self.begin(order=order)
        self.open_page(first)
        self.open_page(second)
        self.assertNotEqual(first.xb_attempt, second.xb_attempt)
        self.assertNotEqual(self.find_payment(first)["id"], self.find_payment(second)["id"])

    def test_late_and_repeated_and_contradictory(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.decline(payment["id"])
        self.other_side.pay(payment["id"])
        failed, paid = self.other_side.notices()
        self.deliver([paid])
        self.assertEqual(tx.state, "done")
        with mute_logger("odoo.addons.payment.models.payment_transaction"):
            self.assertEqual(len(self.deliver([paid])), 0, "a repeat is no new event")
            self.deliver([failed])
        self.assertEqual(tx.state, "done")
        self.assertTrue(tx.xb_next_poll, "the late word makes us ask")
        tx._job_xb_poll()
        self.assertEqual(tx.state, "done")
        self.assertFalse(tx.xb_hold_reason)
        self.assertFalse(tx.xb_next_poll)

    @mute_logger(LOGS)
    def test_wrong_amount_is_held_and_never_paid(self):
        tx = self.begin("30.00")
        _values, payment = self.open_page(tx)
        self.other_side.alter(payment["id"], "3.00")
        self.other_side.pay(payment["id"])
        notices = self.other_side.notices()
        self.deliver(notices)
        self.assertEqual(tx.state, "error")
        self.assertIn("USD 3.0", tx.xb_hold_reason)
        # core pays at the second notification: the first one has set its state already
        inbox = self.env["xb.inbox"].search([("connection_id", "=", self.connection.id)])
        self.connection._process_inbox(inbox)
        tx._xb_ask()
        self.assertEqual(tx.state, "error")
        self.assertTrue(tx.xb_hold_reason)

    @mute_logger(LOGS)
    def test_why_it_is_held_is_told_in_the_companys_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.company.partner_id.lang = "zh_CN"
        tx = self.begin("30.00").with_context(lang=None)
        _values, payment = self.open_page(tx)
        self.other_side.alter(payment["id"], "3.00")
        self.other_side.pay(payment["id"])
        self.connection = self.connection.with_context(lang=None)
        self.deliver()
        self.assertIn("渠道", tx.xb_hold_reason)

    @mute_logger(LOGS)
    def test_held_is_released_when_the_provider_corrects_itself(self):
        tx = self.begin("30.00")
        _values, payment = self.open_page(tx)
        self.other_side.alter(payment["id"], "3.00")
        self.other_side.pay(payment["id"])
        self.deliver()
        self.other_side.alter(payment["id"], "30.00")
        tx.action_xb_ask()
        self.assertEqual(tx.state, "done")
        self.assertFalse(tx.xb_hold_reason)

    def test_forged_and_altered_notifications_have_no_effect(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"], tell=False)
        headers, body = self.other_side.notice("payment", self.find_payment(tx))
        for forged in (
            body.replace(b"SUCCESS", b"SUCCESs"),
            body.replace(b"30.000000", b"31.000000"),
            body.replace(b'"sign":"', b'"sign":"0'),
            body.replace(b'"SHA256"', b'"MD5"'),
            b"{}",
            b"[]",
            b"nonsense",
        ):
            with self.assertRaises(InvalidSignature):
                self.deliver([(headers, forged)])
        self.assertEqual(tx.state, "draft")

    def test_abandoned_expires_and_is_paid_after_all(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        with freeze_time(fields.Datetime.now() + timedelta(hours=49)):
            tx._job_xb_poll()
            self.assertEqual(tx.state, "cancel")
            self.other_side.update(payment["id"], status="paid")
            self.other_side.tell("payment", payment["id"])
            self.deliver()
        self.assertEqual(tx.state, "done")

    def test_lost_notification_is_polled(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"], tell=False)
        with freeze_time(fields.Datetime.now() + timedelta(seconds=40)):
            self.env["payment.transaction"].with_context(queue_job__no_delay=True)._cron_xb_poll()
        self.assertEqual(tx.state, "done")
        self.assertFalse(tx.xb_next_poll)

    def test_who_was_asked_about_meanwhile_is_not_asked_about_again(self):
        """On a bad day the same payment waits in several batches of polls."""
        tx = self.begin()
        self.open_page(tx)
        self.assertEqual(tx._job_xb_poll(only_due=True), "0 asked", "it is not due yet")
        with freeze_time(fields.Datetime.now() + timedelta(seconds=40)):
            self.assertEqual(tx._job_xb_poll(only_due=True), "1 asked")
            self.assertEqual(tx._job_xb_poll(only_due=True), "0 asked")

    @mute_logger("odoo.addons.xb_base.client.transport")
    def test_lost_answers_cost_a_batch_of_polls_only_themselves(self):
        txs = self.env["payment.transaction"]
        for _number in range(6):
            tx = self.begin()
            _values, payment = self.open_page(tx)
            self.other_side.pay(payment["id"], tell=False)
            txs |= tx
        self.simulator.faults.add(kind="reset", match="payment/query", count=1)
        self.simulator.faults.add(kind="truncate", match="payment/query", count=1)
        self.assertEqual(txs._job_xb_poll(), "4 asked")
        self.assertEqual(len(txs.filtered(lambda tx: tx.state == "done")), 4)
        rest = txs.filtered(lambda tx: tx.state != "done")
        self.assertTrue(all(rest.mapped("xb_next_poll")), "they stay due")
        self.assertEqual(rest._job_xb_poll(), "2 asked")
        self.simulator.faults.add(kind="reset", match="payment/query")
        unpaid = self.begin() + self.begin()
        with self.assertRaises(RetryableJobError):
            unpaid._job_xb_poll()
        self.simulator.faults.clear()
        self.simulator.faults.add(kind="truncate", match="payment/query")
        with self.assertRaises(RetryableJobError):
            unpaid._job_xb_poll()

    def test_a_collision_costs_a_batch_of_polls_only_itself(self):
        """A notification at the same moment: were they one transaction, all were asked again."""
        txs = self.env["payment.transaction"]
        for _number in range(3):
            tx = self.begin()
            _values, payment = self.open_page(tx)
            self.other_side.pay(payment["id"], tell=False)
            txs |= tx
        ask = type(txs)._xb_ask

        def collide(tx):
            result = ask(tx)
            if tx.id == txs[1].id:
                raise SerializationFailure("somebody was faster")
            return result

        with patch.object(type(txs), "_xb_ask", collide):
            self.assertEqual(txs._job_xb_poll(), "2 asked")
        self.assertEqual(txs.mapped("state"), ["done", "draft", "done"])
        self.assertTrue(txs[1].xb_next_poll, "it stays due")
        self.assertEqual(txs[1]._job_xb_poll(), "1 asked")

    def test_checkout_does_not_open(self):
        tx = self.begin()
        self.simulator.faults.add(kind="error_500", match="prePay", count=1)
        with mute_logger(
            "odoo.addons.xb_payments.models.payment_transaction",
            "odoo.addons.xb_base.client.transport",
        ):
            tx._get_specific_rendering_values({})
        self.assertEqual(tx.state, "error")
        self.assertNotIn("500", tx.state_message)

    # === REFUNDS === #

    def refunds_of(self, tx):
        """What the provider has given back of a payment."""
        number = self.find_payment(tx)["id"]
        return [row["amount"] for row in self.other_side.changes() if row["payment"] == number]

    def test_refund_in_two_parts(self):
        tx = self.pay("30.00")
        tx._job_xb_post_process()
        first = tx._refund(amount_to_refund=10)
        self.assertEqual(first.state, "pending")
        self.send_outbox()
        self.assertEqual(first.state, "done")
        second = tx._refund(amount_to_refund=20)
        self.send_outbox()
        self.assertEqual(second.state, "done")
        self.assertEqual(self.find_payment(tx)["refunded"], "30.00")
        for refund in first + second:
            refund._job_xb_post_process()
        self.assertEqual(
            (first + second).payment_id.mapped(lambda p: (p.payment_type, p.amount)),
            [("outbound", 10), ("outbound", 20)],
        )
        with self.assertRaises(UserError):
            tx._refund(amount_to_refund=0.01)

    def test_pressing_twice_refunds_once(self):
        tx = self.pay("30.00")
        tx._refund(amount_to_refund=30)
        with self.assertRaises(UserError):
            tx._refund(amount_to_refund=30)
        self.send_outbox()
        self.assertEqual(self.refunds_of(tx), ["30.00"])

    @mute_logger("odoo.addons.xb_base.client.transport")
    def test_refund_whose_answer_gets_lost_happens_once(self):
        tx = self.pay("30.00")
        self.simulator.faults.add(kind="reset", match="payment/refund", count=1)
        refund = tx._refund(amount_to_refund=30)
        self.send_outbox()
        self.assertEqual(refund.state, "pending")
        self.send_again()
        self.assertEqual(refund.state, "done")
        self.assertEqual(self.refunds_of(tx), ["30.00"])

    def test_refund_refused(self):
        tx = self.pay("30.00")
        self.other_side.update(tx.provider_reference, refunded="25.00")
        refund = tx._refund(amount_to_refund=10)
        self.send_outbox()
        self.assertEqual(refund.state, "error")
        self.assertIn("108000", refund.state_message)
        self.assertEqual(tx._xb_get_refundable(), 30)

    def test_refund_made_on_pingpongs_own_site(self):
        self.check_refund_made_by_hand()

    @mute_logger("odoo.addons.xb_base.client.transport")
    def test_a_refund_by_hand_survives_lost_answers(self):
        tx = self.pay()
        self.other_side.refund_by_hand(self.find_payment(tx)["id"], "7.00")
        self.deliver()
        for kind in ("truncate", "reset", "error_500"):
            self.simulator.faults.add(kind=kind, match="refund/query", count=1)
            self.take_refunds()
            self.assertFalse(tx.child_transaction_ids)
        self.take_refunds()
        self.assertEqual(tx.child_transaction_ids.mapped("amount"), [-7])

    def test_more_refunded_by_hand_than_was_left_is_held(self):
        tx = self.pay()
        tx._refund(amount_to_refund=20)  # under way, not yet at PingPong
        payment = self.find_payment(tx)
        self.other_side.refund_by_hand(payment["id"], "30.00")
        self.deliver()
        with mute_logger(LOGS):
            self.take_refunds()
        self.assertIn("More was refunded", tx.xb_hold_reason)
        self.assertEqual(tx.state, "done")
        self.send_outbox()
        states = tx.child_transaction_ids.sorted("id").mapped("state")
        self.assertEqual(states, ["error", "done"], "the second one was refused by PingPong")

    def test_refund_by_hand_of_what_was_never_paid_here(self):
        """A held payment is refunded at the provider, as its reason says: nothing is booked."""
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.alter(payment["id"], "3.00")
        self.other_side.pay(payment["id"])
        with mute_logger(LOGS):
            self.deliver()
            self.other_side.refund_by_hand(payment["id"], "3.00")
            self.deliver()
            self.take_refunds()
        self.assertTrue(tx.xb_hold_reason)
        self.assertEqual(tx.state, "error")
        self.assertFalse(tx.child_transaction_ids)

    def test_refund_notification(self):
        tx = self.pay("30.00")
        refund = tx._refund(amount_to_refund=10)
        self.send_outbox()
        self.deliver()
        self.assertEqual(refund.state, "done")

    # === AUTHORIZE === #

    def test_capture_and_void(self):
        self.provider.capture_manually = True
        captured, voided = self.pay("30.00"), self.pay("12.00")
        self.assertEqual((captured.state, voided.state), ("authorized", "authorized"))
        capture = captured._capture()
        void = voided._void()
        self.send_outbox()
        self.assertEqual((capture.state, captured.state), ("done", "done"))
        self.assertEqual((void.state, voided.state), ("cancel", "cancel"))
        self.deliver()
        self.assertEqual((captured.state, voided.state), ("done", "cancel"))
        self.assertEqual(self.find_payment(captured)["status"], "paid")
        self.assertEqual(self.find_payment(voided)["status"], "voided")

    # === DISPUTES === #

    def test_dispute(self):
        tx = self.pay("30.00")
        number = self.other_side.open_dispute(tx.provider_reference)["id"]
        notices = self.other_side.notices()
        self.deliver(notices)
        dispute = tx.xb_dispute_ids
        self.assertEqual((dispute.reference, dispute.state), (number, "needs_response"))
        self.assertEqual(dispute.amount, 30)
        self.assertIn(dispute.days_left, (9, 10))
        self.assertTrue(dispute.activity_ids)
        with self.assertRaises(UserError):
            dispute.action_answer()
        dispute.action_answered_by_hand()
        self.assertEqual(dispute.state, "under_review")
        self.assertFalse(dispute.activity_ids)
        self.other_side.update_dispute(number, status="won")
        won = self.other_side.notices()
        self.deliver(won)
        self.assertEqual(dispute.state, "won")
        inbox = self.env["xb.inbox"].search([("connection_id", "=", self.connection.id)])
        self.connection._process_inbox(inbox)
        self.assertEqual((len(tx.xb_dispute_ids), dispute.state), (1, "won"))

    # === STATEMENT, TRACKING, QUERIES === #

    def test_shipping_proof_goes_out_by_itself(self):
        tx = self.pay(order=self.make_order())
        parcel = self.make_parcel(tx)
        self.send_outbox()
        (proof,) = [p for p in self.other_side.proofs() if p["payment"] == tx.provider_reference]
        self.assertEqual(proof["number"], parcel.number)
        self.assertEqual(proof["body"]["merchantTransactionId"], tx.xb_attempt)
        self.assertEqual(parcel.upload_state, "confirmed")
        self.provider.xb_send_tracking = False
        self.assertFalse(parcel._get_upload_destinations())

    def test_statement(self):
        tx = self.pay("30.00")
        wizard = self.env["xb.payment.statement"].create({"provider_id": self.provider.id})
        wizard.action_fetch()
        self.assertIn("pingpong_", wizard.file_name)
        self.assertIn(tx.xb_attempt.encode(), base64.b64decode(wizard.file))

    def test_unknown_payment_is_set_aside(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.update(payment["id"], ref="somebody-else")
        self.other_side.pay(payment["id"])
        (event,) = self.deliver()
        self.assertEqual(event.state, "dead")
        self.assertIn("somebody-else", event.reason)

    def test_many_notifications_are_one_batch(self):
        txs = [self.begin() for _n in range(5)]
        for tx in txs:
            self.other_side.pay(self.open_page(tx)[1]["id"])
        notices = self.other_side.notices()
        self.env.flush_all()
        with patch.object(type(self.provider), "_xb_get_adapter") as asked:
            self.deliver(notices)
        asked.assert_not_called()
        self.assertEqual({tx.state for tx in txs}, {"done"})

    def test_a_mail_that_cannot_be_made_does_not_keep_money_from_being_booked(self):
        order = self.make_order()
        tx = self.begin(order=order)
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        self.deliver()
        target = "odoo.addons.mail.models.mail_template.MailTemplate._generate_template"
        with (
            patch(target, side_effect=UserError("no PDF")),
            mute_logger("odoo.addons.xb_payments.models.sale_order"),
        ):
            tx._job_xb_post_process()
        self.assertEqual((order.state, tx.payment_id.amount), ("sale", 30))
        self.assertIn("no PDF", order.message_ids[:3].mapped("body").__str__())
