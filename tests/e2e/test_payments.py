"""A buyer pays quotations and invoices in the portal, with every provider, in a real browser.

Real server with its job runner, real browser, the simulator's hosted pages on the other side. Every
journey exists for every provider, document and language; the default run takes one in a few of
them, `XB_PAYMENT_BROWSER=full` all.
"""

import itertools
import os
import xmlrpc.client

import pytest
from support.erp import until

# vendor: currency
PROVIDERS = {"pingpong": "USD", "paypal": "EUR", "alipay": "CNY", "antom": "EUR"}
DOCUMENTS = ("quotation", "invoice")
LANGUAGES = ("en_US", "zh_CN")
FULL = os.environ.get("XB_PAYMENT_BROWSER") == "full"
# Each provider and each journey at least once, each document and language many times.
FEW = [
    ("success", "pingpong", "quotation", "en_US"), ("success", "paypal", "invoice", "zh_CN"),
    ("success", "alipay", "invoice", "zh_CN"), ("success", "antom", "quotation", "en_US"),
    ("declined", "pingpong", "invoice", "zh_CN"), ("declined", "paypal", "quotation", "en_US"),
    ("abandoned", "alipay", "quotation", "zh_CN"), ("abandoned", "paypal", "invoice", "en_US"),
    ("back", "antom", "invoice", "zh_CN"), ("late", "pingpong", "quotation", "zh_CN"),
    ("late", "alipay", "invoice", "en_US"),
]


@pytest.fixture(scope="module")
def shop(erp):
    """What is needed to sell: currencies, addresses for notifications, a product."""
    call = tolerant(erp.user("admin"))
    call("ir.config_parameter", "set_param", "web.base.url", erp.url)
    names = sorted(set(PROVIDERS.values()))
    context = {"context": {"active_test": False}}
    found = call("res.currency", "search_read", [("name", "in", names)], ["name", "active"],
                 **context)
    for currency in found:
        if not currency["active"]:
            call("res.currency", "write", [currency["id"]], {"active": True})
    erp.simulator.vendor("paypal").store.set_setting(
        "paypal", "webhook_url", erp.webhook_url("paypal"))
    product = call("product.product", "create", [
        {"name": "Blue Mug", "type": "service", "list_price": 30, "taxes_id": [(5, 0, 0)]}])[0]
    return Shop(erp, call, {row["name"]: row["id"] for row in found}, product)


def tolerant(ask):
    """Core methods that return nothing fault over XML-RPC, after they have worked."""

    def call(*arguments, **named):
        try:
            return ask(*arguments, **named)
        except xmlrpc.client.Fault as fault:
            if "cannot marshal None" not in fault.faultString:
                raise
            return None

    return call


class Shop:
    """Makes quotations and invoices, and knows what became of them."""

    def __init__(self, erp, call, currencies, product):
        self.erp, self.call = erp, call
        self.currencies, self.product = currencies, product
        self.number = 0

    def buyer(self, language):
        """A new customer."""
        self.number += 1
        country = self.call("res.country", "search", [("code", "=", "DE")])[0]
        return self.call("res.partner", "create", [{
            "name": f"Anna Kern {self.number}", "email": f"anna{self.number}@example.com",
            "street": "Lange Straße 1", "city": "Berlin", "zip": "10115", "country_id": country,
            "phone": "+49 30 1234567", "lang": language}])[0]

    def quotation(self, currency, language, price=30):
        """Return (id, address) of a quotation to be paid."""
        pricelist = self.call("product.pricelist", "create", [{
            "name": f"{currency} {self.number}", "currency_id": self.currencies[currency]}])[0]
        order = self.call("sale.order", "create", [{
            "partner_id": self.buyer(language), "pricelist_id": pricelist,
            "require_payment": True, "require_signature": False, "prepayment_percent": 1,
            "order_line": [(0, 0, {"product_id": self.product, "price_unit": price,
                                   "tax_ids": [(5, 0, 0)]})]}])[0]
        self.call("sale.order", "action_quotation_sent", [order])
        return order, self.erp.url + self.call("sale.order", "get_portal_url", [order])

    def invoice(self, currency, language, price=30):
        """Return (id, address) of a posted invoice."""
        invoice = self.call("account.move", "create", [{
            "move_type": "out_invoice", "partner_id": self.buyer(language),
            "currency_id": self.currencies[currency],
            "invoice_line_ids": [(0, 0, {"product_id": self.product, "price_unit": price,
                                         "tax_ids": [(5, 0, 0)]})]}])[0]
        self.call("account.move", "action_post", [invoice])
        return invoice, self.erp.url + self.call("account.move", "get_portal_url", [invoice])

    def document(self, kind, vendor, language):
        """A new quotation or invoice of a new buyer."""
        return Document(self, kind, *getattr(self, kind)(PROVIDERS[vendor], language))


