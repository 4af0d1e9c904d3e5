from datetime import timedelta
from decimal import Decimal as D

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import PricingCommon


@tagged("post_install", "-at_install")
class TestQuote(PricingCommon):
    def test_every_cent(self):
        """By hand: 32 CNY cost; 0.99 x 0.98 x 7.1 is kept of what is left after 15 %; 20 % of
        7.1 P is to be left. (0.85 x 0.9702 - 0.2) x 7.1 P >= 32  ->  P >= 7.2151, ending 7.99."""
        answer = self.quote()
        self.assertEqual((answer["price"], answer["state"], answer["currency"]),
                         ("7.99", "ok", "USD"))
        self.assertEqual(answer["exact"], "7.215077")
        steps = {step["code"]: step for step in answer["steps"]}
        self.assertEqual(steps["price"]["home"], "56.73")
        self.assertEqual(steps["referral"]["amount"], "-1.20")
        self.assertEqual(steps["goods"]["home"], "-30.00")
        self.assertEqual(steps["other"]["home"], "-2.00")
        # 6.79 x 7.1 x 0.9702 - 32
        self.assertEqual(steps["profit"]["home"], "14.77")
        self.assertEqual(answer["profit"], "14.77")
        self.assertEqual(sum(D(step["home"]) for step in answer["steps"][:-1]), D("14.77"))
        self.assertEqual(answer["rule"], "All")
        self.assertEqual(answer["chain"], [{"id": self.rule.id, "name": "All", "used": True}])

    def test_answers_travel_over_rpc(self):
        def walk(value):
            self.assertIsNotNone(value)
            self.assertIsInstance(value, bool | int | str | list | dict)
            for inner in value.values() if isinstance(value, dict) else (
                    value if isinstance(value, list) else ()):
                walk(inner)

        walk(self.env["xb.price.rule"].quote(self.mug.ids, self.shop_jp.id))

    def test_currencies_and_taxes(self):
        # JPY: 1 yen is 0.05 CNY; (0.85 - tax) ...; whole yen that end in 80 or 98
        price = int(self.quote(shop=self.shop_jp)["price"])
        self.assertIn(price % 100, (80, 98))
        german = self.quote(shop=self.shop_de)
        self.assertEqual(german["price"][-3:], ".99")
        self.assertGreaterEqual(D(german["margin"]), D("0.20"))
        tax = next(step for step in german["steps"] if step["code"] == "tax")
        self.assertEqual(D(tax["amount"]), -(D(german["price"]) - D(german["net"])))

    def test_bad_arguments(self):
        quote = self.env["xb.price.rule"].quote
        for ids, shop in (("x", self.shop_us.id), ([self.mug.id], 0), (["1"], self.shop_us.id),
                          ([-1], self.shop_us.id), ([True], self.shop_us.id),
                          ([10 ** 9], self.shop_us.id), ([1] * 201, self.shop_us.id),
                          ([self.mug.id], "x")):
            with self.assertRaises(UserError):
                quote(ids, shop)
        self.assertEqual(quote([], self.shop_us.id), [])

    def test_who_may_ask(self):
        for role in ("buyer", "finance", "manager", "integrator"):
            answers = self.env["xb.price.rule"].with_user(self.user(role)).quote(
                self.mug.ids, self.shop_us.id)
            self.assertEqual(answers[0]["price"], "7.99", role)
        for role in ("clerk", "warehouse"):
            with self.assertRaises(AccessError):
                self.env["xb.price.rule"].with_user(self.user(role)).quote(
                    self.mug.ids, self.shop_us.id)

    def test_not_across_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["xb.shop"].sudo().create({
            "name": "Foreign", "company_id": other.id, "currency_id": self.usd.id, "tz": "UTC"})
        with self.assertRaises(AccessError):
            self.env["xb.price.rule"].with_user(self.user("buyer")).quote(
                self.mug.ids, foreign.id)

    # === RULES === #

    def test_the_first_rule_that_fits_decides(self):
        category = self.env["product.category"].create({"name": "Mugs"})
        child = self.env["product.category"].create(
            {"name": "Blue mugs", "parent_id": category.id})
        tag = self.env["product.tag"].create({"name": "Hot"})
        Rule = self.env["xb.price.rule"]
        cases = [
            ({"categ_id": category.id}, {"categ_id": child.id}),
            ({"brand": "acme"}, {"xb_brand": " Acme".strip()}),
            ({"tag_ids": [Command.set(tag.ids)]}, {"product_tag_ids": [Command.set(tag.ids)]}),
            ({"product_ids": [Command.set(self.mug.ids)]}, {}),
            ({"shop_ids": [Command.set(self.shop_us.ids)]}, {}),
            ({"country_id": self.env.ref("base.us").id}, {}),
        ]
        for scope, product in cases:
            rule = Rule.create({"name": "Own", "company_id": self.company.id, "sequence": 1,
                                "target_kind": "profit", "target_amount": 100, **scope})
            if product:
                self.assertEqual(self.quote()["rule"], "All", scope)
            self.mug.product_tmpl_id.write(product)
            self.assertEqual(self.quote()["rule"], "Own", scope)
            rule.sequence = 99
            self.assertEqual(self.quote()["rule"], "All", scope)
            rule.unlink()

    def test_validity(self):
        rule = self.rule.copy({"name": "Sale", "sequence": 1, "valid_to": self.days_ago(1)})
        self.assertEqual(self.quote()["rule"], "All")
        rule.valid_to = self.today
        self.assertEqual(self.quote()["rule"], "Sale")
        rule.valid_from = self.days_ago(-1)
        rule.valid_to = False
        self.assertEqual(self.quote()["rule"], "All")

    def test_fallback_of_an_impossible_target(self):
        hopeless = self.rule.copy({"name": "Hopeless", "sequence": 1, "target_share": 0.85})
        answer = self.quote()
        self.assertEqual((answer["state"], answer["price"]), ("none", False))
        self.assertEqual([problem["code"] for problem in answer["problems"]], ["infeasible"])
        self.assertEqual(answer["limit_margin"][:6], "0.8246")
        self.assertIn("at most 82.5 %", answer["problems"][0]["message"])
        hopeless.fallback_id = self.rule
        answer = self.quote()
        self.assertEqual((answer["price"], answer["rule"]), ("7.99", "All"))
        self.assertEqual([one["name"] for one in answer["chain"]], ["Hopeless", "All"])

    def test_cyclic_fallback_is_refused(self):
        second = self.rule.copy({"name": "Second", "fallback_id": self.rule.id})
        with self.assertRaisesRegex(ValidationError, "All → Second → All"):
            self.rule.fallback_id = second
        with self.assertRaises(ValidationError):
            second.fallback_id = second

    def test_copy_to_shops(self):
        second = self.rule.copy({"name": "Second", "fallback_id": self.rule.id})
        wizard = self.env["xb.price.rule.copy"].create({
            "rule_ids": [Command.set((self.rule | second).ids)],
            "shop_ids": [Command.set(self.shop_de.ids)]})
        copies = self.env["xb.price.rule"].search(wizard.action_copy()["domain"])
        self.assertEqual(len(copies), 2)
        self.assertEqual(copies.shop_ids, self.shop_de)
        self.assertEqual(copies.fallback_id, copies.filtered(lambda rule: "All" in rule.name))

    def test_match_within_the_floor(self):
        self.rule.write({"target_kind": "match", "reference_change": -0.01})
        listing = self.make_listing(self.shop_us, self.mug, reference_price=12.60)
        self.assertEqual((self.quote()["price"], self.quote()["state"]), ("11.99", "matched"))
        listing.reference_price = 3
        answer = self.quote()
        self.assertEqual((answer["price"], answer["state"]), (answer["floor"], "raised"))

    # === COSTS === #

    def test_supplier_s_price_with_its_break_and_currency(self):
        vendor = self.env["res.partner"].create({"name": "Maker"})
        self.env["product.supplierinfo"].create([
            {"partner_id": vendor.id, "product_tmpl_id": self.mug.product_tmpl_id.id,
             "min_qty": quantity, "price": price, "currency_id": self.usd.id}
            for quantity, price in ((0, 5.0), (100, 4.0), (1000, 3.0))])
        self.rule.write({"cost_source": "supplier", "cost_quantity": 500})
        goods = next(s for s in self.quote()["steps"] if s["code"] == "goods")
        self.assertEqual(goods["home"], "-28.40")

    def test_last_receipt_with_landed_cost(self):
        self.mug.categ_id = self.env["product.category"].create(
            {"name": "Avco", "property_cost_method": "average"})
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1)
        for price in (20.0, 26.0):
            move = self.env["stock.move"].create({
                "product_id": self.mug.id, "product_uom_qty": 10, "price_unit": price,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": warehouse.lot_stock_id.id, "company_id": self.company.id})
            move._action_confirm()
            move.quantity = 10
            move.picked = True
            move._action_done()
            self.env["product.value"].create({
                "move_id": move.id, "value": price * 10, "company_id": self.company.id})
        for source, cost in (("landed", "-26.00"), ("average", "-23.00"), ("standard", "-23.00")):
            self.rule.cost_source = source
            goods = next(s for s in self.quote()["steps"] if s["code"] == "goods")
            self.assertEqual(goods["home"], cost, source)

    def test_bundle(self):
        lid = self.make_product("T-P-LID", 5.0)
        listing = self.env["xb.listing"].create({
            "shop_id": self.shop_us.id, "sku": "SET", "line_ids": [
                Command.create({"product_id": self.mug.id, "quantity": 2}),
                Command.create({"product_id": lid.id, "quantity": 1})]})
        _source, quotes = self.price(listing)
        self.assertEqual((quotes.cost[0], quotes.other[0]), (65_00, 2_00))

    def test_fee_category(self):
        self.shop_us.fee_schedule_ids.line_ids = [Command.create({
            "code": "referral", "name": "Referral", "category": "Clothing", "rate": 0.30})]
        self.assertEqual(self.quote()["price"], "7.99")
        self.mug.product_tmpl_id.xb_fee_category = "clothing"
        fee = next(s for s in self.quote()["steps"] if s["code"] == "referral")
        self.assertEqual(fee["rate"], "0.3")

    def test_fees_of_the_day(self):
        line = self.shop_us.fee_schedule_ids.line_ids
        line.valid_to = self.days_ago(1)
        line.copy({"valid_from": self.today, "valid_to": False, "rate": 0.4})
        fee = next(s for s in self.quote()["steps"] if s["code"] == "referral")
        self.assertEqual(fee["rate"], "0.4")

    def test_freight(self):
        table = self.env["xb.freight.table"].create({
            "name": "T", "company_id": self.company.id, "currency_id": self.cny.id,
            "step_kg": 0.1, "line_ids": [Command.create({
                "zone": "US", "country_ids": [Command.set(self.env.ref("base.us").ids)],
                "to_kg": 2, "registration": 10, "per_kg": 50})]})
        self.shop_us.freight_table_id = table
        freight = next(s for s in self.quote()["steps"] if s["code"] == "freight")
        self.assertEqual(freight["home"], "-30.00")
        self.mug.weight = 3
        self.assertEqual(self.codes(), ["too_heavy"])
        self.mug.weight = 0.4
        self.shop_de.freight_table_id = table
        self.assertEqual(self.codes(shop=self.shop_de), ["bands_missing"])

    def test_freight_by_delivery_method(self):
        carrier = self.env["delivery.carrier"].create({
            "name": "Post", "delivery_type": "base_on_rule", "company_id": self.company.id,
            "product_id": self.env["product.product"].create(
                {"name": "Post", "type": "service"}).id,
            "price_rule_ids": [
                Command.create({"variable": "weight", "operator": "<=", "max_value": 1,
                                "list_base_price": 8, "list_price": 20,
                                "variable_factor": "weight"}),
                Command.create({"variable": "weight", "operator": ">", "max_value": 1,
                                "list_base_price": 12, "list_price": 18,
                                "variable_factor": "weight"})]})
        self.shop_us.price_carrier_id = carrier
        freight = next(s for s in self.quote()["steps"] if s["code"] == "freight")
        self.assertEqual(freight["home"], "-16.00")
        carrier.price_rule_ids[0].variable = "price"
        self.assertEqual(self.codes(), ["carrier_rules"])


@tagged("post_install", "-at_install")
class TestRefusals(PricingCommon):
    """What cannot be priced says why and what helps."""

    def test_cost(self):
        self.mug.standard_price = 0
        self.assertEqual(self.codes(), ["cost_missing"])
        self.mug.standard_price = -3
        self.assertEqual(self.codes(), ["cost_negative"])
        [problem] = self.quote()["problems"]
        self.assertEqual(problem["column"], "standard_price")
        self.assertRegex(problem["message"], r"T-P-MUG.*on the product")

    def test_zero_weight(self):
        self.shop_us.freight_table_id = self.env["xb.freight.table"].create({
            "name": "T", "currency_id": self.cny.id, "company_id": self.company.id,
            "line_ids": [Command.create({"zone": "All", "to_kg": 2, "per_kg": 50})]})
        self.mug.weight = 0
        self.assertEqual(self.codes(), ["weight_missing"])
        [problem] = self.quote()["problems"]
        self.assertEqual(problem["column"], "weight")
        self.assertRegex(problem["message"], r"T-P-MUG.*Enter its weight")
        # in a bundle too, and the right product is named
        self.mug.weight = 0.4
        lid = self.make_product("T-P-LID", 5.0)
        listing = self.env["xb.listing"].create({
            "shop_id": self.shop_us.id, "sku": "SET", "line_ids": [
                Command.create({"product_id": product.id, "quantity": 1})
                for product in (self.mug, lid)]})
        _source, quotes = self.price(listing)
        self.assertEqual(quotes.problem_of(0).code, "weight_missing")
        self.assertIn("T-P-LID", quotes.problem_of(0).message)

    def test_refusals_are_said_in_the_reader_s_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.mug.standard_price = 0
        listing = self.make_listing(self.shop_us, self.mug, 9.99)
        listing._watch()
        chinese = self.env["xb.price.rule"].with_context(lang="zh_CN")
        [answer] = chinese.quote(self.mug.ids, self.shop_us.id)
        self.assertRegex(answer["problems"][0]["message"], "[一-鿿]")
        desk = self.env["xb.price.desk"].with_context(lang="zh_CN")
        rows = desk.simulate([("id", "in", listing.ids)])["rows"]
        self.assertRegex(rows[0]["problem"], "[一-鿿]")
        self.assertRegex(listing.with_context(lang="zh_CN").price_remark, "[一-鿿]")
        self.assertNotRegex(listing.with_context(lang="en_US").price_remark, "[一-鿿]")

    def test_rate(self):
        self.env["res.currency.rate"].search([
            ("currency_id", "=", self.usd.id), ("company_id", "=", self.company.id)]).unlink()
        self.env["res.currency.rate"].search([("currency_id", "=", self.usd.id)]).unlink()
        self.assertEqual(self.codes(), ["rate_missing"])
        self.set_rate(self.usd, 1 / 7.1, self.days_ago(8))
        self.assertEqual(self.codes(), ["rate_stale"])
        self.assertIn("8 days old", self.quote()["problems"][0]["message"])
        self.markets[self.usd].rate_days = 8
        self.assertEqual(self.codes(), [])

    def test_the_company_s_own_currency_does_not_age(self):
        self.set_rate(self.usd, 1 / 7.1, self.today + timedelta(days=1))
        self.set_rate(self.company.currency_id, 1, self.days_ago(4000))
        rate = self.env["xb.price.plan"]._get_rate(
            self.usd, self.company, self.today + timedelta(days=1))
        self.assertEqual(rate.age, 0)

    def test_shop_without_market_or_rule(self):
        self.shop_us.price_market_id = False
        self.assertEqual(self.codes(), ["market_missing"])
        self.rule.active = False
        self.assertEqual(self.codes(shop=self.shop_de), ["no_rule"])

    def test_wrong_currency(self):
        self.shop_us.fee_schedule_ids = self.shop_de.fee_schedule_ids
        self.assertEqual(self.codes(), ["schedule_currency"])
        self.shop_us.price_market_id = self.markets[self.eur]
        self.assertEqual(self.codes(), ["market_currency"])

    def test_fees_of_a_hundred_percent(self):
        line = self.shop_us.fee_schedule_ids.line_ids
        with self.assertRaisesRegex(ValidationError, "15 %"):
            line.rate = 1.5
        line.rate = 0.15
        line.copy({"code": "second", "rate": 0.9, "schedule_id": line.schedule_id.id})
        self.assertEqual(self.codes(), ["fees_too_high"])

    def test_fee_on_itself(self):
        line = self.shop_us.fee_schedule_ids.line_ids
        with self.assertRaises(ValidationError):
            line.write({"base": "fee", "parent_code": line.code})
        line.write({"base": "fee", "parent_code": "other"})
        self.assertEqual(self.codes(), ["fee_cycle"])

    def test_negative_numbers(self):
        with self.assertRaises(ValidationError):
            self.shop_us.fee_schedule_ids.line_ids.fixed = -1
        with self.assertRaises(ValidationError):
            self.rule.packaging = -1
        with self.assertRaises(ValidationError):
            self.rule.target_share = 20
        with self.assertRaises(ValidationError):
            self.markets[self.eur].buffer = 1
        with self.assertRaises(ValidationError):
            self.markets[self.eur].ending_ids.ends = "1.99"

    def test_unmapped_listing(self):
        listing = self.env["xb.listing"].create({"shop_id": self.shop_us.id, "sku": "X"})
        _source, quotes = self.price(listing)
        self.assertEqual(quotes.problem_of(0).code, "not_mapped")

    def test_neighbours_are_priced(self):
        other = self.make_product("T-P-FREE", 0)
        listings = self.make_listing(self.shop_us, self.mug) | self.make_listing(
            self.shop_us, other)
        _source, quotes = self.price(listings)
        self.assertEqual(quotes.price.tolist(), [7_99, 0])
