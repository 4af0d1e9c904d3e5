"""Settlements: imported once, tied to orders, proved to the cent, booked and reversed."""

import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import FinanceCommon

ORDER = "111-1111111-1111111"
LINES = [
    ("Order", ORDER, "ItemPrice", "Principal", 100.00),
    ("Order", ORDER, "ItemPrice", "Tax", 8.25),
    ("Order", ORDER, "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", -8.25),
    ("Order", ORDER, "ItemFees", "Commission", -15.00),
    ("other-transaction", "", "other-transaction", "Subscription Fee", -10.00),
    ("other-transaction", "", "other-transaction", "Current Reserve Amount", -25.00),
]
RELEASE = [
    ("other-transaction", "", "other-transaction", "Previous Reserve Amount Balance", 25.00),
    ("Refund", ORDER, "ItemPrice", "Principal", -20.00),
]


@tagged("post_install", "-at_install")
class TestSettlementImport(FinanceCommon):

    def test_twice_changes_nothing(self):
        settlement = self.load(self.sample("amazon_us.txt"))
        self.assertEqual([v["state"] for v in self.verdicts], ["created"])
        before = self.count_rows("xb_settlement", "xb_settlement_line")
        again = self.load(self.sample("amazon_us.txt"), name="copy (1).txt")
        self.assertEqual([v["state"] for v in self.verdicts], ["unchanged"])
        self.assertEqual(again, settlement)
        self.assertEqual(self.count_rows("xb_settlement", "xb_settlement_line"), before)

    def test_header_equation_and_buckets(self):
        settlement = self.load(self.sample("amazon_us.txt"))
        self.assertEqual(
            (settlement.payout, settlement.difference, settlement.line_count),
            (58.98, 0.0, 29))
        self.assertEqual(round(
            settlement.opening + settlement.sales + settlement.refunds + settlement.fees
            + settlement.reserve + settlement.other, 2), settlement.payout + settlement.closing)
        self.assertEqual(settlement.unclassified, -0.10)
        # Identical rows are real: two units, two lines.
        twins = settlement.line_ids.filtered(
            lambda line: line.sku == "LID-01" and line.kind == "sale")
        self.assertEqual(twins.mapped("amount"), [14.99, 14.99])

    def test_matching_by_rules_and_reasons(self):
        order = self.make_order(ORDER, 61.49)
        settlement = self.load(self.sample("amazon_us.txt"))
        lines = settlement.line_ids
        self.assertEqual(
            lines.filtered(lambda line: line.order_ref == ORDER).order_id, order)
        reasons = dict(lines.filtered(lambda line: line.match == "open")
                       .grouped("reason").items())
        self.assertEqual(set(reasons), {"unknown_order", "unknown_kind"})
        self.assertEqual(reasons["unknown_kind"].description,
                         "other-transaction / other-transaction / Some New Fee 2027")
        self.assertEqual(settlement.state, "open")
        self.assertFalse(lines.filtered(
            lambda line: line.match == "open" and line.kind.startswith("fee_")
            and not line.order_ref))

    def test_order_that_comes_later_is_found_by_matching_again(self):
        settlement = self.load(self.statement("S1", LINES))
        self.assertEqual(settlement.state, "open")
        self.make_order(ORDER, 108.25)
        settlement.action_match()
        self.assertEqual((settlement.state, settlement.open_count), ("ready", 0))

    def test_refund_finds_its_order_by_the_payment(self):
        order = self.make_order("SO0042", 1653.75)
        settlements = self.load(self.sample("paypal_stl.csv"))
        usd = settlements.filtered(lambda s: s.currency_id.name == "USD")
        tied = usd.line_ids.filtered(lambda line: line.order_id == order)
        self.assertEqual(sorted(tied.mapped("kind")), ["fee_payment", "refund", "sale"])
        self.assertEqual(len(settlements), 3)
        jpy = settlements.filtered(lambda s: s.currency_id.name == "JPY")
        self.assertEqual((jpy.closing, jpy.difference), (14420, 0))

    def test_held_until_corrected_with_a_reason(self):
        self.make_order(ORDER, 108.25)
        settlement = self.load(self.statement("S1", LINES, total=50.01))
        self.assertEqual((settlement.state, settlement.difference), ("held", 0.01))
        with self.assertRaisesRegex(UserError, "0.01"):
            settlement.action_post()
        with self.assertRaises(UserError):
            settlement.add_correction("adjustment", 0.01, " ")
        settlement.add_correction("adjustment", 0.01, "Rounding, confirmed by the platform")
        self.assertEqual((settlement.state, settlement.difference), ("ready", 0.0))
        self.assertEqual(len(settlement.line_ids), 7)

    def test_changed_statement_replaces_lines_until_posted(self):
        self.make_order(ORDER, 108.25)
        settlement = self.load(self.statement("S1", LINES))
        more = [*LINES, ("ServiceFee", "", "Cost of Advertising", "TransactionTotalAmount", -5.0)]
        self.load(self.statement("S1", more))
        self.assertEqual(self.verdicts[0]["state"], "replaced")
        self.assertEqual((settlement.line_count, settlement.payout), (7, 45.0))
        settlement.action_post()
        self.load(self.statement("S1", LINES))
        self.assertEqual(self.verdicts[0]["state"], "refused")
        self.assertEqual(settlement.line_count, 7)

    def test_a_line_is_never_edited(self):
        settlement = self.load(self.statement("S1", LINES))
        finance = self.user("a-finance", "xb_base.group_finance")
        line = settlement.line_ids[0].with_user(finance)
        with self.assertRaises(UserError):
            line.write({"amount": 5})
        with self.assertRaises(AccessError):
            line.write({"match": "order"})
        with self.assertRaises(UserError):
            settlement.with_user(finance).write({"state": "posted"})
        with self.assertRaises(UserError):
            settlement.with_user(finance).write({"payout": 5})
        settlement.with_user(finance).bank_ref = "ok"

    def test_same_days_by_another_statement_are_held(self):
        first = self.load(self.sample("paypal_stl.csv"))
        second = self.load(self.sample("paypal_activity_en.csv"))
        usd = second.filtered(lambda s: s.currency_id.name == "USD")
        self.assertEqual(usd.state, "held")
        self.assertIn("same days", usd.problem_text)
        first.action_cancel()
        usd.action_check_again()
        self.assertEqual(usd.state, "open")

    def test_list_of_payouts_confirms_the_transactions(self):
        self.eur.active = True
        detailed = self.load(self.sample("shopify_transactions.csv"))
        again = self.load(self.sample("shopify_payouts.csv"))
        self.assertEqual((again, self.verdicts[0]["state"]), (detailed, "unchanged"))
        self.assertEqual((detailed.bank_ref, detailed.declared, detailed.difference),
                         ("SHOPIFY-TEST-1", 107.32, 0.0))

    def test_transactions_take_the_place_of_totals(self):
        totals = self.load(self.sample("shopify_payouts.csv"))
        self.assertEqual((totals.is_summary, totals.state), (True, "ready"))
        detailed = self.load(self.sample("shopify_transactions.csv"))
        self.assertEqual((totals.state, detailed.payout), ("cancelled", 107.32))

    def test_payout_of_another_amount_on_the_same_day_is_held(self):
        self.load(self.sample("shopify_transactions.csv"))
        other = self.load(self.sample("shopify_payouts.csv").replace(
            b"147.10", b"147.11").replace(b"107.32", b"107.33"))
        self.assertEqual(other.state, "held")

    def test_refused_file_names_row_and_remedy(self):
        data = self.sample("amazon_us.txt")
        self.assertFalse(self.load(data[:data.rindex(b"Current Reserve")]))
        [verdict] = self.verdicts
        self.assertEqual((verdict["state"], verdict["problems"][0]["code"],
                          verdict["problems"][0]["row"]), ("refused", "cut_off", 31))

    def test_inactive_currency_is_refused_alone(self):
        self.env.ref("base.JPY").active = False
        settlements = self.load(self.sample("paypal_stl.csv"))
        self.assertEqual(sorted(settlements.mapped("currency_id.name")), ["EUR", "USD"])
        refused = [v for v in self.verdicts if v["state"] == "refused"]
        self.assertEqual([v["problems"][0]["code"] for v in refused], ["currency_inactive"])

    def test_learned_words(self):
        settlement = self.load(self.sample("amazon_us.txt"))
        line = settlement.line_ids.filtered(lambda line: line.kind == "unclassified")
        line.set_kind("fee_service", remember=True)
        self.assertEqual((line.kind, line.match, settlement.unclassified),
                         ("fee_service", "kind", 0.0))
        self.assertEqual(settlement.fees, -83.19)
        other = self.env["xb.shop"].create({
            "name": "Second", "company_id": self.company.id, "currency_id": self.eur.id})
        again = self.load(self.sample("amazon_us.txt"), shop=other)
        self.assertEqual(again.unclassified, 0.0)

    def test_rights(self):
        clerk = self.user("a-clerk", "xb_base.group_clerk")
        with self.assertRaises(AccessError):
            self.shop.with_user(clerk).import_statement("x", "", {})
        finance = self.user("a-finance", "xb_base.group_finance")
        verdicts = self.shop.with_user(finance).import_statement("x", "", {})
        self.assertEqual(verdicts[0]["problems"][0]["code"], "file_empty")
        for data in ("%%%", None, 7):
            with self.assertRaises(UserError):
                self.shop.with_user(finance).import_statement("x", data, {})
        for nonsense in ({"format": 7}, {"mapping": "x"}, {"decimal": "..;"}, {"encoding": []}):
            self.shop.with_user(finance).import_statement("x", "", nonsense)

    def test_workbook(self):
        self.make_order(ORDER, 108.25)
        settlement = self.load(self.statement("S1", LINES))
        book = openpyxl.load_workbook(io.BytesIO(settlement._get_workbook()))
        rows = list(book.active.iter_rows(values_only=True))
        self.assertEqual(len(rows), 1 + len(LINES) + 1)
        self.assertEqual((rows[1][2], rows[1][3], rows[1][7]), ("Sale", ORDER, 100))
        self.assertEqual(rows[-1][7], "=SUM(H2:H7)")
        self.assertEqual(book.active.freeze_panes, "A2")

    def test_query_count_does_not_grow_with_lines(self):
        short = self.statement("A", LINES)
        long = self.statement("B", LINES * 200, start="2026-05-19", end="2026-06-01")
        self.load(short)
        self.env.invalidate_all()
        with self.assertQueryCount(90):
            self.load(long)


