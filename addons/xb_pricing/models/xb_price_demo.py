from odoo import api, fields, models
from odoo.fields import Command

PRODUCTS = ("MUG-BLUE", "BOWL-L", "PLATE-4", "VASE-W")
# Today's prices of the demo shops; some lose money, one is just right.
PRICES = {"USD": (13.49, 38.99, 68.00, 6.99), "EUR": (16.99, 24.99, 79.00, 12.99)}


class XbPriceRule(models.Model):
    """Demo data that asks what an installation has; does nothing twice."""

    _inherit = "xb.price.rule"

    @api.model
    def _prepare_demo(self):
        """Make two shops with listings, rules and a run, out of the examples."""
        company = self.env.ref("base.main_company")
        products = self.env["product.product"].search([("default_code", "in", PRODUCTS)])
        if self.search_count([("company_id", "=", company.id)]) or not products:
            return
        self._ensure_demo_rate(company)
        table = self.env["xb.freight.table"].search([("name", "=like", "SYN-LINE%")], limit=1)
        shops = self.env["xb.shop"]
        for name, currency, market, schedule in (
                ("Pottery on Amazon US", "USD", "United States (example)",
                 "Amazon US (example)"),
                ("Pottery on Amazon DE", "EUR", "Germany (example)", "Amazon DE (example)")):
            shop = shops.create({
                "name": name, "company_id": company.id, "tz": "UTC", "platform": "file",
                "currency_id": self.env.ref(f"base.{currency}").id,
                "price_market_id": self.env["xb.price.market"].search(
                    [("name", "=", market)], limit=1).id,
                "fee_schedule_ids": [Command.set(self.env["xb.fee.schedule"].search(
                    [("name", "=", schedule)], limit=1).ids)],
                "freight_table_id": table.id})
            by_code = {product.default_code: product for product in products}
            self.env["xb.listing"].create([{
                "shop_id": shop.id, "sku": code, "title": by_code[code].name, "price": price,
                "product_id": by_code[code].id}
                for code, price in zip(PRODUCTS, PRICES[currency], strict=True)
                if code in by_code])
            shops |= shop
        keep = self.create({
            "name": "Never below 5 % net", "company_id": company.id, "sequence": 90,
            "target_share": 0.05, "floor_share": 0.05, "shop_ids": [Command.set(shops.ids)]})
        self.create({
            "name": "20 % net after everything", "company_id": company.id, "target_share": 0.20,
            "floor_share": 0.08, "advertising": 0.04, "packaging": 0.35, "return_rate": 0.03,
            "return_salvage": 0.5, "fallback_id": keep.id, "shop_ids": [Command.set(shops.ids)]})
        self.env["xb.listing"].search([("shop_id", "in", shops.ids)])._watch()

    def _ensure_demo_rate(self, company):
        """Give the euro a rate of today: no price is computed with an old one."""
        euro, today = self.env.ref("base.EUR"), fields.Date.today()
        Rate = self.env["res.currency.rate"]
        if not Rate.search_count([
                ("currency_id", "=", euro.id), ("name", "=", today),
                ("company_id", "in", (False, company.id))]):
            Rate.create({"currency_id": euro.id, "name": today, "rate": 0.8659,
                         "company_id": company.id})
