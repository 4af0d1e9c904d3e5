from odoo import api, fields, models
from odoo.fields import Command

PRODUCTS = ("MUG-BLUE", "BOWL-L", "PLATE-4", "VASE-W")
SHOPS = (("Pottery on Amazon US", "USD", "United States (example)", "Amazon US (example)"),
         ("Pottery on Amazon DE", "EUR", "Germany (example)", "Amazon DE (example)"))
# Today's prices of the demo shops; some lose money, one is just right.
PRICES = {"USD": (13.49, 38.99, 68.00, 6.99), "EUR": (16.99, 24.99, 79.00, 12.99)}
# The shop that has sold something: see the demo data of xb_orders.
OWN_PRICES = (18.50, 34.00, 49.90, 12.00)
OWN_SHOP, OWN_FEES = "xb_orders.xb_shop_pottery", ("Shopify US Basic%", "PayPal US (example)")


class XbPriceRule(models.Model):
    """Demo data that asks what an installation has; does nothing twice."""

    _inherit = "xb.price.rule"

    @api.model
    def _prepare_demo(self):
        """Make shops with listings, rules and runs, out of the examples."""
        company = self.env.ref("base.main_company")
        products = self.env["product.product"].search([("default_code", "in", PRODUCTS)])
        if self.with_context(active_test=False).search_count(
                [("company_id", "=", company.id)]) or not products:
            return
        self._ensure_demo_rate(company)
        by_code = {product.default_code: product for product in products}
        shops = self._make_demo_shops(company, by_code)
        keep = self.create({
            "name": "Never below 5 % net", "company_id": company.id, "sequence": 90,
            "target_share": 0.05, "floor_share": 0.05, "shop_ids": [Command.set(shops.ids)]})
        self.create({
            "name": "20 % net after everything", "company_id": company.id, "target_share": 0.20,
            "floor_share": 0.08, "advertising": 0.04, "packaging": 0.35, "return_rate": 0.03,
            "return_salvage": 0.5, "fallback_id": keep.id, "shop_ids": [Command.set(shops.ids)]})
        self._make_demo_runs(shops[-1])
        self.env["xb.listing"].search([("shop_id", "in", shops.ids)])._watch()

    def _make_demo_shops(self, company, by_code):
        """Return the shops that are sold in, ready for prices; the one with orders last."""
        table = self.env["xb.freight.table"].search([("name", "=like", "SYN-LINE%")], limit=1)
        shops = self.env["xb.shop"]
        for name, currency, market, schedule in SHOPS:
            shop = shops.create({
                "name": name, "company_id": company.id, "tz": "UTC", "platform": "file",
                "currency_id": self.env.ref(f"base.{currency}").id,
                **self._prepare_demo_page(market, [schedule], table)})
            self._make_demo_listings(shop, by_code, PRICES[currency])
            shops |= shop
        own = self.env.ref(OWN_SHOP, raise_if_not_found=False)
        if own:
            own.write(self._prepare_demo_page("United States (example)", OWN_FEES, table))
            self._make_demo_listings(own, by_code, OWN_PRICES)
            shops |= own
        return shops

    def _prepare_demo_page(self, market, schedules, table):
        Schedule = self.env["xb.fee.schedule"]
        return {
            "price_market_id": self.env["xb.price.market"].search(
                [("name", "=", market)], limit=1).id,
            "fee_schedule_ids": [Command.set([
                Schedule.search([("name", "=like", name)], limit=1, order="id").id
                for name in schedules])],
            "freight_table_id": table.id}

    def _make_demo_listings(self, shop, by_code, prices):
        listed = self.env["xb.listing"].search([("shop_id", "=", shop.id)]).mapped("sku")
        self.env["xb.listing"].create([{
            "shop_id": shop.id, "sku": code, "title": by_code[code].name, "price": price,
            "product_id": by_code[code].id}
            for code, price in zip(PRODUCTS, prices, strict=True)
            if code in by_code and code not in listed])

    def _make_demo_runs(self, shop):
        """Leave a history behind: a published run, one that was undone, and one to look at."""
        Listing = self.env["xb.listing"]
        listings = Listing.search([("shop_id", "=", shop.id)], order="id")
        others = Listing.search([("shop_id.name", "=", SHOPS[1][0])], order="id")
        self._propose_demo(listings[:1], "Spring prices").action_publish()
        undone = self._propose_demo(others[1:2], "Tried and taken back")
        undone.action_publish()
        undone.filtered(lambda run: run.state == "published").action_undo()
        self._propose_demo(listings[1:] | others[:2], "For this week")

    def _propose_demo(self, listings, note):
        source = self.env["xb.price.source"]._read_listings(listings.ids)
        return self.env["xb.price.run"]._propose(
            source, self.env["xb.price.quoter"]._quote(source), "manual", note)

    def _ensure_demo_rate(self, company):
        """Give the euro a rate of today: no price is computed with an old one."""
        euro, today = self.env.ref("base.EUR"), fields.Date.context_today(self)
        Rate = self.env["res.currency.rate"]
        if not Rate.search_count([
                ("currency_id", "=", euro.id), ("name", "=", today),
                ("company_id", "in", (False, company.id))]):
            Rate.create({"currency_id": euro.id, "name": today, "rate": 0.8659,
                         "company_id": company.id})
