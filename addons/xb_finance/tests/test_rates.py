"""Rate sources over real HTTP: priority, fallback, age, registry, and what never changes."""

import json
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.xb_base.tests.common import LoopbackMixin, XbBaseCase

from .common import FinanceCommon
from .test_core_rates import ECB_XML

NOW = "2026-05-04 18:00:00"
FRANKFURTER = {"amount": 1.0, "base": "EUR", "date": "2026-05-04",
               "rates": {"USD": 1.3, "GBP": 0.85, "JPY": 161.5}}


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestRates(LoopbackMixin, FinanceCommon):

    RATES = {"USD": {}, "GBP": {}, "JPY": {}}
    serve = XbBaseCase.serve

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls._registry_patched:
            cls.registry_enter_test_mode_cls()

    def setUp(self):
        super().setUp()
        self.env["res.currency"].search([]).filtered(
            lambda c: c.name not in ("EUR", "USD", "GBP", "JPY", "CNY")).active = False
        self.env.ref("base.CNY").active = True
        self.ecb_answer = (200, ECB_XML)
        self.frankfurter_answer = (200, json.dumps(FRANKFURTER).encode())
        server = self.serve(self.answer)
        self.server = server
        connection = self.env["xb.connection"].create({
            "name": "Rates", "vendor": "rates", "environment": "sandbox",
            "base_url": server.url, "company_id": self.company.id, "rate_per_minute": 0,
        })
        self.ecb, self.frankfurter = self.env["xb.rate.source"].create([
            {"name": "ECB", "provider": "ecb", "sequence": 1, "connection_id": connection.id,
             "company_id": self.company.id},
            {"name": "Frankfurter", "provider": "frankfurter", "sequence": 2,
             "connection_id": connection.id, "company_id": self.company.id},
        ])

    def answer(self, handler):
        status, body = self.ecb_answer if "eurofxref" in handler.path else self.frankfurter_answer
        handler.answer(status, body)

    def core_rates(self):
        return {(rate.name.isoformat(), rate.currency_id.name): rate.rate
                for rate in self.env["res.currency.rate"].search(
                    [("company_id", "=", self.company.id)])}

    def test_first_source_decides_the_next_fills(self):
        self.env["xb.rate.source"]._job_fetch(self.company.id)
        rates = self.core_rates()
        self.assertEqual(rates["2026-05-04", "USD"], 1.25)
        self.assertEqual(rates["2026-05-04", "CNY"], 8.19)
        # Not in the first source.
        self.assertEqual(rates["2026-05-04", "GBP"], 0.85)
        self.assertEqual(len(self.server.requests), 2)

    def test_again_makes_no_row(self):
        self.env["xb.rate.source"]._job_fetch(self.company.id)
        before = self.count_rows("xb_rate", "res_currency_rate")
        self.env["xb.rate.source"]._job_fetch(self.company.id)
        self.assertEqual(self.count_rows("xb_rate", "res_currency_rate"), before)

    def test_intraday_change_is_a_row_more(self):
        self.frankfurter._fetch_and_write()
        changed = {**FRANKFURTER, "rates": {**FRANKFURTER["rates"], "USD": 1.31}}
        self.frankfurter_answer = (200, json.dumps(changed).encode())
        self.frankfurter._fetch_and_write()
        dollars = self.env["xb.rate"].search([
            ("source_id", "=", self.frankfurter.id), ("currency_id.name", "=", "USD")])
        self.assertEqual(sorted(dollars.mapped("rate")), [1.3, 1.31])
        self.assertEqual(self.core_rates()["2026-05-04", "USD"], 1.31)
        with self.assertRaises(UserError):
            dollars[0].rate = 5

    def test_failing_source_falls_back_and_says_so(self):
        for answer in ((503, b""), (200, b"<html>maintenance</html>"), (200, ECB_XML[:200])):
            self.ecb_answer = answer
            self.env["xb.rate.source"]._job_fetch(self.company.id)
            self.assertTrue(self.ecb.last_problem)
        self.assertEqual(self.core_rates()["2026-05-04", "USD"], 1.3)
        self.assertFalse(self.frankfurter.last_problem)
        self.ecb_answer = (200, ECB_XML)
        self.env["xb.rate.source"]._job_fetch(self.company.id)
        self.assertFalse(self.ecb.last_problem)
        # A source of more priority takes the day over.
        self.assertEqual(self.core_rates()["2026-05-04", "USD"], 1.25)

    def test_typed_rate_stays(self):
        typed = self.env["res.currency.rate"].create({
            "name": "2026-05-04", "currency_id": self.env.ref("base.USD").id, "rate": 1.11,
            "company_id": self.company.id})
        self.ecb._fetch_and_write()
        self.assertEqual(typed.rate, 1.11)

    def test_stale_rates_are_told_once(self):
        self.env["xb.rate.source"]._job_fetch(self.company.id)
        self.assertFalse(self.ecb.activity_ids)
        with freeze_time("2026-05-12 18:00:00"):
            for _twice in range(2):
                self.env["xb.rate.source"]._job_fetch(self.company.id)
            [activity] = self.ecb.activity_ids
            self.assertIn("USD", activity.summary)
            board = self.env["xb.rate.source"].get_rate_board()
            self.assertEqual(board["stale"], 4)

    def test_weekend_does_not_age(self):
        self.env["xb.rate.source"]._job_fetch(self.company.id)
        with freeze_time("2026-05-06 18:00:00"):
            cards = self.env["xb.rate.source"].get_rate_board()["currencies"]
            self.assertEqual({card["age"] for card in cards}, {2})

    def test_spread_and_fill(self):
        self.ecb.write({"spread_percent": 20, "weekend_rule": "fill"})
        self.ecb.action_backfill(30)
        rates = self.core_rates()
        self.assertEqual(rates["2026-05-03", "USD"], 1.5)
        self.assertEqual(rates["2026-05-04", "USD"], 1.5625)
        [friday] = self.env["xb.rate"].search(
            [("day", "=", "2026-05-01"), ("currency_id.name", "=", "USD")])
        self.assertEqual((friday.rate, friday.company_rate), (1.2, 1.5))

    def test_company_in_another_currency_crosses(self):
        other = self.env["res.company"].create({
            "name": "Yuan", "currency_id": self.env.ref("base.CNY").id})
        source = self.env["xb.rate.source"].create({
            "name": "ECB", "provider": "ecb", "company_id": other.id,
            "connection_id": self.ecb.connection_id.copy({"company_id": other.id}).id})
        source.with_company(other)._fetch_and_write()
        rate = self.env["res.currency.rate"].search(
            [("company_id", "=", other.id), ("currency_id.name", "=", "USD")])
        self.assertEqual(rate.mapped("name"), [date(2026, 5, 4)])
        self.assertAlmostEqual(rate.rate, 1.25 / 8.19, 15)

    def test_fixed(self):
        source = self.env["xb.rate.source"].create({
            "name": "Contract", "provider": "fixed", "company_id": self.company.id,
            "base_currency_id": self.eur.id,
            "fixed_ids": [(0, 0, {"currency_id": self.env.ref("base.USD").id, "rate": 1.2})]})
        source.action_fetch()
        self.assertEqual(self.core_rates()["2026-05-04", "USD"], 1.2)

    def test_stamp_of_an_order_never_changes(self):
        self.ecb._fetch_and_write()
        order = self.make_order("R-1", 100)
        self.assertEqual((order.xb_rate, order.xb_rate_source), (0.8, "ECB 2026-05-04"))
        self.ecb_answer = (200, ECB_XML.replace(b"1.2500", b"2.5000"))
        self.ecb._fetch_and_write()
        self.assertEqual(self.core_rates()["2026-05-04", "USD"], 2.5)
        self.env.invalidate_all()
        self.assertEqual(order.xb_rate, 0.8)

    def test_rights(self):
        clerk = self.user("a-clerk", "xb_base.group_clerk")
        with self.assertRaises(AccessError):
            self.env["xb.rate.source"].with_user(clerk).get_rate_board()
        with self.assertRaises(AccessError):
            self.ecb.with_user(clerk).action_fetch()
        finance = self.user("a-finance", "xb_base.group_finance")
        self.ecb.with_user(finance).action_fetch()
        for days in (0, -1, 10 ** 9, "x", None):
            with self.assertRaises(UserError):
                self.ecb.with_user(finance).action_backfill(days)
