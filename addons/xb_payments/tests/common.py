"""A buyer, a quotation, an account at a simulated provider: what tests of every plug-in share."""

import logging
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from unittest.mock import patch

from werkzeug.datastructures import Headers

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.xb_base.exceptions import VendorError
from odoo.addons.xb_base.tests.common import XbBaseCase
from odoo.addons.xb_base.tests.simulated import SimulatorMixin, import_simulator


class PaymentCase(SimulatorMixin, XbBaseCase):
    """Base of all tests about one provider.

    :cvar str vendor: of the connection and in the simulator
    :cvar str code: of the payment provider; ``vendor`` when not given
    :cvar str method: code of the payment method
    :cvar str currency_name: what is paid in
    """

    code = None
    method = "card"
    currency_name = "USD"
    provider_vals = {}

    @classmethod
    def setUpClass(cls):
        simulator = import_simulator()
        super().setUpClass()
        cls.start_simulator(simulator)
        cls.other_side.keep_notices()
        cls.connection = cls.connect_to_simulator(f"{cls.vendor} under test", read_timeout=10)
        cls.provider = cls._make_provider()
        cls.currency = (
            cls.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", cls.currency_name)])
        )
        cls.currency.active = True
        cls.buyer = cls.env["res.partner"].create(
            {
                "name": "Anna Kern",
                "email": "anna@example.com",
                "phone": "+49 30 1234567",
                "street": "Lange Straße 1",
                "city": "Berlin",
                "zip": "10115",
                "country_id": cls.env.ref("base.de").id,
            }
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Blue Mug", "default_code": "MUG", "type": "consu", "taxes_id": False}
        )

    @classmethod
    def _make_provider(cls):
        provider = cls.env["payment.provider"].search(
            [("code", "=", cls.code or cls.vendor), ("company_id", "=", cls.env.company.id)],
            limit=1,
        )
        provider.write({"xb_connection_id": cls.connection.id, **cls.provider_vals})
        provider.write({"state": "test", "is_published": True})
        return provider

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)

    # === WHAT BUYERS DO === #

    def make_order(self, price="30.00"):
        """Return a quotation in the test's currency."""
        pricelist = self.env["product.pricelist"].create(
            {"name": self.currency.name, "currency_id": self.currency.id}
        )
        return self.env["sale.order"].create(
            {
                "partner_id": self.buyer.id,
                "pricelist_id": pricelist.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "price_unit": float(price),
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )

    def begin(self, amount="30.00", order=None, **values):
        """Have the buyer press “Pay”: a transaction and the provider's page for it."""
        method = (
            self.env["payment.method"]
            .with_context(active_test=False)
            .search([("code", "=", self.method)], limit=1)
        )
        tx = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": method.id,
                "amount": float(amount),
                "currency_id": self.currency.id,
                "partner_id": self.buyer.id,
                "operation": "online_redirect",
                "sale_order_ids": [Command.set(order.ids)] if order else [],
                **values,
            }
        )
        return tx

    def open_page(self, tx):
        """Return what core's form would send the browser to, and the provider's payment."""
        values = tx._get_specific_rendering_values({})
        self.assertTrue(values.get("api_url"), tx.state_message)
        return values, self.find_payment(tx)

    def find_payment(self, tx):
        """Return the provider's books about a transaction."""
        return self.other_side.payment_by_ref(tx.xb_attempt)

    # === WHAT THE PROVIDER DOES === #

    def deliver(self, notices=None):
        """Bring kept notices through the door's check and the inbox.

        :return: the inbox events
        """
        inbox = self.env["xb.inbox"]
        last = inbox.search([], order="id desc", limit=1).id or 0
        for headers, body in self.other_side.notices() if notices is None else notices:
            event = self.connection._verify_webhook(body, Headers(headers))
            inbox._store(self.env.cr, self.connection.id, event, body, headers)
        events = inbox.search(
            [("id", ">", last), ("connection_id", "=", self.connection.id)], order="id"
        )
        if events:
            self.connection._process_inbox(events)
        return events

    def send_outbox(self):
        """Work off what waits to be sent."""
        self.env.flush_all()
        self.env["xb.outbox"]._job_send(self.connection)
        self.env.invalidate_all()

    def send_again(self):
        """Send what was put off, as if its time had come."""
        self.env["xb.outbox"].search([("connection_id", "=", self.connection.id)]).filtered(
            lambda row: row.state == "retry"
        ).write({"next_try": datetime(2020, 1, 1)})
        self.env["xb.outbox.gate"].search([]).write({"paused_until": False, "failures": 0})
        self.send_outbox()

    def take_refunds(self):
        """Run the jobs that ask about refunds nobody here has made; what fails stays."""
        jobs = self.env["queue.job"].search(
            [("method_name", "=", "_job_xb_take_refund"), ("state", "=", "pending")]
        )
        for job in jobs:
            try:
                getattr(job.records, job.method_name)(*job.args, **job.kwargs)
            except RetryableJobError:
                continue
            job.state = "done"

    def take_claims(self):
        """Run the jobs that ask about disputes."""
        for job in self.env["queue.job"].search(
            [("method_name", "=", "_job_xb_take_claim"), ("state", "=", "pending")]
        ):
            getattr(job.records, job.method_name)(*job.args, **job.kwargs)
            job.state = "done"

    def check_refund_made_by_hand(self, amount="10.00"):
        """Somebody refunds on the provider's own site: it gets into the books, once."""
        tx = self.pay("30.00")
        tx._job_xb_post_process()
        payment = self.find_payment(tx)
        self.other_side.notices()
        self.other_side.refund_by_hand(payment["id"], amount)
        notices = self.other_side.notices()
        self.assertTrue(notices)
        for _time in range(2):
            events = self.deliver(notices)
            self.assertFalse(events.filtered(lambda event: event.state == "dead"))
            self.take_refunds()
        refund = tx.child_transaction_ids
        self.assertEqual((len(refund), refund.state, refund.operation), (1, "done", "refund"))
        self.assertEqual(refund.amount, -float(amount))
        refund._job_xb_post_process()
        self.assertEqual(refund.payment_id.payment_type, "outbound")
        self.assertEqual(refund.payment_id.amount, float(amount))
        self.assertEqual(tx.state, "done")
        left = self.currency.round(30 - float(amount))
        with self.assertRaises(UserError):
            tx._refund(amount_to_refund=left + 1)
        tx._refund(amount_to_refund=left)
        self.send_outbox()
        self.assertEqual(tx.child_transaction_ids.mapped("state"), ["done", "done"])
        self.assertEqual(Decimal(self.find_payment(tx)["refunded"]), 30)
        return refund

    def check_logs_keep_secrets(self):
        """Everything a payment does, with every logger at its most talkative: no secret is told."""
        secrets = {
            name: value for name, value in self.connection._get_credentials().items() if value
        }
        secrets["webhook_token"] = self.connection._get_secret("webhook_token")
        self.assertIn("api_secret", secrets)
        with self.assertLogs(level="DEBUG") as theirs, self.assertLogs("odoo", "DEBUG") as ours:
            self.connection._get_adapter().ping()
            tx = self.pay("30.00")
            tx._refund(amount_to_refund=10)
            self.send_outbox()
            self.deliver()
            tx._xb_ask()
            tx.create({**tx.copy_data()[0], "reference": "logs"})._get_processing_values()
            bad = {**secrets, "api_secret": secrets["api_secret"][:-4] + "AAAA"}
            with (
                patch.object(type(self.connection), "_get_credentials", lambda _self: bad),
                suppress(VendorError),
            ):
                self.connection._get_adapter().ping()
        # SQL at level DEBUG tells what is written; keeping that is the database's business.
        text = "\n".join(
            record.getMessage()
            + (logging.Formatter().formatException(record.exc_info) if record.exc_info else "")
            for record in theirs.records + ours.records
            if record.name != "odoo.sql_db"
        )
        self.assertIn("request {", text, "the transport's own lines are among them")
        for name, value in secrets.items():
            self.assertNotIn(value[:40], text, f"{name} stands in the log")

    def now(self):
        """Return the present, aware."""
        return datetime.now(UTC)

    def pay(self, amount="30.00", **values):
        """Return a transaction that was paid, with the notification processed."""
        tx = self.begin(amount, **values)
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        self.deliver()
        return tx

    def make_parcel(self, tx, number="YT2611111111111199"):
        """Return a parcel of what the transaction has paid, on its way."""
        carrier = self.env["xb.carrier"].search([("code", "=", "yunexpress")])
        line = tx.sale_order_ids.order_line
        return self.env["xb.parcel"].create(
            {
                "carrier_id": carrier.id,
                "number": number,
                "shipped_at": fields.Datetime.now(),
                "item_ids": [Command.create({"sale_line_id": line.id, "quantity": 1})],
            }
        )
