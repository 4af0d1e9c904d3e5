"""Frankfurter's JSON, version 1: one day, or a range of days, for any base."""

from datetime import date
from decimal import Decimal

from .table import RateTable


def path(start: date | None, end: date | None) -> str:
    """Return the path of the latest rates, or of a range of days.

    >>> path(None, None), path(date(2026, 1, 2), date(2026, 1, 5))
    ('v1/latest', 'v1/2026-01-02..2026-01-05')
    """
    return f"v1/{start}..{end}" if start and end else "v1/latest"


def parse(answer: object) -> RateTable:
    """Return the rates of a decoded answer, its fractions already Decimal.

    :raise ValueError: when it has another shape.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("rates"), dict):
        raise ValueError("no rates in the answer")
    base, amount = answer.get("base"), answer.get("amount", 1)
    if not isinstance(base, str) or not base:
        raise ValueError("no base in the answer")
    days = answer["rates"] if "start_date" in answer else {answer.get("date"): answer["rates"]}
    table = RateTable(base)
    for day, rates in days.items():
        if not isinstance(day, str) or not isinstance(rates, dict):
            raise ValueError("a day without rates")
        for currency, rate in rates.items():
            if isinstance(rate, bool) or not isinstance(rate, (int, Decimal)):
                raise ValueError(f"{day} {currency}: {rate!r}")
            table.add(date.fromisoformat(day), currency, Decimal(rate) / Decimal(amount))
    if not table.days:
        raise ValueError("no day in the answer")
    return table