class Document:
    """What a buyer pays."""

    def __init__(self, shop, kind, id, url):
        self.shop, self.call, self.kind, self.id, self.url = shop, shop.call, kind, id, url
        self.dialog = {"quotation": "#modalaccept", "invoice": "#pay_with"}[kind]
        self.link = {"quotation": "sale_order_ids", "invoice": "invoice_ids"}[kind]

    def transactions(self):
        """The tries to pay it, oldest first."""
        return self.call("payment.transaction", "search_read", [(self.link, "=", self.id)],
                         ["state", "amount", "payment_id", "reference", "xb_attempt"], order="id")

    def is_paid(self):
        """A quotation is paid when it is an order, an invoice when nothing is left of it."""
        if self.kind == "quotation":
            return self.call("sale.order", "read", [self.id], ["state"])[0]["state"] == "sale"
        (found,) = self.call("account.move", "read", [self.id],
                             ["payment_state", "amount_residual"])
        return found["amount_residual"] == 0 and found["payment_state"] in ("paid", "in_payment")

    def check_books(self, currency, amount=30):
        """Once charged is once booked: 30 to the bank's side, 30 off the buyer's debt."""
        paid = [tx for tx in self.transactions() if tx["state"] == "done"]
        assert len(paid) == 1, paid
        until(lambda: self.transactions_of(paid[0])["payment_id"], what="nothing is booked")
        number = self.transactions_of(paid[0])["payment_id"][0]
        (payment,) = self.call("account.payment", "read", [number], [
            "amount", "currency_id", "payment_type", "state", "move_id", "partner_id"])
        assert (payment["amount"], payment["payment_type"]) == (amount, "inbound"), payment
        assert payment["currency_id"][1] == currency
        assert payment["state"] in ("in_process", "paid")
        lines = self.call("account.move.line", "search_read", [
            ("move_id", "=", payment["move_id"][0])],
            ["amount_currency", "balance", "account_type", "amount_residual", "currency_id"])
        assert sorted(line["amount_currency"] for line in lines) == [-amount, amount], lines
        assert abs(sum(line["balance"] for line in lines)) < 0.005
        (debt,) = [line for line in lines if line["account_type"] == "asset_receivable"]
        assert debt["amount_currency"] == -amount
        if self.kind == "invoice":
            assert debt["amount_residual"] == 0, "not reconciled with the invoice"
        other_side = self.shop.erp.simulator.vendor(self.vendor)
        charges = [other_side.payment_by_ref(tx["xb_attempt"]) for tx in self.transactions()]
        assert sum(p["charges"] for p in charges if p) == 1, "charged once"

    def transactions_of(self, tx):
        (found,) = self.call("payment.transaction", "read", [tx["id"]], ["payment_id", "state"])
        return found

    def find_page(self):
        """The provider's payment of the latest try."""
        other_side = self.shop.erp.simulator.vendor(self.vendor)
        return other_side.payment_by_ref(self.transactions()[-1]["xb_attempt"])


def begin(window, document, vendor):
    """Open the document, choose the provider, press Pay; ends on the provider's page."""
    document.vendor = vendor
    page, dialog = window.page, document.dialog
    page.goto(document.url)
    page.locator(f"[data-bs-target='{dialog}']").first.click()
    option = page.locator(f"{dialog} input[name=o_payment_radio][data-provider-code={vendor}]")
    option.wait_for()
    page.wait_for_timeout(400)
    option.check(force=True)
    page.wait_for_timeout(300)
    button = page.locator(f"{dialog} button[name=o_payment_submit_button]")
    button.click()
    page.wait_for_url(f"**/{vendor}/pay/**")


