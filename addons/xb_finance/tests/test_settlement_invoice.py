"""An order that is settled and invoiced is sold once, whatever comes first or is undone."""

from datetime import date

from odoo.tests import tagged
from odoo.tools import SQL

from .common import FinanceCommon

ORDER = "111-1111111-1111111"
LINES = (
    ("Order", ORDER, "ItemPrice", "Principal", 90.00),
    ("Order", ORDER, "ItemPrice", "Shipping", 10.00),
    ("Order", ORDER, "ItemFees", "Commission", -15.00),
)
REFUND = (("Refund", ORDER, "ItemPrice", "Principal", -20.00),)


class InvoiceCase(FinanceCommon):
    """A shop that books its sales from settlements, and invoices all the same."""

    def setUp(self):
        super().setUp()
        self.order = self.make_order(ORDER, 100.0)
        self.order.action_confirm()

    def settle(self, key="S1", lines=LINES, **values):
        settlement = self.load(self.statement(key, lines, **values))
        settlement.action_post()
        return settlement

    def make_invoice(self, order=None, day="2026-05-19"):
        """A draft; on this day 1.20 USD are a euro, on the order's 1.25."""
        order = order or self.order
        order.order_line.qty_delivered += 1
        invoice = order._create_invoices()
        invoice.invoice_date = day
        return invoice

    def items(self, *types):
        return self.env["account.move.line"].search([
            ("company_id", "=", self.company.id), ("parent_state", "=", "posted"),
            ("account_id.account_type", "in", types)])

    def income(self):
        """Sales; the chart has exchange gains among them."""
        gains = self.company.income_currency_exchange_account_id
        return -self.eur.round(sum(self.items("income").filtered(
            lambda item: item.account_id != gains).mapped("balance")))

    def profit(self):
        """What the whole ledger says was earned."""
        return -self.eur.round(sum(self.items(
            "income", "income_other", "expense", "expense_direct_cost").mapped("balance")))

    def owed(self):
        """The customers' balance, and how much is open on either side."""
        items = self.items("asset_receivable")
        return (self.eur.round(sum(items.mapped("balance"))),
                self.eur.round(sum(abs(item.amount_residual) for item in items)))

    def assertTiedOut(self, *settlements):
        """Profit rows are the settlements' entries, and every entry is balanced."""
        self.env.flush_all()
        for settlement in settlements:
            tied = self.env["xb.profit.tie.out"].search([("settlement_id", "=", settlement.id)])
            self.assertEqual(len(tied), 1)
            self.assertEqual(self.eur.round(tied.difference), 0)
        lines = self.env["account.move.line"].search([("company_id", "=", self.company.id)])
        for move, items in lines.grouped("move_id").items():
            self.assertEqual(self.eur.round(sum(items.mapped("balance"))), 0, move.name)

    def rows(self):
        """What the profit ledger says was earned by settlements."""
        return self.eur.round(sum(self.env["xb.order.profit"].search([
            ("settlement_id", "!=", False), ("company_id", "=", self.company.id),
        ]).mapped("actual")))


