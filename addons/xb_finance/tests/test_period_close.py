"""Closing a month: what is in the way, who may, and that nothing is booked into it afterwards."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..core.chart import NUMBERS, number_after
from ..models.xb_settlement_account import KIND_TYPES, ROLES
from .common import FinanceCommon

LINES = [("Order", "C-1", "ItemPrice", "Principal", 100.0),
         ("Order", "C-1", "ItemFees", "Commission", -15.0)]


@tagged("post_install", "-at_install")
class TestPeriodClose(FinanceCommon):

    def setUp(self):
        super().setUp()
        self.freeze("2026-06-03 10:00:00")

    def close(self, user=None, **vals):
        wizard = self.env["xb.period.close"].with_user(user or self.env.user).create(vals)
        wizard.action_close()
        return wizard

    def test_from_open_to_closed(self):
        finance = self.user("closing", "xb_base.group_finance")
        self.make_order("C-1", 100.0).action_confirm()
        settlement = self.load(self.statement("C", LINES))
        settlement.action_match()
        draft = self.env["account.move"].create({"move_type": "entry", "date": "2026-05-30"})
        wizard = self.env["xb.period.close"].with_user(finance).create({})
        self.assertEqual(str(wizard.date), "2026-05-31")
        self.assertEqual((wizard.settlement_count, wizard.draft_count), (1, 1))
        for what, records in (("settlement", settlement), ("draft", draft)):
            action = wizard.with_context(what=what).action_view()
            self.assertEqual(self.env[action["res_model"]].search(action["domain"]), records)
        with self.assertRaisesRegex(UserError, "1 settlements are not posted, 1 entries"):
            wizard.action_close()
        draft.button_cancel()
        settlement.action_post()
        self.close(finance)
        self.assertEqual(str(self.company.fiscalyear_lock_date), "2026-05-31")
        # Nothing of the closed month is changed in it: what is undone is undone today.
        move = settlement.move_id
        with self.assertRaises(UserError):
            move.button_draft()
        settlement.action_reverse()
        self.assertEqual(str(move.reversal_move_ids.date), "2026-06-03")

    def test_who_and_when(self):
        clerk, finance, manager = (self.user(f"close-{role}", f"xb_base.group_{role}")
                                   for role in ("clerk", "finance", "manager"))
        with self.assertRaises(AccessError):
            self.close(clerk)
        with self.assertRaisesRegex(UserError, "has not come yet"):
            self.close(finance, date="2026-06-04")
        self.close(finance, date="2026-05-31")
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            self.close(finance, date="2026-04-30")
        self.close(manager, date="2026-04-30")
        self.assertEqual(str(self.company.fiscalyear_lock_date), "2026-04-30")

    def test_other_company_is_not_in_the_way(self):
        first = self.company
        self.env["account.move"].create({"move_type": "entry", "date": "2026-05-30"})
        self.other_books("Second GmbH")
        wizard = self.close()
        self.assertEqual((wizard.company_id, wizard.draft_count), (self.company, 0))
        self.assertFalse(first.fiscalyear_lock_date)

    def test_numbers_of_charts(self):
        """Every purpose has its place in a chart that reads numbers, but those whose account the
        chart has."""
        has_own = {"sale", "shipping", "discount", "refund", "tax_withheld"}
        for chart, numbers in NUMBERS.items():
            self.assertEqual(set(numbers), {*ROLES, *KIND_TYPES} - has_own, chart)
        self.assertFalse(number_after(False, "clearing"))

    def test_number_follows_the_company_own_accounts(self):
        """Another company's accounts have no numbers here: a fee stands with the expenses."""
        account = self.env["xb.settlement.account"]._get_account(
            "fee_payment", self.shop, self.eur)
        others = self.env["account.account"].search([
            ("account_type", "=", "expense"), ("company_ids", "=", self.company.id),
            ("id", "!=", account.id)])
        self.assertGreater(account.code, max(others.mapped("code")))
