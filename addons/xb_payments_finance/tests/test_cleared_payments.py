"""An order paid through a provider of ours: its payment and its settlement book one sale."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from . import test_statements


class ClearedCase(test_statements.StatementCase):
    """The provider's shop, and what its payments and its settlement leave in the ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider.xb_statement_shop_id = cls.shop

    def setUp(self):
        super().setUp()
        self.before = self.env["account.move.line"].search([], order="id desc", limit=1).id or 0

    def settle(self):
        """Fetch the day's statement, leave what has no order open, and post it."""
        self.provider._job_xb_statement(str(self.yesterday))
        settlement = self.shop.settlement_ids
        lines = settlement.line_ids.filtered(lambda line: line.match == "open")
        if lines:
            lines.leave_open("not ours")
        settlement.action_post()
        return settlement

    def outstanding(self, payment):
        return payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        )

    def balance(self, *accounts):
        """Sum of the journal items of some accounts since the test began, in company currency."""
        ids = [account.id for account in accounts]
        return round(
            sum(
                self.env["account.move.line"]
                .search(
                    [
                        ("account_id", "in", ids),
                        ("parent_state", "=", "posted"),
                        ("id", ">", self.before),
                    ]
                )
                .mapped("balance")
            ),
            2,
        )

    def income(self):
        accounts = self.env["account.account"].search(
            [("account_type", "in", ("income", "income_other"))]
        )
        return -self.balance(*accounts)