def speak(window, language):
    """Have the portal speak the buyer's language."""
    window.page.context.add_cookies([
        {"name": "frontend_lang", "value": language, "url": window.url}])


def finish(window, document):
    """From the provider's page back to the shop: the status page, then the document."""
    window.page.wait_for_url("**/my/**")
    until(document.is_paid, what=f"the {document.kind} is not paid")
    document.check_books(PROVIDERS[document.vendor])


# === JOURNEYS === #


def success(window, document, vendor):
    """Pay, with a double click; the back button then shows a page that cannot be paid again."""
    begin(window, document, vendor)
    window.picture(f"pay_{vendor}_page")
    window.page.dblclick("button[name=pay]")
    finish(window, document)
    window.page.wait_for_timeout(500)
    window.picture(f"pay_{vendor}_{document.kind}")
    window.page.goto(f"{document.shop.erp.simulator.url}/{vendor}/pay/{document.find_page()['id']}")
    assert not window.page.locator("button[name=pay]").count()
    window.page.goto(document.url)
    assert not window.page.locator(f"[data-bs-target='{document.dialog}']:visible").count()


def declined(window, document, vendor):
    """The bank says no; the buyer takes another card on the same page."""
    begin(window, document, vendor)
    window.page.click("button[name=decline]")
    window.page.wait_for_selector(".bad")
    if vendor == "pingpong":  # the only one of them that tells
        until(lambda: document.transactions()[0]["state"] == "error")
    assert not document.is_paid()
    window.page.click("button[name=pay]")
    finish(window, document)
    assert len(document.transactions()) == 1, "the same try"


def abandoned(window, document, vendor):
    """Leave the provider's page, come back to the document, try again."""
    begin(window, document, vendor)
    window.page.click("button[name=return]")
    window.page.wait_for_url(lambda url: f"/{vendor}/" not in url)
    window.page.wait_for_timeout(800)
    window.picture(f"pay_{vendor}_abandoned")
    assert not document.is_paid()
    begin(window, document, vendor)
    window.page.click("button[name=pay]")
    finish(window, document)
    first, second = document.transactions()
    assert first["state"] in ("draft", "pending", "cancel")
    assert first["xb_attempt"] != second["xb_attempt"]


def back(window, document, vendor):
    """The back button, then Pay again: a new try, and one charge."""
    begin(window, document, vendor)
    window.page.go_back()
    window.page.wait_for_timeout(800)
    assert not document.is_paid()
    begin(window, document, vendor)
    window.page.click("button[name=pay]")
    finish(window, document)


def late(window, document, vendor):
    """Time is over, we gave it up, the page was still open: money that comes late counts."""
    begin(window, document, vendor)
    (tx,) = document.transactions()
    sql = document.shop.erp.sql
    sql("UPDATE payment_transaction SET xb_expires_at = now() - interval '1 hour',"
        f" xb_next_poll = NULL WHERE id = {tx['id']}")
    if vendor in ("pingpong", "paypal"):  # the others' pages are closed by asking
        document.call("payment.transaction", "action_xb_ask", [tx["id"]])
    else:
        sql(f"UPDATE payment_transaction SET state = 'cancel' WHERE id = {tx['id']}")
    assert document.transactions()[0]["state"] == "cancel"
    window.page.click("button[name=pay]")
    finish(window, document)


JOURNEYS = {"success": success, "declined": declined, "abandoned": abandoned, "back": back,
            "late": late}


@pytest.mark.parametrize("journey, vendor, kind, language", list(itertools.product(
    JOURNEYS, PROVIDERS, DOCUMENTS, LANGUAGES)) if FULL else FEW)
def test_paying(window, shop, journey, vendor, kind, language):
    document = shop.document(kind, vendor, language)
    speak(window, language)
    JOURNEYS[journey](window, document, vendor)
    assert not window.problems


# === REFUND, DISPUTE === #


