"""Facts of PayPal's REST API. Source: its OpenAPI files and developer site."""

CODE = "paypal"

HOSTS = {
    "production": "https://api-m.paypal.com",
    "sandbox": "https://api-m.sandbox.paypal.com",
}
# A webhook's certificate is fetched from these and from nowhere else.
CERT_HOSTS = {
    "production": ("api.paypal.com", "api-m.paypal.com"),
    "sandbox": ("api.sandbox.paypal.com", "api-m.sandbox.paypal.com"),
}
CERT_DOMAIN = ".paypal.com"
CERT_PATH = "/v1/notifications/certs/"
CERT_SECONDS = 24 * 3600
CERT_TIMEOUTS = (2, 3)
ALGORITHM = "SHA256withRSA"

TOKEN_EARLY = 300  # seconds before its end at which a token is renewed
REQUEST_ID_LENGTH = 108

CAPTURE_STATUS = {
    "COMPLETED": "done",
    "PARTIALLY_REFUNDED": "done",
    "REFUNDED": "done",
    "PENDING": "pending",
    "DECLINED": "declined",
    "FAILED": "declined",
}
AUTHORIZATION_STATUS = {
    "CREATED": "authorized",
    "PARTIALLY_CAPTURED": "authorized",
    "CAPTURED": "done",
    "PENDING": "pending",
    "DENIED": "declined",
    "VOIDED": "closed",
    "EXPIRED": "closed",
}
REFUND_STATUS = {
    "COMPLETED": "done",
    "PENDING": "pending",
    "FAILED": "declined",
    "CANCELLED": "closed",
}
DISPUTE_STATUS = {
    "OPEN": "needs_response",
    "WAITING_FOR_SELLER_RESPONSE": "needs_response",
    "WAITING_FOR_BUYER_RESPONSE": "under_review",
    "UNDER_REVIEW": "under_review",
    "OTHER": "under_review",
}
DISPUTE_OUTCOME = {
    "RESOLVED_BUYER_FAVOUR": "lost",
    "ACCEPTED": "lost",
    "RESOLVED_SELLER_FAVOUR": "won",
    "DENIED": "won",
    "RESOLVED_WITH_PAYOUT": "won",
    "CANCELED_BY_BUYER": "won",
}
# Refusals of a capture after which the buyer may choose another card.
DECLINES = frozenset({"INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED"})
ALREADY_CAPTURED = frozenset({"ORDER_ALREADY_CAPTURED", "ORDER_ALREADY_AUTHORIZED"})
TOO_MANY = frozenset({"RESULTSET_TOO_LARGE"})
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
GONE = frozenset({"RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"})

# PayPal knows no decimals for these.
WHOLE = frozenset({"HUF", "JPY", "TWD"})

WEBHOOK_EVENTS = (
    "CHECKOUT.ORDER.APPROVED",
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
    "PAYMENT.AUTHORIZATION.CREATED",
    "PAYMENT.AUTHORIZATION.VOIDED",
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.DECLINED",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.CAPTURE.REFUNDED",
    "PAYMENT.CAPTURE.REVERSED",
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.UPDATED",
    "CUSTOMER.DISPUTE.RESOLVED",
)
# The dispute API has a carrier list of its own, far shorter than the others.
DISPUTE_CARRIERS = frozenset({"UPS", "USPS", "FEDEX", "DHL", "TNT", "ROYAL_MAIL", "PARCELFORCE"})
