"""Base and tax by country, from invoices and from settlements that book the sales."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import StatementsCommon


@tagged("post_install", "-at_install")
class TestVatCountry(StatementsCommon):

    def setUp(self):
        super().setUp()
        self.de, self.fr, self.us = (self.env.ref(f"base.{code}") for code in ("de", "fr", "us"))
        group = self.env["account.tax.group"].search([
            ("company_id", "=", self.company.id)], limit=1)
        self.taxes = {amount: self.env["account.tax"].create({
            "name": f"VAT {amount}", "amount": amount, "type_tax_use": "sale",
            "company_id": self.company.id, "tax_group_id": group.id,
            "country_id": self.company.account_fiscal_country_id.id,
            "price_include_override": "tax_included" if amount == 20 else "tax_excluded",
        }) for amount in (0, 19, 20)}

    def rows(self, **domain):
        found = {}
        for row in self.env["xb.vat.country"].search([
                ("company_id", "=", self.company.id),
                *((name, "=", value) for name, value in domain.items())]):
            key = row.country_id.code, row.tax_id.name
            base, tax, due = found.get(key, (0, 0, 0))
            found[key] = (round(base + row.base, 2), round(tax + row.tax, 2),
                          round(due + row.due, 2))
        return found

    def invoice(self, country, tax, amount, move_type="out_invoice", post=True):
        buyer = self.env["res.partner"].create({"name": country.name, "country_id": self.us.id})
        address = self.env["res.partner"].create({
            "name": "Ship to", "parent_id": buyer.id, "type": "delivery",
            "country_id": country.id})
        move = self.env["account.move"].create({
            "move_type": move_type, "partner_id": buyer.id, "partner_shipping_id": address.id,
            "invoice_date": "2026-05-10", "date": "2026-05-10",
            "invoice_line_ids": [Command.create({
                "name": "Mug", "price_unit": amount, "quantity": 1,
                "tax_ids": [Command.set(tax.ids)]})]})
        if post:
            move.action_post()
        return move

    def test_invoices_by_where_the_goods_went(self):
        self.invoice(self.de, self.taxes[19], 100.0)
        self.invoice(self.de, self.taxes[19], 40.0, "out_refund")
        self.invoice(self.fr, self.taxes[20], 120.0)
        self.invoice(self.us, self.taxes[0], 80.0)  # exported: no tax, but a base to declare
        self.invoice(self.fr, self.taxes[20], 999.0, post=False)
        self.assertEqual(self.rows(), {
            ("DE", "VAT 19"): (60.0, 11.4, 11.4),
            ("FR", "VAT 20"): (100.0, 20.0, 20.0),
            ("US", "VAT 0"): (80.0, 0.0, 0.0)})
        # Tied to the ledger: what the tax lines of the entries say.
        lines = self.env["account.move.line"].search([
            ("company_id", "=", self.company.id), ("tax_line_id", "!=", False),
            ("parent_state", "=", "posted")])
        self.assertEqual(round(-sum(lines.mapped("balance")), 2), 31.4)

    def test_purchases_are_the_other_side(self):
        tax = self.taxes[19].copy({"name": "Input", "type_tax_use": "purchase"})
        bill = self.env["account.move"].create({
            "move_type": "in_invoice", "invoice_date": "2026-05-10", "date": "2026-05-10",
            "partner_id": self.env["res.partner"].create(
                {"name": "Potter", "country_id": self.de.id}).id,
            "invoice_line_ids": [Command.create({
                "name": "Clay", "price_unit": 50.0, "tax_ids": [Command.set(tax.ids)]})]})
        bill.action_post()
        self.assertEqual(self.rows(direction="purchase"), {("DE", "Input"): (50.0, 9.5, 9.5)})
        self.assertEqual(self.rows(direction="sale"), {})

    def test_a_group_counts_by_its_members(self):
        one, two = self.taxes[19].copy({"amount": 5, "name": "Five"}), self.taxes[19].copy(
            {"amount": 8, "name": "Eight"})
        group = self.taxes[19].copy({
            "name": "Both", "amount_type": "group",
            "children_tax_ids": [Command.set((one | two).ids)]})
        (one | two).type_tax_use = "none"
        self.invoice(self.us, group, 100.0)
        self.assertEqual(self.rows(), {("US", "Five"): (100.0, 5.0, 5.0),
                                       ("US", "Eight"): (100.0, 8.0, 8.0)})

    # === SETTLEMENTS === #

    def settled_order(self, ref, country, tax, amount):
        order = self.make_order(ref, amount, "EUR")
        order.partner_shipping_id.country_id = country
        order.order_line.tax_ids = [Command.set(tax.ids if tax else [])]
        order.action_confirm()
        return order

    def test_settled_sales_by_the_order_taxes(self):
        self.settled_order("V1", self.fr, self.taxes[20], 120.0)
        self.settled_order("V2", self.us, None, 50.0)
        self.load(self.statement("V", [
            ("Order", "V1", "ItemPrice", "Principal", 120.0),
            ("Refund", "V1", "ItemPrice", "Principal", -60.0),
            ("Order", "V1", "ItemFees", "Commission", -10.0),
            ("Order", "V2", "ItemPrice", "Principal", 50.0),
            ("Order", "V2", "ItemPrice", "Tax", 4.0),
            ("Order", "V2", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", -4.0),
        ], "EUR"))
        settlement = self.close()["V"]
        self.assertEqual(settlement.state, "posted")
        self.assertEqual(self.rows(), {
            # half of it came back; fees are no base
            ("FR", "VAT 20"): (50.0, 10.0, 10.0),
            # the marketplace's own affair: collected, and paid by it
            ("US", False): (50.0, 4.0, 0.0)})
        row = self.env["xb.vat.country"].search([("settlement_id", "=", settlement.id)], limit=1)
        self.assertEqual(row.action_open_source()["res_id"], settlement.id)

    def test_settled_invoices_count_once(self):
        self.shop.settlement_mode = "receivable"
        order = self.settled_order("V3", self.de, self.taxes[19], 100.0)
        self.invoice(self.de, self.taxes[19], 100.0)
        self.load(self.statement("V", [
            ("Order", "V3", "ItemPrice", "Principal", 119.0)], "EUR"))
        self.assertEqual(self.close()["V"].state, "posted")
        self.assertTrue(order)
        self.assertEqual(self.rows(), {("DE", "VAT 19"): (100.0, 19.0, 19.0)})

    def test_invoiced_after_the_settlement(self):
        order = self.settled_order("V4", self.de, self.taxes[19], 100.0)
        self.load(self.statement("V", [
            ("Order", "V4", "ItemPrice", "Principal", 119.0)], "EUR"))
        settlement = self.close()["V"]
        self.assertEqual(self.rows(), {("DE", "VAT 19"): (100.0, 19.0, 19.0)})
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertFalse(self.env["xb.vat.country"].search([
            ("settlement_id", "=", settlement.id)]))
        self.assertEqual(self.rows(), {("DE", "VAT 19"): (100.0, 19.0, 19.0)})

    # === WHO SEES WHAT === #

    def test_access(self):
        self.invoice(self.de, self.taxes[19], 100.0)
        Report = self.env["xb.vat.country"]
        finance = self.user("vat-finance", "xb_base.group_finance")
        self.assertTrue(Report.with_user(finance).search([("company_id", "=", self.company.id)]))
        with self.assertRaises(AccessError):
            Report.with_user(self.user("vat-clerk", "xb_base.group_clerk")).search([])
        first = self.company
        self.other_books("Other GmbH")
        stranger = self.user("vat-stranger", "xb_base.group_finance")
        self.assertFalse(Report.with_user(stranger).with_context(
            allowed_company_ids=self.company.ids).search([("company_id", "=", first.id)]))