@tagged("post_install", "-at_install")
class TestClearedPayments(ClearedCase):
    vendor = "paypal"
    method = "paypal"
    yesterday = test_statements.TestPayPalStatement.yesterday

    def pay(self, amount="30.00", **values):
        """Override: paid yesterday, and in the books."""
        tx = test_statements.TestPayPalStatement.pay(self, amount, **values)
        tx._job_xb_post_process()
        return tx

    def pay_and_invoice(self):
        """Return a payment, the invoice that it has paid, and the invoice's receivable item."""
        order = self.make_order("200.00")
        tx = self.pay("200.00", order=order)
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        invoice.action_post()
        receivable = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        counterpart = tx.payment_id.move_id.line_ids - self.outstanding(tx.payment_id)
        if not receivable.reconciled:
            (receivable | counterpart).reconcile()
        return tx, invoice, receivable

    def test_sale_booked_from_the_settlement(self):
        order = self.make_order("200.00")
        tx = self.pay("200.00", order=order)
        payment = tx.payment_id
        self.assertFalse(self.outstanding(payment).reconciled)
        settlement = self.settle()
        self.assertTrue(settlement.payment_move_id)
        self.assertTrue(self.outstanding(payment).reconciled)
        receivable = payment.destination_account_id
        self.assertEqual(self.balance(payment.outstanding_account_id), 0)
        self.assertEqual(self.balance(receivable), 0)
        self.assertFalse(
            (payment.move_id | settlement.payment_move_id).line_ids.filtered(
                lambda line: line.account_id == receivable and not line.reconciled
            )
        )
        self.assertEqual(self.income(), 200.0, "one sale")

    def test_sale_booked_with_the_invoice(self):
        self.shop.settlement_mode = "receivable"
        tx, invoice, receivable = self.pay_and_invoice()
        self.settle()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self.balance(tx.payment_id.outstanding_account_id), 0)
        self.assertEqual(self.balance(receivable.account_id), 0)
        self.assertEqual(self.income(), 200.0, "one sale")

    def test_invoiced_though_the_settlement_books_sales(self):
        tx, _invoice, receivable = self.pay_and_invoice()
        self.settle()
        self.assertEqual(self.balance(tx.payment_id.outstanding_account_id), 0)
        self.assertEqual(self.balance(receivable.account_id), 0)
        self.assertEqual(self.income(), 200.0, "one sale")

    def test_invoiced_after_the_settlement(self):
        """The settlement's sale becomes the invoice's payment; undone, the buyer's own pays it."""
        order = self.make_order("200.00")
        tx = self.pay("200.00", order=order)
        settlement = self.settle()
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        invoice.action_post()
        receivable = tx.payment_id.destination_account_id
        for posted in (True, False, True):
            if posted != (settlement.state == "posted"):
                settlement.action_post() if posted else settlement.action_reverse()
            self.assertEqual(self.income(), 200.0, "one sale")
            self.assertEqual(invoice.amount_residual, 0)
            self.assertEqual(self.balance(receivable), 0)
            outstanding = tx.payment_id.outstanding_account_id
            self.assertEqual(self.balance(outstanding), 0 if posted else 200.0)
        invoice.button_draft()
        self.assertEqual(self.income(), 200.0, "the settlement's sale again")
        self.assertEqual(self.balance(receivable), 0)
        self.assertFalse(
            tx.payment_id.move_id.line_ids.filtered(
                lambda line: line.account_id == receivable and not line.reconciled
            )
        )

    def test_reversed_and_posted_again(self):
        order = self.make_order("200.00")
        tx = self.pay("200.00", order=order)
        settlement = self.settle()
        cleared = settlement.payment_move_id
        settlement.action_reverse()
        self.assertFalse(settlement.payment_move_id)
        self.assertTrue(cleared.reversal_move_ids)
        self.assertFalse(self.outstanding(tx.payment_id).reconciled)
        settlement.action_post()
        self.assertTrue(self.outstanding(tx.payment_id).reconciled)
        self.assertEqual(self.income(), 200.0)

    def test_payment_that_a_bank_statement_cleared_is_left_alone(self):
        order = self.make_order("200.00")
        tx = self.pay("200.00", order=order)
        payment = tx.payment_id
        bank = self.env["account.move"].create(
            {
                "move_type": "entry",
                "line_ids": [
                    (0, 0, {"account_id": payment.outstanding_account_id.id,
                            "credit": 200, "debit": 0}),
                    (0, 0, {"account_id": payment.journal_id.default_account_id.id,
                            "debit": 200, "credit": 0}),
                ],
            }
        )  # fmt: skip
        bank.action_post()
        (bank.line_ids | self.outstanding(payment)).filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        ).reconcile()
        settlement = self.settle()
        self.assertFalse(settlement.payment_move_id)

    def test_what_is_refused_is_refused_whole(self):
        order = self.make_order("200.00")
        tx = self.pay("200.00", order=order)
        moves = self.env["account.move"].search_count([])
        refusal = UserError("the period is closed")
        with (
            patch.object(self.registry["xb.settlement"], "_reconcile_cleared", side_effect=refusal),
            self.assertRaises(UserError),
            self.env.cr.savepoint(),
        ):
            self.settle()
        self.env.invalidate_all()
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        self.assertFalse(self.outstanding(tx.payment_id).reconciled)

    def test_paid_with_the_invoice_finds_the_order(self):
        order = self.make_order("200.00")
        order.action_confirm()
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        invoice.action_post()
        self.shop.settlement_mode = "receivable"
        tx = self.pay("200.00", invoice_ids=[(6, 0, invoice.ids)])
        settlement = self.settle()
        line = settlement.line_ids.filtered(lambda line: line.kind == "sale")
        self.assertEqual(line.order_id, order)
        self.assertEqual(invoice.amount_residual, 0)
        self.assertTrue(self.outstanding(tx.payment_id).reconciled)
        self.assertEqual(self.balance(tx.payment_id.destination_account_id), 0)


@tagged("post_install", "-at_install")
class TestClearedRefunds(ClearedCase):
    vendor = "alipay"
    method = "alipay"
    currency_name = "CNY"
    open_page = test_statements.TestAlipayStatement.open_page

    def test_refund(self):
        order = self.make_order("200.00")
        tx = self.pay("200.00", order=order)
        tx._job_xb_post_process()
        tx._refund(amount_to_refund=50)
        self.send_outbox()
        refund = tx.child_transaction_ids
        refund._job_xb_post_process()
        payments = (tx | refund).payment_id
        self.assertEqual(len(payments), 2)
        settlement = self.settle()
        self.assertEqual(settlement._search_cleared_payments(), payments)
        for payment in payments:
            self.assertTrue(self.outstanding(payment).reconciled, payment.payment_type)
        self.assertEqual(self.balance(tx.payment_id.outstanding_account_id), 0)
        self.assertEqual(self.balance(tx.payment_id.destination_account_id), 0)
