"""Antom (Alipay+): signed JSON both ways, the cashier's page, notifications."""

import base64
import json
import re
from decimal import Decimal
from urllib.parse import quote, unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from werkzeug.wrappers import Request

from ...routing import ApiError, route
from ...server import Answer
from ...signing import derive_rsa
from .books import CONSOLE, Payments

CLIENT = "SANDBOX_5YBX622Z44XK00000"
API = "/ams/sandbox/api/v1"
STATUS = {"open": "PROCESSING", "declined": "PROCESSING", "paid": "SUCCESS", "closed": "FAIL",
          "voided": "CANCELLED"}


class Antom(Payments):
    """The sandbox of one client id."""

    name = "antom"
    title = "Antom (Alipay+)"

    def sign(self, path: str, time: str, body: bytes) -> str:
        """Return the value of the header ``signature``."""
        text = f"POST {path}\n{CLIENT}.{time}.{body.decode()}"
        key = derive_rsa(self.seed, self.name, "vendor")
        raw = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()
        return f"algorithm=RSA256,keyVersion=1,signature={quote(raw, safe='')}"

    def authenticate(self, request: Request) -> None:
        """Check the request's signature."""
        path = request.path.removeprefix(f"/{self.name}")
        found = re.search(r"signature=(\S+)$", request.headers.get("signature", ""))
        time = request.headers.get("request-time", "")
        text = f"POST {path}\n{request.headers.get('client-id')}.{time}.".encode()
        try:
            derive_rsa(self.seed, self.name, "merchant").public_key().verify(
                base64.b64decode(unquote(found[1]) if found else ""), text + request.get_data(),
                padding.PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            raise ApiError(200, "INVALID_SIGNATURE", "The signature is invalid.") from None
        if request.headers.get("client-id") != CLIENT:
            raise ApiError(200, "INVALID_CLIENT", "The client is invalid.")
        request.content = json.loads(request.get_data())

    def refuse(self, error: ApiError) -> Answer:
        """Refuse as Antom does."""
        return self._answer("/", {}, "F", error.code, error.message)

    @route("api", "POST", f"{API}/payments/pay")
    def pay_request(self, request: Request):
        """Open the cashier."""
        content = request.content
        amount = content["paymentAmount"]
        if not str(amount.get("value")).isdigit():
            raise ApiError(200, "PARAM_ILLEGAL", "paymentAmount")
        places = self.decimals.get(amount["currency"], 2)
        payment = self.open_payment(
            ref=content["paymentRequestId"], currency=amount["currency"],
            amount=str(Decimal(amount["value"]).scaleb(-places)),
            return_url=content.get("paymentRedirectUrl", ""),
            cancel_url=content.get("paymentRedirectUrl", ""),
            notify_url=content.get("paymentNotifyUrl", ""),
        )
        return self._answer(request.path, {
            "paymentRequestId": payment["ref"], "paymentId": payment["id"],
            "normalUrl": f"{request.host_url}antom/pay/{payment['id']}?token={payment['id']}",
        }, "U", "PAYMENT_IN_PROCESS")

    @route("api", "POST", f"{API}/payments/inquiryPayment")
    def inquiry(self, request: Request):
        """Tell what became of a payment."""
        payment = self._find(request.content)
        return self._answer(request.path, {
            **self._describe(payment), "paymentStatus": STATUS[payment["status"]]})

    @route("api", "POST", f"{API}/payments/cancel")
    def cancel(self, request: Request):
        """Close an unpaid payment."""
        payment = self._find(request.content)
        if payment["status"] == "paid":
            raise ApiError(200, "ORDER_STATUS_INVALID", "Paid already.")
        self.update(payment["id"], status="closed")
        return self._answer(request.path, {"paymentId": payment["id"]})

    @route("api", "POST", f"{API}/payments/refund")
    def refund(self, request: Request):
        """Refund; the same number gives the first one."""
        content = request.content
        payment = self.payment(content["paymentId"])
        if not payment:
            raise ApiError(200, "ORDER_NOT_EXIST", "No such payment.")
        change = self.change("refund", content["refundRequestId"])
        if not change:
            places = self.decimals.get(payment["currency"], 2)
            amount = Decimal(content["refundAmount"]["value"]).scaleb(-places)
            try:
                change = self.make_change("refund", content["refundRequestId"], payment, amount,
                                          content.get("refundNotifyUrl", ""))
            except ApiError:
                raise ApiError(200, "REFUND_AMOUNT_EXCEED", "Too much.") from None
        return self._answer(request.path, {"refundId": change["id"],
                                           "refundRequestId": change["ref"]})

    @route("api", "POST", f"{API}/payments/inquiryRefund")
    def inquiry_refund(self, request: Request):
        """Tell what became of a refund."""
        change = self.change("refund", request.content["refundRequestId"])
        if not change:
            raise ApiError(200, "REFUND_NOT_EXIST", "No such refund.")
        return self._answer(request.path, self._describe_refund(change))

    def notice(self, event, payment, change=None):
        """Return the signed notification; its path is that of the merchant's address."""
        result = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success."}
        if event == "payment":
            if payment["status"] not in ("paid", "closed"):
                return None
            if payment["status"] == "closed":
                result = {"resultCode": "ORDER_IS_CLOSED", "resultStatus": "F",
                          "resultMessage": "closed"}
            content = {"notifyType": "PAYMENT_RESULT", **self._describe(payment)}
        elif event == "refund":
            content = {"notifyType": "REFUND_RESULT", **self._describe_refund(change)}
            if change["ref"].startswith(CONSOLE):
                # Not documented; without it nobody can tell whose refund it is.
                content["paymentId"] = payment["id"]
        elif event == "dispute":
            judged = change["status"] in ("won", "lost")
            content = {
                "disputeNotificationType": "DISPUTE_JUDGED" if judged else "DISPUTE_CREATED",
                "disputeId": change["id"], "paymentRequestId": payment["ref"],
                "disputeAmount": self._money(change["amount"], payment["currency"]),
                "disputeReasonMsg": change["reason"],
                "disputeJudgedResult": "ACCEPT_BY_MERCHANT_WON" if change["status"] == "won"
                else "ACCEPT_BY_CUSTOMER",
            }
        else:
            return None
        body = json.dumps({"result": result, **content}, separators=(",", ":")).encode()
        time = self.now().isoformat(timespec="seconds")
        path = urlsplit(self.notice_target(payment, change)).path
        return {
            "Content-Type": "application/json; charset=UTF-8", "client-id": CLIENT,
            "request-time": time, "signature": self.sign(path, time, body),
        }, body

    def acknowledged(self, response) -> bool:
        """Only ``resultStatus`` S is a yes."""
        try:
            return response.json()["result"]["resultStatus"] == "S"
        except (ValueError, KeyError, TypeError):
            return False

    def _find(self, content):
        payment = self.payment_by_ref(content.get("paymentRequestId") or "")
        if not payment:
            raise ApiError(200, "ORDER_NOT_EXIST", "The order does not exist.")
        return payment

    def _describe(self, payment):
        return {"paymentRequestId": payment["ref"], "paymentId": payment["id"],
                "paymentAmount": self._money(payment["amount"], payment["currency"])}

    def _describe_refund(self, change):
        payment = self.payment(change["payment"])
        return {"refundRequestId": change["ref"], "refundId": change["id"],
                "refundStatus": "SUCCESS",
                "refundAmount": self._money(change["amount"], payment["currency"])}

    def _money(self, amount, currency):
        places = self.decimals.get(currency, 2)
        return {"currency": currency, "value": str(int(Decimal(amount).scaleb(places)))}

    def _answer(self, path, content, status="S", code="SUCCESS", message="success."):
        result = {"resultCode": code, "resultStatus": status, "resultMessage": message}
        body = json.dumps({"result": result, **content}, separators=(",", ":")).encode()
        time = self.now().isoformat(timespec="seconds")
        headers = {
            "Content-Type": "application/json; charset=UTF-8", "client-id": CLIENT,
            "response-time": time,
            "signature": self.sign(path.removeprefix(f"/{self.name}"), time, body),
        }
        return Answer(200, headers, body)
