"""PingPong statements: their columns are not published, so a profile says what they are.

The words below are suggestions from the interface's vocabulary; a person confirms the mapping
with the first real file.
"""

SUGGESTED_COLUMNS = {
    "document": ("billdate", "账单日期", "bill date"),
    "reference": ("transactionid", "交易流水号", "transaction id"),
    "order": ("merchanttransactionid", "商户订单号", "merchant transaction id"),
    "type": ("transactiontype", "交易类型", "transaction type"),
    "date": ("transactiontime", "交易时间", "transaction time"),
    "original_currency": ("currency", "交易币种", "transaction currency"),
    "original_amount": ("amount", "交易金额", "transaction amount"),
    "fee": ("fee", "手续费"),
    "currency": ("settlecurrency", "结算币种", "settlement currency"),
    "net": ("settleamount", "结算金额", "settlement amount"),
    "status": ("status", "交易状态"),
}
SUGGESTED_TYPES = {
    "PAY": "sale", "PAYMENT": "sale", "REFUND": "refund", "CHARGEBACK": "chargeback",
    "FEE": "fee_payment", "WITHDRAW": "payout", "WITHDRAWAL": "payout",
    "支付": "sale", "退款": "refund", "拒付": "chargeback", "手续费": "fee_payment",
    "提现": "payout",
}
SUGGESTED_STATUSES = ("SUCCESS", "成功")