@tagged("post_install", "-at_install")
class TestSettlementPosting(FinanceCommon):

    def test_entry_at_three_rates(self):
        """Order at 1.25, settlement at 1.20, payout at 1.28 USD per EUR."""
        self.make_order(ORDER, 108.25)
        settlement = self.load(self.statement("S1", LINES))
        settlement.action_post()
        self.assertEqual(settlement.state, "posted")
        ledger = self.ledger(settlement.move_id)
        # 100 at 1.25; fees and reserve at 1.20; in the clearing account 50 at 1.20.
        self.assertEqual(ledger["Sale" if "Sale" in ledger else self.account(
            "sale", settlement).name], (-100.0, -80.0))
        self.assertEqual(ledger[self.account("fee_selling", settlement).name], (15.0, 12.5))
        self.assertEqual(ledger[self.account("reserve", settlement).name], (25.0, 20.83))
        self.assertEqual(ledger[self.account("clearing", settlement).name], (50.0, 41.67))
        self.assertEqual(ledger[self.account("tax", settlement).name], (0.0, 0.0))
        paid = self.ledger(settlement.payout_move_id)
        self.assertEqual(paid[self.account("clearing", settlement).name], (-50.0, -41.67))
        self.assertEqual(paid[self.account("transit", settlement).name], (50.0, 39.06))
        # 100/1.20 - 100/1.25 = 3.33 gained by the order, 41.67 - 39.06 lost by the payout.
        self.assertAlmostEqual(settlement.exchange_difference, 3.33 - 2.61, 2)
        for move in settlement.move_id | settlement.payout_move_id:
            self.assertEqual((move.state, round(sum(move.line_ids.mapped("balance")), 2),
                              round(sum(move.line_ids.mapped("amount_currency")), 2)),
                             ("posted", 0, 0))

    def test_reserve_comes_back_at_the_rate_it_was_held(self):
        self.make_order(ORDER, 108.25)
        first = self.load(self.statement("S1", LINES))
        second = self.load(self.statement(
            "S2", RELEASE, start="2026-05-18", end="2026-05-20", paid="2026-05-22"))
        with self.assertRaisesRegex(UserError, "Post S1 first"):
            second.action_post()
        (second | first).action_post()
        reserve = self.account("reserve", first)
        lines = (first.move_id | second.move_id).line_ids.filtered(
            lambda line: line.account_id == reserve)
        self.assertEqual((sum(lines.mapped("amount_currency")),
                          round(sum(lines.mapped("balance")), 2)), (0, 0))
        clearing = self.env["account.move.line"].search(
            [("account_id", "=", self.account("clearing", first).id)])
        self.assertEqual((round(sum(clearing.mapped("amount_currency")), 2),
                          round(sum(clearing.mapped("balance")), 2)), (0, 0))
        with self.assertRaisesRegex(UserError, "Reverse S2 first"):
            first.action_reverse()

    def test_reverse_and_post_again(self):
        self.make_order(ORDER, 108.25)
        settlement = self.load(self.statement("S1", LINES))
        settlement.action_post()
        moves = settlement.move_id | settlement.payout_move_id
        settlement.action_reverse()
        self.assertEqual((settlement.state, settlement.move_id), ("ready", moves.browse()))
        accounts = moves.line_ids.account_id
        balance = sum(self.env["account.move.line"].search([
            ("account_id", "in", accounts.ids), ("company_id", "=", self.company.id),
            ("account_id", "=", self.account("clearing", settlement).id)]).mapped("balance"))
        self.assertAlmostEqual(balance, 0)
        settlement.action_post()
        self.assertEqual(settlement.state, "posted")

    def test_lock_date_refuses_and_nothing_is_half(self):
        self.make_order(ORDER, 108.25)
        settlement = self.load(self.statement("S1", LINES))
        self.company.hard_lock_date = "2026-05-31"
        moves = self.env["account.move"].search_count([])
        try:
            with self.env.cr.savepoint():
                settlement.action_post()
        except UserError:
            self.assertEqual(settlement.state, "ready")
            self.assertEqual(self.env["account.move"].search_count([]), moves)
        else:
            self.assertGreater(settlement.move_id.date.isoformat(), "2026-05-31")

    def test_open_lines_need_an_order_or_a_reason(self):
        settlement = self.load(self.statement("S1", LINES))
        with self.assertRaisesRegex(UserError, "open lines"):
            settlement.action_post()
        lines = settlement.line_ids.filtered(lambda line: line.match == "open")
        with self.assertRaises(UserError):
            lines.leave_open("")
        lines.leave_open("Old order of the former shop")
        settlement.action_post()
        left = self.account("left", settlement)
        self.assertEqual(self.ledger(settlement.move_id)[left.name], (-85.0, -70.83))

    def test_receivable_mode_pays_the_invoice(self):
        self.shop.settlement_mode = "receivable"
        order = self.make_order(ORDER, 100.0)
        order.action_confirm()
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-05-04"
        invoice.action_post()
        settlement = self.load(self.statement("S1", LINES))
        settlement.action_post()
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(invoice.amount_residual, 0)
        self.assertTiedOut(settlement)

    def assertTiedOut(self, settlement):
        self.env.flush_all()
        [tied] = self.env["xb.profit.tie.out"].search([("settlement_id", "=", settlement.id)])
        self.assertNotEqual(tied.profit, 0)
        self.assertEqual(round(tied.difference, 2), 0)

    def test_buyers_tax_in_an_invoice_is_no_profit(self):
        self.shop.settlement_mode = "receivable"
        self.make_order(ORDER, 119.0)
        settlement = self.load(self.statement("S1", [
            ("Order", ORDER, "ItemPrice", "Principal", 100.00),
            ("Order", ORDER, "ItemPrice", "Tax", 19.00),
            ("Order", ORDER, "ItemFees", "Commission", -15.00)]))
        settlement.action_post()
        receivable = settlement.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable")
        self.assertEqual(sum(receivable.mapped("amount_currency")), -119.0)
        self.assertTiedOut(settlement)

    def test_fiscal_position_maps_the_account_of_sales(self):
        abroad = self.env["account.account"].create({
            "name": "Sales Abroad", "code": "XB4001", "account_type": "income",
            "company_ids": [(6, 0, self.company.ids)]})
        order = self.make_order(ORDER, 108.25)
        settlement = self.load(self.statement("S1", LINES))
        order.fiscal_position_id = self.env["account.fiscal.position"].create({
            "name": "Abroad", "company_id": self.company.id, "account_ids": [(0, 0, {
                "account_src_id": self.account("sale", settlement).id,
                "account_dest_id": abroad.id})]})
        settlement.action_post()
        ledger = self.ledger(settlement.move_id)
        self.assertEqual(ledger["Sales Abroad"], (-100.0, -80.0))
        self.assertNotIn(self.account("sale", settlement).name, ledger)
        self.assertEqual(ledger[self.account("fee_selling", settlement).name], (15.0, 12.5))

    def test_invoiced_though_the_settlement_books_sales(self):
        """What has an invoice is not revenue again: the settlement pays it."""
        other = "111-2222222-2222222"
        order, plain = self.make_order(ORDER, 100.0), self.make_order(other, 40.0)
        order.action_confirm()
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-05-04"
        invoice.action_post()
        settlement = self.load(self.statement("S1", [
            *LINES, ("Order", other, "ItemPrice", "Principal", 40.0)]))
        self.assertEqual(set(settlement.line_ids.order_id.ids), {order.id, plain.id})
        settlement.action_post()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self.ledger(settlement.move_id)[
            self.account("sale", settlement).name], (-40.0, -32.0))
        self.assertTiedOut(settlement)

    def test_analytic_by_shop(self):
        plan = self.env["account.analytic.plan"].create({"name": "Shops"})
        self.shop.analytic_account_id = self.env["account.analytic.account"].create({
            "name": "Market", "plan_id": plan.id, "company_id": self.company.id})
        self.make_order(ORDER, 108.25)
        settlement = self.load(self.statement("S1", LINES))
        settlement.action_post()
        fee = settlement.move_id.line_ids.filtered(
            lambda line: line.account_id == self.account("fee_selling", settlement))
        self.assertEqual(fee.analytic_distribution,
                         {str(self.shop.analytic_account_id.id): 100})

    def test_another_company_sees_nothing(self):
        self.load(self.statement("S1", LINES))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.user("stranger", "xb_base.group_finance")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for model in ("xb.settlement", "xb.settlement.line", "xb.settlement.account"):
            self.assertFalse(self.env[model].with_user(stranger).with_context(
                allowed_company_ids=other.ids).search([]), model)


