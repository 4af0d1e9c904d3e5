"""Payment links and the portal's own routes, over real HTTP, as a stranger."""

from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.payment import utils as payment_utils

from .common import PingPongCase

LOGS = "odoo.addons.xb_payments.models.payment_transaction"


@tagged("post_install", "-at_install")
class TestLink(PingPongCase, HttpCase):
    registry_test_mode = False  # the base class enters it

    def make_link(self, document, amount):
        wizard = (
            self.env["payment.link.wizard"]
            .with_context(active_model=document._name, active_id=document.id)
            .create({"amount": amount})
        )
        return wizard.link

    def make_invoice(self):
        order = self.make_order()
        order.action_confirm()
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def press_pay(self, amount, token, *, provider=None, route="/payment/transaction", **more):
        """Send what the payment form sends; return its answer."""
        values = {
            "provider_id": (provider or self.provider).id,
            "payment_method_id": self.provider.payment_method_ids[:1].id,
            "token_id": None,
            "amount": amount,
            "flow": "redirect",
            "tokenization_requested": False,
            "landing_route": "/payment/confirmation",
            "access_token": token,
            **more,
        }
        answer = self.make_jsonrpc_request(route, values)
        self.env.invalidate_all()
        return answer

    def press(self, amount, token=None, **more):
        """Press Pay on the generic page."""
        currency = self.currency.id
        token = token or payment_utils.generate_access_token(
            self.buyer.id, amount, currency, env=self.env
        )
        return self.press_pay(amount, token, currency_id=currency, partner_id=self.buyer.id, **more)

    def last(self):
        return self.env["payment.transaction"].search(
            [("partner_id", "=", self.buyer.id)], order="id desc", limit=1
        )

    def test_link_of_an_invoice(self):
        """Part of an invoice by a link: page, provider, money, reconciled with the invoice."""
        invoice = self.make_invoice()
        link = self.make_link(invoice, 12)
        page = self.url_open("/" + link.split("/", 3)[3].lstrip("/"))
        self.assertIn(f'data-provider-id="{self.provider.id}"', page.text)
        self.press_pay(
            12, invoice._portal_ensure_token(), route=f"/invoice/transaction/{invoice.id}"
        )
        tx = self.last()
        self.assertEqual((tx.amount, tx.invoice_ids), (12, invoice))
        self.other_side.pay(self.find_payment(tx)["id"])
        self.deliver()
        tx._job_xb_post_process()
        self.assertEqual(invoice.amount_residual, 18)

    def test_link_of_a_quotation(self):
        order = self.make_order()
        order.require_payment, order.prepayment_percent = True, 0.4
        link = self.make_link(order, 12)
        page = self.url_open(f"/{link.split('/', 3)[3]}")
        self.assertIn(f'data-provider-id="{self.provider.id}"', page.text)
        self.press_pay(12, order._portal_ensure_token(), route=f"/my/orders/{order.id}/transaction")
        tx = self.last()
        self.assertEqual((tx.amount, tx.sale_order_ids), (12, order))
        self.other_side.pay(self.find_payment(tx)["id"])
        self.deliver()
        tx._job_xb_post_process()
        self.assertEqual(order.state, "sale")

    def test_another_amount_than_the_links(self):
        token = payment_utils.generate_access_token(
            self.buyer.id, 30.0, self.currency.id, env=self.env
        )
        before = self.last()
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.press(0.01, token)
        self.assertEqual(self.last(), before)

    @mute_logger(LOGS)
    def test_play_money_that_was_never_published(self):
        """Core takes whichever provider the browser names."""
        self.provider.is_published = False
        answer = self.press(30.0)
        self.assertEqual(self.last().state, "error")
        self.assertFalse(self.find_payment(self.last()), "no page was opened")
        self.assertNotIn(self.simulator.url, answer["redirect_form_html"])

    def test_a_disabled_provider(self):
        self.provider.state = "disabled"
        before = self.last()
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.press(30.0)
        self.assertEqual(self.last(), before)

    @mute_logger(LOGS)
    def test_another_companys_provider(self):
        """Their account, our invoice: the money would be theirs and the debt gone."""
        company = self.env["res.company"].create({"name": "Neighbours"})
        connection = self.connection.copy({"name": "Theirs", "company_id": company.id})
        theirs = self.provider.copy({"company_id": company.id})
        theirs.write({"xb_connection_id": connection.id})
        theirs.write({"state": "test", "is_published": True})
        invoice = self.make_invoice()
        self.press_pay(
            30.0,
            invoice._portal_ensure_token(),
            provider=theirs,
            route=f"/invoice/transaction/{invoice.id}",
        )
        tx = self.last()
        self.assertEqual((tx.provider_id, tx.state), (theirs, "error"))
        self.assertFalse(self.find_payment(tx))