def refund_in_parts(window, payment, amounts):
    """Press Refund on the booked payment, as finance does."""
    page = window.page
    for amount in amounts:
        page.goto(f"{window.url}/odoo/account.payment/{payment}")
        page.click("button[name=action_refund_wizard]")
        field = page.locator(".modal [name=amount_to_refund] input")
        field.wait_for()
        field.fill(str(amount))
        field.press("Tab")
        page.click(".modal button[name=action_refund]")
        page.locator(".modal").wait_for(state="detached")


@pytest.mark.parametrize("vendor", list(PROVIDERS) if FULL else ["paypal", "antom"])
def test_refund_in_two_parts_and_a_dispute(window, shop, vendor):
    page = window.page
    document = shop.document("invoice", vendor, "zh_CN")
    begin(window, document, vendor)
    page.click("button[name=pay]")
    finish(window, document)
    paid = document.find_page()
    (tx,) = document.transactions()
    page.goto("about:blank")  # an answer under way would bring the buyer's cookie back
    page.context.clear_cookies()
    window.sign_in("admin")
    refund_in_parts(window, tx["payment_id"][0], (10, 20))
    other_side = shop.erp.simulator.vendor(vendor)
    until(lambda: float(other_side.payment(paid["id"])["refunded"]) == 30)

    def booked():
        return shop.call("account.payment", "search_count", [
            ("payment_transaction_id.source_transaction_id", "=", tx["id"]),
            ("payment_type", "=", "outbound"), ("state", "in", ("in_process", "paid"))]) == 2

    until(booked, what="the refunds are not booked")
    page.goto(f"{window.url}/odoo/account.payment/{tx['payment_id'][0]}")
    page.wait_for_selector(".o_form_view")
    assert not page.locator("button[name=action_refund_wizard]:visible").count(), "all is refunded"
    if vendor != "alipay":  # it has no disputes
        dispute(window, shop, other_side, paid, vendor)
    if vendor == "paypal":
        look_around(window)
    assert not window.problems


def dispute(window, shop, other_side, paid, vendor):
    """The buyer disputes; finance answers, through the API where there is one."""
    page = window.page
    number = other_side.open_dispute(paid["id"])["id"]
    until(lambda: shop.call("xb.payment.dispute", "search_count", [("reference", "=", number)]))
    window.open("xb_payments.xb_payment_dispute_action")
    page.click(f".o_data_row:has-text('{number}')")
    page.wait_for_selector("[name=evidence] textarea")
    page.fill("[name=evidence] textarea", "Delivered and signed for.")
    window.picture(f"dispute_{vendor}")
    if vendor == "paypal":
        page.click("button[name=action_answer]")
        until(lambda: other_side.dispute(number)["status"] == "review", what="no answer arrived")
    else:
        page.click("button[name=action_answered_by_hand]")
        until(lambda: shop.call("xb.payment.dispute", "search_count", [
            ("reference", "=", number), ("answer_state", "=", "manual")]))
    other_side.update_dispute(number, status="won")
    until(lambda: shop.call("xb.payment.dispute", "search_count",
                            [("reference", "=", number), ("state", "=", "won")]))
    page.reload()
    page.wait_for_selector(".o_form_view")
    page.wait_for_timeout(800)
    window.picture(f"dispute_{vendor}_won")


def look_around(window):
    """Pictures of finance's screens, in both languages."""
    page = window.page
    for name, action in (("overview", "xb_payment_dashboard_action"),
                         ("payments", "payment_transaction_action"),
                         ("analysis", "xb_payment_report_action"),
                         ("disputes", "xb_payment_dispute_action")):
        window.open(f"xb_payments.{action}")
        page.wait_for_timeout(1200)
        window.picture(f"finance_{name}")
    window.open("xb_payments.xb_payment_dashboard_action")
    page.click(".o_xb_language_switcher")
    page.click(".o-dropdown--menu :text('简体中文')")
    page.wait_for_timeout(3000)
    for name, action in (("overview", "xb_payment_dashboard_action"),
                         ("payments", "payment_transaction_action"),
                         ("disputes", "xb_payment_dispute_action")):
        window.open(f"xb_payments.{action}")
        page.wait_for_timeout(1200)
        window.picture(f"finance_{name}_zh")