@tagged("post_install", "-at_install")
class TestInvoicedLater(InvoiceCase):

    def test_sold_once(self):
        """The settlement's sale becomes the invoice's payment, by an entry of the invoice's day."""
        settlement = self.settle()
        self.assertEqual(self.income(), 80.0)
        invoice = self.make_invoice()
        invoice.action_post()
        # The invoice's 100 at 1.20; core books what they were worth more than the order's.
        self.assertEqual(self.income(), 83.33)
        self.assertEqual(self.owed(), (0, 0))
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self.profit(), self.rows())
        [entry] = settlement.invoice_move_ids
        self.assertEqual((entry.date, entry.state), (date(2026, 5, 19), "posted"))
        self.assertEqual(set(entry.line_ids.filtered("debit").mapped("xb_settlement_key")),
                         {"sale/0", "shipping/0"})
        self.assertTrue(all(settlement.line_ids.filtered(
            lambda line: line.kind_group == "sales").mapped("settles_invoice")))
        self.assertTiedOut(settlement)

    def test_invoiced_in_parts(self):
        """The part that is not invoiced yet is the customer's credit, until its own invoice."""
        other = "111-2222222-2222222"
        order = self.make_order(other, 50.0)
        order.order_line.write({"product_uom_qty": 2, "price_unit": 50.0})
        order.action_confirm()
        settlement = self.settle(lines=[("Order", other, "ItemPrice", "Principal", 100.0)])
        first = self.make_invoice(order)
        first.invoice_line_ids.quantity = 1
        first.action_post()
        self.assertEqual((first.amount_residual, self.income()), (0, 41.67))
        self.assertEqual(self.owed(), (-40.0, 40.0))
        self.assertTiedOut(settlement)
        second = self.make_invoice(order, "2026-05-21")
        second.action_post()
        # At 1.28.
        self.assertEqual((second.amount_residual, self.income()), (0, 80.73))
        self.assertEqual(self.owed(), (0, 0))
        self.assertEqual(len(settlement.invoice_move_ids), 1)
        self.assertEqual(self.profit(), self.rows())
        first.button_draft()
        self.assertEqual((second.amount_residual, self.owed()[0]), (0, -40.0))
        second.button_draft()
        self.assertEqual((self.income(), self.owed()), (80.0, (0, 0)))
        self.assertTiedOut(settlement)

    def test_refund_before_its_credit_note(self):
        """A refund is a loss like every other until its credit note, which it pays."""
        first = self.settle()
        invoice = self.make_invoice()
        invoice.action_post()
        second = self.settle("S2", REFUND, start="2026-05-18", end="2026-05-20",
                             paid="2026-05-22")
        self.assertEqual((self.owed(), self.profit()), ((0, 0), self.rows()))
        credit = invoice._reverse_moves([{"invoice_date": "2026-05-21"}])
        credit.invoice_line_ids.price_unit = 20.0
        credit.action_post()
        self.assertEqual(self.owed(), (0, 0))
        self.assertEqual(self.profit(), self.rows())
        self.assertEqual((len(first.invoice_move_ids), len(second.invoice_move_ids)), (1, 1))
        self.assertTiedOut(first, second)
        second.action_reverse()
        self.assertEqual(self.owed()[0], self.eur.round(-20 / 1.28))
        second.action_post()
        self.assertEqual(self.owed(), (0, 0))
        self.assertTiedOut(first, second)

    def test_credit_note_without_an_invoice(self):
        """It documents the refund, and leaves the sale the settlement's."""
        settlement = self.settle(lines=[*LINES, *REFUND])
        invoice = self.make_invoice()
        credit = invoice.copy({"move_type": "out_refund", "invoice_date": "2026-05-19"})
        credit.invoice_line_ids.sale_line_ids = self.order.order_line
        credit.invoice_line_ids.price_unit = 20.0
        credit.action_post()
        self.assertEqual(self.owed(), (0, 0))
        self.assertEqual(self.income(), self.eur.round(80 - 20 / 1.2))
        self.assertEqual(self.profit(), self.rows())
        self.assertTiedOut(settlement)

    def test_taken_back_where_it_was_booked(self):
        """Another account that was chosen in between has no part in it."""
        settlement = self.settle()
        booked = self.account("sale", settlement)
        other = booked.copy({"code": "XB4002", "name": "Later Sales"})
        self.env["xb.settlement.account"].search([
            ("company_id", "=", self.company.id), ("purpose", "=", "sale")]).account_id = other
        self.make_invoice().action_post()
        self.assertFalse(self.items("income").filtered(lambda item: item.account_id == other))

    def test_tax_goes_with_the_sale(self):
        taxed = [*LINES, ("Order", ORDER, "ItemPrice", "Tax", 19.0)]
        self.order.order_line.tax_ids = self.env["account.tax"].create({
            "name": "19 %", "amount": 19, "company_id": self.company.id})
        settlement = self.settle(lines=taxed)
        invoice = self.make_invoice()
        self.assertEqual(invoice.amount_total, 119.0)
        invoice.action_post()
        self.assertEqual((invoice.amount_residual, self.owed()), (0, (0, 0)))
        taxes = self.account("tax", settlement)
        self.assertEqual(self.eur.round(sum(self.items("liability_current").filtered(
            lambda item: item.account_id == taxes).mapped("balance"))), 0)
        self.assertTiedOut(settlement)

    def test_closed_period(self):
        """A settlement of a closed month is left as it is: the entry has the invoice's day."""
        settlement = self.settle()
        self.company.hard_lock_date = "2026-05-31"
        self.make_invoice(day="2026-06-02").action_post()
        self.assertEqual(settlement.invoice_move_ids.date, date(2026, 6, 2))
        self.assertEqual(self.owed(), (0, 0))
        self.assertTiedOut(settlement)

    def test_invoice_before_the_settlements_day(self):
        """Nothing is taken back before it was booked."""
        settlement = self.settle()
        self.make_invoice(day="2026-05-05").action_post()
        self.assertEqual(settlement.invoice_move_ids.date, settlement.move_id.date)
        self.assertEqual((self.income(), self.owed()), (80.0, (0, 0)))

    def test_shop_that_invoices_by_itself(self):
        """Many orders at once: one entry, and no query per order."""
        orders = self.env["sale.order"]
        lines = []
        for number in range(12):
            ref = f"111-3333333-{number:07}"
            orders |= self.make_order(ref, 10.0)
            lines.append(("Order", ref, "ItemPrice", "Principal", 10.0))
        orders.action_confirm()
        orders.order_line.qty_delivered = 1
        settlement = self.settle(lines=lines)
        orders._job_xb_invoice()
        self.assertEqual(len(orders.invoice_ids), 12)
        self.assertEqual(len(settlement.invoice_move_ids), 1)
        self.assertEqual(self.owed(), (0, 0))
        self.assertEqual(set(orders.invoice_ids.mapped("amount_residual")), {0})
        self.assertTiedOut(settlement)

    def test_nothing_to_do_costs_little(self):
        """One query, and at the end of the transaction a lock and a look from either side."""
        self.make_invoice().action_post()
        self.env.cr.flush()
        invoice = self.order.invoice_ids
        invoice.invoice_line_ids.sale_line_ids.mapped("order_id")
        with self.assertQueryCount(1, flush=False):
            invoice._xb_book_settlements()
        with self.assertQueryCount(3):
            self.env.cr.flush()

    def test_settle_invoices_mode(self):
        """There the settlement is a payment from the start; the invoice finds it."""
        self.shop.settlement_mode = "receivable"
        settlement = self.settle()
        invoice = self.make_invoice()
        invoice.action_post()
        self.assertFalse(settlement.invoice_move_ids)
        self.assertEqual((invoice.amount_residual, self.owed()), (0, (0, 0)))

    def test_settlement_being_posted_meanwhile_fails(self):
        """Its lines are written, so that its own transaction cannot commit without the invoice."""
        settlement = self.load(self.statement("S1", LINES))

        def versions():
            self.env.flush_all()
            return self.env.execute_query(SQL(
                "SELECT id, ctid::text FROM xb_settlement_line WHERE settlement_id = %s "
                "AND order_id IS NOT NULL ORDER BY id", settlement.id))
        before = versions()
        invoice = self.make_invoice()
        invoice.action_post()
        after = versions()
        self.assertFalse(set(before) & set(after))
        invoice.button_draft()
        self.assertFalse(set(after) & set(versions()))

    def test_accountant_without_our_finance(self):
        settlement = self.settle()
        invoice = self.make_invoice()
        clerk = self.user("an-accountant", "account.group_account_invoice")
        invoice.with_user(clerk).action_post()
        self.assertEqual(self.owed(), (0, 0))
        self.assertTiedOut(settlement)

    def test_every_order_of_events(self):
        """Posted, reversed, invoiced, taken back, credited, in every order: sold once, nothing
        open that is not owed, and profit is the ledger."""
        self.settlement = self.load(self.statement("S1", LINES))
        self.invoice = self.make_invoice()
        self.walked = 0
        self.walk([])
        self.assertGreater(self.walked, 30)

    def walk(self, path, depth=4):
        with self.subTest(path=path):
            self.check_state()
        self.walked += 1
        if len(path) == depth:
            return
        for name in self.get_events():
            with self.env.cr.savepoint() as savepoint:
                getattr(self, f"event_{name}")()
                self.walk([*path, name], depth)
                savepoint.rollback()

    def get_events(self):
        yield "reverse" if self.settlement.state == "posted" else "post"
        credit = self.invoice.reversal_move_ids
        if self.invoice.state == "posted" and not credit:
            yield from ("draft", "credit", "replace")
        elif not credit:
            yield "invoice"
        elif credit.state == "posted":
            yield "uncredit"

    def event_post(self):
        self.settlement.action_post()

    def event_reverse(self):
        self.settlement.action_reverse()

    def event_invoice(self):
        self.invoice.action_post()

    def event_draft(self):
        self.invoice.button_draft()

    def event_credit(self):
        """*Credit Note*: a draft that somebody posts."""
        self.invoice._reverse_moves([{"invoice_date": "2026-05-20"}]).action_post()

    def event_replace(self):
        """*Reverse and Create Invoice*: core reconciles it with the invoice."""
        self.invoice._reverse_moves([{"invoice_date": "2026-05-20"}], cancel=True)

    def event_uncredit(self):
        self.invoice.reversal_move_ids.button_draft()

    def check_state(self):
        settled = self.settlement.state == "posted"
        credited = self.invoice.reversal_move_ids.state == "posted"
        invoiced = self.invoice.state == "posted" and not credited
        revenue = 83.33 if invoiced else 80.0 if settled else 0
        if credited:
            # The credit note's day has another rate: 100/1.20 - 100/1.28 stays as revenue, and is
            # exchange difference.
            revenue += 5.20
        self.assertAlmostEqual(self.income(), revenue, 2)
        owed = 83.33 if invoiced and not settled else 0
        self.assertEqual(self.owed(), (owed, owed))
        if settled:
            self.assertTiedOut(self.settlement)
            self.assertEqual(self.profit(), self.rows())
        else:
            self.assertFalse(self.settlement.invoice_move_ids)
            self.assertEqual(self.profit(), owed)
            self.assertEqual(self.rows(), 0)
