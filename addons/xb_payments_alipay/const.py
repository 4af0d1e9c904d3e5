"""Facts of Alipay's classic open API and of Antom (Alipay+). Sources: their documentation, SDKs."""

CODE = "alipay"
ANTOM = "antom"

GATEWAY = {
    "production": "https://openapi.alipay.com",
    "sandbox": "https://openapi-sandbox.dl.alipaydev.com",
}
GATEWAY_PATH = "/gateway.do"
BILL_HOSTS = (".alipay.com", ".alipaydev.com")
SIGN_TYPE = "RSA2"

OK = "10000"
UNKNOWN_RESULT = "20000"
BUSINESS_FAILURE = "40004"
TRADE_NOT_EXIST = "ACQ.TRADE_NOT_EXIST"
REAUTH_CODES = frozenset({"20001", "40003", "40006"})
BAD_SIGNATURES = frozenset({"isv.invalid-signature", "isv.invalid-app-id", "isv.missing-signature"})
UNCERTAIN = frozenset({"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"})

TRADE_STATUS = {
    "WAIT_BUYER_PAY": "open",
    "TRADE_SUCCESS": "done",
    "TRADE_FINISHED": "done",
    # Timed out, or refunded as a whole: which of the two shows by whether it was paid.
    "TRADE_CLOSED": "closed",
}

REGIONS = {
    "sea": "https://open-sea-global.alipay.com",
    "na": "https://open-na-global.alipay.com",
    "de": "https://open-de-global.alipay.com",
}
ANTOM_API = "/ams/api/v1"
ANTOM_SANDBOX_API = "/ams/sandbox/api/v1"
ANTOM_STATUS = {
    "SUCCESS": "done",
    "FAIL": "closed",
    "PROCESSING": "open",
    "PENDING": "pending",
    "CANCELLED": "closed",
}
ANTOM_REFUND_STATUS = {"SUCCESS": "done", "FAIL": "declined", "PROCESSING": "pending"}
ANTOM_ORDER_UNKNOWN = frozenset({"ORDER_NOT_EXIST", "PAYMENT_NOT_EXIST"})

# Ends our name of a refund that was made on Alipay's site, of everything, without a number.
WHOLE = "-refund"

SHORTEST_KEY = 2048
