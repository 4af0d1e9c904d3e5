"""PayPal behind the suite's contract for payment providers."""

import json
from datetime import UTC, datetime, timedelta

from odoo.addons.xb_base.adapters.base import WebhookEvent
from odoo.addons.xb_base.exceptions import (
    InvalidSignature,
    MalformedAnswer,
    RetryableVendorError,
    VendorError,
    VendorRejected,
)
from odoo.addons.xb_payments.adapters.base import Page, PaymentAdapter
from odoo.addons.xb_payments.const import CAPTURE, EVIDENCE, REFUND, TRACKING, VOID
from odoo.addons.xb_payments.core import truth
from odoo.addons.xb_payments.core.truth import Truth, to_amount

from .. import const
from ..client import normalize, report, signature
from ..client.api import PayPalClient, read_error, segment

_HEADERS = ("transmission_id", "transmission_time", "transmission_sig", "cert_url", "auth_algo")


class PayPalAdapter(PaymentAdapter):
    """Orders v2. Idempotent by ``PayPal-Request-Id``."""

    vendor = const.CODE
    outbox_kinds = PaymentAdapter.outbox_kinds | {TRACKING, EVIDENCE}
    abilities = frozenset({"tracking", "evidence", "statement"})
    code_systems = ("paypal_v1", "paypal_v2")
    # The signature covers a CRC-32 of the body, which can be matched by another body.
    notices_are_proof = False
    read_error = staticmethod(read_error)

    def ping(self):
        """Override of `xb_base`: listing the app's webhooks proves the credentials."""
        answer = self._get_client().call("GET", "/v1/notifications/webhooks")
        return f"PayPal ({len(answer.get('webhooks') or [])} webhooks)"

    # === CHECKOUT === #

    def open_checkout(self, checkout, idempotency_key):
        """Override of `xb_payments`: create an order, approve it on PayPal's page."""
        order = self._get_client().call(
            "POST",
            "/v2/checkout/orders",
            normalize.order_payload(checkout),
            request_id=f"order-{idempotency_key}",
        )
        return Page.at(normalize.page_url(order), order=str(order.get("id") or ""))

    def get_payment(self, asked):
        """Override of `xb_payments`: an approved order is paid only when we capture it.

        Its amount is compared before that: what is not what we asked for is not captured.
        """
        if not asked.order:
            return Truth(truth.PAYMENT, asked.attempt, truth.OPEN)
        client = self._get_client()
        try:
            order = client.call("GET", f"/v2/checkout/orders/{segment(asked.order)}")
        except VendorRejected as error:
            if error.code in const.GONE:
                return Truth(truth.PAYMENT, asked.attempt, truth.CLOSED, order=asked.order)
            raise
        said = normalize.order_truth(order, asked)
        same = said.amount == asked.amount and said.currency == asked.currency
        if order.get("status") != "APPROVED" or not same or said.attempt != asked.attempt:
            return said
        return self._take(client, order, asked)

    def _take(self, client, order, asked):
        """Capture or authorize an order that the buyer has approved."""
        verb = "authorize" if order.get("intent") == "AUTHORIZE" else "capture"
        path = f"/v2/checkout/orders/{segment(asked.order)}"
        try:
            taken = client.call(
                "POST",
                f"{path}/{verb}",
                {},
                request_id=f"{verb}-{self.settings['uuid']}-{asked.attempt}",
            )
        except VendorRejected as error:
            if error.code in const.DECLINES:
                return Truth(
                    truth.PAYMENT,
                    asked.attempt,
                    truth.DECLINED,
                    order=asked.order,
                    message=error.message,
                )
            if error.code not in const.ALREADY_CAPTURED:
                raise
            taken = client.call("GET", path)
        # The answer to a capture may leave out what does not change.
        merged = {**order, **taken}
        merged["purchase_units"] = [{**order["purchase_units"][0], **taken["purchase_units"][0]}]
        return normalize.order_truth(merged, asked)

    # === REFUND, CAPTURE, VOID === #

    def get_change(self, kind, asked):
        """Override of `xb_payments`."""
        client = self._get_client()
        if kind == truth.REFUND and asked.reference:
            path = f"/v2/payments/refunds/{segment(asked.reference)}"
            return normalize.refund_truth(client.call("GET", path), asked.attempt)
        if kind == truth.CAPTURE and asked.reference:
            path = f"/v2/payments/captures/{segment(asked.reference)}"
            return normalize.capture_truth(client.call("GET", path), asked.attempt)
        if kind == truth.VOID:
            path = f"/v2/payments/authorizations/{segment(asked.payment_reference)}"
            voided = client.call("GET", path).get("status") == "VOIDED"
            status = truth.DONE if voided else truth.PENDING
            return Truth(kind, asked.attempt, status, asked.amount, asked.currency)
        # The answer got lost, PayPal's number with it: the order lists what was made of it. The
        # same request again would tell as well, but asking must never move money.
        if asked.order:
            path = f"/v2/checkout/orders/{segment(asked.order)}"
            if found := normalize.find_change(client.call("GET", path), kind, asked.attempt):
                return found
        # Not answered yet; the outbox sends it until it is.
        return Truth(kind, asked.attempt, truth.PENDING, asked.amount, asked.currency)

    def send(self, kind, key, value, idempotency_key):
        """Override of `xb_base`: the same key gives the earlier result for 45 days."""
        senders = {
            REFUND: self._send_refund,
            CAPTURE: self._send_capture,
            VOID: self._send_void,
            TRACKING: self._send_tracking,
            EVIDENCE: self._send_evidence,
        }
        if kind not in senders:
            return super().send(kind, key, value, idempotency_key)
        return senders[kind](self._get_client(), value, idempotency_key)

    def _send_refund(self, client, value, key):
        payload = {
            "amount": normalize.money(to_amount(value["amount"]), value["currency"]),
            "custom_id": value["attempt"],
            "invoice_id": value["attempt"],
        }
        path = f"/v2/payments/captures/{segment(value['payment_reference'])}/refund"
        refund = client.call("POST", path, payload, request_id=self._get_key("refund", value))
        return normalize.refund_truth(refund, value["attempt"]).as_dict()

    def _send_capture(self, client, value, key):
        payload = {
            "amount": normalize.money(to_amount(value["amount"]), value["currency"]),
            "invoice_id": value["attempt"],
            "final_capture": value["amount"] == value["total"],
        }
        path = f"/v2/payments/authorizations/{segment(value['payment_reference'])}/capture"
        capture = client.call("POST", path, payload, request_id=self._get_key("capture", value))
        return normalize.capture_truth(capture, value["attempt"]).as_dict()

    def _get_key(self, verb, value):
        """Return the request id of a refund or capture: of the attempt, not of the outbox row.

        A person who retries what was refused must not refund a second time.
        """
        return f"{verb}-{self.settings['uuid']}-{value['attempt']}"

    def _send_void(self, client, value, key):
        path = f"/v2/payments/authorizations/{segment(value['payment_reference'])}/void"
        client.call("POST", path, request_id=key)
        return Truth(
            truth.VOID, value["attempt"], truth.DONE, to_amount(value["amount"]), value["currency"]
        ).as_dict()

    # === SHIPPING PROOF, EVIDENCE === #

    def _send_tracking(self, client, value, key):
        """Through the order where we know it, else by the transaction: the carrier lists differ."""
        if value.get("order"):
            path = f"/v2/checkout/orders/{segment(value['order'])}/track"
            client.call("POST", path, normalize.order_tracking_payload(value))
            return {"tracker": f"{value['payment_reference']}-{value['number']}"}
        answer = client.call(
            "POST",
            "/v1/shipping/trackers-batch",
            {"trackers": [normalize.tracker_payload(value)]},
            request_id=key,
        )
        # 200 even when single trackers were refused.
        for error in answer.get("errors") or []:
            details = error.get("details") or [{}]
            code = details[0].get("issue") or error.get("name") or "tracker"
            raise VendorRejected(str(code), str(error.get("message") or code))
        return {"trackers": answer.get("tracker_identifiers") or []}

    def _send_evidence(self, client, value, key):
        path = f"/v1/customer/disputes/{segment(value['dispute'])}/provide-evidence"
        client.upload(path, normalize.evidence_payload(value))
        return {"dispute": value["dispute"]}

    def get_claim(self, reference):
        """Override of `xb_payments`."""
        path = f"/v1/customer/disputes/{segment(reference)}"
        return normalize.claim(self._get_client().call("GET", path))

    # === STATEMENT === #

    def search_transactions(self, start, end):
        """Yield PayPal's transactions between two moments, for settlement.

        :param datetime start: aware; at most 31 days before ``end``
        :param datetime end: aware, not included
        :raise RetryableVendorError: PayPal's list does not reach to the end yet
        """
        try:
            answers = list(self._search_pages(start, end))
        except VendorRejected as error:
            half = (start + (end - start) / 2).replace(microsecond=0)
            if error.code not in const.TOO_MANY or half in (start, end):
                raise
            yield from self.search_transactions(start, half)
            yield from self.search_transactions(half, end)
            return
        for answer in answers:
            yield from answer.get("transaction_details") or []

    def _search_pages(self, start, end):
        client, page, pages = self._get_client(), 1, 1
        while page <= pages:
            answer = client.call(
                "GET",
                "/v1/reporting/transactions",
                params={
                    "start_date": start.strftime(const.MOMENT),
                    # PayPal's end is included.
                    "end_date": (end - timedelta(seconds=1)).strftime(const.MOMENT),
                    "fields": "transaction_info",
                    "page_size": "500",
                    "page": str(page),
                },
            )
            known = normalize.moment(answer.get("last_refreshed_datetime"))
            if known and known < end:
                raise RetryableVendorError(
                    f"paypal: its list reaches to {known.strftime(const.MOMENT)} only"
                )
            yield answer
            pages = int(answer.get("total_pages") or 1)
            page += 1

    def get_statement(self, day):
        """Override of `xb_payments`: a day's transactions (UTC), laid out as PayPal's own report.

        :raise RetryableVendorError: the day is not complete yet
        """
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        rows = list(self.search_transactions(start, start + timedelta(days=1)))
        return f"paypal_{day.isoformat()}.csv", report.write(day, rows)

    # === WEBHOOKS === #

    def verify_webhook(self, body, headers, now):
        """Override of `xb_base`: check the signature here; ask PayPal only when that is impossible.

        Whatever cannot be verified is refused. Core goes on when the asking fails.
        """
        given = {name: headers.get(f"PAYPAL-{name.replace('_', '-').upper()}") for name in _HEADERS}
        webhook_id = self.credentials.get("webhook_secret")
        if not webhook_id or not all(given.values()):
            raise InvalidSignature("headers or our webhook id are missing")
        if given["auth_algo"] != const.ALGORITHM:
            raise InvalidSignature(f"signed with {given['auth_algo'][:20]!r}")
        signature.check_address(
            given["cert_url"], self.settings["cert_hosts"], self.settings.get("cert_origin")
        )
        try:
            pem = self.settings["load_certificate"](given["cert_url"])
        except VendorError:
            self._verify_by_postback(given, webhook_id, body)
        else:
            self._verify_here(pem, given, webhook_id, body, now)
        try:
            event = json.loads(body)
            return WebhookEvent(str(event["id"]), str(event.get("event_type") or ""), now)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise InvalidSignature("genuine, but not an event") from None

    def _verify_here(self, pem, given, webhook_id, body, now):
        key = signature.check_chain(pem, now, self.settings.get("cert_roots"))
        text = signature.message(
            given["transmission_id"], given["transmission_time"], webhook_id, body
        )
        if not signature.is_signed(key, text, given["transmission_sig"]):
            raise InvalidSignature("the signature is wrong")

    def _verify_by_postback(self, given, webhook_id, body):
        """Ask PayPal. No answer is an error of ours: the door says 503, PayPal sends again."""
        client = PayPalClient(
            self.settings["door_transport"](),
            self.credentials.get("api_key"),
            self.credentials.get("api_secret"),
        )
        if not client.verify_by_postback(given, webhook_id, body):
            raise InvalidSignature("PayPal says it has not sent this")

    def read_notification(self, body):
        """Override of `xb_payments`."""
        try:
            event = json.loads(body)
        except ValueError:
            raise MalformedAnswer("paypal: not JSON") from None
        return normalize.event_statements(event)

    def create_webhook(self, url):
        """Register our address for the events we understand.

        :return: PayPal's webhook id
        """
        answer = self._get_client().call(
            "POST",
            "/v1/notifications/webhooks",
            {"url": url, "event_types": [{"name": name} for name in const.WEBHOOK_EVENTS]},
        )
        return str(answer.get("id") or "")

    def _get_client(self):
        return PayPalClient(
            self.transport, self.credentials.get("api_key"), self.credentials.get("api_secret")
        )
