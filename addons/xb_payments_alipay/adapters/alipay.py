"""Alipay's classic open API behind the suite's contract: CNY, merchants in the mainland."""

from urllib.parse import parse_qsl, urlsplit

from odoo.addons.xb_base.adapters.base import WebhookEvent
from odoo.addons.xb_base.exceptions import (
    InvalidSignature,
    MalformedAnswer,
    NeedsReauthorization,
    VendorRejected,
)
from odoo.addons.xb_payments.adapters.base import Page, PaymentAdapter
from odoo.addons.xb_payments.const import REFUND
from odoo.addons.xb_payments.core import truth
from odoo.addons.xb_payments.core.money import to_text
from odoo.addons.xb_payments.core.truth import Truth, to_amount

from .. import const
from ..client import keys, signature
from ..client.alipay import AlipayClient, beijing, clean


def read_form(body):
    """Return a notification's form, decoded once.

    :raise ValueError: not a form in UTF-8, or a field twice
    """
    pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict")
    form = dict(pairs)
    if not form:
        raise ValueError("there is no form")
    if len(form) != len(pairs):
        raise ValueError("a field is there twice")
    return form


class AlipayAdapter(PaymentAdapter):
    """Page and WAP pay. Idempotent by our own numbers."""

    vendor = const.CODE
    outbox_kinds = frozenset({REFUND})
    abilities = frozenset({"close", "statement"})
    # Anything else and Alipay sends it again.
    acknowledgement = ("success", "text/plain; charset=utf-8")

    def ping(self):
        """Override of `xb_base`: a question about a trade that cannot exist proves the keys."""
        try:
            self._get_client().call("alipay.trade.query", {"out_trade_no": "connection-test"})
        except VendorRejected as error:
            if error.code != const.TRADE_NOT_EXIST:
                raise
        return self.settings["app_id"]

    # === CHECKOUT === #

    def open_checkout(self, checkout, idempotency_key):
        """Override of `xb_payments`: a signed form that the browser brings to Alipay."""
        if checkout.currency != "CNY":
            raise VendorRejected("currency", "Alipay's classic API takes CNY only")
        content = {
            "out_trade_no": checkout.attempt,
            "total_amount": to_text(checkout.amount, 2),
            "subject": clean(f"{checkout.brand} {checkout.title}")[:256],
            "product_code": "QUICK_WAP_PAY" if checkout.mobile else "FAST_INSTANT_TRADE_PAY",
            "time_expire": beijing(checkout.expires),
        }
        if checkout.mobile:
            content["quit_url"] = checkout.cancel_url
        params = self._get_client().prepare(
            f"alipay.trade.{'wap' if checkout.mobile else 'page'}.pay",
            content,
            notify_url=checkout.notify_url,
            return_url=checkout.return_url,
        )
        return Page(f"{self.settings['gateway']}{const.GATEWAY_PATH}", params, "post")

    def get_payment(self, asked):
        """Override of `xb_payments`."""
        try:
            trade = self._get_client().call("alipay.trade.query", {"out_trade_no": asked.attempt})
        except VendorRejected as error:
            if error.code == const.TRADE_NOT_EXIST:
                # Alipay knows a trade from when the buyer signs in on its page.
                return Truth(truth.PAYMENT, asked.attempt, truth.OPEN)
            raise
        return self._trade(trade)

    def close_payment(self, asked):
        """Override of `xb_payments`: what was paid in the last second is told, not closed."""
        try:
            self._get_client().call("alipay.trade.close", {"out_trade_no": asked.attempt})
        except VendorRejected as error:
            if error.code == const.TRADE_NOT_EXIST:
                return Truth(truth.PAYMENT, asked.attempt, truth.CLOSED)
        return self.get_payment(asked)

    def _trade(self, trade):
        status = const.TRADE_STATUS.get(trade.get("trade_status"))
        if status is None:
            raise MalformedAnswer(f"alipay: unknown status “{trade.get('trade_status')}”")
        if status == truth.CLOSED and (trade.get("send_pay_date") or trade.get("gmt_payment")):
            # It was paid and then refunded as a whole; refunds have their own books.
            status = truth.DONE
        return Truth(
            truth.PAYMENT,
            str(trade.get("out_trade_no") or ""),
            status,
            to_amount(trade.get("total_amount")),
            "CNY",
            reference=str(trade.get("trade_no") or ""),
        )

    # === REFUND === #

    def send(self, kind, key, value, idempotency_key):
        """Override of `xb_base`: refund; the same ``out_request_no`` moves money once."""
        if kind != REFUND:
            return super().send(kind, key, value, idempotency_key)
        answer = self._get_client().call(
            "alipay.trade.refund",
            {
                "out_trade_no": value["payment"],
                "out_request_no": value["attempt"],
                "refund_amount": value["amount"],
            },
        )
        # 10000 means "understood"; the money has moved only if it says so.
        moved = answer.get("fund_change") == "Y"
        if not moved:
            return self._get_refund(value["payment"], value["attempt"], value["amount"]).as_dict()
        return self._refund(value["attempt"], truth.DONE, value["amount"]).as_dict()

    def get_change(self, kind, asked):
        """Override of `xb_payments`."""
        if kind != truth.REFUND:
            return super().get_change(kind, asked)
        return self._get_refund(asked.payment, asked.attempt, asked.amount)

    def _get_refund(self, payment, attempt, amount):
        # A refund without a number of its own has that of the trade.
        number = payment if attempt == f"{payment}{const.WHOLE}" else attempt
        answer = self._get_client().call(
            "alipay.trade.fastpay.refund.query",
            {"out_trade_no": payment, "out_request_no": number},
        )
        done = answer.get("refund_status") == "REFUND_SUCCESS"
        told = answer.get("refund_amount") or amount
        return self._refund(attempt, truth.DONE if done else truth.PENDING, told)

    def _refund(self, attempt, status, amount):
        return Truth(truth.REFUND, attempt, status, to_amount(amount), "CNY", reference=attempt)

    # === NOTIFICATIONS === #

    def verify_webhook(self, body, headers, now):
        """Override of `xb_base`: RSA2 with Alipay's key, and that it is about our own app."""
        try:
            form = read_form(body)
            public_key = keys.load_public(self.credentials.get("webhook_secret"))
        except ValueError as error:
            raise InvalidSignature(str(error)) from None
        if form.get("sign_type") != const.SIGN_TYPE:
            raise InvalidSignature("not signed with RSA2")
        if not keys.is_signed(public_key, signature.notify_string(form), form.get("sign")):
            raise InvalidSignature("the signature is missing or wrong")
        seller = self.settings.get("seller_id")
        if form.get("app_id") != self.settings["app_id"] or (
            seller and form.get("seller_id") not in (None, seller)
        ):
            raise InvalidSignature("the notification is for another app or seller")
        # The buyer's browser comes back with parameters that Alipay has signed as well.
        if not (form.get("notify_id") and form.get("trade_status")):
            raise InvalidSignature("genuine, but no notification")
        key = f"{form['notify_id']}:{form['trade_status']}:{form.get('out_biz_no') or ''}"
        return WebhookEvent(key, form["trade_status"], now)

    def read_notification(self, body):
        """Override of `xb_payments`: of a payment, or (with ``refund_fee``) of a refund."""
        form = read_form(body)
        if form.get("refund_fee"):
            # Tells the sum of all refunds so far; what became of ours is known by asking.
            payment = str(form.get("out_trade_no") or "")
            number = str(form.get("out_biz_no") or "")
            if number in ("", payment):
                number = f"{payment}{const.WHOLE}"
            return [truth.Nudge(number, payment=payment)]
        return [self._trade(form)]

    def get_statement(self, day):
        """Override of `xb_payments`: the address of the day's bill, then the bill itself."""
        answer = self._get_client().call(
            "alipay.data.dataservice.bill.downloadurl.query",
            {"bill_type": "trade", "bill_date": day.isoformat()},
        )
        url = str(answer.get("bill_download_url") or "")
        parts = urlsplit(url)
        good = parts.scheme == "https" and (parts.hostname or "").endswith(const.BILL_HOSTS)
        if not good and f"{parts.scheme}://{parts.netloc}" != self.settings["bill_origin"]:
            raise MalformedAnswer("alipay: the bill lies at a strange address")
        content = self.settings["bill_transport"](url).request("GET", url, expect="bytes").content
        return f"alipay_{day.isoformat()}.csv.zip", content

    def _get_client(self):
        try:
            private_key = keys.load_private(self.credentials.get("api_secret"))
            public_key = keys.load_public(self.credentials.get("webhook_secret"))
        except ValueError as error:
            raise NeedsReauthorization(f"alipay: a key is missing or unusable: {error}") from None
        return AlipayClient(self.transport, self.settings["app_id"], private_key, public_key)
