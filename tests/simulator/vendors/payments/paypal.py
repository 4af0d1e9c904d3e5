"""PayPal: tokens, Orders v2, Payments v2, trackers, disputes, reporting, signed webhooks."""

import base64
import json
import uuid
import zlib
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from werkzeug.wrappers import Request

from ...routing import ApiError, route
from ...server import Answer, json_answer
from ...signing import derive_rsa, same
from ..base import read_json
from . import certificates
from .books import CONSOLE, Payments

ORDER = {"open": "PAYER_ACTION_REQUIRED", "approved": "APPROVED", "paid": "COMPLETED",
         "authorized": "COMPLETED", "declined": "PAYER_ACTION_REQUIRED", "closed": "VOIDED",
         "voided": "COMPLETED"}
FEE_RATE, FEE_FIXED = Decimal("0.0349"), Decimal("0.49")
SCHEMA = """
CREATE TABLE IF NOT EXISTS paypal_request (
    id TEXT PRIMARY KEY, status INTEGER NOT NULL, body TEXT NOT NULL
);
"""


class PayPal(Payments):
    """The REST API of one app, and the page on which a buyer approves."""

    name = "paypal"
    title = "PayPal"
    schema = Payments.schema + SCHEMA
    decimals = {"JPY": 0, "HUF": 0, "TWD": 0}

    def __init__(self, context):
        super().__init__(context)
        self.tokens: dict[str, float] = {}
        self.cert_pem: bytes | None = None
        self.report_limit: int | None = None

    # === TOKENS === #

    @route("page", "POST", "/v1/oauth2/token")
    def token(self, request: Request):
        """Give an access token for client id and secret."""
        auth = request.authorization
        good = auth and same(auth.username or "", self.credential("api_key")) and same(
            auth.password or "", self.credential("api_secret"))
        if not good:
            return json_answer({"error": "invalid_client",
                                "error_description": "Client Authentication failed"}, 401)
        token = f"A21{uuid.uuid4().hex}"
        self.tokens[token] = self._time() + 32400
        return {"access_token": token, "token_type": "Bearer", "expires_in": 32400,
                "app_id": "APP-80W284485P519543T", "nonce": uuid.uuid4().hex, "scope": ""}

    def authenticate(self, request: Request) -> None:
        """Check the bearer token."""
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < self._time():
            raise ApiError(401, "AUTHENTICATION_FAILURE", "Authentication failed")

    def refuse(self, error: ApiError) -> Answer:
        """Refuse in PayPal's shape."""
        names = {400: "INVALID_REQUEST", 401: "AUTHENTICATION_FAILURE", 404: "RESOURCE_NOT_FOUND",
                 422: "UNPROCESSABLE_ENTITY"}
        body = {
            "name": names.get(error.status, error.code), "message": error.message,
            "debug_id": uuid.uuid4().hex[:13],
            "details": [{"issue": error.code, "description": error.message}],
        }
        return json_answer(body, error.status, error.headers)

    def _once(self, request: Request, act):
        """Give the earlier answer to a repeated ``PayPal-Request-Id``."""
        key = request.headers.get("PayPal-Request-Id")
        key = key and f"{request.path} {key}"
        with self._own:
            row = key and self.store.row("SELECT * FROM paypal_request WHERE id = ?", (key,))
            if row:
                return json_answer(json.loads(row["body"]), 200)
            data, status = act()
            if key:
                with self.store.transaction() as db:
                    db.execute("INSERT INTO paypal_request VALUES (?, ?, ?)",
                               (key, status, json.dumps(data)))
        return json_answer(data, status)

    # === ORDERS === #

    @route("api", "POST", "/v2/checkout/orders")
    def create_order(self, request: Request):
        """Create an order."""
        body = read_json(request)

        def act():
            unit = self._check_order(body)
            context = body.get("payment_source", {}).get("paypal", {}).get("experience_context", {})
            payment = self.open_payment(
                id=uuid.uuid4().hex[:17].upper(), ref=unit.get("custom_id") or uuid.uuid4().hex,
                amount=unit["amount"]["value"], currency=unit["amount"]["currency_code"],
                authorize=int(body["intent"] == "AUTHORIZE"),
                return_url=context.get("return_url", ""), cancel_url=context.get("cancel_url", ""),
                extra={"unit": unit, "intent": body["intent"],
                       "language": context.get("locale", "en")},
            )
            return self._order(payment, request), 201

        return self._once(request, act)

    def _check_order(self, body):
        if body.get("intent") not in ("CAPTURE", "AUTHORIZE"):
            raise ApiError(400, "INVALID_PARAMETER_VALUE", "intent")
        units = body.get("purchase_units") or []
        if len(units) != 1:
            raise ApiError(400, "INVALID_ARRAY_LENGTH", "purchase_units")
        amount = units[0].get("amount") or {}
        self._check_money(amount)
        return units[0]

    def _check_money(self, amount):
        value, currency = amount.get("value"), amount.get("currency_code")
        if not isinstance(value, str) or not isinstance(currency, str):
            raise ApiError(400, "MISSING_REQUIRED_PARAMETER", "amount")
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise ApiError(422, "CANNOT_BE_ZERO_OR_NEGATIVE", "amount") from None
        if number <= 0:
            raise ApiError(422, "CANNOT_BE_ZERO_OR_NEGATIVE", "amount")
        if -number.as_tuple().exponent > self.decimals.get(currency, 2):
            raise ApiError(422, "DECIMAL_PRECISION", "amount")
        return number

    @route("api", "GET", "/v2/checkout/orders/<id>")
    def get_order(self, request: Request, id: str):
        """Tell an order."""
        return self._order(self._known(id), request)

    @route("api", "POST", "/v2/checkout/orders/<id>/capture")
    def capture_order(self, request: Request, id: str):
        """Capture what the buyer has approved."""
        return self._take(request, id, "CAPTURE", "ORDER_ALREADY_CAPTURED")

    @route("api", "POST", "/v2/checkout/orders/<id>/authorize")
    def authorize_order(self, request: Request, id: str):
        """Reserve what the buyer has approved."""
        return self._take(request, id, "AUTHORIZE", "ORDER_ALREADY_AUTHORIZED")

    def _take(self, request, id, intent, already):
        def act():
            payment = self._known(id)
            if payment["extra"]["intent"] != intent:
                raise ApiError(422, "ACTION_DOES_NOT_MATCH_INTENT", "Another intent.")
            if payment["status"] in ("paid", "authorized"):
                raise ApiError(422, already, "Done already.")
            if payment["status"] != "approved":
                raise ApiError(422, "ORDER_NOT_APPROVED", "The payer has not approved it.")
            extra = {**payment["extra"], "capture": uuid.uuid4().hex[:17].upper()}
            self.update(id, status="authorized" if payment["authorize"] else "paid",
                        paid=self._time(), charges=payment["charges"] + 1, extra=extra)
            self.tell("payment", id)
            return self._order(self.payment(id), request), 201

        return self._once(request, act)

    @route("api", "POST", "/v2/checkout/orders/<id>/track")
    def track(self, request: Request, id: str):
        """Take a proof of shipment for an order."""
        payment, body = self._known(id), read_json(request)
        if body.get("capture_id") != payment["extra"].get("capture"):
            raise ApiError(422, "CAPTURE_ID_NOT_FOUND", "capture_id")
        if not body.get("tracking_number") or not body.get("carrier"):
            raise ApiError(400, "MISSING_REQUIRED_PARAMETER", "tracking_number")
        if body["carrier"] == "OTHER" and not body.get("carrier_name_other"):
            raise ApiError(422, "CARRIER_NAME_OTHER_REQUIRED", "carrier_name_other")
        self.keep_proof(id, body["tracking_number"], {**body, "api": "v2"})
        return json_answer(self._order(payment, request), 201)

    # === PAYMENTS === #

    @route("api", "POST", "/v2/payments/captures/<id>/refund")
    def refund(self, request: Request, id: str):
        """Refund a capture."""
        body = read_json(request)

        def act():
            payment, capture = self._by_capture(id)
            amount = body.get("amount") or {"value": capture["amount"],
                                            "currency_code": payment["currency"]}
            number = self._check_money(amount)
            if amount["currency_code"] != payment["currency"]:
                raise ApiError(422, "CURRENCY_MISMATCH", "currency")
            if Decimal(payment["refunded"]) == Decimal(payment["amount"]):
                raise ApiError(422, "CAPTURE_FULLY_REFUNDED", "Refunded already.")
            try:
                change = self.make_change("refund", body.get("invoice_id") or uuid.uuid4().hex,
                                          payment, number)
            except ApiError:
                raise ApiError(422, "REFUND_AMOUNT_EXCEEDED", "Too much.") from None
            return self._refund(payment, change), 201

        return self._once(request, act)

    @route("api", "GET", "/v2/payments/refunds/<id>")
    def get_refund(self, request: Request, id: str):
        """Tell a refund."""
        for change in self.changes("refund"):
            if change["id"] == id:
                return self._refund(self.payment(change["payment"]), change)
        raise ApiError(404, "INVALID_RESOURCE_ID", "No such refund.")

    @route("api", "GET", "/v2/payments/captures/<id>")
    def get_capture(self, request: Request, id: str):
        """Tell a capture."""
        payment, capture = self._by_capture(id)
        return self._capture(payment, capture)

    @route("api", "GET", "/v2/payments/authorizations/<id>")
    def get_authorization(self, request: Request, id: str):
        """Tell an authorization."""
        return self._authorization(self._by_authorization(id))

    @route("api", "POST", "/v2/payments/authorizations/<id>/capture")
    def capture_authorization(self, request: Request, id: str):
        """Take (a part of) what was reserved."""
        body = read_json(request)

        def act():
            payment = self._by_authorization(id)
            number = self._check_money(body["amount"])
            taken = sum(Decimal(c["amount"]) for c in self._parts(payment))
            if payment["status"] != "authorized":
                raise ApiError(422, "AUTHORIZATION_ALREADY_CAPTURED", "Done already.")
            if taken + number > Decimal(payment["amount"]):
                raise ApiError(422, "MAX_CAPTURE_AMOUNT_EXCEEDED", "Too much.")
            change = self._keep_part(payment, body["invoice_id"], number)
            if body.get("final_capture") or taken + number == Decimal(payment["amount"]):
                self.update(payment["id"], status="paid")
            self.tell("capture", payment["id"], change)
            return self._capture(payment, change), 201

        return self._once(request, act)

    def _keep_part(self, payment, ref, number):
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO payment_change (vendor, id, kind, ref, payment, amount, status,"
                " created) VALUES (?, ?, 'capture', ?, ?, ?, 'done', ?)",
                (self.name, uuid.uuid4().hex[:17].upper(), ref, payment["id"], str(number),
                 self._time()),
            )
        return self.change("capture", ref)

    @route("api", "POST", "/v2/payments/authorizations/<id>/void")
    def void(self, request: Request, id: str):
        """Give what was reserved free."""
        payment = self._by_authorization(id)
        if payment["status"] not in ("authorized", "voided"):
            raise ApiError(422, "PREVIOUSLY_CAPTURED", "Captured already.")
        self.update(payment["id"], status="voided")
        self.tell("payment", payment["id"])
        return Answer(204, {}, b"")

    # === TRACKERS, DISPUTES, REPORTING === #

    @route("api", "POST", "/v1/shipping/trackers-batch")
    def trackers(self, request: Request):
        """Take proofs of shipment; each for itself."""
        good, errors = [], []
        for tracker in read_json(request)["trackers"]:
            try:
                payment, _capture = self._by_capture(tracker["transaction_id"])
            except ApiError as error:
                errors.append({"name": "RESOURCE_NOT_FOUND", "message": error.message,
                               "details": [{"issue": "INVALID_TRANSACTION_ID"}]})
                continue
            self.keep_proof(payment["id"], tracker["tracking_number"], {**tracker, "api": "v1"})
            good.append({name: tracker[name] for name in ("transaction_id", "tracking_number")})
        return {"tracker_identifiers": good, "errors": errors, "links": []}

    @route("api", "GET", "/v1/customer/disputes/<id>")
    def get_dispute(self, request: Request, id: str):
        """Tell a dispute."""
        dispute = self.dispute(id)
        if not dispute:
            raise ApiError(404, "INVALID_RESOURCE_ID", "No such dispute.")
        return self._dispute(dispute)

    @route("api", "POST", "/v1/customer/disputes/<id>/provide-evidence")
    def provide_evidence(self, request: Request, id: str):
        """Take the merchant's evidence: a form with a JSON part named ``input``."""
        dispute, part = self.dispute(id), request.files.get("input")
        if not dispute:
            raise ApiError(404, "INVALID_RESOURCE_ID", "No such dispute.")
        if dispute["status"] != "open" or not part:
            raise ApiError(400, "ACTION_NOT_ALLOWED", "Not now, or no input.")
        evidence = json.loads(part.read())
        self.update_dispute(id, status="review", evidence=json.dumps(evidence))
        return {"links": [{"href": f"{request.host_url}paypal/v1/customer/disputes/{id}",
                           "rel": "self", "method": "GET"}]}

    @route("api", "GET", "/v1/reporting/transactions")
    def transactions(self, request: Request):
        """List what happened between two moments."""
        start, end = (datetime.fromisoformat(request.args[name].replace("Z", "+00:00"))
                      for name in ("start_date", "end_date"))
        rows = []
        for payment in self.payments():
            if payment["paid"] and start.timestamp() <= payment["paid"] <= end.timestamp():
                rows.append(self._transaction(payment["extra"].get("capture"), "T0006", payment,
                                              payment["amount"], -self._fee(payment["amount"])))
        for change in self.changes():
            if start.timestamp() <= change["created"] <= end.timestamp():
                payment = self.payment(change["payment"])
                rows.append(self._transaction(change["id"], "T1107", payment,
                                              f"-{change['amount']}", Decimal(0)))
        if self.report_limit and len(rows) > self.report_limit:
            raise ApiError(400, "RESULTSET_TOO_LARGE", "Result set size is over the limit.")
        return {"transaction_details": rows, "page": 1, "total_items": len(rows), "total_pages": 1,
                "account_number": "XZXSPECPDZHZU", "last_refreshed_datetime": self._iso(None)}

    def _transaction(self, number, code, payment, amount, fee):
        currency = payment["currency"]
        return {"transaction_info": {
            "transaction_id": number, "transaction_event_code": code, "transaction_status": "S",
            "transaction_initiation_date": self._iso(payment["paid"]),
            "transaction_updated_date": self._iso(payment["paid"]),
            "transaction_amount": self._money(amount, currency),
            "fee_amount": self._money(fee, currency), "custom_field": payment["ref"],
            "invoice_id": payment["ref"],
        }}

    # === WEBHOOKS === #

    @route("api", "GET", "/v1/notifications/webhooks")
    def list_webhooks(self, request: Request):
        """List the registered webhooks."""
        url = self.store.get_setting(self.name, "webhook_url")
        return {"webhooks": [{"id": self.credential("webhook_secret"), "url": url}] if url else []}

    @route("api", "POST", "/v1/notifications/webhooks")
    def create_webhook(self, request: Request):
        """Register an address for notifications."""
        body = read_json(request)
        self.store.set_setting(self.name, "webhook_url", body["url"])
        return json_answer({"id": self.credential("webhook_secret"), **body}, 201)

    @route("page", "GET", "/v1/notifications/certs/<name>")
    def certificate(self, request: Request, name: str):
        """Give the certificate that webhooks are signed with."""
        pem = self.cert_pem or certificates.leaf(self.seed)
        return Answer(200, {"Content-Type": "application/x-pem-file"}, pem)

    @route("api", "POST", "/v1/notifications/verify-webhook-signature")
    def verify(self, request: Request):
        """Say whether a webhook was sent from here."""
        body = read_json(request)
        raw = request.get_data()
        event = raw[raw.index(b'"webhook_event": ') + len(b'"webhook_event": '):-1]
        signed = self._signature(body["transmission_id"], body["transmission_time"],
                                 body["webhook_id"], event)
        good = same(signed, body["transmission_sig"]) and same(
            body["webhook_id"], self.credential("webhook_secret"))
        return {"verification_status": "SUCCESS" if good else "FAILURE"}

    def notice_target(self, payment, change):
        """One address for everything, registered with the app."""
        return self.store.get_setting(self.name, "webhook_url", "")

    def notice(self, event, payment, change=None):
        """Return the signed event."""
        found = self._event(event, payment, change)
        if not found:
            return None
        kind, resource = found
        body = json.dumps({
            "id": f"WH-{uuid.uuid4().hex[:24].upper()}", "event_version": "1.0",
            "create_time": self._iso(self._time()), "event_type": kind, "resource_version": "2.0",
            "summary": kind, "resource": resource,
        }).encode()
        return self.sign_event(body), body

    def sign_event(self, body: bytes) -> dict:
        """Return the headers of a webhook with this body."""
        number, moment = str(uuid.uuid4()), self._iso(self._time())
        base = self.base or "http://127.0.0.1"
        return {
            "Content-Type": "application/json", "PAYPAL-TRANSMISSION-ID": number,
            "PAYPAL-TRANSMISSION-TIME": moment, "PAYPAL-AUTH-ALGO": "SHA256withRSA",
            "PAYPAL-CERT-URL": f"{base}/paypal/v1/notifications/certs/CERT-360caa42",
            "PAYPAL-TRANSMISSION-SIG": self._signature(
                number, moment, self.credential("webhook_secret"), body),
        }

    def _signature(self, number, moment, webhook_id, body):
        text = f"{number}|{moment}|{webhook_id}|{zlib.crc32(body) & 0xFFFFFFFF}"
        key = derive_rsa(self.seed, self.name, "webhooks")
        return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()

    def _event(self, event, payment, change):
        if event == "dispute":
            kind = {"open": "CREATED", "review": "UPDATED"}.get(change["status"], "RESOLVED")
            return f"CUSTOMER.DISPUTE.{kind}", self._dispute(change)
        if event == "refund":
            return "PAYMENT.CAPTURE.REFUNDED", self._refund(payment, change)
        if event == "capture":
            return "PAYMENT.CAPTURE.COMPLETED", self._capture(payment, change)
        status = payment["status"]
        if status == "approved":
            return "CHECKOUT.ORDER.APPROVED", self._order(payment)
        if status in ("authorized", "voided"):
            kind = "CREATED" if status == "authorized" else "VOIDED"
            return f"PAYMENT.AUTHORIZATION.{kind}", self._authorization(payment)
        if status == "paid":
            return "PAYMENT.CAPTURE.COMPLETED", self._capture(payment, self._whole(payment))
        return None

    # === WHAT BUYERS DO === #

    def pay(self, id: str, tell: bool = True) -> dict:
        """Approve: with PayPal the merchant captures afterwards."""
        with self._own:
            payment = self._existing(id)
            if payment["status"] not in ("open", "declined"):
                return payment
            self.update(id, status="approved")
        if tell:
            self.tell("payment", id)
        return self.payment(id)

    def return_address(self, payment) -> str:
        """PayPal adds its token, which proves nothing."""
        mark = "&" if "?" in payment["return_url"] else "?"
        return f"{payment['return_url']}{mark}token={payment['id']}&PayerID=SIMULATED"

    # === SHAPES === #

    def _order(self, payment, request=None):
        unit = dict(payment["extra"]["unit"])
        unit["amount"] = self._money(payment["amount"], payment["currency"])
        status, payments = payment["status"], {}
        if payment["extra"]["intent"] == "AUTHORIZE" and status in ("authorized", "paid", "voided"):
            payments["authorizations"] = [self._authorization(payment)]
            payments["captures"] = [self._capture(payment, part) for part in self._parts(payment)]
        elif status == "paid":
            payments["captures"] = [self._capture(payment, self._whole(payment))]
        if refunds := [c for c in self.changes() if c["payment"] == payment["id"]]:
            payments["refunds"] = [self._refund(payment, refund) for refund in refunds]
        if payments:
            unit["payments"] = payments
        host = request.host_url if request else f"{self.base}/"
        return {
            "id": payment["id"], "intent": payment["extra"]["intent"], "status": ORDER[status],
            "purchase_units": [unit],
            "payment_source": {"paypal": {"account_id": "QYR5Z8XDVJNXQ"}},
            "links": [{"rel": "payer-action", "method": "GET",
                       "href": f"{host}paypal/pay/{payment['id']}?token={payment['id']}"}],
        }

    def _whole(self, payment):
        return {"id": payment["extra"].get("capture"), "ref": payment["ref"],
                "amount": payment["amount"]}

    def _parts(self, payment):
        return [c for c in self.changes("capture") if c["payment"] == payment["id"]]

    def _fee(self, amount):
        return (Decimal(amount) * FEE_RATE + FEE_FIXED).quantize(Decimal("0.01"))

    def _capture(self, payment, capture):
        currency = payment["currency"]
        fee = self._fee(capture["amount"])
        refunded = Decimal(payment["refunded"])
        status = "COMPLETED"
        if refunded:
            status = "REFUNDED" if refunded >= Decimal(capture["amount"]) else "PARTIALLY_REFUNDED"
        return {
            "id": capture["id"], "status": status, "final_capture": True,
            "amount": self._money(capture["amount"], currency), "custom_id": payment["ref"],
            "invoice_id": capture["ref"], "create_time": self._iso(payment["paid"]),
            "seller_receivable_breakdown": {
                "gross_amount": self._money(capture["amount"], currency),
                "paypal_fee": self._money(fee, currency),
                "net_amount": self._money(Decimal(capture["amount"]) - fee, currency),
            },
            "supplementary_data": {"related_ids": {"order_id": payment["id"]}},
        }

    def _authorization(self, payment):
        status = {"authorized": "CREATED", "paid": "CAPTURED", "voided": "VOIDED"}
        return {
            "id": f"A{payment['extra'].get('capture', '')}", "status": status[payment["status"]],
            "amount": self._money(payment["amount"], payment["currency"]),
            "custom_id": payment["ref"], "invoice_id": payment["ref"],
        }

    def _refund(self, payment, change):
        # What is refunded on PayPal's site has the payment's custom_id.
        name = payment["ref"] if change["ref"].startswith(CONSOLE) else change["ref"]
        capture = payment["extra"].get("capture")
        return {
            "id": change["id"], "status": "COMPLETED", "custom_id": name, "invoice_id": name,
            "links": [{"rel": "up", "method": "GET",
                       "href": f"{self.base}/paypal/v2/payments/captures/{capture}"}],
            "amount": self._money(change["amount"], payment["currency"]),
            "seller_payable_breakdown": {
                "total_refunded_amount": self._money(payment["refunded"], payment["currency"])},
        }

    def _dispute(self, dispute):
        payment = self.payment(dispute["payment"])
        shown = {"open": ("WAITING_FOR_SELLER_RESPONSE", None), "review": ("UNDER_REVIEW", None),
                 "won": ("RESOLVED", "RESOLVED_SELLER_FAVOUR"),
                 "lost": ("RESOLVED", "RESOLVED_BUYER_FAVOUR")}
        status, outcome = shown[dispute["status"]]
        found = {
            "dispute_id": dispute["id"], "create_time": self._iso(dispute["created"]),
            "reason": dispute["reason"], "status": status,
            "disputed_transactions": [{"seller_transaction_id": payment["extra"].get("capture")}],
            "dispute_amount": self._money(dispute["amount"], payment["currency"]),
            "seller_response_due_date": self._iso(dispute["deadline"]),
        }
        if outcome:
            found["dispute_outcome"] = {"outcome_code": outcome}
        return found

    def _money(self, amount, currency):
        return {"currency_code": currency, "value": self.text(amount, currency)}

    def _iso(self, moment):
        moment = moment or self._time()
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    # === LOOKING UP === #

    def _known(self, id):
        payment = self.payment(id)
        if not payment:
            raise ApiError(404, "INVALID_RESOURCE_ID", "No such order.")
        return payment

    def _by_capture(self, id):
        row = self._find_extra(id)
        if row:
            payment = self.payment(row["id"])
            return payment, self._whole(payment)
        for change in self.changes("capture"):
            if change["id"] == id:
                return self.payment(change["payment"]), change
        raise ApiError(404, "INVALID_RESOURCE_ID", "No such capture.")

    def _by_authorization(self, id):
        row = self._find_extra(id.removeprefix("A"))
        if row:
            return self.payment(row["id"])
        raise ApiError(404, "INVALID_RESOURCE_ID", "No such authorization.")

    def _find_extra(self, id):
        return self.store.row(
            "SELECT id FROM payment WHERE vendor = ? AND json_extract(extra, '$.capture') = ?",
            (self.name, id),
        )
