from datetime import timedelta
from decimal import Decimal as D

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class PricingCommon(TransactionCase):
    """A company in CNY with shops in USD, EUR and JPY, one rule, and products with costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("xb_base.group_manager")
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.today = fields.Date.context_today(cls.env["xb.price.rule"])
        currencies = cls.env["res.currency"].with_context(active_test=False).search(
            [("name", "in", ("CNY", "USD", "EUR", "JPY"))])
        currencies.active = True
        cls.cny, cls.usd, cls.eur, cls.jpy = (
            currencies.filtered(lambda c, name=name: c.name == name)
            for name in ("CNY", "USD", "EUR", "JPY"))
        cls.company = cls.env["res.company"].create({
            "name": "Pricing Co", "currency_id": cls.cny.id,
            "country_id": cls.env.ref("base.cn").id})
        cls.env.user.company_ids += cls.company
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        for currency, per_cny in ((cls.usd, 1 / 7.1), (cls.eur, 1 / 8.2), (cls.jpy, 20.0)):
            cls.set_rate(currency, per_cny)
        cls.markets = {currency: cls._make_market(currency) for currency in (
            cls.usd, cls.eur, cls.jpy)}
        cls.shop_us, cls.shop_de, cls.shop_jp = (
            cls._make_shop(name, currency) for name, currency in (
                ("US", cls.usd), ("DE", cls.eur), ("JP", cls.jpy)))
        cls.shops = cls.shop_us | cls.shop_de | cls.shop_jp
        cls.rule = cls.env["xb.price.rule"].create({
            "name": "All", "company_id": cls.company.id, "target_share": 0.20,
            "floor_share": 0.10, "packaging": 2.0})
        cls.mug = cls.make_product("T-P-MUG", 30.0, weight=0.4)

    @classmethod
    def set_rate(cls, currency, per_home, day=None):
        """Set a currency's rate of the company, units per CNY."""
        return cls.env["res.currency.rate"].create({
            "currency_id": currency.id, "company_id": cls.company.id, "rate": per_home,
            "name": day or cls.today})

    @classmethod
    def _make_market(cls, currency):
        values = {
            "USD": {"tax_mode": "outside", "country_id": cls.env.ref("base.us").id},
            "EUR": {"tax_mode": "included", "tax_rate": 0.19,
                    "country_id": cls.env.ref("base.de").id},
            "JPY": {"tax_mode": "included", "tax_rate": 0.10,
                    "country_id": cls.env.ref("base.jp").id}}[currency.name]
        ends = ("100", "80 98") if currency.name == "JPY" else ("1", "0.99")
        return cls.env["xb.price.market"].create({
            "name": f"Test {currency.name}", "company_id": cls.company.id,
            "currency_id": currency.id, "buffer": 0.02, "spread": 0.01, **values,
            "ending_ids": [Command.create({"modulus": float(ends[0]), "ends": ends[1]})]})

    @classmethod
    def _make_shop(cls, name, currency):
        schedule = cls.env["xb.fee.schedule"].create({
            "name": f"Test fees {name}", "company_id": cls.company.id,
            "currency_id": currency.id, "line_ids": [Command.create({
                "code": "referral", "name": "Referral", "base": "total", "rate": 0.15,
                "minimum": 30 if currency.name == "JPY" else 0.3})]})
        return cls.env["xb.shop"].create({
            "name": f"Test shop {name}", "company_id": cls.company.id,
            "currency_id": currency.id, "tz": "UTC", "price_market_id": cls.markets[currency].id,
            "fee_schedule_ids": [Command.set(schedule.ids)]})

    @classmethod
    def make_product(cls, code, cost, **values):
        """Create a product with a cost in the company."""
        return cls.env["product.product"].create({
            "name": code, "default_code": code, "type": "consu", "is_storable": True,
            "standard_price": cost, **values})

    @classmethod
    def make_listing(cls, shop, product, price=0.0, **values):
        """Create a listing of one product."""
        return cls.env["xb.listing"].create({
            "shop_id": shop.id, "sku": product.default_code, "title": product.name,
            "price": price, "product_id": product.id, **values})

    def quote(self, product=None, shop=None):
        """Return the explained quote of one product."""
        [answer] = self.env["xb.price.rule"].quote(
            [(product or self.mug).id], (shop or self.shop_us).id)
        return answer

    def codes(self, product=None, shop=None):
        """Return the codes of what is wrong with a quote."""
        return [problem["code"] for problem in self.quote(product, shop)["problems"]]

    def price(self, listings, what_if=None):
        """Return source and quotes of listings."""
        source = self.env["xb.price.source"]._read_listings(listings.ids)
        return source, self.env["xb.price.quoter"]._quote(source, what_if)

    def propose(self, listings, **kwargs):
        """Return the run of listings' new prices."""
        return self.env["xb.price.run"]._propose(*self.price(listings), **kwargs)

    @classmethod
    def user(cls, role):
        """Create a user of one role in the company."""
        return new_test_user(
            cls.env, f"pricing-{role}", groups=f"base.group_user,xb_base.group_{role}",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])

    @classmethod
    def days_ago(cls, days):
        return cls.today - timedelta(days=days)

    @staticmethod
    def decimal(text):
        return D(text)
