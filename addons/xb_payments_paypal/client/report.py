"""Transactions of a search, laid out as PayPal's own transaction detail report (TRR). Pure.

Who reads one of them reads both: the file from PayPal's reports server and what the API tells.
"""

import csv
import io
from decimal import Decimal

from odoo.addons.xb_base.exceptions import MalformedAnswer
from odoo.addons.xb_payments.core.truth import to_amount

from .normalize import moment

HEADINGS = (
    "Transaction ID",
    "Invoice ID",
    "PayPal Reference ID",
    "PayPal Reference ID Type",
    "Transaction Event Code",
    "Transaction Initiation Date",
    "Transaction Completion Date",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
    "Fee Currency",
    "Transactional Status",
    "Custom Field",
)
TIME = "%Y/%m/%d %H:%M:%S +0000"


def write(day, rows):
    """Return the report of one day.

    :param date day: in UTC
    :param list rows: ``transaction_details`` of PayPal's answers
    :rtype: bytes
    :raise MalformedAnswer: an amount that is none
    """
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
    period = f"{day:%Y/%m/%d} 00:00:00 +0000", f"{day:%Y/%m/%d} 23:59:59 +0000"
    writer.writerow(("RH", period[1], "A", "", 1))
    writer.writerow(("FH", 1))
    writer.writerow(("SH", *period, "", ""))
    writer.writerow(("CH", *HEADINGS))
    for row in rows:
        writer.writerow(("SB", *_row(row.get("transaction_info") or {})))
    for record in ("SC", "RC", "FF"):
        writer.writerow((record, len(rows)))
    return ("\ufeff" + file.getvalue()).encode()


def _row(info):
    gross, fee = info.get("transaction_amount") or {}, info.get("fee_amount") or {}
    began = moment(info.get("transaction_initiation_date"))
    ended = moment(info.get("transaction_updated_date")) or began
    return (
        info.get("transaction_id") or "",
        info.get("invoice_id") or "",
        info.get("paypal_reference_id") or "",
        info.get("paypal_reference_id_type") or "",
        info.get("transaction_event_code") or "",
        began.strftime(TIME) if began else "",
        ended.strftime(TIME) if ended else "",
        *_money(gross),
        *_money(fee),
        info.get("transaction_status") or "",
        info.get("custom_field") or "",
    )


def _money(money):
    """Return side, hundredths and currency: also of currencies without decimals."""
    amount = to_amount(money.get("value")) or Decimal(0)
    hundredths = abs(amount).scaleb(2)
    if hundredths != hundredths.to_integral_value():
        raise MalformedAnswer(f"paypal: “{money.get('value')}” is no amount of money")
    side = "" if not amount else "CR" if amount > 0 else "DR"
    return side, int(hundredths), str(money.get("currency_code") or "")
