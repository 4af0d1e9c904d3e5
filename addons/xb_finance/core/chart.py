"""Which number an account gets in a chart whose numbers have a meaning.

In most charts an account's type says where it stands in the statements, and any free number will
do. The Chinese standards read the number: a fee numbered after income tax would be income tax.
"""

_FEES = ("fee_selling", "fee_fulfilment", "fee_shipping", "fee_advertising", "fee_storage",
         "fee_service", "chargeback", "carrier_freight", "carrier_duty", "carrier_vat")
_OTHER_INCOME = ("compensation", "adjustment", "conversion")
_CHINESE = {
    # 其他货币资金: what stands at platforms and on its way to the bank
    **dict.fromkeys(("clearing", "reserve", "transit"), "101200"),
    # 其他应收款
    **dict.fromkeys(("left", "deposit", "carrier_vat_back"), "122100"),
    # 应交税费
    "tax": "222100",
}
#: Chart template -> purpose of a settlement's account -> the number after which it is filed.
NUMBERS = {
    # 小企业会计准则: 销售费用, 财务费用 (手续费), 营业外收入
    "cn": {**_CHINESE, **dict.fromkeys(_FEES, "560100"), "fee_payment": "560300",
           **dict.fromkeys(_OTHER_INCOME, "530100")},
    # 企业会计准则
    "cn_large_bis": {**_CHINESE, **dict.fromkeys(_FEES, "660100"), "fee_payment": "660300",
                     **dict.fromkeys(_OTHER_INCOME, "630100")},
}


def number_after(chart, purpose):
    """Return the number after which an account is filed, False where any will do.

    :param chart: code of the chart template, False for none.
    :param str purpose: role or kind of a settlement's account.

    >>> number_after("cn", "fee_payment")
    '560300'
    >>> number_after("generic_coa", "fee_payment")
    False
    """
    return NUMBERS.get(chart, {}).get(purpose, False)
