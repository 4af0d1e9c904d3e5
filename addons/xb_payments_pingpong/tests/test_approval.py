"""Two people for much money."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import PingPongCase


@tagged("post_install", "-at_install")
class TestApproval(PingPongCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "xb_base.group_finance,account.group_account_invoice"
        cls.first = new_test_user(cls.env, "pay_first", groups)
        cls.second = new_test_user(cls.env, "pay_second", groups)
        cls.clerk = new_test_user(
            cls.env, "pay_other", "xb_base.group_clerk,account.group_account_invoice"
        )
        cls.provider.xb_approve_above = cls.currency._convert(
            30, cls.env.company.currency_id, cls.env.company
        )

    def refund(self, tx, amount):
        """Have the first person refund; return the refund."""
        refund = tx.with_user(self.first)._refund(amount_to_refund=amount)
        self.send_outbox()
        return refund

    def sent(self, tx):
        number = self.find_payment(tx)["id"]
        return [row["amount"] for row in self.other_side.changes() if row["payment"] == number]

    def test_a_small_one_goes_out_at_once(self):
        tx = self.pay("100.00")
        self.assertEqual(self.refund(tx, 30).state, "done")
        self.assertEqual(self.sent(tx), ["30.00"])

    def test_a_large_one_waits_for_somebody_else(self):
        tx = self.pay("100.00")
        refund = self.refund(tx, 31)
        self.assertTrue(refund.xb_needs_approval)
        self.assertEqual((refund.state, self.sent(tx)), ("draft", []))
        self.assertEqual(tx._xb_get_refundable(), 69, "it counts meanwhile")
        self.assertFalse(refund.xb_next_poll)
        self.assertFalse(refund._xb_ask(), "there is nothing to ask about")
        with self.assertRaises(UserError):
            refund.action_xb_approve()
        with self.assertRaises(AccessError):
            refund.with_user(self.clerk).action_xb_approve()
        with self.assertRaises(AccessError):
            refund.write({"xb_needs_approval": False})
        self.send_outbox()
        self.assertEqual(self.sent(tx), [])
        for _time in range(2):
            refund.with_user(self.second).action_xb_approve()
            self.send_outbox()
        self.assertEqual((refund.state, refund.xb_needs_approval), ("done", False))
        self.assertEqual(self.sent(tx), ["31.00"])
        refund.sudo()._job_xb_post_process()
        self.assertEqual(refund.payment_id.amount, 31)

    def test_several_small_ones_are_a_large_one(self):
        tx = self.pay("100.00")
        self.assertEqual(self.refund(tx, 20).state, "done")
        second = self.refund(tx, 20)
        self.assertTrue(second.xb_needs_approval)
        self.assertEqual(self.sent(tx), ["20.00"])

    def test_rejected_is_free_again(self):
        tx = self.pay("100.00")
        refund = self.refund(tx, 100)
        with self.assertRaises(UserError):
            tx._refund(amount_to_refund=1)
        refund.with_user(self.second).action_xb_reject()
        self.assertEqual(refund.state, "cancel")
        self.assertIn(self.second.name, refund.state_message)
        refund.with_user(self.second).action_xb_approve()
        self.send_outbox()
        self.assertEqual(self.sent(tx), [], "decided is decided")
        self.assertEqual(tx._xb_get_refundable(), 100)

    def test_the_overview_counts_what_waits(self):
        report = self.env["xb.payment.report"].with_user(self.second)
        before = report.get_dashboard()["approvals"]
        self.refund(self.pay("100.00"), 100)
        self.assertEqual(report.get_dashboard()["approvals"], before + 1)

    def test_what_was_refunded_elsewhere_is_entered_without_asking(self):
        """The money is gone: there is nothing to approve any more."""
        tx = self.pay("100.00")
        self.other_side.refund_by_hand(self.find_payment(tx)["id"], "90.00")
        self.deliver()
        self.take_refunds()
        self.assertEqual(tx.child_transaction_ids.state, "done")
