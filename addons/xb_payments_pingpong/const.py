"""Facts of PingPong Checkout v4. Source: its public documentation, site “acquirer-api-docs-v4”."""

CODE = "pingpong"
VERSION = "1.0"

SANDBOX = "https://sandbox-acquirer-payment.pingpongx.com"
# The host follows the entity the merchant has signed with.
REGIONS = {
    "eu": "https://acquirer-payment.pingpongx.com",
    "sg": "https://acquirer-payment-checkout-sg.pingpongx.com",
    "us": "https://acquirer-payment-checkout-us.pingpongx.com",
}
STATEMENT_HOST = {
    "production": "https://acquirer-merchant.pingpongx.com",
    "sandbox": "https://sandbox-acquirer-merchant.pingpongx.com",
}
STATEMENT_PATH = "/api/v2/txn-rec-file/download"

PREPAY = "/v4/payment/prePay"
QUERY = "/v4/payment/query"
REFUND = "/v4/payment/refund"
REFUND_QUERY = "/v4/refund/query"
CAPTURE = "/v4/payment/capture"
VOID = "/v4/payment/void"
LOGISTICS = "/v4/logistics/upload"

# Envelope codes that say "understood". The payment's own result stands inside.
OK_CODES = frozenset({"000000", "001000", "002000"})
BAD_SIGNATURE = "104000"
DUPLICATE = "107000"
UNKNOWN = "107001"
REAUTH_CODES = frozenset({"101000", "101001", "103000", BAD_SIGNATURE})
# Series of codes that pass by themselves: internal and external failures.
RETRYABLE_SERIES = ("5", "6")

#: Their status of a payment -> ours. FAILED is not final: the buyer may try again on the page.
PAYMENT_STATUS = {
    "INIT": "open",
    "PROCESSING": "pending",
    "SUCCESS": "done",
    "AUTH_SUCCESS": "authorized",
    "FAILED": "declined",
    "CLOSED": "closed",
    "CANCEL": "closed",
}
#: The same of a refund, capture or void, where FAILED is final.
CHANGE_STATUS = {"SUCCESS": "done", "PROCESSING": "pending", "FAILED": "declined"}

DISPUTE_STATE = {
    "REQUEST_FOR_INFORMATION": "needs_response",
    "NOTIFICATION_OF_CHARGEBACK": "needs_response",
    "PREARBITRATION": "needs_response",
    "CHARGEBACK_REVERSED": "won",
    "PREARBITRATION_WON": "won",
    "PREARBITRATION_LOST": "lost",
}

# Decimals other than 2; the whole table of 165 currencies is in tests/fixtures.
DECIMALS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    "CLF": 4,
}
