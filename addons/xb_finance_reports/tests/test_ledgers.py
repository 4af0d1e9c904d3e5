"""OCA's ledgers, opened from our menu by finance: what is asked is chosen, figures are there."""

import json
from ast import literal_eval
from io import BytesIO

from openpyxl import load_workbook

from odoo.tests import Form, tagged

from .common import StatementsCommon


@tagged("post_install", "-at_install")
class TestLedgers(StatementsCommon):

    def setUp(self):
        super().setUp()
        self.freeze("2026-06-20 10:00:00")
        self.finance = self.user("ledgers", "xb_base.group_finance")
        self.buyer, self.potter = self.env["res.partner"].create([
            {"name": "Late Buyer"}, {"name": "Waiting Potter"}])
        for move_type, partner, amount in (
                ("out_invoice", self.buyer, 119.0), ("in_invoice", self.potter, 50.0)):
            self.env["account.move"].create({
                "move_type": move_type, "partner_id": partner.id, "invoice_date": "2026-05-02",
                "date": "2026-05-02", "invoice_date_due": "2026-05-05",
                "invoice_line_ids": [(0, 0, {
                    "name": "Clay", "price_unit": amount, "tax_ids": [(5,)]})],
            }).action_post()

    def cells(self, name, **values):
        """Return all cells of the spreadsheet that the menu's dialog makes."""
        action = self.env.ref(f"xb_finance_reports.action_{name}")
        wizard = self.env[action.res_model].with_user(self.finance).with_context(
            **literal_eval(action.context or "{}"))
        with Form(wizard) as form:
            for field, value in values.items():
                form[field] = value
        asked = form.save().button_export_xlsx()
        # Through the browser and back: days come as text.
        data = json.loads(json.dumps(asked["data"], default=str))
        content, _kind = self.env["ir.actions.report"].with_user(self.finance).with_context(
            active_model=action.res_model)._render_xlsx(
                asked["report_name"], [form.id], data)
        sheet = load_workbook(BytesIO(content)).active
        return [cell for row in sheet.iter_rows(values_only=True) for cell in row
                if cell is not None]

    def test_aged_receivable(self):
        cells = self.cells("aged_receivable")
        self.assertIn("Late Buyer", cells)
        self.assertIn(119.0, cells)
        self.assertNotIn("Waiting Potter", cells)

    def test_aged_payable(self):
        cells = self.cells("aged_payable")
        self.assertIn("Waiting Potter", cells)
        self.assertNotIn("Late Buyer", cells)

    def test_trial_balance(self):
        cells = self.cells("trial_balance", date_from="2026-05-01", date_to="2026-05-31")
        self.assertTrue({119.0, 50.0} <= {abs(cell) for cell in cells
                                          if isinstance(cell, (int, float))})

    def test_general_ledger(self):
        cells = self.cells("general_ledger", date_from="2026-05-01", date_to="2026-05-31")
        self.assertIn("Late Buyer", cells)
        self.assertIn(119.0, cells)
