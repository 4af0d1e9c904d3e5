"""Somebody who has seen genuine messages, and somebody who sends rubbish."""

import json

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.xb_base.exceptions import InvalidSignature

from .common import PingPongCase

LOGS = "odoo.addons.xb_payments.models.payment_transaction_truth"


@tagged("post_install", "-at_install")
class TestHostile(PingPongCase):
    def test_logs_keep_secrets(self):
        self.check_logs_keep_secrets()

    def test_a_text_is_not_cut_into_other_fields(self):
        """What is signed is ``a=1&b=2``: a buyer's text with such signs could be read as fields."""
        tx = self.begin("3000.00")
        self.open_page(tx)
        wish = {
            "notifyType": "RECHARGE",
            "status": "SUCCESS",
            "merchantTransactionId": tx.xb_attempt,
            "transactionId": "1",
            "amount": "3000.00",
            "currency": "USD",
        }
        text = f"x&bizContent={json.dumps(wish)}"
        small = self.pay("1.00")
        number = self.find_payment(small)["id"]
        dispute = {
            "id": "D-1", "payment": number, "reason": text, "amount": "1.00", "status": "open",
            "deadline": 1_800_000_000,
        }  # fmt: skip
        headers, body = self.other_side.notice("dispute", self.find_payment(small), dispute)
        genuine = json.loads(body)
        _head, _mark, tail = self.join(genuine).partition("&amount=")
        folded, _mark, rest = tail.partition("&bizContent=")
        content, _mark, rest = rest.partition("&signType=")
        forged = {
            "accId": genuine["accId"],
            "amount": folded,
            "bizContent": content,
            "signType": "SHA256",
            "transactionId": rest.partition("&transactionId=")[2],
            "sign": genuine["sign"],
        }
        self.assertEqual(self.join(forged), self.join(genuine), "the signature fits both")
        with self.assertRaises(InvalidSignature):
            self.deliver([(headers, json.dumps(forged).encode())])
        self.assertEqual(tx.state, "draft")
        # the dispute itself is heard, whatever its reason says
        self.deliver([(headers, body)])
        self.assertEqual(small.xb_dispute_ids.reference, "D-1")

    def join(self, fields_):
        return "&".join(f"{k}={v}" for k, v in sorted(fields_.items()) if k != "sign")

    def test_names_of_fields_are_names(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"], tell=False)
        headers, body = self.other_side.notice("payment", self.find_payment(tx))
        genuine = json.loads(body)
        forged = {f"accId={genuine['accId']}&bizContent": genuine["bizContent"]}
        forged |= {name: genuine[name] for name in ("clientId", "signType", "version", "sign")}
        self.assertEqual(self.join(forged), self.join(genuine))
        with self.assertRaises(InvalidSignature):
            self.deliver([(headers, json.dumps(forged).encode())])

    def test_a_dispute_of_another_store(self):
        tx = self.pay()
        dispute = {
            "id": "D-2", "payment": tx.provider_reference, "reason": "", "amount": "30.00",
            "status": "open", "deadline": 1_800_000_000,
        }  # fmt: skip
        headers, body = self.other_side.notice("dispute", self.find_payment(tx), dispute)
        flat = {**json.loads(body), "accId": "2026000000000000009001"}
        flat["sign"] = self.other_side.sign(flat)
        with self.assertRaises(InvalidSignature):
            self.deliver([(headers, json.dumps(flat).encode())])

    def test_rubbish_is_refused_and_breaks_nothing(self):
        for body in (
            b"",
            b"\xff\xfe",
            b"null",
            b'"text"',
            b'{"sign": "\\ud800", "accId": "1"}',
            b'{"sign": "AA", "accId": "\\ud800"}',
            b'{"sign": "AA", "signType": ["SHA256"]}',
            b'{"sign": "AA", "signType": {"a": 1}}',
            b'{"sign": {}, "bizContent": []}',
            b'{"sign": "AA", "bizContent": {"a": {}}}',
            b'{"sign": "' + b"A" * 64 + b'", "": ""}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
        ):
            with self.assertRaises(InvalidSignature, msg=body[:60]):
                self.deliver([({}, body)])

    def test_a_genuine_message_about_somebody_elses_payment(self):
        """Another company with an account of its own cannot pay our invoices."""
        company = self.env["res.company"].create({"name": "Neighbours"})
        other = self.connection.copy({"name": "Theirs", "company_id": company.id})
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        ours, self.connection = self.connection, other
        try:
            (event,) = self.deliver()
        finally:
            self.connection = ours
        self.assertEqual((event.state, tx.state), ("dead", "draft"))

    @mute_logger(LOGS)
    def test_what_is_held_is_not_released_by_a_message(self):
        """Two genuine messages that contradict each other: only the provider's answer counts."""
        tx = self.begin("30.00")
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"], tell=False)
        good = self.other_side.notice("payment", self.find_payment(tx))
        self.other_side.alter(payment["id"], "3.00")
        self.other_side.tell("payment", payment["id"])
        self.deliver()
        self.assertTrue(tx.xb_hold_reason)
        self.deliver([good])
        self.assertEqual(tx.state, "error", "an old message of the right amount")
        self.assertTrue(tx.xb_next_poll, "it makes us ask")
        tx._job_xb_poll()
        self.assertEqual(tx.state, "error")
        self.other_side.alter(payment["id"], "30.00")
        self.deliver([(good[0], good[1] + b" ")])
        tx._job_xb_poll()
        self.assertEqual((tx.state, tx.xb_hold_reason), ("done", False))

    @mute_logger(LOGS)
    def test_equal_amount_of_another_currency(self):
        tx = self.begin("30.00")
        _values, payment = self.open_page(tx)
        self.other_side.update(payment["id"], currency="JPY")
        self.other_side.pay(payment["id"])
        self.deliver()
        self.assertEqual(tx.state, "error")
        self.assertIn("JPY", tx.xb_hold_reason)

    @mute_logger(LOGS)
    def test_minor_units_are_not_taken_for_money(self):
        tx = self.begin("30.00")
        _values, payment = self.open_page(tx)
        self.other_side.alter(payment["id"], "3000")
        self.other_side.pay(payment["id"])
        self.deliver()
        self.assertIn("3000", tx.xb_hold_reason)
        self.assertEqual(tx.state, "error")

    @mute_logger(LOGS)
    def test_a_refund_message_of_more_than_the_refund(self):
        tx = self.pay("30.00")
        refund = tx._refund(amount_to_refund=10)
        change = {"kind": "refund", "ref": refund.xb_attempt, "id": "R1", "amount": "25.00",
                  "created": 1_800_000_000}  # fmt: skip
        self.deliver([self.other_side.notice("refund", self.find_payment(tx), change)])
        self.assertEqual(refund.state, "error")
        self.assertTrue(refund.xb_hold_reason)

    def test_a_database_set_up_anew_with_the_same_account(self):
        """Its numbers begin again; the provider knows them, paid, from the old one."""
        self.env.cr.execute("SELECT nextval('payment_transaction_id_seq') + 1")
        number = self.env.cr.fetchone()[0]
        for name in (f"S00001-{number}", f"S00001_{number}"):
            old = self.other_side.open_payment(ref=name, amount="30.00", currency="USD")
            self.other_side.pay(old["id"], tell=False)
        tx = self.begin("30.00", reference="S00001")
        self.assertEqual(tx.id, number)
        self.open_page(tx)
        tx._xb_ask()
        self.assertEqual(tx.state, "draft", "nobody has paid this one")

    def test_an_old_message_again_after_its_row_is_gone(self):
        """The inbox forgets after some weeks; the payment does not."""
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        notices = self.other_side.notices()
        self.deliver(notices)
        tx._job_xb_post_process()
        booked = tx.payment_id
        refund = tx._refund(amount_to_refund=30)
        self.send_outbox()
        self.env["xb.inbox"].search([("connection_id", "=", self.connection.id)]).unlink()
        self.deliver(notices)
        self.assertEqual((tx.state, tx.payment_id, refund.state), ("done", booked, "done"))
