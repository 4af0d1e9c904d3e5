"""PingPong Checkout v4: envelope, signatures, its own codes."""

import csv
import hashlib
import io
import json
from decimal import Decimal, InvalidOperation

from werkzeug.wrappers import Request

from ...routing import ApiError, route
from ...server import Answer, json_answer
from ...signing import same
from .books import Payments

STATUS = {"open": "INIT", "paid": "SUCCESS", "authorized": "AUTH_SUCCESS", "declined": "FAILED",
          "closed": "CLOSED", "voided": "CANCEL"}
ACCOUNT = "2026000000000000001001"
FEE = Decimal("0.029")
MANDATORY = {
    "prePay": ("captureDelayHours", "amount", "currency", "merchantTransactionId", "shopperIP",
               "goods", "billingAddress"),
    "refund": ("merchantTransactionId", "merchantRefundId", "amount", "currency"),
    "capture": ("merchantTransactionId", "merchantCaptureId", "amount", "currency"),
    "void": ("merchantTransactionId", "merchantVoidId", "amount", "currency", "notificationUrl"),
    "logistics": ("merchantTransactionId", "trackingNumber", "logisticsCompany",
                  "logisticsCompanyUrl"),
}


class PingPong(Payments):
    """The acquirer's gateway and the merchant host in one place."""

    name = "pingpong"
    title = "PingPong Checkout"

    def sign(self, fields: dict) -> str:
        """Return the signature of an envelope."""
        text = "&".join(
            f"{name}={fields[name]}" for name in sorted(fields)
            if name != "sign" and fields[name] not in (None, "")
        )
        digest = hashlib.md5 if fields.get("signType") == "MD5" else hashlib.sha256
        return digest((self.credential("api_secret") + text).encode()).hexdigest().upper()

    def authenticate(self, request: Request) -> None:
        """Check the envelope's signature, before its content is looked at."""
        fields = request.get_json(force=True, silent=True)
        if not isinstance(fields, dict):
            raise ApiError(200, "102000", "Invalid or missing parameter")
        if fields.get("accId") != ACCOUNT or fields.get("clientId") != ACCOUNT[:-3]:
            raise ApiError(200, "103000", "Invalid authentication")
        if not same(str(fields.get("sign")), self.sign(fields)):
            raise ApiError(200, "104000", "Invalid signature")
        request.content = json.loads(fields["bizContent"])
        request.kind = fields["signType"]

    def refuse(self, error: ApiError) -> Answer:
        """Refuse as PingPong does: 200 with a code."""
        code = error.code if error.code.isdigit() else "102000"
        return json_answer(
            {"accId": ACCOUNT, "clientId": ACCOUNT[:-3], "code": code,
             "description": error.message}
        )

    # === API === #

    @route("api", "POST", "/v4/payment/prePay")
    def pre_pay(self, request: Request):
        """Make a checkout; the same number again gives the first one, whatever it says."""
        content = self._content(request, "prePay")
        amount = self._amount(content)
        payment = self.open_payment(
            ref=content["merchantTransactionId"], amount=str(amount),
            currency=content["currency"], authorize=int(content["captureDelayHours"] == -1),
            return_url=content.get("payResultUrl", ""), cancel_url=content.get("payCancelUrl", ""),
            notify_url=content.get("notificationUrl", ""),
            expires=float(content["timeExpire"]) if content.get("timeExpire") else None,
            extra={"language": content.get("language", "en")},
        )
        return self._answer(request, {
            "amount": self.text(payment["amount"], payment["currency"]),
            "currency": payment["currency"], "merchantTransactionId": payment["ref"],
            "transactionId": payment["id"], "token": payment["id"],
            "innerJsUrl": f"{request.host_url}pingpong/sdk.js",
            "paymentUrl": f"{request.host_url}pingpong/pay/{payment['id']}?token={payment['id']}",
        })

    @route("api", "POST", "/v4/payment/query")
    def query(self, request: Request):
        """Tell what became of a payment."""
        return self._answer(request, self._describe(self._find(request.content)), "001000")

    @route("api", "POST", "/v4/payment/refund")
    def refund(self, request: Request):
        """Refund, in parts or whole."""
        return self._change(request, "refund", "merchantRefundId", "108000")

    @route("api", "POST", "/v4/refund/query")
    def refund_query(self, request: Request):
        """Tell what became of a refund."""
        payment = self._find(request.content)
        change = self.change("refund", request.content.get("merchantRefundId", ""))
        if not change:
            raise ApiError(200, "107001", "Transaction failed (transaction does not exist)")
        return self._answer(request, self._describe_change(payment, change), "001000")

    @route("api", "POST", "/v4/payment/capture")
    def capture(self, request: Request):
        """Take what was reserved."""
        return self._change(request, "capture", "merchantCaptureId", "109001")

    @route("api", "POST", "/v4/payment/void")
    def void(self, request: Request):
        """Give what was reserved free."""
        return self._change(request, "void", "merchantVoidId", "109002")

    @route("api", "POST", "/v4/logistics/upload")
    def logistics(self, request: Request):
        """Take a proof of shipment."""
        content = self._content(request, "logistics")
        payment = self._find(content)
        self.keep_proof(payment["id"], content["trackingNumber"], content)
        return self._answer(request, {**content, "result": "YES", "reason": ""})

    @route("api", "POST", "/api/v2/txn-rec-file/download")
    def statement(self, request: Request):
        """Give a day's statement. The layout is invented: none is published."""
        day = request.content["billDate"]
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow(("billDate", "transactionId", "merchantTransactionId", "transactionType",
                         "currency", "amount", "fee", "status"))
        for payment in self.payments():
            if payment["status"] == "paid":
                fee = -(Decimal(payment["amount"]) * FEE)
                writer.writerow((day, payment["id"], payment["ref"], "PAY", payment["currency"],
                                 self.text(payment["amount"], payment["currency"]),
                                 self.text(fee, payment["currency"]), "SUCCESS"))
        for change in self.changes():
            payment = self.payment(change["payment"])
            writer.writerow((day, change["id"], payment["ref"], "REFUND", payment["currency"],
                             self.text(-Decimal(change["amount"]), payment["currency"]), "0.00",
                             "SUCCESS"))
        headers = {"Content-Type": "text/csv", "billDate": day,
                   "fileName": f"pingpong_{day}.csv"}
        return Answer(200, headers, ("\ufeff" + file.getvalue()).encode())

    # === NOTICES === #

    def notice(self, event, payment, change=None):
        """Return the signed envelope, or a flat signed object for a dispute."""
        if event == "dispute":
            flat = {
                "accId": ACCOUNT, "clientId": ACCOUNT[:-3], "signType": "SHA256",
                "eventCode": change.get("event") or {
                    "open": "NOTIFICATION_OF_CHARGEBACK", "won": "CHARGEBACK_REVERSED",
                    "lost": "PREARBITRATION_LOST"}[change["status"]],
                "disputeId": change["id"], "merchantTransactionId": payment["ref"],
                "transactionId": payment["id"], "reason": change["reason"],
                "amount": self.text(change["amount"], payment["currency"]),
                "currency": payment["currency"], "deadline": str(int(change["deadline"] * 1000)),
            }
            return _headers(), _dump({**flat, "sign": self.sign(flat)})
        if event == "payment" and payment["status"] not in ("paid", "authorized", "declined"):
            return None
        kinds = {"payment": "RECHARGE", "refund": "REFUND", "capture": "CAPTURE", "void": "VOID"}
        content = self._describe(payment) if event == "payment" else self._describe_change(
            payment, change)
        envelope = {
            "accId": ACCOUNT, "clientId": ACCOUNT[:-3], "signType": "SHA256", "version": "1.0",
            "bizContent": json.dumps({"notifyType": kinds[event], **content},
                                     ensure_ascii=False, separators=(",", ":")),
        }
        return _headers(), _dump({**envelope, "sign": self.sign(envelope)})

    def acknowledged(self, response) -> bool:
        """Any 2xx is a yes, unless its body says FAIL."""
        return super().acknowledged(response) and response.text.strip() != "FAIL"

    # === HELP === #

    def _content(self, request, kind):
        content = request.content
        missing = [name for name in MANDATORY[kind] if content.get(name) in (None, "", [])]
        if missing:
            raise ApiError(200, "102000", f"Missing {', '.join(missing)}")
        if "<" in json.dumps(content) or ">" in json.dumps(content):
            raise ApiError(200, "102000", "Illegal characters")
        return content

    def _amount(self, content):
        try:
            amount = Decimal(content["amount"])
        except (InvalidOperation, TypeError):
            raise ApiError(200, "102000", "amount") from None
        places = self.decimals.get(content["currency"], 2)
        if amount <= 0 or -amount.as_tuple().exponent != places:
            raise ApiError(200, "102000", "amount has the wrong number of decimals")
        return amount

    def _find(self, content):
        payment = None
        if content.get("merchantTransactionId"):
            payment = self.payment_by_ref(content["merchantTransactionId"])
        elif content.get("transactionId"):
            payment = self.payment(content["transactionId"])
        if not payment:
            raise ApiError(200, "107001", "Transaction failed (transaction does not exist)")
        return payment

    def _change(self, request, kind, number, over):
        content = self._content(request, kind)
        payment = self._find(content)
        if self.change(kind, content[number]):
            raise ApiError(200, "107000", "Transaction failed (duplicated Transaction)")
        if content["currency"] != payment["currency"]:
            raise ApiError(200, "106000", "Invalid transaction currency")
        try:
            change = self.make_change(kind, content[number], payment, self._amount(content),
                                      content.get("notificationUrl", ""))
        except ApiError as error:
            raise ApiError(200, over if error.code == "over" else "107003",
                           error.message) from None
        return self._answer(request, self._describe_change(payment, change))

    def _describe(self, payment):
        status = STATUS[payment["status"]]
        failed = status == "FAILED"
        return {
            "transactionId": payment["id"], "merchantTransactionId": payment["ref"],
            "captureDelayHours": -1 if payment["authorize"] else 0,
            "amount": f"{Decimal(payment['amount']):.6f}", "currency": payment["currency"],
            "transactionTime": str(int(payment["created"] * 1000)), "status": status,
            "resultCode": "300000" if failed else "000000",
            "resultDescription": "Transaction declined (invalid card)" if failed else "",
        }

    def _describe_change(self, payment, change):
        name = {"refund": "merchantRefundId", "capture": "merchantCaptureId",
                "void": "merchantVoidId"}[change["kind"]]
        return {
            "transactionId": payment["id"], "merchantTransactionId": payment["ref"],
            name: change["ref"], "refundId": change["id"], "currency": payment["currency"],
            "amount": self.text(change["amount"], payment["currency"]), "resultCode": "000000",
            "resultDescription": "Transaction succeeded", "status": "SUCCESS",
            f"{change['kind']}Time": str(int(change["created"] * 1000)),
        }

    def _answer(self, request, content, code="000000"):
        envelope = {
            "accId": ACCOUNT, "clientId": ACCOUNT[:-3], "code": code,
            "description": "Transaction succeeded", "signType": request.kind,
            "bizContent": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        }
        return {**envelope, "sign": self.sign(envelope)}


def _headers():
    return {"Content-Type": "application/json"}


def _dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
