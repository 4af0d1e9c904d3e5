"""A provider's statement, fetched over real HTTP from its stand-in, ends on the payment."""

from datetime import timedelta
from unittest import SkipTest
from unittest.mock import patch

import requests

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.xb_base.exceptions import VendorRejected
from odoo.addons.xb_payments.tests.common import PaymentCase


class StatementCase(PaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["xb.shop"].create(
            {"name": "Web shop", "currency_id": cls.env.company.currency_id.id, "tz": "UTC"}
        )

    @classmethod
    def _start(cls, simulator):
        if cls.vendor not in dict(cls.env["xb.connection"]._fields["vendor"].selection):
            raise SkipTest(f"the plug-in of {cls.vendor} is not installed")
        return super()._start(simulator)

    @property
    def yesterday(self):
        return fields.Date.context_today(self.provider) - timedelta(days=1)

    def fetch(self):
        """What the cron and its job do."""
        self.env["payment.provider"]._cron_xb_statements()
        job = self.env["queue.job"].search([("method_name", "=", "_job_xb_statement")])
        self.assertEqual(len(job), 1)
        result = self.provider._job_xb_statement(*job.args)
        self.env.invalidate_all()
        return result


@tagged("post_install", "-at_install")
class TestAlipayStatement(StatementCase):
    vendor = "alipay"
    method = "alipay"
    currency_name = "CNY"

    def open_page(self, tx):
        """Override: the browser brings the signed form."""
        values = tx._get_specific_rendering_values({})
        requests.post(
            values["api_url"], data=values["fields"], allow_redirects=False, timeout=(5, 5)
        )
        return values, self.find_payment(tx)

    def test_fees_and_orders(self):
        order = self.make_order("200.00")
        tx, other = self.pay("200.00", order=order), self.pay("88.00")
        tx._refund(amount_to_refund=50)
        self.send_outbox()
        self.provider.xb_statement_shop_id = self.shop
        self.assertIn("created", self.fetch())
        # 0.6 % of 200, and what was given back of it with the refund of 50
        self.assertAlmostEqual(tx.xb_fee, 0.90)
        self.assertAlmostEqual(other.xb_fee, 0.53)
        self.assertEqual(tx.xb_fee_currency_id, self.currency)
        lines = self.shop.settlement_ids.line_ids
        ours = lines.filtered(lambda line: line.order_ref == tx.xb_attempt)
        self.assertEqual(len(ours), 4, "sale, its fee, refund, its fee")
        self.assertEqual(ours.order_id, order, "found by the payment, not by the order's name")
        self.assertFalse(lines.filtered(lambda line: line.order_ref == other.xb_attempt).order_id)

    def test_twice_is_once(self):
        tx = self.pay("200.00")
        self.provider.xb_statement_shop_id = self.shop
        self.fetch()
        self.provider._job_xb_statement(fields.Date.to_string(self.yesterday))
        self.env.invalidate_all()
        self.assertEqual(len(self.shop.settlement_ids), 1)
        self.assertAlmostEqual(tx.xb_fee, 1.20)

    def test_by_hand(self):
        tx = self.pay("200.00")
        wizard = self.env["xb.payment.statement"].create({"provider_id": self.provider.id})
        wizard.action_fetch()
        wizard.shop_id = self.shop
        action = wizard.action_import()
        settlement = self.env["xb.settlement"].search(action["domain"])
        self.assertEqual(settlement.shop_id, self.shop)
        self.env.invalidate_all()
        self.assertAlmostEqual(tx.xb_fee, 1.20)

    def test_a_bill_that_is_not_there_yet(self):
        self.provider.xb_statement_shop_id = self.shop
        refusal = VendorRejected("isp.bill_not_exist", "not yet")
        adapter = self.connection._get_adapter_class()
        with (
            patch.object(adapter, "get_statement", side_effect=refusal),
            self.assertRaises(RetryableJobError),
        ):
            self.provider._job_xb_statement(fields.Date.to_string(self.yesterday))

    def test_nothing_is_fetched_unasked(self):
        self.env["payment.provider"].search([]).xb_statement_shop_id = False
        self.env["payment.provider"]._cron_xb_statements()
        self.assertFalse(
            self.env["queue.job"].search_count([("method_name", "=", "_job_xb_statement")])
        )


@tagged("post_install", "-at_install")
class TestPingPongStatement(StatementCase):
    vendor = "pingpong"

    def make_profile(self):
        return self.env["xb.settlement.profile"].create(
            {
                "name": "PingPong, our file",
                "column_document": "billDate",
                "column_date": "billDate",
                "column_order": "merchantTransactionId",
                "column_reference": "transactionId",
                "column_type": "transactionType",
                "column_amount": "amount",
                "column_fee": "fee",
                "column_currency": "currency",
                "column_status": "status",
                "statuses": "SUCCESS",
                "type_ids": [
                    Command.create({"word": "PAY", "kind": "sale"}),
                    Command.create({"word": "REFUND", "kind": "refund"}),
                ],
            }
        )

    def test_a_layout_that_nobody_publishes_needs_a_profile(self):
        tx = self.pay("100.00")
        self.provider.xb_statement_shop_id = self.shop
        with self.assertRaises(UserError):
            self.provider._job_xb_statement(fields.Date.to_string(self.yesterday))
        self.provider.xb_statement_profile_id = self.make_profile()
        self.fetch()
        self.assertAlmostEqual(tx.xb_fee, 2.90)
        self.assertEqual(tx.xb_fee_currency_id, self.currency)


@tagged("post_install", "-at_install")
class TestPayPalStatement(StatementCase):
    vendor = "paypal"
    method = "paypal"

    def pay(self, amount="30.00", **values):
        """Override: paid yesterday; with PayPal a payment is made by asking after the approval."""
        tx = self.begin(amount, **values)
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        tx._xb_ask()
        moment = (self.now() - timedelta(days=1)).timestamp()
        self.other_side.update(payment["id"], paid=moment)
        return tx

    @property
    def yesterday(self):
        return self.now().date() - timedelta(days=1)

    def test_fees_and_orders(self):
        """Transaction search, laid out as PayPal's own report: nothing has to be set up."""
        order = self.make_order("200.00")
        tx, other = self.pay("200.00", order=order), self.pay("88.00")
        for payment in (tx, other):
            payment.write({"xb_fee": 0, "xb_fee_currency_id": False})
        self.provider.xb_statement_shop_id = self.shop
        result = self.provider._job_xb_statement(fields.Date.to_string(self.yesterday))
        self.assertIn("created", result)
        self.env.invalidate_all()
        self.assertAlmostEqual(tx.xb_fee, 7.47)
        self.assertAlmostEqual(other.xb_fee, 3.56)
        settlement = self.shop.settlement_ids
        self.assertEqual(settlement.format_code, "paypal_report")
        self.assertEqual(settlement.currency_id, self.currency)
        ours = settlement.line_ids.filtered(lambda line: line.order_ref == tx.xb_attempt)
        self.assertEqual(sorted(ours.mapped("amount")), [-7.47, 200.0])
        self.assertEqual(ours.order_id, order)
        self.provider._job_xb_statement(fields.Date.to_string(self.yesterday))
        self.assertEqual(self.shop.settlement_ids, settlement, "twice is once")

    def test_a_period(self):
        """From–to: one job per day, the oldest first; each day is a settlement, once."""
        order = self.make_order("200.00")
        tx = self.pay("200.00", order=order)
        wizard = self.env["xb.payment.statement"].create({"provider_id": self.provider.id})
        self.assertFalse(wizard.is_period)
        wizard.write({"day": self.yesterday - timedelta(days=2), "day_to": self.yesterday})
        self.assertTrue(wizard.is_period)
        with self.assertRaisesRegex(UserError, "Choose the shop"):
            wizard.action_import_period()
        wizard.shop_id = self.shop
        # Whether a day is over is asked where the user is; PayPal's days are those of UTC.
        today = fields.Date.context_today(wizard)
        for first, last in ((4, 0), (1, 3), (200, 2)):
            wizard.write({"day": today - timedelta(days=first),
                          "day_to": today - timedelta(days=last)})  # fmt: skip
            with self.assertRaises(UserError):
                wizard.action_import_period()
        wizard.write({"day": self.yesterday - timedelta(days=2), "day_to": self.yesterday})
        for _time in range(2):
            wizard.action_import_period()
        jobs = self.env["queue.job"].search([("method_name", "=", "_job_xb_statement")])
        jobs = jobs.sorted("id")
        days = [str(self.yesterday - timedelta(days=days)) for days in (2, 1, 0)]
        self.assertEqual([job.args[0] for job in jobs], days)
        for job in jobs:
            self.provider._job_xb_statement(*job.args)
        line = self.shop.settlement_ids.line_ids.filtered(
            lambda line: line.order_ref == tx.xb_attempt and line.kind == "sale"
        )
        self.assertEqual((line.order_id, line.amount), (order, 200.0))

    def test_a_day_without_money(self):
        self.provider.xb_statement_shop_id = self.shop
        day = self.yesterday - timedelta(days=3)
        self.provider._job_xb_statement(fields.Date.to_string(day))
        self.assertFalse(self.shop.settlement_ids)
