"""A buyer pays quotations and invoices in the portal, with every provider, in a real browser.

Real server with its job runner, real browser, the simulator's hosted pages on the other side.
"""

import xmlrpc.client

import pytest
from support.erp import until

# vendor: (currency, language of the buyer)
PROVIDERS = {
    "pingpong": ("USD", "en_US"),
    "paypal": ("EUR", "zh_CN"),
    "alipay": ("CNY", "zh_CN"),
    "antom": ("EUR", "en_US"),
}


@pytest.fixture(scope="module")
def shop(erp):
    """What is needed to sell: currencies, addresses for notifications, a product."""
    call = tolerant(erp.user("admin"))
    call("ir.config_parameter", "set_param", "web.base.url", erp.url)
    names = sorted({currency for currency, _language in PROVIDERS.values()})
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

    def transactions(self, order):
        """The tries to pay a quotation, oldest first."""
        return self.call("payment.transaction", "search_read",
                         [("sale_order_ids", "=", order)],
                         ["state", "amount", "payment_id", "reference", "state_message"],
                         order="id")

    def order_state(self, order):
        return self.call("sale.order", "read", [order], ["state"])[0]["state"]

    def payment_state(self, invoice):
        found = self.call("account.move", "read", [invoice],
                          ["payment_state", "amount_residual"])[0]
        return found["payment_state"], found["amount_residual"]


def begin(window, url, vendor, dialog):
    """Open the document, choose the provider, press Pay; ends on the provider's page."""
    page = window.page
    page.goto(url)
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


def finish(window):
    """From the provider's page back to the shop: the status page, then the document."""
    window.page.wait_for_url("**/my/**")


def new_window_cookies(window):
    """Forget who the buyer is: the next document belongs to somebody else."""
    window.page.context.clear_cookies()


@pytest.mark.parametrize("vendor", list(PROVIDERS))
def test_quotation_and_invoice(window, shop, vendor):
    currency, language = PROVIDERS[vendor]
    page = window.page
    order, url = shop.quotation(currency, language)
    speak(window, language)
    begin(window, url, vendor, "#modalaccept")
    window.picture(f"pay_{vendor}_page")
    page.dblclick("button[name=pay]")
    finish(window)
    until(lambda: shop.order_state(order) == "sale", what="the quotation is not confirmed")
    page.wait_for_timeout(500)
    window.picture(f"pay_{vendor}_order")
    (tx,) = shop.transactions(order)
    assert (tx["state"], tx["amount"]) == ("done", 30)
    other_side = shop.erp.simulator.vendor(vendor)
    (paid,) = [p for p in other_side.payments() if p["ref"].startswith(tx["reference"][:6])
               and p["status"] == "paid"]
    assert paid["charges"] == 1, "a double click charges once"
    # the back button shows a page that says so, and nothing is paid twice
    page.goto(f"{shop.erp.simulator.url}/{vendor}/pay/{paid['id']}")
    assert not page.locator("button[name=pay]").count()

    new_window_cookies(window)
    speak(window, language)
    invoice, url = shop.invoice(currency, language)
    begin(window, url, vendor, "#pay_with")
    page.click("button[name=pay]")
    finish(window)
    until(lambda: shop.payment_state(invoice)[1] == 0, what="the invoice is not paid")
    assert shop.payment_state(invoice)[0] in ("paid", "in_payment")
    page.wait_for_timeout(500)
    window.picture(f"pay_{vendor}_invoice")
    assert not window.problems


def test_declined_then_paid(window, shop):
    page = window.page
    order, url = shop.quotation("USD", "en_US")
    begin(window, url, "pingpong", "#modalaccept")
    page.click("button[name=decline]")
    page.wait_for_selector(".bad")
    window.picture("pay_declined")
    until(lambda: shop.transactions(order)[0]["state"] == "error")
    page.click("button[name=pay]")
    finish(window)
    until(lambda: shop.order_state(order) == "sale")
    (tx,) = shop.transactions(order)
    assert tx["state"] == "done"


def test_abandoned_then_paid_with_another_one(window, shop):
    page = window.page
    order, url = shop.quotation("USD", "en_US")
    begin(window, url, "pingpong", "#modalaccept")
    page.click("button[name=return]")
    page.wait_for_url(lambda url: "/pingpong/" not in url)
    page.wait_for_timeout(1500)
    assert shop.order_state(order) == "sent"
    window.picture("pay_abandoned")
    begin(window, url, "paypal", "#modalaccept")
    page.click("button[name=pay]")
    finish(window)
    until(lambda: shop.order_state(order) == "sale")
    states = [tx["state"] for tx in shop.transactions(order)]
    assert states[-1] == "done"
    assert states[0] in ("draft", "pending")


def test_back_button_and_paid_after_expiry(window, shop):
    page = window.page
    order, url = shop.quotation("USD", "en_US")
    begin(window, url, "pingpong", "#modalaccept")
    page.go_back()
    page.wait_for_timeout(800)
    assert shop.order_state(order) == "sent"
    (tx,) = shop.transactions(order)
    shop.erp.sql("UPDATE payment_transaction SET xb_expires_at = now() - interval '1 hour',"
                 f" xb_next_poll = now() AT TIME ZONE 'UTC' WHERE id = {tx['id']}")
    shop.call("payment.transaction", "action_xb_ask", [tx["id"]])
    assert shop.transactions(order)[0]["state"] == "cancel"
    # the provider's page was still open
    page.go_forward()
    page.wait_for_selector("button[name=pay]")
    page.click("button[name=pay]")
    until(lambda: shop.order_state(order) == "sale", what="money that came late counts")


def test_refund_in_two_parts_and_a_dispute(window, shop):
    page = window.page
    order, url = shop.quotation("EUR", "zh_CN")
    begin(window, url, "paypal", "#modalaccept")
    page.click("button[name=pay]")
    finish(window)
    until(lambda: shop.order_state(order) == "sale")
    until(lambda: shop.transactions(order)[0]["payment_id"])
    (tx,) = shop.transactions(order)
    for amount in (10, 20):
        shop.call("payment.transaction", "action_refund", [tx["id"]], amount_to_refund=amount)
    other_side = shop.erp.simulator.vendor("paypal")
    (paid,) = [p for p in other_side.payments() if p["ref"].endswith(f"-{tx['id']}")]
    until(lambda: float(other_side.payment(paid["id"])["refunded"]) == 30)

    def booked():
        return shop.call("account.payment", "search_count", [
            ("payment_transaction_id.source_transaction_id", "=", tx["id"]),
            ("payment_type", "=", "outbound"), ("state", "in", ("in_process", "paid"))]) == 2

    until(booked, what="the refunds are not booked")

    number = other_side.open_dispute(paid["id"])["id"]
    until(lambda: shop.call("xb.payment.dispute", "search_count", [("reference", "=", number)]))
    window.page.context.clear_cookies()
    window.sign_in("admin")
    window.open("xb_payments.xb_payment_dispute_action")
    page.click(f".o_data_row:has-text('{number}')")
    page.wait_for_selector("[name=evidence] textarea")
    page.fill("[name=evidence] textarea", "Delivered and signed for.")
    window.picture("dispute")
    page.click("button[name=action_answer]")
    until(lambda: other_side.dispute(number)["status"] == "review", what="no answer arrived")
    other_side.update_dispute(number, status="won")
    until(lambda: shop.call("xb.payment.dispute", "search_count",
                            [("reference", "=", number), ("state", "=", "won")]))
    page.reload()
    page.wait_for_selector(".o_form_view")
    page.wait_for_timeout(800)
    window.picture("dispute_won")
    look_around(window)
    assert not window.problems


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
