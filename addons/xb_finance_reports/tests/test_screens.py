"""In a real browser, in both languages: from the statement to the closed period."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.xb_finance.tests.common import FinanceCommon

LINES = [
    ("Order", "TT-900001", "ItemPrice", "Principal", 100.0),
    ("Order", "TT-900001", "ItemFees", "Commission", -15.0),
]


@tagged("post_install", "-at_install")
class TestScreens(FinanceCommon, HttpCase):

    def month_end(self, lang):
        self.env["res.lang"]._activate_lang(lang)
        self.env.ref("base.user_admin").write({
            "lang": lang, "company_ids": [(4, self.company.id)], "company_id": self.company.id,
            "group_ids": [(4, self.env.ref("xb_base.group_manager").id)]})
        # The month that has ended: what statements open on, and what is closed.
        ended = fields.Date.context_today(self.env.user) + relativedelta(day=1, days=-1)
        first, middle = (str(ended.replace(day=day)) for day in (2, 20))
        # The platform's number is not quite ours: a suggestion, not a match.
        self.make_order("900001", 100.0, "EUR", first).action_confirm()
        settlement = self.load(self.statement("TOUR-1", LINES, "EUR", first, middle, middle))
        self.start_tour("/odoo/action-xb_finance.xb_settlement_action",
                        "xb_finance_reports_month_end", login="admin", timeout=180)
        settlement.invalidate_recordset()
        self.company.invalidate_recordset()
        self.assertEqual(settlement.state, "posted")
        self.assertEqual(self.company.fiscalyear_lock_date, ended)

    def test_month_end(self):
        self.month_end("en_US")

    def test_month_end_in_chinese(self):
        self.month_end("zh_CN")
