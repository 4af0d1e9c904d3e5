"""Alipay's classic gateway: RSA2-signed forms in, signed JSON out, form notifications."""

import base64
import io
import json
import zipfile
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from werkzeug.wrappers import Request

from ...pages import redirect
from ...routing import ApiError, route
from ...server import Answer
from ...signing import derive_rsa
from .books import Payments

APP, SELLER = "2026000000000001", "2088000000000002"
FEE = Decimal("0.006")
BILL_HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,"
    "对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,"
    "商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注"
)
BEIJING = timezone(timedelta(hours=8))
STATUS = {"open": "WAIT_BUYER_PAY", "declined": "WAIT_BUYER_PAY", "paid": "TRADE_SUCCESS",
          "closed": "TRADE_CLOSED"}
PAGES = {"alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY",
         "alipay.trade.wap.pay": "QUICK_WAP_PAY"}


def join(params, without):
    """Return the string that is signed."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params)
                    if name not in without and params[name] not in (None, ""))


class Alipay(Payments):
    """One gateway for everything: pages by redirect, calls by form."""

    name = "alipay"
    title = "支付宝 Alipay"

    def sign(self, text: str) -> str:
        """Return Alipay's signature of a text."""
        key = derive_rsa(self.seed, self.name, "vendor")
        return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()

    def _check(self, params):
        try:
            derive_rsa(self.seed, self.name, "merchant").public_key().verify(
                base64.b64decode(params.get("sign", "")), join(params, {"sign"}).encode(),
                padding.PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            raise ApiError(200, "isv.invalid-signature", "无效签名") from None
        if params.get("app_id") != APP:
            raise ApiError(200, "isv.invalid-app-id", "无效的AppID参数")

    def authenticate(self, request: Request) -> None:
        """Check the form's signature."""
        request.params = {**request.args.to_dict(), **request.form.to_dict()}
        self._check(request.params)

    def refuse(self, error: ApiError) -> Answer:
        """Refuse as the gateway does."""
        code = "40002" if error.code.startswith("isv.") else "40004"
        return self._signed("error_response" if code == "40002" else error.headers.get(
            "node", "error_response"), {"code": code, "msg": "Business Failed",
                                        "sub_code": error.code, "sub_msg": error.message})

    @route("api", "POST", "/gateway.do")
    def gateway(self, request: Request):
        """Serve a call, or a page that the browser asks for by a form."""
        method = request.params.get("method", "")
        content = json.loads(request.params["biz_content"])
        if method in PAGES:
            return self._page(request.params, method, content)
        handler = {
            "alipay.trade.query": self._query, "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_query,
            "alipay.trade.close": self._close,
            "alipay.data.dataservice.bill.downloadurl.query": self._bill,
        }.get(method)
        if not handler:
            raise ApiError(200, "isv.invalid-method", "不存在的方法名")
        node = f"{method.replace('.', '_')}_response"
        try:
            found = handler(content)
        except ApiError as error:
            error.headers["node"] = node
            raise
        return self._signed(node, {"code": "10000", "msg": "Success", **found})

    def _page(self, params, method, content):
        if content.get("product_code") != PAGES[method]:
            raise ApiError(200, "isv.invalid-parameter", "product_code")
        try:
            amount = Decimal(content["total_amount"])
        except (InvalidOperation, KeyError):
            raise ApiError(200, "isv.invalid-parameter", "total_amount") from None
        if amount <= 0 or -amount.as_tuple().exponent > 2:
            raise ApiError(200, "isv.invalid-parameter", "total_amount")
        expires = datetime.strptime(content["time_expire"], "%Y-%m-%d %H:%M:%S")
        payment = self.open_payment(
            id=f"{self.now():%Y%m%d}22001400{self.store.next_number(self.name, 'trade'):012d}",
            ref=content["out_trade_no"], amount=str(amount), currency="CNY",
            return_url=params.get("return_url", ""), notify_url=params.get("notify_url", ""),
            cancel_url=content.get("quit_url") or params.get("return_url", ""),
            expires=expires.replace(tzinfo=BEIJING).timestamp(), extra={"language": "zh"},
        )
        return redirect(f"/{self.name}/pay/{payment['id']}")

    def _find(self, content):
        payment = self.payment_by_ref(content.get("out_trade_no", ""))
        if not payment:
            raise ApiError(200, "ACQ.TRADE_NOT_EXIST", "交易不存在")
        return payment

    def _query(self, content):
        payment = self._find(content)
        found = {"trade_no": payment["id"], "out_trade_no": payment["ref"],
                 "trade_status": self._status(payment),
                 "total_amount": self.text(payment["amount"], "CNY")}
        if payment["paid"]:
            found["send_pay_date"] = self._beijing(payment["paid"])
        return found

    def _status(self, payment):
        if payment["status"] == "paid" and Decimal(payment["refunded"]) == Decimal(
                payment["amount"]):
            return "TRADE_CLOSED"
        return STATUS[payment["status"]]

    def _refund(self, content):
        payment = self._find(content)
        number = content.get("out_request_no") or content["out_trade_no"]
        known = self.change("refund", number)
        if not known:
            try:
                self.make_change("refund", number, payment, Decimal(content["refund_amount"]))
            except ApiError as error:
                code = "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL" if error.code == "over" else (
                    "ACQ.TRADE_STATUS_ERROR")
                raise ApiError(200, code, "退款失败") from None
        payment = self.payment(payment["id"])
        return {"trade_no": payment["id"], "out_trade_no": payment["ref"],
                "fund_change": "N" if known else "Y",
                "refund_fee": self.text(payment["refunded"], "CNY")}

    def _refund_query(self, content):
        payment = self._find(content)
        change = self.change("refund", content["out_request_no"])
        if not change:
            return {"trade_no": payment["id"], "out_trade_no": payment["ref"]}
        return {"trade_no": payment["id"], "out_trade_no": payment["ref"],
                "out_request_no": change["ref"], "refund_status": "REFUND_SUCCESS",
                "refund_amount": self.text(change["amount"], "CNY"),
                "total_amount": self.text(payment["amount"], "CNY")}

    def _close(self, content):
        payment = self._find(content)
        if payment["status"] == "paid":
            raise ApiError(200, "ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
        self.update(payment["id"], status="closed")
        return {"trade_no": payment["id"], "out_trade_no": payment["ref"]}

    def _bill(self, content):
        return {"bill_download_url": f"{self.base}/alipay/bill?bill_date={content['bill_date']}"}

    @route("page", "GET", "/bill")
    def bill(self, request: Request):
        """Give a day's bill; anybody with the address may, as with the real one."""
        day = datetime.strptime(request.args["bill_date"], "%Y-%m-%d")
        paid = [payment for payment in self.payments() if payment["status"] == "paid"]
        sales = [self._bill_row(p, "交易", Decimal(p["amount"]), p["paid"]) for p in paid]
        refunds = [self._bill_row(self.payment(c["payment"]), "退款", -Decimal(c["amount"]),
                                  c["created"], c["ref"]) for c in self.changes()]
        start, end = (f"[{d:%Y年%m月%d日} 00:00:00]" for d in (day, day + timedelta(1)))
        taken = sum(Decimal(p["amount"]) for p in paid)
        back = sum(Decimal(c["amount"]) for c in self.changes())
        text = "\n".join([
            "#支付宝业务明细查询", f"#账号：[{SELLER}0156]",
            f"#起始日期：{start}   终止日期：{end}",
            f"#{'-' * 20}业务明细列表{'-' * 20}", BILL_HEAD, *sales, *refunds,
            f"#{'-' * 20}业务明细列表结束{'-' * 20}",
            f"#交易合计：{len(sales)}笔，商家实收共{taken:.2f}元，商家优惠共0.00元",
            f"#退款合计：{len(refunds)}笔，商家实收退款共-{back:.2f}元，商家优惠退款共0.00元", ""])
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{SELLER}0156_{day:%Y%m%d}_业务明细.csv", text.encode("gb18030"))
        return Answer(200, {"Content-Type": "application/zip"}, file.getvalue())

    def _bill_row(self, payment, kind, amount, moment, number=""):
        fee = -(amount * FEE).quantize(Decimal("0.01"))
        time = self._beijing(moment)
        return (f"{payment['id']}\t,{payment['ref']}\t,{kind},测试订单,{time},{time},,,,,"
                f"*试(tes***@example.com),{amount:.2f},{amount:.2f},0.00,0.00,0.00,0.00,0.00,,"
                f"0.00,0.00,{number},{fee:.2f},0.00,")

    # === NOTIFICATIONS === #

    def notice(self, event, payment, change=None):
        """Return the signed form."""
        if event not in ("payment", "refund") or payment["status"] not in ("paid", "closed"):
            return None
        form = {
            "notify_time": self._beijing(self._time()), "notify_type": "trade_status_sync",
            "notify_id": f"{self.now():%Y%m%d}{self.store.next_number(self.name, 'notify'):020d}",
            "app_id": APP, "auth_app_id": APP, "charset": "utf-8", "version": "1.0",
            "sign_type": "RSA2", "trade_no": payment["id"], "out_trade_no": payment["ref"],
            "seller_id": SELLER, "buyer_id": "2088000000000001", "subject": "测试订单",
            "trade_status": self._status(payment),
            "total_amount": self.text(payment["amount"], "CNY"),
            "receipt_amount": self.text(payment["amount"], "CNY"), "body": "",
            "gmt_create": self._beijing(payment["created"]),
        }
        if payment["paid"]:
            form["gmt_payment"] = self._beijing(payment["paid"])
        if event == "refund":
            form.update(refund_fee=self.text(payment["refunded"], "CNY"),
                        out_biz_no=change["ref"], gmt_refund=self._beijing(change["created"]))
        form["sign"] = self.sign(join(form, {"sign", "sign_type"}))
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return headers, urlencode(form).encode()

    def acknowledged(self, response) -> bool:
        """Exactly ``success`` is a yes."""
        return response.text == "success"

    def _signed(self, node, content):
        raw = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        text = f'{{"{node}":{raw},"sign":"{self.sign(raw)}"}}'
        return Answer(200, {"Content-Type": "application/json;charset=utf-8"}, text.encode())

    def _beijing(self, moment):
        return datetime.fromtimestamp(moment, BEIJING).strftime("%Y-%m-%d %H:%M:%S")
