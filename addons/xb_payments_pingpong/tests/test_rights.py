from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import PingPongCase


@tagged("post_install", "-at_install")
class TestRights(PingPongCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = new_test_user(cls.env, "pay_finance", "xb_base.group_finance")
        cls.clerk = new_test_user(cls.env, "pay_clerk", "xb_base.group_clerk")

    def test_finance_reads_and_asks_but_writes_nothing(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        theirs = tx.with_user(self.finance)
        theirs.action_xb_ask()
        self.assertEqual(theirs.state, "done")
        with self.assertRaises(AccessError):
            theirs.write({"xb_hold_reason": False})
        self.assertTrue(self.env["xb.payment.report"].with_user(self.finance).get_dashboard())

    def test_clerks_see_disputes_and_no_payments(self):
        tx = self.pay()
        with self.assertRaises(AccessError):
            tx.with_user(self.clerk).action_xb_ask()
        with self.assertRaises(AccessError):
            self.env["xb.payment.report"].with_user(self.clerk).get_dashboard()
        self.other_side.open_dispute(tx.provider_reference)
        self.deliver()
        dispute = tx.xb_dispute_ids.with_user(self.clerk)
        self.assertTrue(dispute.reference)
        with self.assertRaises(AccessError):
            dispute.action_answered_by_hand()

    def test_dashboard_adds_what_may_be_added(self):
        tx = self.pay("30.00")
        tx._refund(amount_to_refund=10)
        self.send_outbox()
        self.other_side.open_dispute(tx.provider_reference)
        self.deliver()
        self.env.flush_all()
        found = self.env["xb.payment.report"].with_user(self.finance).get_dashboard(30)
        (row,) = [
            r
            for r in found["rows"]
            if r["provider"] == self.provider.display_name and r["currency"] == "USD"
        ]
        self.assertIn("30.00", row["paid"])
        self.assertIn("10.00", row["refunded"])
        self.assertIn("30.00", row["disputed"])
        tiles = {tile["key"]: tile for tile in found["tiles"]}
        self.assertGreaterEqual(tiles["paid"]["count"], 1)
        self.assertEqual(len(found["days"]), 30)
        self.assertEqual(found["days"][-1]["share"], 100)

    def test_play_money_is_never_enabled(self):
        with self.assertRaises(ValidationError):
            self.provider.state = "enabled"

    def test_an_account_of_another_vendor_is_refused(self):
        other = self.env["payment.provider"].search([("code", "=", "none")], limit=1)
        with self.assertRaises(ValidationError):
            other.xb_connection_id = self.connection
        self.provider.state = "disabled"
        self.provider.xb_connection_id = False
        with self.assertRaises(ValidationError):
            self.provider.state = "test"
