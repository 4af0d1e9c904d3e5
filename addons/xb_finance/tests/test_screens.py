"""Screens in a real browser, in both languages."""

from odoo.tests import HttpCase, tagged

from .common import FinanceCommon

LINES = [
    ("Order", "TT-900001", "ItemPrice", "Principal", 100.0),
    ("Order", "TT-900001", "ItemFees", "Commission", -15.0),
]


@tagged("post_install", "-at_install")
class TestScreens(FinanceCommon, HttpCase):

    def prepare(self, lang):
        self.env["res.lang"]._activate_lang(lang)
        admin = self.env.ref("base.user_admin")
        admin.write({"lang": lang, "company_ids": [(4, self.company.id)],
                     "company_id": self.company.id,
                     "group_ids": [(4, self.env.ref("xb_base.group_manager").id)]})
        # The platform's number is not quite ours: a suggestion, not a match.
        self.order = self.make_order("900001", 100.0)
        self.order.action_confirm()
        self.settlement = self.load(self.statement("TOUR-1", LINES))
        self.assertEqual(self.settlement.state, "open")

    def test_month_end(self):
        self.prepare("en_US")
        self.start_tour("/odoo/action-xb_finance.xb_settlement_action", "xb_finance_month_end",
                        login="admin", timeout=120)
        self.settlement.invalidate_recordset()
        self.assertEqual(self.settlement.state, "posted")
        self.start_tour("/odoo/order-desk", "xb_finance_order_profit",
                        login="admin", timeout=120)

    def test_month_end_in_chinese(self):
        self.prepare("zh_CN")
        self.start_tour("/odoo/action-xb_finance.xb_settlement_action", "xb_finance_month_end",
                        login="admin", timeout=120)
        self.settlement.invalidate_recordset()
        self.assertEqual(self.settlement.state, "posted")
        self.start_tour("/odoo/order-desk", "xb_finance_order_profit",
                        login="admin", timeout=120)

    def test_rates(self):
        self.prepare("en_US")
        self.start_tour("/odoo/action-xb_finance.xb_rate_board_action", "xb_finance_rates",
                        login="admin", timeout=120)
