from odoo import fields
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

    def test_nobody_writes_paid(self):
        """Core's accounting would let finance write states; here only the provider's word does."""
        tx = self.begin()
        self.open_page(tx)
        theirs = tx.with_user(self.finance)
        for vals in (
            {"state": "done"},
            {"amount": 1.0},
            {"provider_reference": "mine"},
            {"xb_hold_reason": False},
            {"is_post_processed": True},
            {"state": "done", "xb_attempt": False},
        ):
            with self.assertRaises(AccessError, msg=vals):
                theirs.write(vals)
        vals = {**tx.copy_data()[0], "reference": "by hand", "state": "done"}
        with self.assertRaises(AccessError):
            self.env["payment.transaction"].with_user(self.finance).create(vals)
        self.assertEqual(tx.state, "draft")

    def test_finance_refunds_and_voids_in_its_own_name(self):
        accountant = new_test_user(
            self.env, "pay_accountant", "xb_base.group_finance,account.group_account_invoice"
        )
        tx = self.pay()
        refund = tx.with_user(accountant)._refund(amount_to_refund=10)
        self.assertEqual((refund.state, refund.create_uid), ("pending", accountant))
        self.send_outbox()
        self.assertEqual(refund.state, "done")
        self.provider.capture_manually = True
        reserved = self.begin()
        _values, payment = self.open_page(reserved)
        self.other_side.pay(payment["id"])
        self.deliver()
        void = reserved.with_user(accountant)._void()
        self.send_outbox()
        self.assertEqual((void or reserved).state, "cancel")

    def test_finance_reads_and_asks(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        theirs = tx.with_user(self.finance)
        theirs.action_xb_ask()
        self.assertEqual(theirs.state, "done")
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

    def test_dashboard_counts_what_came_in_and_went_back(self):
        report = self.env["xb.payment.report"].with_user(self.finance)

        def look():
            self.env.flush_all()
            return report.get_dashboard(30)

        def counts(found):
            return {tile["key"]: tile["count"] for tile in found["tiles"]}

        before = look()
        tx = self.pay("30.00")
        tx._refund(amount_to_refund=10)
        self.send_outbox()
        self.other_side.open_dispute(tx.provider_reference)
        self.deliver()
        self.begin("12.00")
        after = look()
        for key in ("paid", "pending", "refunded", "disputed"):
            self.assertEqual(counts(after)[key], counts(before)[key] + 1, key)
        self.assertEqual(after["answers"], before["answers"] + 1)
        row = next(
            r
            for r in after["rows"]
            if r["provider"] == self.provider.display_name and r["currency"] == "USD"
        )
        self.assertTrue(row["paid"] and row["refunded"] and row["disputed"])
        self.assertEqual(len(after["days"]), 30)
        self.assertEqual(after["days"][-1]["day"], str(fields.Date.today()))
        self.assertGreater(after["days"][-1]["count"], 0)

    def test_fee_rate_is_a_rate_of_sums(self):
        small, large = self.pay("10.00"), self.pay("90.00")
        for tx, fee in ((small, 1), (large, 1)):
            tx.write({"xb_fee": fee, "xb_fee_currency_id": self.currency.id})
        self.env.flush_all()
        ((_provider, rate),) = self.env["xb.payment.report"]._read_group(
            [("id", "in", (small + large).ids)], ["provider_id"], ["fee_rate:avg"]
        )
        self.assertEqual(round(rate, 2), 2.0, "2 of 100, and not the mean of 10 % and 1.1 %")

    def test_what_books_its_payments_is_there_before_the_first_one(self):
        """Made with the first payment, two at once would make two, and nothing be booked again."""
        lines = self.env["account.payment.method.line"].search(
            [("payment_provider_id", "=", self.provider.id)]
        )
        self.assertEqual(len(lines), 1)
        self.assertEqual(lines.journal_id.type, "bank")
        self.provider.state = "disabled"
        lines.exists().unlink()
        self.provider.state = "test"
        self.provider._ensure_payment_method_line()
        lines = self.env["account.payment.method.line"].search(
            [("payment_provider_id", "=", self.provider.id)]
        )
        self.assertEqual(len(lines), 1)

    def test_play_money_is_never_enabled(self):
        real = self.connection.copy({"name": "Real", "environment": "production"})
        for environment in ("simulator", "sandbox"):
            self.connection.environment = environment
            with self.assertRaises(ValidationError):
                self.provider.state = "enabled"
        self.provider.xb_connection_id = real
        self.provider.state = "enabled"
        with self.assertRaises(ValidationError):
            self.provider.xb_connection_id = self.connection
        for environment in ("simulator", "sandbox"):
            with self.assertRaises(ValidationError):
                real.environment = environment

    def test_an_account_of_another_vendor_is_refused(self):
        other = self.env["payment.provider"].search([("code", "=", "none")], limit=1)
        with self.assertRaises(ValidationError):
            other.xb_connection_id = self.connection
        self.provider.state = "disabled"
        self.provider.xb_connection_id = False
        with self.assertRaises(ValidationError):
            self.provider.state = "test"
