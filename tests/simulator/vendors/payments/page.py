"""The page a buyer pays on, and the page that lists what was paid. Plain HTML, no script."""

from markupsafe import Markup
from werkzeug.wrappers import Request

from ...pages import LAYOUT, STYLE, page, redirect, table
from ...routing import ApiError, route
from ...server import Answer

WORDS = {
    "en": ("Pay", "Decline", "Cancel and return", "You are paying", "Paid", "Declined",
           "Your bank said no. You can try again.", "This payment can no longer be made.",
           "Return to the shop"),
    "zh": ("支付", "拒绝", "取消并返回", "您正在支付", "已支付", "已拒绝",
           "银行拒绝了此次支付，您可以重试。", "此付款已关闭。", "返回商家"),
}
CSS = Markup("""
main { max-width: 30rem; margin: 2rem auto; border: 1px solid var(--line); border-radius: .6rem; }
.amount { font-size: 2rem; font-weight: 600; margin: .5rem 0 1rem; }
main form { display: block; margin: .5rem 0; } main button { width: 100%; padding: .6rem; }
.pay { background: #1d7f3f !important; color: #fff; }
""")


class HostedPages:
    """Pages of a payment provider: pay, decline, abandon, pay twice."""

    @route("page", "GET", "/")
    def overview(self, request: Request):
        """List the payments with buttons for what happens behind the buyer's back."""
        rows = (self._overview_row(payment) for payment in reversed(self.payments()))
        heads = ("Number", "Merchant’s number", "Amount", "State", "Refunded", "Charges", "")
        return page(self.title, table(heads, rows, "Nobody has paid here yet."))

    def _overview_row(self, payment):
        action = (
            '<form method="post" action="/{v}/pay/{id}/dispute"><button>Dispute</button></form>'
            if payment["status"] == "paid"
            else '<a href="/{v}/pay/{id}">Page</a>'
        )
        return Markup(
            "<tr><td>{}</td><td>{}</td><td class=number>{} {}</td><td>{}</td>"
            "<td class=number>{}</td><td>{}</td><td>{}</td></tr>"
        ).format(
            payment["id"], payment["ref"], payment["currency"],
            self.text(payment["amount"], payment["currency"]), payment["status"],
            self.text(payment["refunded"], payment["currency"]), payment["charges"],
            Markup(action).format(v=self.name, id=payment["id"]),
        )

    @route("page", "GET", "/pay/<id>")
    def pay_page(self, request: Request, id: str):
        """Show what is to be paid."""
        payment = self._existing(id)
        words = WORDS["zh" if self._language(payment).startswith("zh") else "en"]
        return _page(self.title, self._pay_content(payment, words), words)

    def _language(self, payment):
        return str(payment["extra"].get("language") or "en")

    def _pay_content(self, payment, words):
        amount = Markup('<p>{}</p><p class="amount">{} {}</p><p><code>{}</code></p>').format(
            words[3], payment["currency"],
            self.text(payment["amount"], payment["currency"]), payment["ref"],
        )
        status = payment["status"]
        if status in ("paid", "authorized", "voided"):
            note = Markup('<p class="good">{}</p>').format(words[4])
        elif status == "closed":
            note = Markup('<p class="bad">{}</p>').format(words[7])
        else:
            note = Markup("")
            if status == "declined":
                note = Markup('<p class="bad">{}: {}</p>').format(words[5], words[6])
            note += _button(self.name, payment["id"], "pay", words[0], "pay")
            note += _button(self.name, payment["id"], "decline", words[1])
        label = words[8] if status != "open" else words[2]
        return amount + note + _button(self.name, payment["id"], "return", label)

    @route("page", "POST", "/pay/<id>/<action>")
    def act(self, request: Request, id: str, action: str):
        """Do what a buyer does, then go where the provider sends the browser."""
        payment = self._existing(id)
        if action == "pay":
            try:
                self.pay(id)
            except ApiError:
                return redirect(f"/{self.name}/pay/{id}")
            return redirect(self.return_address(self.payment(id)))
        if action == "decline":
            self.decline(id)
            return redirect(f"/{self.name}/pay/{id}")
        if action == "return":
            paid = payment["status"] in ("paid", "authorized")
            target = self.return_address(payment) if paid else payment["cancel_url"]
            return redirect(target or payment["return_url"])
        if action == "dispute":
            self.open_dispute(id)
            return redirect(f"/{self.name}/")
        raise ApiError(404, "not_found", "There is nothing at this address.")

    def return_address(self, payment) -> str:
        """Return where a paying buyer is sent."""
        return payment["return_url"]


def _button(vendor, id, action, label, css=""):
    return Markup(
        '<form method="post" action="/{}/pay/{}/{}"><button class="{}" name="{}">{}</button></form>'
    ).format(vendor, id, action, css, action, label)


def _page(title, content, words):
    html = LAYOUT.format(title=title, style=STYLE + CSS, links="", content=content)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        # No form-action: the answer to a form sends the browser back to the merchant.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline';"
        " frame-ancestors 'none'; base-uri 'none'",
    }
    return Answer(200, headers, html.encode())