@tagged("post_install", "-at_install")
class TestSettlementCurrencies(FinanceCommon):
    """Money with no decimals and with three, in books of two; and the other way round."""

    RATES = {**FinanceCommon.RATES,
             "KWD": {"2026-05-01": 0.34, "2026-05-18": 0.333, "2026-05-20": 0.341}}

    def written(self, lines, currency, digits):
        """A settlement file whose amounts have as many decimals as their currency."""
        rows = self.statement("C1", lines, currency=currency).decode().splitlines()
        cells = [row.split("\t") for row in rows]
        cells[1][4] = f"{sum(line[4] for line in lines):.{digits}f}"
        for row, line in zip(cells[2:], lines, strict=True):
            row[14] = f"{line[4]:.{digits}f}"
        return "\n".join("\t".join(row) for row in cells).encode() + b"\n"

    def check(self, settlement, own):
        moves = settlement.move_id | settlement.payout_move_id
        for move in moves:
            self.assertEqual(own.round(sum(move.line_ids.mapped("balance"))), 0)
            for line in move.line_ids:
                self.assertEqual(own.round(line.balance), line.balance)
                self.assertEqual(line.currency_id.round(line.amount_currency),
                                 line.amount_currency)
        clearing = self.env["account.move.line"].search(
            [("account_id", "=", self.account("clearing", settlement).id)])
        self.assertEqual((settlement.currency_id.round(sum(clearing.mapped("amount_currency"))),
                          own.round(sum(clearing.mapped("balance")))), (0, 0))
        self.env.flush_all()
        tied = self.env["xb.profit.tie.out"].search([("settlement_id", "=", settlement.id)])
        self.assertEqual(own.round(tied.difference), 0)

    def test_three_decimals(self):
        lines = [(*line[:4], line[4] + 0.001 * place) for place, line in enumerate(LINES, 1)]
        self.make_order(ORDER, 108.25, currency="KWD")
        settlement = self.load(self.written(lines, "KWD", 3))
        self.assertEqual((settlement.state, settlement.payout, settlement.difference),
                         ("ready", 50.021, 0))
        settlement.action_post()
        self.check(settlement, self.eur)
        [fee] = settlement.move_id.line_ids.filtered(
            lambda line: line.account_id == self.account("fee_selling", settlement))
        # -14.996 dinars at 0.333 per euro
        self.assertEqual((fee.amount_currency, fee.balance), (14.996, 45.03))

    def test_no_decimals(self):
        lines = [(*line[:4], float(round(line[4] * 100))) for line in LINES]
        self.make_order(ORDER, 10825, currency="JPY")
        settlement = self.load(self.written(lines, "JPY", 0))
        self.assertEqual((settlement.state, settlement.payout), ("ready", 5000))
        settlement.action_post()
        self.check(settlement, self.eur)

    def test_books_in_yen(self):
        self.keep_books()
        self.company.currency_id = self.env.ref("base.JPY")
        settlement = self.load(self.statement("S1", LINES))
        settlement.line_ids.filtered(lambda line: line.match == "open").leave_open("no order")
        settlement.action_post()
        self.check(settlement, self.env.ref("base.JPY"))

    def test_cents_that_the_currency_has_not_here(self):
        self.env.ref("base.HUF").write({"active": True, "rounding": 1.0})
        settlement = self.load(self.statement("S1", [
            ("Order", ORDER, "ItemPrice", "Principal", 100.5),
            ("Order", ORDER, "ItemFees", "Commission", -0.5)], currency="HUF"))
        self.assertEqual(settlement.state, "held")
        self.assertIn("Row 3: 100.5 ", settlement.problem_text)
        self.env.ref("base.HUF").rounding = 0.01
        settlement.action_check_again()
        self.assertEqual(settlement.state, "open")
